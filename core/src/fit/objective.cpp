#include "groundwork/fit/objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "bounds_of.hpp"
#include "exact_levels.hpp"

namespace groundwork::fit {

using dynamics::FieldKind;

std::vector<char> edits_in_rows(const Problem& problem, const TrainingData& data, const std::vector<int>& rows) {
  std::set<std::string> names;
  for (const int r : rows)
    for (const auto& edit :
         problem.conditions[static_cast<std::size_t>(data.levels.rows[static_cast<std::size_t>(r)].condition)].edits)
      names.insert(edit.name);
  std::vector<char> trained;
  for (const auto& edit : data.edits.edits) trained.push_back(names.contains(edit.name) ? 1 : 0);
  return trained;
}

std::vector<int> all_rows(const TrainingData& data) {
  std::vector<int> rows(data.levels.rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<int>(r);
  return rows;
}

Trajectories trajectories_of(const Problem& problem, const EditModel& edits, const std::vector<int>& conditions,
                             const std::vector<char>& trained, bool levels_only) {
  Trajectories out;
  dynamics::ConditionInputs unedited;
  unedited.label = "unedited cells";
  out.inputs.push_back(unedited);
  std::map<std::pair<std::string, std::string>, Index> known{{{"", edits.media.front()}, 0}};
  std::set<double> times;
  for (const int c : conditions) times.insert(problem.time[static_cast<std::size_t>(c)]);
  times.insert(problem.times.back());
  out.times.assign(times.begin(), times.end());
  for (const int c : conditions) {
    const auto& condition = problem.conditions[static_cast<std::size_t>(c)];
    const double time = problem.time[static_cast<std::size_t>(c)];
    if (time == 0 || (levels_only && condition.is_control())) {
      out.places.emplace_back();
      continue;
    }
    const auto [at, fresh] =
        known.try_emplace({edits_label(condition), condition.medium}, static_cast<Index>(out.inputs.size()));
    if (fresh) out.inputs.push_back(edits.read(condition.edits, condition.medium, trained).inputs);
    const Index when = std::find(out.times.begin(), out.times.end(), time) - out.times.begin();
    out.places.push_back({at->second, when});
  }
  return out;
}

ParameterPrior prior_of(const dynamics::VectorField<double>& field, const Vector& signal, double l2, bool resting) {
  const auto& options = field.options();
  const Index size = field.layout().size();
  ParameterPrior prior{Vector::Ones(size), Vector::Zero(size), Vector::Zero(size)};
  for (const auto& block : field.layout().blocks()) {
    auto scale = dynamics::Layout::view_of(prior.scale, block);
    auto centre = dynamics::Layout::view_of(prior.centre, block);
    auto precision = dynamics::Layout::view_of(prior.precision, block);
    if (block.weight) precision.setConstant(l2);
    const bool by_gene = block.rows == options.genes &&
                         (block.name == "A" || block.name == "W" || block.name == "V" || block.name == "B" ||
                          block.name == "b" || block.name == "v") &&
                         !((options.kind == FieldKind::neural || options.kind == FieldKind::neural_decay) &&
                           (block.name == "B" || block.name == "b"));
    if (by_gene) scale.colwise() = signal;
    if (resting && by_gene && (block.name == "v" || (block.name == "b" && !options.centred)))
      precision.col(0).setConstant(l2);
    if (block.name == "A") {
      scale.diagonal().setOnes();
      centre.diagonal().setConstant(-options.rate_initial);
    }
    if (block.name == "log_gamma" || block.name == "log_alpha" || block.name == "log_epsilon") {
      centre.setConstant(std::log(options.rate_initial));
      if (block.name == "log_epsilon")
        for (Index g = 0; g < options.genes; ++g) centre(g, 0) += std::log(dynamics::reach_of(options, g));
      precision.setOnes();
    }
    // Where on its curve a gene rests: of order 1, not in the units of its effects.
    if (options.kind == FieldKind::saturating && options.centred && block.name == "b") {
      scale.col(0).setOnes();
      precision.col(0).setOnes();
    }
  }
  return prior;
}

namespace {

/** The control rows among those of `parts` once more, against the unedited trajectories. */
void add_baseline(const Problem& problem, const TrainingData& data, const std::vector<int>& conditions,
                  ObjectiveParts& parts) {
  std::vector<int> chosen;
  std::map<int, int> levels, states;
  std::map<std::string, int> compartments;
  std::vector<int> controls;
  LossRows& out = parts.baseline;
  for (std::size_t i = 0; i < parts.rows.state.size(); ++i) {
    const int c = conditions[static_cast<std::size_t>(parts.rows.state[i])];
    if (!problem.is_control(c)) continue;
    chosen.push_back(static_cast<int>(i));
    if (states.try_emplace(c, static_cast<int>(controls.size())).second) controls.push_back(c);
    out.state.push_back(states[c]);
    const std::string& compartment = problem.conditions[static_cast<std::size_t>(c)].compartment;
    out.level.push_back(compartments.try_emplace(compartment, static_cast<int>(compartments.size())).first->second);
  }
  if (chosen.empty()) return;
  out.x = parts.rows.x(Eigen::all, chosen);
  out.variance = parts.rows.variance(Eigen::all, chosen);
  for (const auto& of_row : parts.rows.batch) {
    out.batch.emplace_back();
    for (const int i : chosen) out.batch.back().push_back(of_row[static_cast<std::size_t>(i)]);
  }
  out.batch_variance = parts.rows.batch_variance;
  out.states = static_cast<int>(controls.size());
  out.levels = static_cast<int>(compartments.size());
  parts.baseline_weight = problem.options.lambda;

  // The same trajectories, and those of the unedited cells in every medium.
  const std::vector<char> none(data.edits.edits.size(), 0);
  const Trajectories unedited = trajectories_of(problem, data.edits, controls, none, false);
  Trajectories& all = parts.trajectories;
  std::vector<Index> place(unedited.inputs.size(), 0);
  for (std::size_t k = 1; k < unedited.inputs.size(); ++k) {
    place[k] = static_cast<Index>(all.inputs.size());
    all.inputs.push_back(unedited.inputs[k]);
  }
  for (Trajectories::Place at : unedited.places) {
    if (at.trajectory >= 0) {
      const double time = unedited.times[static_cast<std::size_t>(at.time)];
      at.trajectory = place[static_cast<std::size_t>(at.trajectory)];
      at.time = std::find(all.times.begin(), all.times.end(), time) - all.times.begin();
    }
    parts.baseline_places.push_back(at);
  }
}

}  // namespace

ObjectiveParts objective_parts(const Problem& problem, const TrainingData& data, const std::vector<int>& rows,
                               const std::vector<char>& trained) {
  const LossKind loss = problem.options.loss;
  const bool levels_only = loss == LossKind::prediction || loss == LossKind::baseline_trajectory;
  const LossRows all = loss_rows(data.levels, data.variances, problem.options.discrepancy);
  std::vector<int> conditions;
  std::map<int, int> place;
  std::map<std::string, int> levels;
  const auto level = [&](const std::string& name) {
    return levels.try_emplace(name, static_cast<int>(levels.size())).first->second;
  };
  ObjectiveParts parts;
  LossRows& out = parts.rows;
  const Index n = static_cast<Index>(rows.size());
  out.x.resize(all.x.rows(), n);
  out.variance.resize(all.x.rows(), n);
  out.batch.assign(all.batch.size(), {});
  out.batch_variance = all.batch_variance;
  for (Index i = 0; i < n; ++i) {
    const auto r = static_cast<std::size_t>(rows[static_cast<std::size_t>(i)]);
    const int c = data.levels.rows[r].condition;
    const auto& condition = problem.conditions[static_cast<std::size_t>(c)];
    if (place.try_emplace(c, static_cast<int>(conditions.size())).second) conditions.push_back(c);
    out.state.push_back(place[c]);
    out.x.col(i) = all.x.col(static_cast<Index>(r));
    out.variance.col(i) = all.variance.col(static_cast<Index>(r));
    for (const auto& edit : condition.edits) {
      const EditEntry* entry = data.edits.find(edit.name);
      if (entry && entry->input < 0 && entry->target >= 0) out.variance(entry->target, i) = infinity;
    }
    for (std::size_t f = 0; f < all.batch.size(); ++f) out.batch[f].push_back(all.batch[f][r]);
    // Under `prediction`, controls that are not the reference state have a level of their own.
    const bool own = levels_only && condition.is_control() && problem.time[static_cast<std::size_t>(c)] > 0 &&
                     (problem.differentiating || condition.medium != data.edits.media.front());
    out.level.push_back(level(own ? "condition " + std::to_string(c) : "compartment " + condition.compartment));
  }
  out.states = static_cast<int>(conditions.size());
  out.levels = std::max(1, static_cast<int>(levels.size()));
  parts.trajectories = trajectories_of(problem, data.edits, conditions, trained, levels_only);
  parts.bounds = bounds_of(parts, problem, data, rows, conditions);
  pin_exact_levels(parts, problem, data, rows, conditions);
  if (loss == LossKind::steady_state) parts.rest = problem.options.lambda;
  if (loss == LossKind::steady_flow) parts.flow = problem.options.lambda;
  if (loss == LossKind::baseline_trajectory && problem.options.lambda > 0)
    add_baseline(problem, data, conditions, parts);
  const auto field = dynamics::make_field<double>(field_options(problem, data.edits));
  parts.prior = prior_of(*field, data.signal, *problem.options.l2, !problem.differentiating);
  if (field->options().kappas > 0) {
    // What the transcript says of κ (or kappa_activity) within a factor of e^½ either way.
    const auto& rho = field->layout().at("rho");
    const std::vector<double> kappas = data.edits.estimated_kappas();
    for (Index k = 0; k < rho.size(); ++k)
      parts.prior.centre(rho.offset + k) = field->raw_kappa(kappas[static_cast<std::size_t>(k)]);
    parts.prior.precision.segment(rho.offset, rho.size()).setConstant(4);
  }
  return parts;
}

template <typename Scalar>
Objective<Scalar>::Objective(dynamics::VectorField<Scalar>& field, const dynamics::FlowOptions& flow,
                             ObjectiveParts parts)
    : field_(field),
      flow_(field, flow),
      parts_(std::move(parts)),
      loss_(parts_.rows),
      bounds_(parts_.bounds),
      scale_(parts_.prior.scale.template cast<Scalar>()),
      centre_(parts_.prior.centre.cwiseQuotient(parts_.prior.scale).template cast<Scalar>()),
      precision_(parts_.prior.precision.template cast<Scalar>()),
      count_(std::max(1.0, loss_.count())) {
  const Index genes = field.genes();
  if (parts_.baseline_weight > 0) {
    baseline_loss_ = std::make_unique<BatchLoss<Scalar>>(parts_.baseline);
    baseline_predictions_ = MatrixOf<Scalar>::Zero(genes, parts_.baseline.states);
  }
  predictions_ = MatrixOf<Scalar>::Zero(genes, parts_.rows.states);
  state_adjoints_.assign(parts_.trajectories.times.size(),
                         MatrixOf<Scalar>::Zero(genes, static_cast<Index>(parts_.trajectories.inputs.size())));
}

template <typename Scalar>
void Objective<Scalar>::predict(const std::vector<Trajectories::Place>& places, MatrixOf<Scalar>& predictions) const {
  for (std::size_t s = 0; s < places.size(); ++s)
    if (places[s].trajectory >= 0)
      predictions.col(static_cast<Index>(s)) =
          flow_.states()[static_cast<std::size_t>(places[s].time)].col(places[s].trajectory);
}

template <typename Scalar>
void Objective<Scalar>::pull_back(const std::vector<Trajectories::Place>& places, const MatrixOf<Scalar>& adjoint,
                                  double share) {
  for (std::size_t s = 0; s < places.size(); ++s)
    if (places[s].trajectory >= 0)
      state_adjoints_[static_cast<std::size_t>(places[s].time)].col(places[s].trajectory) +=
          static_cast<Scalar>(share) * adjoint.col(static_cast<Index>(s));
}

template <typename Scalar>
Index Objective<Scalar>::times_after_start() const {
  const auto& times = parts_.trajectories.times;
  return std::count_if(times.begin(), times.end(), [](double t) { return t > 0; });
}

template <typename Scalar>
bool Objective<Scalar>::outputs(const VectorOf<Scalar>& z, VectorOf<Scalar>& out) {
  theta_ = scale_.cwiseProduct(z);
  const auto& trajectories = parts_.trajectories;
  if (!flow_.forward(theta_, trajectories.inputs, trajectories.times, false)) return false;
  const Index genes = field_.genes(), after = times_after_start();
  predict(trajectories.places, predictions_);
  if (baseline_loss_) predict(parts_.baseline_places, baseline_predictions_);
  out.resize(predictions_.size() + baseline_predictions_.size() + (parts_.flow > 0 ? genes * after : 0) +
             (parts_.rest > 0 ? genes : 0));
  out.head(predictions_.size()) = predictions_.reshaped();
  out.segment(predictions_.size(), baseline_predictions_.size()) = baseline_predictions_.reshaped();
  if (parts_.flow > 0) {
    Index at = predictions_.size() + baseline_predictions_.size();
    for (std::size_t t = 0; t < trajectories.times.size(); ++t) {
      if (!(trajectories.times[t] > 0)) continue;
      out.segment(at, genes) = flow_.states()[t].col(0);
      at += genes;
    }
  }
  if (parts_.rest > 0) out.tail(genes) = field_.rest_residual(theta_);
  return true;
}

template <typename Scalar>
VectorOf<Scalar> Objective<Scalar>::weigh(const VectorOf<Scalar>& change) const {
  const Index genes = field_.genes(), after = times_after_start();
  VectorOf<Scalar> out(change.size());
  const auto weigh_block = [&](const BatchLoss<Scalar>& loss, Index at, const MatrixOf<Scalar>& shape, double factor) {
    const MatrixOf<Scalar> block = change.segment(at, shape.size()).reshaped(shape.rows(), shape.cols());
    out.segment(at, shape.size()) = static_cast<Scalar>(factor) * loss.weigh(block).reshaped();
  };
  weigh_block(loss_, 0, predictions_, 1);
  if (!bounds_.empty()) {
    const MatrixOf<Scalar> block = change.head(predictions_.size()).reshaped(predictions_.rows(), predictions_.cols());
    MatrixOf<Scalar> own = MatrixOf<Scalar>::Zero(block.rows(), block.cols());
    bounds_.add_weighed(predictions_, block, own);
    out.head(predictions_.size()) += own.reshaped();
  }
  Index at = predictions_.size();
  if (baseline_loss_) weigh_block(*baseline_loss_, at, baseline_predictions_, parts_.baseline_weight);
  at += baseline_predictions_.size();
  const VectorOf<Scalar> precision = loss_.precision().template cast<Scalar>();
  if (parts_.flow > 0) {
    const Scalar share = static_cast<Scalar>(parts_.flow / static_cast<double>(std::max<Index>(1, after)));
    for (Index t = 0; t < after; ++t, at += genes)
      out.segment(at, genes) = share * precision.cwiseProduct(change.segment(at, genes));
  }
  if (parts_.rest > 0) out.tail(genes) = static_cast<Scalar>(parts_.rest) * precision.cwiseProduct(change.tail(genes));
  return out;
}

template <typename Scalar>
double Objective<Scalar>::flow_penalty() {
  const auto& times = parts_.trajectories.times;
  const double after = static_cast<double>(times_after_start());
  const VectorOf<Scalar> weight =
      (loss_.precision() * (parts_.flow / (count_ * std::max(1.0, after)))).template cast<Scalar>();
  double total = 0;
  for (std::size_t t = 0; t < times.size(); ++t) {
    if (!(times[t] > 0)) continue;
    const auto unedited = flow_.states()[t].col(0);
    total += static_cast<double>((weight.array() * unedited.array().square()).sum());
    state_adjoints_[t].col(0) += Scalar(2) * weight.cwiseProduct(unedited);
  }
  return total;
}

template <typename Scalar>
double Objective<Scalar>::value(const VectorOf<Scalar>& z, VectorOf<Scalar>* gradient) {
  theta_ = scale_.cwiseProduct(z);
  const auto& trajectories = parts_.trajectories;
  if (gradient) gradient->setZero(z.size());
  if (!flow_.forward(theta_, trajectories.inputs, trajectories.times, gradient != nullptr))
    return std::numeric_limits<double>::quiet_NaN();

  for (auto& adjoint : state_adjoints_) adjoint.setZero();
  predict(trajectories.places, predictions_);
  drift_ =
      std::sqrt(static_cast<double>(flow_.states().back().col(0).squaredNorm()) / static_cast<double>(field_.genes()));
  data_ = loss_.value(predictions_, adjoint_) / count_;
  data_ += bounds_.value(predictions_, adjoint_) / count_;
  pull_back(trajectories.places, adjoint_, 1 / count_);
  if (baseline_loss_) {
    predict(parts_.baseline_places, baseline_predictions_);
    const double share = parts_.baseline_weight / count_;
    data_ += share * baseline_loss_->value(baseline_predictions_, baseline_adjoint_);
    pull_back(parts_.baseline_places, baseline_adjoint_, share);
  }
  double total = data_;
  if (parts_.flow > 0) total += flow_penalty();

  const VectorOf<Scalar> off = z - centre_;
  total += static_cast<double>((precision_.array() * off.array().square()).sum()) / count_;

  if (gradient) {
    gradient_.setZero(z.size());
    flow_.backward(state_adjoints_, gradient_);
  }
  if (parts_.rest > 0) {
    const VectorOf<Scalar> rest = field_.rest_residual(theta_);
    const VectorOf<Scalar> weight = (loss_.precision() * (parts_.rest / count_)).template cast<Scalar>();
    total += static_cast<double>((weight.array() * rest.array().square()).sum());
    if (gradient) {
      rest_adjoint_ = Scalar(2) * weight.cwiseProduct(rest);
      field_.pull_back_rest(theta_, rest_adjoint_, gradient_);
    }
  }
  if (gradient) {
    *gradient = scale_.cwiseProduct(gradient_) + static_cast<Scalar>(2 / count_) * precision_.cwiseProduct(off);
    if (!std::isfinite(total) || !gradient->allFinite()) {
      gradient->setZero();
      return std::numeric_limits<double>::quiet_NaN();
    }
  }
  return total;
}

template class Objective<float>;
template class Objective<double>;

dynamics::FlowOptions flow_options(const FitOptions& options) {
  dynamics::FlowOptions flow;
  flow.step = options.step;
  SolverKind solver = options.solver;
  if (solver == SolverKind::automatic)
    solver = options.model == FieldKind::linear ? SolverKind::closed_form : SolverKind::steps;
  const bool decays = options.model == FieldKind::saturating || options.model == FieldKind::production_decay ||
                      options.model == FieldKind::neural_decay;
  switch (solver) {
    case SolverKind::closed_form:
      flow.method = dynamics::Method::exponential;
      break;
    case SolverKind::adaptive:
      flow.method = dynamics::Method::dormand_prince;
      break;
    case SolverKind::steady_state:
      flow.method = dynamics::Method::steady_state;
      break;
    default:
      flow.method = decays ? dynamics::Method::exponential_euler : dynamics::Method::rk4;
  }
  return flow;
}

Matrix predict(const Problem& problem, const EditModel& edits, const Vector& theta, const std::vector<int>& conditions,
               const std::vector<char>& trained) {
  const auto field = dynamics::make_field<double>(field_options(problem, edits));
  dynamics::Flow<double> flow(*field, flow_options(problem.options));
  const Trajectories trajectories = trajectories_of(problem, edits, conditions, trained, false);
  Matrix out = Matrix::Zero(field->genes(), static_cast<Index>(conditions.size()));
  if (flow.forward(theta, trajectories.inputs, trajectories.times, false)) {
    for (std::size_t c = 0; c < conditions.size(); ++c)
      if (const auto& place = trajectories.places[c]; place.trajectory >= 0)
        out.col(static_cast<Index>(c)) = flow.states()[static_cast<std::size_t>(place.time)].col(place.trajectory);
    return out;
  }
  // Some trajectory has no answer: each alone, so that the others keep theirs.
  for (std::size_t c = 0; c < conditions.size(); ++c) {
    const auto& place = trajectories.places[c];
    if (place.trajectory < 0) continue;
    const auto one = std::span(trajectories.inputs).subspan(static_cast<std::size_t>(place.trajectory), 1);
    const double time = trajectories.times[static_cast<std::size_t>(place.time)];
    if (flow.forward(theta, one, {&time, 1}, false))
      out.col(static_cast<Index>(c)) = flow.states()[0].col(0);
    else
      out.col(static_cast<Index>(c)).setConstant(std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

}  // namespace groundwork::fit
