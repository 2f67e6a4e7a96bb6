#include "groundwork/fit/links.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "clamp_level.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/dynamics/equilibria.hpp"
#include "groundwork/fit/portrait.hpp"

namespace groundwork::fit {
namespace {

constexpr double normal_range = 1.96;

std::string of_members(int some, std::size_t all) {
  return all == 1                        ? ""
         : some == static_cast<int>(all) ? " in every member"
                                         : " in " + std::to_string(some) + " of " + std::to_string(all) + " members";
}

double largest(const std::vector<double>& values) {
  double most = -infinity;
  for (const double v : values)
    if (std::isfinite(v)) most = std::max(most, v);
  return most;
}

Ensemble no_ensemble(Index genes) { return {Matrix::Constant(genes, 1, nan), Matrix::Constant(genes, 1, nan)}; }

double root_mean_square_of(const Vector& v, const std::vector<Index>& without) {
  double sum = 0, count = 0;
  for (Index g = 0; g < v.size(); ++g) {
    if (contains(without, g)) continue;
    sum += v(g) * v(g);
    count += 1;
  }
  return count > 0 ? std::sqrt(sum / count) : nan;
}

}  // namespace

std::string name_of(EdgeBasis basis) {
  switch (basis) {
    case EdgeBasis::gauss_newton:
      return "gauss_newton";
    case EdgeBasis::bootstrap:
      return "bootstrap";
    case EdgeBasis::seeds:
      return "seeds";
    case EdgeBasis::none:
      return "none";
  }
  return "";
}

Links::Links(DynamicFit fit, Evaluation evaluation, std::vector<Matrix> effects,
             std::vector<EdgeIntervals> gauss_newton, LinkSettings settings)
    : fit_(std::move(fit)),
      evaluation_(std::move(evaluation)),
      effects_(std::move(effects)),
      settings_(std::move(settings)) {
  const auto field = dynamics::make_field<double>(fit_.field);
  const bool whole = !fit_.members.empty() && std::all_of(fit_.members.begin(), fit_.members.end(), [&](const auto& p) {
    return p.size() == field->layout().size();
  });
  if (!whole)
    throw Error("links.no_field", "This fit does not hold one vector field, so there is no equilibrium to linearise.",
                "Fit one model, such as production_decay, and ask for the links of that fit.");
  const dynamics::ConditionInputs unedited = inputs_of({});
  for (const Vector& parameters : fit_.members) {
    MemberRest rest;
    const auto found = dynamics::find_steady_state(*field, parameters, unedited);
    rest.found = found.converged;
    rest.state = found.state;
    rest.abscissa = found.spectral_abscissa;
    if (rest.found) {
      rest.jacobian.resize(field->genes(), field->genes());
      field->jacobian(rest.state, 0, rest.jacobian);
      rest.coefficients = dynamics::structural_coefficients(rest.jacobian);
    }
    rests_.push_back(std::move(rest));
  }
  describe_rest();
  find_edges(std::move(gauss_newton));
}

dynamics::ConditionInputs Links::inputs_of(const std::vector<screen::Edit>& edits) const {
  auto inputs = fit_.edits.read(edits, settings_.medium).inputs;
  screen::Condition condition;
  condition.edits = edits;
  inputs.label = edits.empty() ? "unedited cells" : edits_label(condition);
  return inputs;
}

bool Links::stands() const {
  return std::all_of(rests_.begin(), rests_.end(), [](const MemberRest& rest) { return rest.stable(); });
}

void Links::describe_rest() {
  int lost = 0, unstable = 0;
  double slowest = -infinity, far = 0;
  for (const MemberRest& rest : rests_) {
    lost += rest.found ? 0 : 1;
    unstable += rest.found && !rest.stable() ? 1 : 0;
    if (!rest.found) continue;
    slowest = std::max(slowest, rest.abscissa);
    far = std::max(far, root_mean_square_of(rest.state, {}) * fit_.unit);
  }
  const std::size_t all = rests_.size();
  if (lost > 0) {
    rest_sentence_ = "Unedited cells have no steady state that is reached from the control" + of_members(lost, all) +
                     ": there is no structural model at rest.";
    return;
  }
  if (unstable > 0) {
    rest_sentence_ = "The steady state of unedited cells is unstable" + of_members(unstable, all) +
                     " (largest real part " + significant(slowest, 2) +
                     " per day): cells would leave it, so there is no structural model at rest.";
    return;
  }
  rest_sentence_ = "Unedited cells rest " +
                   (fit_.field.centred && settings_.medium == fit_.edits.media.front()
                        ? std::string("at the control state, by construction")
                        : "up to " + significant(far, 2) + " (root mean square over genes) from the control state") +
                   ", and the rest is stable" + (all == 1 ? "" : " in every member") + ". ";
  const double takes = -1 / slowest, last = fit_.times.back();
  if (fit_.single_time)
    rest_sentence_ +=
        "The data have one time after the edit: that the measured states are at rest, or how far from it, was not "
        "learned from them.";
  else
    rest_sentence_ += "The slowest mode decays in " + significant(takes, 2) + " d; the data end at " +
                      significant(last, 3) + " d" +
                      (3 * takes > last ? ", before what is slow has settled: the equilibrium is extrapolated." : ".");
}

void Links::find_edges(std::vector<EdgeIntervals> gauss_newton) {
  const Index d = fit_.field.genes;
  edges_.value = edges_.low = edges_.high = Matrix::Constant(d, d, nan);
  edges_.learned = Matrix::Zero(d, d);
  if (!stands()) {
    edges_.reason = rest_sentence_;
    return;
  }
  const bool here = settings_.medium == fit_.edits.media.front() || fit_.field.kind == dynamics::FieldKind::linear;
  const bool curved = here && gauss_newton.size() == fit_.members.size() &&
                      std::all_of(gauss_newton.begin(), gauss_newton.end(),
                                  [&](const EdgeIntervals& e) { return e.value.rows() == d && e.value.cols() == d; });
  Matrix mean, sd;
  if (curved) {
    std::vector<Matrix> values;
    Matrix variance = Matrix::Zero(d, d);
    const double share = 1.0 / static_cast<double>(gauss_newton.size());
    for (const EdgeIntervals& e : gauss_newton) {
      values.push_back(e.value);
      variance += share * e.sd.cwiseAbs2();
      edges_.learned += share * e.learned;
    }
    const Ensemble between = mean_and_spread(values);
    mean = between.mean;
    if (values.size() > 1) variance += between.spread.cwiseAbs2();
    sd = variance.cwiseSqrt();
    edges_.basis = EdgeBasis::gauss_newton;
    edges_.what = "95 % intervals by Gauss and Newton's curvature at the minimum, prior included" +
                  std::string(values.size() > 1 ? ", members pooled by the law of total variance" : "") +
                  ". An edge has a number where the data took away at least half of its variance a priori.";
  } else if (fit_.members.size() > 1) {
    std::vector<Matrix> values;
    for (const MemberRest& rest : rests_) values.push_back(rest.coefficients);
    const Ensemble over = mean_and_spread(values);
    mean = over.mean;
    sd = over.spread;
    edges_.learned = resolution_of_edges(fit_, evaluation_, effects_);
    edges_.basis = fit_.options.bootstrap ? EdgeBasis::bootstrap : EdgeBasis::seeds;
    edges_.what =
        "1.96 standard deviations over " + std::to_string(values.size()) + " members, which differ in their " +
        (fit_.options.bootstrap
             ? "seeds and resampled batches: a spread, not a calibrated interval. "
             : "seeds only: how well training repeats, not how well the data tell an edge. Fit with resampled batches, "
               "or by lbfgs, for intervals. ") +
        "An edge has a number where the conditions of the fit tell it from the others (half of the variance of a prior "
        "of ±1 taken away, linearised at rest).";
  } else {
    edges_.reason =
        "The fit has one member and no Gauss–Newton curvature, so no edge has an interval. Fit several members, or "
        "with the optimiser lbfgs or lm.";
    return;
  }
  for (Index i = 0; i < d; ++i)
    for (Index j = 0; j < d; ++j) {
      if (i == j || !std::isfinite(mean(i, j)) || !std::isfinite(sd(i, j)) || !(edges_.learned(i, j) >= least_learned))
        continue;
      edges_.value(i, j) = mean(i, j);
      edges_.low(i, j) = mean(i, j) - normal_range * sd(i, j);
      edges_.high(i, j) = mean(i, j) + normal_range * sd(i, j);
      ++edges_.identified;
    }
  if (edges_.identified == 0)
    edges_.reason =
        "No edge is identified: the conditions of this fit do not tell any gene's influence from the others'.";
}

EditLink Links::edit(const std::vector<screen::Edit>& edits) const {
  EditLink out;
  out.edits = edits;
  out.unseen = fit_.edits.read(edits, settings_.medium).unseen;
  const auto field = dynamics::make_field<double>(fit_.field);
  const dynamics::ConditionInputs condition = inputs_of(edits);
  dynamics::ConditionInputs pushing = condition;
  pushing.clamps.clear();
  out.pushes = !pushing.doses.empty();
  for (const auto& clamp : condition.clamps)
    if (!contains(out.held, clamp.gene)) out.held.push_back(clamp.gene);
  const Index d = field->genes();
  const std::size_t all = fit_.members.size();
  std::vector<Matrix> by_scm, by_model;

  for (std::size_t m = 0; m < all; ++m) {
    const Vector& parameters = fit_.members[m];
    const MemberRest& rest = rests_[m];
    // The field's own steady state: the one that a growing edit leads to.
    dynamics::Equilibria<double> equilibria(*field);
    const bool reached = equilibria.solve(parameters, {&condition, 1});
    const Vector state = reached ? Vector(equilibria.states().col(0)) : Vector::Constant(d, nan);
    out.model_abscissa.push_back(reached ? dynamics::spectral_abscissa(*field, parameters, condition, state) : nan);
    out.model_lost += reached ? 0 : 1;
    out.model_unstable += reached && !(out.model_abscissa.back() < 0) ? 1 : 0;
    if (reached && rest.found) by_model.push_back(fit_.unit * (state - rest.state));

    out.scm_abscissa.push_back(nan);
    if (!rest.stable()) continue;
    Vector levels(static_cast<Index>(out.held.size()));
    const Vector kappas = field->kappas(parameters);
    for (std::size_t k = 0; k < out.held.size(); ++k) {
      const Index g = out.held[k];
      const auto& clamp = *std::find_if(condition.clamps.begin(), condition.clamps.end(),
                                        [&](const dynamics::Clamp& c) { return c.gene == g; });
      const double level =
          clamp.kind == dynamics::ClampKind::activity ? level_of_clamp(fit_.field, clamp, kappas) : state(g);
      levels(static_cast<Index>(k)) = level - rest.state(g);
    }
    if (!levels.allFinite()) {
      ++out.unanswered;
      continue;
    }
    Vector push = Vector::Zero(d);
    if (out.pushes) {
      field->bind(parameters, {&pushing, 1});
      std::vector<double> record(static_cast<std::size_t>(field->record_size()));
      Matrix slope(d, 1);
      field->evaluate(rest.state, record.data(), slope);
      push = slope.col(0);
    }
    const auto response = dynamics::structural_response(rest.jacobian, out.held, levels, push);
    out.scm_abscissa.back() = response.abscissa;
    out.unstable += response.stable ? 0 : 1;
    if (response.stable) by_scm.push_back(fit_.unit * response.change);
  }

  std::string held;
  for (const Index g : out.held) held += (held.empty() ? "" : " and ") + fit_.edits.genes[static_cast<std::size_t>(g)];
  out.scm = by_scm.size() == all ? mean_and_spread(by_scm) : no_ensemble(d);
  const bool model_good = out.model_lost == 0 && out.model_unstable == 0 && by_model.size() == all;
  out.model = model_good ? mean_and_spread(by_model) : no_ensemble(d);
  out.difference = root_mean_square_of(out.scm.mean.col(0) - out.model.mean.col(0), out.held);
  out.size = root_mean_square_of(out.model.mean.col(0), out.held);
  const std::string with = held.empty() ? "under this input" : "with " + held + " held";
  if (!stands())
    out.scm_sentence = "No number: " + rest_sentence_;
  else if (out.unstable > 0)
    out.scm_sentence = "Unstable, no number: " + with + ", the other genes do not settle" +
                       of_members(out.unstable, all) + " (largest real part " +
                       significant(largest(out.scm_abscissa), 2) +
                       " per day). The equations have a solution, but nothing goes there.";
  else if (out.unanswered > 0)
    out.scm_sentence = "No number: the level at which " + held +
                       " is held is that of the model's own steady state, and " + "there is none" +
                       of_members(out.unanswered, all) + ".";
  else
    out.scm_sentence = "Stable: " + with + ", the other genes settle" +
                       (std::isfinite(largest(out.scm_abscissa))
                            ? " (largest real part " + significant(largest(out.scm_abscissa), 2) + " per day)."
                            : ".");
  if (out.model_lost > 0)
    out.model_sentence = "The model reaches no steady state under this edit" + of_members(out.model_lost, all) + ".";
  else if (out.model_unstable > 0)
    out.model_sentence = "The model's steady state under this edit is unstable" + of_members(out.model_unstable, all) +
                         " (largest real part " + significant(largest(out.model_abscissa), 2) +
                         " per day): it has no number.";
  else
    out.model_sentence = "The model's own steady state is stable (largest real part " +
                         significant(largest(out.model_abscissa), 2) + " per day).";
  return out;
}

RestCensus Links::census(const std::vector<screen::Edit>& edits) const {
  RestCensus out;
  out.edits = edits;
  const auto field = dynamics::make_field<double>(fit_.field);
  const dynamics::ConditionInputs condition = inputs_of(edits);
  const Matrix starts = starts_around(fit_, evaluation_, settings_.starts, settings_.seed);
  std::size_t fewest = 1000, most = 0, unstable = 0, lost = 0;
  for (const Vector& parameters : fit_.members) {
    out.members.push_back(dynamics::rest_points(*field, parameters, condition, starts));
    const auto& list = out.members.back().list;
    const auto stable = static_cast<std::size_t>(
        std::count_if(list.begin(), list.end(), [](const dynamics::RestPoint& p) { return p.stable(); }));
    fewest = std::min(fewest, stable);
    most = std::max(most, stable);
    unstable += list.size() - stable;
    lost += static_cast<std::size_t>(out.members.back().failed);
  }
  const auto states = [](std::size_t n) {
    return n == 0 ? std::string("no stable steady state")
                  : std::to_string(n) + " stable steady state" + (n > 1 ? "s" : "");
  };
  out.sentence =
      (fewest == most ? states(most) : std::to_string(fewest) + " to " + states(most)) +
      (fit_.members.size() > 1 ? " a member" : "") +
      (unstable > 0 ? ", and " + std::to_string(unstable) + " unstable" : "") +
      (field->is_affine() ? "; a linear field has no other." : " from " + std::to_string(starts.cols()) + " starts") +
      (lost > 0 ? "; " + std::to_string(lost) + " starts arrived nowhere" : "") + (field->is_affine() ? "" : ".");
  return out;
}

std::vector<std::vector<screen::Edit>> observed_edits(const Evaluation& evaluation) {
  std::vector<std::vector<screen::Edit>> out;
  std::set<std::vector<std::string>> known;
  for (const auto& condition : evaluation.conditions) {
    std::vector<std::string> names;
    for (const auto& edit : condition.edits) names.push_back(edit.name);
    if (!names.empty() && known.insert(names).second) out.push_back(condition.edits);
  }
  return out;
}

std::vector<std::string> Links::warnings() const {
  std::vector<std::string> out;
  if (fit_.differentiating)
    say(out,
        "The cells of this screen differentiate: that unedited cells come to rest is the model's answer, not something "
        "that was measured.");
  if (edges_.identified > 0 && fit_.options.l2)
    say(out,
        "The fit's penalty (l2 = " + significant(*fit_.options.l2, 3) +
            ") draws edges towards 0, and no interval holds that. With a weaker one they hold the truth more often "
            "(docs/models.md).");
  if (fit_.field.kind == dynamics::FieldKind::neural)
    say(out, "This model takes every edit as an input: nothing is held, and an edit is a push by the reduced form.");
  return out;
}

}  // namespace groundwork::fit
