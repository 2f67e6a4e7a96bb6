#include "groundwork/fit/candidate_information.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "asked_condition.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {
namespace {

constexpr double difference = 1e-5;
/** Stands for a flat prior, as for the intervals of parameters. */
constexpr double least_precision = 1e-4;

/** Of the finite variances of each gene in the rows that `wanted` picks; NaN where there is none. */
template <typename Wanted>
Vector median_variance(const Matrix& variance, const std::vector<char>& rows, Wanted wanted) {
  Vector out(variance.rows());
  std::vector<double> values;
  for (Index g = 0; g < variance.rows(); ++g) {
    values.clear();
    for (std::size_t r = 0; r < rows.size(); ++r)
      if (wanted(rows[r]) && std::isfinite(variance(g, static_cast<Index>(r))))
        values.push_back(variance(g, static_cast<Index>(r)));
    if (values.empty()) {
      out(g) = nan;
      continue;
    }
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    out(g) = *middle;
  }
  return out;
}

}  // namespace

struct InformationSearch::State {
  std::unique_ptr<dynamics::VectorField<double>> field;
  std::unique_ptr<Objective<double>> objective;
  std::unique_ptr<dynamics::Flow<double>> flow;
  std::vector<dynamics::ConditionInputs> columns;
  std::vector<double> times;  ///< distinct, increasing
  struct Place {
    Index own = 0, unedited = -1, time = 0;  ///< −1: nothing is taken off
    std::vector<Index> silent;               ///< genes that are no outputs
  };
  std::vector<Place> places;
  Vector scale, root, z;  ///< root: of the prior precision
  Vector base_data, base_effects, moved_data, moved_effects;
  Matrix data_rows, effect_rows;  ///< derivatives by z / root: outputs × parameters
  Index next = 0;
  CandidateInformation out;

  void effects(const Vector& theta, Vector& into) {
    flow->forward(theta, columns, times, false);
    flow->require_finite();
    const Index genes = out.genes;
    into.resize(genes * static_cast<Index>(places.size()));
    for (std::size_t c = 0; c < places.size(); ++c) {
      const auto& place = places[c];
      const Matrix& states = flow->states()[static_cast<std::size_t>(place.time)];
      auto own = into.segment(static_cast<Index>(c) * genes, genes);
      own = states.col(place.own);
      if (place.unedited >= 0) own -= states.col(place.unedited);
      for (const Index g : place.silent) own(g) = 0;
    }
  }

  void data(const Vector& at, Vector& into) {
    if (!objective->outputs(at, into))
      throw Error("flow.diverged", "The flow does not stay finite around the fitted parameters.",
                  "Fit with a larger l2, or a centred field.");
  }

  void finish();
};

void InformationSearch::State::finish() {
  const Index parameters = z.size(), outputs = base_data.size();
  out.prior_variance = effect_rows.rowwise().squaredNorm().reshaped(out.genes, static_cast<Index>(places.size()));
  if (parameters <= outputs) {
    Matrix weighed(outputs, parameters);
    for (Index i = 0; i < parameters; ++i) weighed.col(i) = objective->weigh(data_rows.col(i));
    Matrix precision = data_rows.transpose() * weighed;
    precision = (0.5 * (precision + precision.transpose())).eval();
    precision.diagonal().array() += 1;
    const Matrix half = precision.llt().matrixL().solve(effect_rows.transpose());
    out.covariance = half.transpose() * half;
  } else {
    // S Sᵀ − S Jᵀ (1 + W K)⁻¹ W J Sᵀ with K = J Jᵀ, in units of the prior; W = V⁻¹ need not have an inverse.
    const Matrix inner = data_rows * data_rows.transpose(), across = data_rows * effect_rows.transpose();
    Matrix system(outputs, outputs), right(outputs, across.cols());
    for (Index i = 0; i < outputs; ++i) system.col(i) = objective->weigh(inner.col(i));
    for (Index i = 0; i < across.cols(); ++i) right.col(i) = objective->weigh(across.col(i));
    system.diagonal().array() += 1;
    out.covariance = effect_rows * effect_rows.transpose();
    out.covariance -= across.transpose() * system.partialPivLu().solve(right);
    out.covariance = (0.5 * (out.covariance + out.covariance.transpose())).eval();
  }
  if (!out.covariance.allFinite())
    throw Error("flow.diverged", "The flow does not stay finite around the fitted parameters.",
                "Fit with a larger l2, or a centred field.");
}

InformationSearch::InformationSearch(const Problem& problem, const TrainingData& data, const Vector& theta,
                                     const std::vector<screen::Condition>& conditions, const std::string& usual_medium)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.field = dynamics::make_field<double>(field_options(problem, data.edits));
  const auto rows = all_rows(data);
  ObjectiveParts parts = objective_parts(problem, data, rows, edits_in_rows(problem, data, rows));
  s.out.genes = s.field->genes();

  std::vector<char> control;
  for (const int r : rows)
    control.push_back(problem.is_control(data.levels.rows[static_cast<std::size_t>(r)].condition) ? 1 : 0);
  const Vector edited = median_variance(parts.rows.variance, control, [](char c) { return c == 0; });
  const Vector unedited = median_variance(parts.rows.variance, control, [](char c) { return c == 1; });
  s.out.noise =
      edited.array().isNaN().select(unedited, edited) + unedited.array().isNaN().select(0.0, unedited).matrix();

  std::map<std::string, Index> known;
  const auto column = [&](const EditModel::Reading& reading, const std::string& key) {
    const auto [at, fresh] = known.try_emplace(key, static_cast<Index>(s.columns.size()));
    if (fresh) s.columns.push_back(reading.inputs);
    return at->second;
  };
  for (const auto& condition : conditions) {
    const std::string medium = asked_medium(condition, data.edits.media, usual_medium, s.out.warnings);
    s.out.times.push_back(asked_time(condition, problem.times.back(), problem.single_time, s.out.warnings));
    const auto reading = data.edits.read(condition.edits, medium);
    if (!reading.shared.empty())
      throw Error("next.unknown", "The model cannot tell what " + joined(reading.shared) +
                                      " would teach it: " + shared_effect_sentence(data.edits, reading.shared.front()));
    s.out.unseen.push_back(reading.unseen ? 1 : 0);
    State::Place place;
    place.own = column(reading, edits_label(condition) + "\n" + medium);
    const bool moving = problem.differentiating || medium != data.edits.media.front() || !problem.options.centred;
    if (!condition.edits.empty() && moving) place.unedited = column(data.edits.read({}, medium), "\n" + medium);
    for (const auto& clamp : reading.inputs.clamps) place.silent.push_back(clamp.gene);
    s.places.push_back(place);
  }
  const std::set<double> distinct(s.out.times.begin(), s.out.times.end());
  s.times.assign(distinct.begin(), distinct.end());
  for (std::size_t c = 0; c < s.places.size(); ++c)
    s.places[c].time = std::lower_bound(s.times.begin(), s.times.end(), s.out.times[c]) - s.times.begin();

  s.flow = std::make_unique<dynamics::Flow<double>>(*s.field, flow_options(problem.options));
  s.scale = parts.prior.scale;
  s.root = parts.prior.precision.cwiseMax(least_precision).cwiseSqrt();
  s.z = theta.cwiseQuotient(s.scale);
  s.objective = std::make_unique<Objective<double>>(*s.field, flow_options(problem.options), std::move(parts));
  s.effects(theta, s.base_effects);
  s.data(s.z, s.base_data);
  s.out.parameters = theta.size();
  s.out.outputs = s.base_data.size();
  s.out.effect = s.base_effects.reshaped(s.out.genes, static_cast<Index>(conditions.size()));
  const Index numbers = (s.base_data.size() + s.base_effects.size()) * theta.size();
  if (numbers > most_derivatives)
    throw Error("next.too_many",
                std::to_string(conditions.size()) + " conditions of " + std::to_string(s.out.genes) +
                    " genes under a model with " + std::to_string(theta.size()) +
                    " parameters need more derivatives than fit into memory.",
                "Name fewer edits, media or times; or fit fewer genes.");
  s.data_rows.resize(s.base_data.size(), theta.size());
  s.effect_rows.resize(s.base_effects.size(), theta.size());
}

InformationSearch::~InformationSearch() = default;

bool InformationSearch::advance(double milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  State& s = *state_;
  while (s.next < s.z.size()) {
    const Index i = s.next++;
    Vector moved = s.z;
    moved(i) += difference;
    s.data(moved, s.moved_data);
    s.effects(s.scale.cwiseProduct(moved), s.moved_effects);
    const double per = difference * s.root(i);
    s.data_rows.col(i) = (s.moved_data - s.base_data) / per;
    s.effect_rows.col(i) = (s.moved_effects - s.base_effects) / per;
    if (std::chrono::duration<double, std::milli>(Clock::now() - start).count() > milliseconds) return false;
  }
  // The weights of bounds are those of the fitted predictions.
  s.data(s.z, s.moved_data);
  s.finish();
  return true;
}

double InformationSearch::fraction() const {
  return 0.9 * static_cast<double>(state_->next) / static_cast<double>(std::max<Index>(1, state_->z.size()));
}

CandidateInformation InformationSearch::take() { return std::move(state_->out); }

}  // namespace groundwork::fit
