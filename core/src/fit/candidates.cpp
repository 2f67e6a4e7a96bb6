#include "groundwork/fit/candidates.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "clamped_ridge.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/adam.hpp"

namespace groundwork::fit {
namespace {

using dynamics::FieldKind;

constexpr std::uint64_t start_stream = 232;
/** What a tempered field's scaled effects have as root mean square: tanh is then used beyond its linear range. */
constexpr double scaled_size = 0.5;

std::vector<char> trained_flags(const EditModel& edits) {
  std::vector<char> flags;
  for (const auto& edit : edits.edits) flags.push_back(edit.trained ? 1 : 0);
  return flags;
}

ParameterPrior tempered_prior(const dynamics::VectorField<double>& field, const TrainingData& data, LossRows& rows,
                              double l2) {
  const Index genes = field.genes();
  Vector usual = Vector::Zero(genes);
  for (Index g = 0; g < genes; ++g) {
    double sum = 0, count = 0;
    const double most = rows.variance.row(g).unaryExpr([](double v) { return std::isfinite(v) ? v : 0; }).maxCoeff();
    for (Index r = 0; r < rows.variance.cols(); ++r)
      if (std::isfinite(rows.variance(g, r)) && rows.variance(g, r) > 1e-3 * most)
        sum += rows.variance(g, r), count += 1;
    usual(g) = count > 0 ? sum / count : NAN;
  }
  double pooled = 0, known = 0;
  for (const double v : usual)
    if (v > 0) pooled += std::log(v), known += 1;
  pooled = known > 0 ? std::exp(pooled / known) : 1;
  const Vector s = data.signal.cwiseSqrt() * (std::sqrt(data.signal.mean()) / scaled_size);
  double weight = 0;
  for (Index g = 0; g < genes; ++g) {
    if (!(usual(g) > 0)) continue;
    rows.variance.row(g) *= std::sqrt(pooled / usual(g));
    weight += s(g) * s(g) / std::sqrt(pooled * usual(g)) / static_cast<double>(genes);
  }
  const Index size = field.layout().size();
  ParameterPrior prior{Vector::Ones(size), Vector::Zero(size), Vector::Zero(size)};
  for (const auto& block : field.layout().blocks()) {
    auto scale = dynamics::Layout::view_of(prior.scale, block);
    auto precision = dynamics::Layout::view_of(prior.precision, block);
    if (block.weight) precision.setConstant(l2 * static_cast<double>(genes) * weight);
    if (block.name == "V") scale.colwise() = s;
    if (block.name == "W1") scale.rowwise() = s.cwiseInverse().transpose();
  }
  return prior;
}

}  // namespace

std::vector<Candidate> candidates_for(const Problem& problem, const TrainingData& data) {
  std::vector<Candidate> list;
  const auto add = [&](const std::string& name, CandidateKind kind, const std::string& what) -> Candidate& {
    Candidate candidate;
    candidate.name = name;
    candidate.kind = kind;
    candidate.what = what;
    list.push_back(candidate);
    return list.back();
  };
  bool clamped = false, free = false;
  for (const auto& edit : data.edits.edits) {
    if (!edit.trained) continue;
    (edit.target >= 0 && data.edits.modality != screen::Modality::drug ? clamped : free) = true;
  }
  add("no_change", CandidateKind::no_change, "Every effect is 0.");
  add("mean_effect", CandidateKind::mean_effect, "The mean effect of the training conditions of the nearest time.");
  add("ridge", CandidateKind::ridge, "Ridge of effects on doses; an unseen input does nothing.");
  add("ridge_shared", CandidateKind::ridge_shared,
      "Ridge on doses in units of the usual one, and on their sum: an unseen input has the effect that inputs share.");
  if (clamped)
    add("gene_ridge", CandidateKind::gene_ridge,
        "Each gene by ridge on all others, solved with the edited genes clamped.");
  if (free) {
    // As many steps as relaxation times, so that a network is as deep as it has steps, whatever the unit of time.
    for (const auto& [hidden, steps] : {std::pair{Index{64}, 4}, std::pair{Index{32}, 8}}) {
      Candidate& net =
          add("network_" + std::to_string(hidden), CandidateKind::field,
              "dδ/dt = g(δ, u) − g(0, 0) − ρ δ with " + std::to_string(hidden) + " hidden units and " +
                  std::to_string(steps) + " steps: unedited cells rest by construction, edits are inputs.");
      net.field = FieldKind::neural;
      net.relaxation = steps / problem.times.back();
      net.hidden = hidden;
      net.step = problem.times.back() / steps;
      net.epochs = 250;
      net.l2 = 0.02;
      net.tempered = true;
      net.seeds = 10;
      net.trial_seeds = 2;
    }
  }
  if (clamped) {
    Candidate& decay = add("production_decay", CandidateKind::field,
                           "First-order synthesis and decay with the edited gene clamped; unedited cells rest by "
                           "construction.");
    decay.field = FieldKind::production_decay;
    decay.clamps = true;
    decay.step = problem.options.step;
    decay.epochs = 120;
    decay.rate = 0.15;
    decay.epsilon = 1e-3;
    decay.l2 = 1;
    decay.never_edited = never_edited_factor;
    decay.seeds = 3;
  }
  return list;
}

EditModel edits_read_by(const Candidate& candidate, EditModel edits) {
  edits.clamps = candidate.kind == CandidateKind::gene_ridge || (candidate.dynamic() && candidate.clamps);
  Index inputs = 0;
  for (auto& edit : edits.edits) {
    const bool clamp = edits.clamps && edit.target >= 0 && edits.modality != screen::Modality::drug;
    edit.input = clamp ? -1 : inputs++;
  }
  return edits;
}

dynamics::FieldOptions field_of(const CandidateFit& fit) {
  dynamics::FieldOptions options;
  options.kind = fit.candidate.field;
  options.genes = static_cast<Index>(fit.edits.genes.size());
  options.media = static_cast<Index>(fit.edits.media.size());
  options.inputs = fit.edits.inputs();
  options.centred = true;
  options.hidden = fit.candidate.hidden;
  options.relaxation = fit.candidate.relaxation;
  options.synthesis_ceiling = fit.edits.synthesis_ceiling;
  if (fit.control.size() > 0 && options.kind != FieldKind::neural) {
    options.scale = dynamics::Scale::linear;
    options.control.assign(fit.control.begin(), fit.control.end());
  }
  return options;
}

dynamics::FlowOptions flow_of(const Candidate& candidate) {
  dynamics::FlowOptions options;
  options.method = dynamics::Method::exponential_euler;
  options.step = candidate.step;
  return options;
}

CandidateFit prepare_candidate(const Candidate& candidate, const Problem& problem, const TrainingData& data,
                               const CandidateData& learn) {
  CandidateFit fit;
  fit.candidate = candidate;
  fit.edits = edits_read_by(candidate, data.edits);
  std::set<std::string> seen;
  for (const auto& condition : learn.conditions)
    for (const auto& edit : condition.edits) seen.insert(edit.name);
  for (auto& edit : fit.edits.edits) edit.trained = seen.contains(edit.name);
  if (problem.scale == screen::Scale::linear) fit.control = problem.control;
  const Matrix effects = learn.effects.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
  switch (candidate.kind) {
    case CandidateKind::mean_effect: {
      const std::set<double> distinct(learn.when.begin(), learn.when.end());
      fit.times.assign(distinct.begin(), distinct.end());
      fit.mean = Matrix::Zero(effects.rows(), static_cast<Index>(fit.times.size()));
      for (std::size_t t = 0; t < fit.times.size(); ++t) {
        double count = 0;
        for (std::size_t i = 0; i < learn.when.size(); ++i)
          if (learn.when[i] == fit.times[t])
            fit.mean.col(static_cast<Index>(t)) += effects.col(static_cast<Index>(i)), count += 1;
        fit.mean.col(static_cast<Index>(t)) /= count;
      }
      break;
    }
    case CandidateKind::ridge:
    case CandidateKind::ridge_shared:
      fit.ridge = ridge_on_inputs(learn.conditions, learn.when, effects, candidate.kind == CandidateKind::ridge_shared);
      break;
    case CandidateKind::gene_ridge:
      fit.gene_weights = gene_ridge_weights(fit.edits, fit.control, learn.conditions, learn.effects);
      break;
    default:
      break;
  }
  return fit;
}

Vector train_member(const CandidateFit& fit, const Problem& problem, const TrainingData& data,
                    const CandidateData& learn, std::uint64_t seed) {
  const Candidate& candidate = fit.candidate;
  if (!candidate.dynamic()) return {};
  const auto options = field_of(fit);
  const auto exact = dynamics::make_field<double>(options);
  const auto field = dynamics::make_field<float>(options);
  Problem own = problem;  // the parts of the loss read edits and options from here
  own.options.model = candidate.field;
  own.options.centred = true;
  own.options.loss = LossKind::controls_as_data;
  own.options.l2 = candidate.l2;
  own.options.hidden = candidate.hidden;
  TrainingData read = data;
  read.edits = fit.edits;
  ObjectiveParts parts = objective_parts(own, read, learn.rows, trained_flags(fit.edits));
  if (candidate.tempered) parts.prior = tempered_prior(*exact, data, parts.rows, candidate.l2);
  if (candidate.clamps) {
    const auto edited = edited_genes(fit.edits, learn.conditions);
    auto precision = exact->layout().view(parts.prior.precision, "W");
    for (Index g = 0; g < precision.cols(); ++g)
      if (!edited[static_cast<std::size_t>(g)]) precision.col(g) *= candidate.never_edited;
  }
  const VectorOf<float> scale = parts.prior.scale.cast<float>();
  Objective<float> objective(*field, flow_of(candidate), std::move(parts));

  Random random = Random::stream(seed, start_stream);
  VectorOf<float> z = exact->initial_parameters(random).cast<float>();
  for (const auto& block : exact->layout().blocks()) {
    if (candidate.tempered)
      for (float& value : dynamics::Layout::view_of(z, block).reshaped())
        value = static_cast<float>(0.1 * random.normal());
    else if (!block.weight)
      z.segment(block.offset, block.size()).array() /= scale.segment(block.offset, block.size()).array();
  }
  Adam<float> adam(z.size(), candidate.epsilon);
  VectorOf<float> gradient, last = z;
  double factor = 1;
  int halvings = 0;
  for (int epoch = 0; epoch < candidate.epochs; ++epoch) {
    if (!std::isfinite(objective.value(z, &gradient))) {
      if (++halvings > 8)
        throw Error("fit.diverged", "Training of " + candidate.name + " diverged.", "Choose a model and a larger l2.");
      factor /= 2;
      z = last;
      adam = Adam<float>(z.size(), candidate.epsilon);
      continue;
    }
    last = z;
    const double rate = candidate.rate * factor * (1 + std::cos(std::numbers::pi * epoch / candidate.epochs)) / 2;
    adam.step(z, gradient, rate);
  }
  return scale.cwiseProduct(z).cast<double>();
}

Matrix candidate_effects(const CandidateFit& fit, int member, const std::vector<screen::Condition>& conditions,
                         const std::vector<double>& when) {
  const Index genes = static_cast<Index>(fit.edits.genes.size()), count = static_cast<Index>(conditions.size());
  Matrix out = Matrix::Zero(genes, count);
  if (count == 0) return out;
  switch (fit.candidate.kind) {
    case CandidateKind::no_change:
      return out;
    case CandidateKind::mean_effect:
      for (Index i = 0; i < count; ++i) {
        std::size_t nearest = 0;
        const double t = when[static_cast<std::size_t>(i)];
        for (std::size_t k = 1; k < fit.times.size(); ++k)
          if (std::abs(fit.times[k] - t) < std::abs(fit.times[nearest] - t)) nearest = k;
        out.col(i) = fit.mean.col(static_cast<Index>(nearest));
      }
      return out;
    case CandidateKind::ridge:
    case CandidateKind::ridge_shared:
      return fit.ridge.predict(conditions, when);
    case CandidateKind::gene_ridge:
      for (Index i = 0; i < count; ++i)
        out.col(i) =
            gene_ridge_effect(fit.gene_weights, fit.edits, fit.control, conditions[static_cast<std::size_t>(i)]);
      return out;
    case CandidateKind::field:
      break;
  }
  const Vector& theta = fit.members.at(static_cast<std::size_t>(member) % fit.members.size());
  const auto field = dynamics::make_field<double>(field_of(fit));
  dynamics::Flow<double> flow(*field, flow_of(fit.candidate));
  const auto trained = trained_flags(fit.edits);
  std::vector<dynamics::ConditionInputs> columns;
  std::map<std::string, Index> known;
  std::vector<Index> places;
  for (const auto& condition : conditions) {
    const auto [at, fresh] = known.try_emplace(edits_label(condition), static_cast<Index>(columns.size()));
    if (fresh) columns.push_back(fit.edits.read(condition.edits, fit.edits.media.front(), trained).inputs);
    places.push_back(at->second);
  }
  const std::set<double> distinct(when.begin(), when.end());
  const std::vector<double> times(distinct.begin(), distinct.end());
  flow.forward(theta, columns, times, false);
  flow.require_finite();
  for (Index i = 0; i < count; ++i) {
    const auto at = std::lower_bound(times.begin(), times.end(), when[static_cast<std::size_t>(i)]) - times.begin();
    out.col(i) = flow.states()[static_cast<std::size_t>(at)].col(places[static_cast<std::size_t>(i)]);
  }
  return out;
}

}  // namespace groundwork::fit
