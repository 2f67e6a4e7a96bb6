#include "groundwork/fit/protocols.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::fit {
namespace {

std::string place_of(const NamedProtocol& protocol, std::size_t stage) {
  return "protocol \"" + protocol.name + "\", stage " + std::to_string(stage + 1);
}

double duration_of(const NamedProtocol& protocol) {
  double total = 0;
  for (const auto& stage : protocol.stages) total += stage.duration;
  return total;
}

}  // namespace

std::vector<std::vector<screen::Edit>> acting_edits(const std::vector<ProtocolStage>& stages) {
  std::vector<std::vector<screen::Edit>> result;
  std::vector<screen::Edit> acting;
  for (const auto& stage : stages) {
    for (const auto& added : stage.added) {
      std::erase_if(acting, [&](const screen::Edit& edit) { return edit.name == added.name; });
      acting.push_back(added);
    }
    std::sort(acting.begin(), acting.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    result.push_back(acting);
  }
  return result;
}

PredictionError prediction_error(const Evaluation& evaluation, const std::vector<Matrix>& effects) {
  const bool held_out = evaluation.split != SplitKind::none;
  double sum = 0, count = 0;
  const Matrix mean = effects.empty() ? Matrix() : mean_and_spread(effects).mean;
  for (const std::size_t i : evaluation.scored()) {
    const Index c = static_cast<Index>(i);
    for (Index g = 0; g < evaluation.observed.rows(); ++g) {
      const double observed = evaluation.observed(g, c);
      const double square = !held_out         ? evaluation.variance(g, c)
                            : effects.empty() ? nan
                                              : std::pow(observed - mean(g, c), 2);
      if (!std::isfinite(observed) || !std::isfinite(square)) continue;
      sum += square;
      count += 1;
    }
  }
  PredictionError error;
  error.held_out = held_out;
  error.value = count > 0 && sum > 0 ? std::sqrt(sum / count) : nan;
  error.what = held_out ? "root mean square error of the ensemble on held-out conditions, their measurement noise in it"
                        : "root mean square noise of the measured effects: nothing was held out of this fit";
  if (!std::isfinite(error.value))
    error.reason = count > 0 ? "the data are stated to be exact, and nothing was held out of this fit"
                             : "no condition was observed with which the model could be compared";
  return error;
}

ProtocolRunner::ProtocolRunner(DynamicFit fit) : fit_(std::move(fit)) {
  const auto field = dynamics::make_field<double>(fit_.field);
  const bool whole = !fit_.members.empty() && std::all_of(fit_.members.begin(), fit_.members.end(), [&](const auto& p) {
    return p.size() == field->layout().size();
  });
  if (!whole)
    throw Error("protocol.no_field", "This fit does not hold one vector field, so there is no flow to compose.",
                "Fit one model, such as production_decay, and run the protocol with that fit.");
  if (fit_.single_time)
    throw Error("protocol.no_time",
                "The data behind this fit have a single time after the edit (" + significant(fit_.times.back()) +
                    " d), so the model knows end states only: how long a stage lasts means nothing to it.",
                "Fit data with several times after the edit; end states are for predict.");
}

std::vector<dynamics::StageColumns> ProtocolRunner::columns_of(const NamedProtocol& protocol, bool reference) const {
  const auto acting = acting_edits(protocol.stages);
  std::vector<dynamics::StageColumns> columns;
  for (std::size_t s = 0; s < protocol.stages.size(); ++s) {
    const auto& stage = protocol.stages[s];
    try {
      dynamics::StageColumns column;
      column.conditions.push_back(fit_.edits.read(acting[s], stage.medium).inputs);
      if (reference) column.conditions.push_back(fit_.edits.read({}, stage.medium).inputs);
      for (auto& condition : column.conditions) condition.label = place_of(protocol, s);
      column.duration = stage.duration;
      if (!(stage.duration >= 0) || std::isinf(stage.duration))
        throw Error("protocol.duration",
                    "The stage lasts " + significant(stage.duration) + " days; expected 0 or more.");
      columns.push_back(std::move(column));
    } catch (const Error& e) {
      throw Error(e.code(), "In " + place_of(protocol, s) + ": " + e.what(), e.hint());
    }
  }
  return columns;
}

bool ProtocolRunner::rests(const NamedProtocol& protocol) const {
  return !fit_.differentiating && std::all_of(protocol.stages.begin(), protocol.stages.end(), [&](const auto& stage) {
    return stage.medium == fit_.edits.media.front();
  });
}

ProtocolCourse ProtocolRunner::run(const NamedProtocol& protocol, int points) const {
  ProtocolCourse out;
  out.acting = acting_edits(protocol.stages);
  const auto columns = columns_of(protocol, true);
  for (std::size_t s = 0; s < protocol.stages.size(); ++s)
    out.unseen.push_back(fit_.edits.read(out.acting[s], protocol.stages[s].medium).unseen ? 1 : 0);
  const auto field = dynamics::make_field<double>(fit_.field);
  const bool resting = rests(protocol);
  std::vector<Matrix> states, references, effects;
  for (const Vector& parameters : fit_.members) {
    const dynamics::Course course =
        dynamics::follow(*field, parameters, columns, Matrix::Zero(field->genes(), 2), points);
    out.times = course.times;
    out.ends = course.ends;
    const Index count = static_cast<Index>(course.times.size());
    Matrix state(field->genes(), count), reference(field->genes(), count);
    for (Index t = 0; t < count; ++t) {
      const Matrix& at = course.states[static_cast<std::size_t>(t)];
      state.col(t) = fit_.control + fit_.unit * at.col(0);
      reference.col(t) = resting ? fit_.control : Vector(fit_.control + fit_.unit * at.col(1));
    }
    effects.push_back(state - reference);
    states.push_back(std::move(state));
    references.push_back(std::move(reference));
  }
  out.state = mean_and_spread(states);
  out.reference = mean_and_spread(references);
  out.effect = mean_and_spread(effects);
  return out;
}

std::vector<StageSwap> ProtocolRunner::swaps(const NamedProtocol& protocol) const {
  const auto field = dynamics::make_field<double>(fit_.field);
  const auto columns = columns_of(protocol, false);
  const std::size_t stages = columns.size();
  // The states before each stage, and at the end: what comes before the first exchanged stage stays as it is.
  std::vector<std::vector<Matrix>> before;
  for (const Vector& parameters : fit_.members) {
    std::vector<Matrix> along{Matrix::Zero(field->genes(), 1)};
    for (const auto& column : columns)
      along.push_back(dynamics::carry_through(*field, parameters, {&column, 1}, along.back()));
    before.push_back(std::move(along));
  }
  std::vector<StageSwap> result;
  for (std::size_t i = 0; i < stages; ++i)
    for (std::size_t j = i + 1; j < stages; ++j) {
      NamedProtocol exchanged = protocol;
      std::swap(exchanged.stages[i], exchanged.stages[j]);
      auto own = columns_of(exchanged, false);
      own.erase(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(i));
      std::vector<Matrix> differences;
      for (std::size_t m = 0; m < fit_.members.size(); ++m)
        differences.push_back(fit_.unit *
                              (before[m].back() - dynamics::carry_through(*field, fit_.members[m], own, before[m][i])));
      StageSwap swap{i, j, mean_and_spread(differences), false};
      const auto& a = protocol.stages[i];
      const auto& b = protocol.stages[j];
      swap.moves_edit = a.added.empty() != b.added.empty() && a.medium != b.medium;
      result.push_back(std::move(swap));
    }
  return result;
}

std::vector<Matrix> ProtocolRunner::ends(const NamedProtocol& protocol) const {
  const auto field = dynamics::make_field<double>(fit_.field);
  const auto columns = columns_of(protocol, false);
  std::vector<Matrix> result;
  for (const Vector& parameters : fit_.members) {
    Matrix end = fit_.unit * dynamics::carry_through(*field, parameters, columns, Matrix::Zero(field->genes(), 1));
    end.col(0) += fit_.control;
    result.push_back(std::move(end));
  }
  return result;
}

Ensemble ProtocolRunner::difference(const NamedProtocol& one, const NamedProtocol& other) const {
  std::vector<Matrix> own = ends(one);
  const std::vector<Matrix> against = ends(other);
  for (std::size_t m = 0; m < own.size(); ++m) own[m] -= against[m];
  return mean_and_spread(own);
}

std::vector<std::string> ProtocolRunner::warnings(const std::vector<NamedProtocol>& protocols) const {
  std::vector<std::string> out;
  const double last = fit_.times.back();
  bool changes = false, several = false, longer = false;
  for (const auto& protocol : protocols) {
    const auto acting = acting_edits(protocol.stages);
    longer = longer || duration_of(protocol) > last * (1 + 1e-9);
    for (std::size_t s = 0; s < protocol.stages.size(); ++s) {
      several = several || acting[s].size() > 1;
      changes = changes ||
                (s > 0 && (acting[s] != acting[s - 1] || protocol.stages[s].medium != protocol.stages[s - 1].medium));
      for (const auto& name : fit_.edits.read(acting[s], protocol.stages[s].medium).shared)
        say(out, shared_effect_sentence(fit_.edits, name));
    }
  }
  if (changes)
    say(out,
        "No cells of the data changed their medium or got an edit on the way: that a state carries all that matters of "
        "its past is the model's assumption, and no error of it is in the ranges.");
  if (longer) say(out, "The data end at " + significant(last) + " d; what a protocol does after that is extrapolated.");
  if (several && !fit_.pairs)
    say(out, "The screen has no cells with several edits; how edits combine is the model's assumption.");
  return out;
}

}  // namespace groundwork::fit
