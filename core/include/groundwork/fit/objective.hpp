#pragma once

#include <memory>
#include <vector>

#include "groundwork/dynamics/flow.hpp"
#include "groundwork/fit/batch_loss.hpp"
#include "groundwork/fit/bound_loss.hpp"
#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/** Trajectories that predict conditions: those that share edits and medium are one, observed at several times. */
struct Trajectories {
  std::vector<dynamics::ConditionInputs> inputs;  ///< the first: unedited in the baseline medium
  std::vector<double> times;                      ///< increasing, days
  struct Place {
    Index trajectory = -1;  ///< −1: deviation 0 by definition
    Index time = -1;
  };
  std::vector<Place> places;  ///< one a condition asked for
};

/** Per edit of `data`: whether some of the rows carries it. */
std::vector<char> edits_in_rows(const Problem& problem, const TrainingData& data, const std::vector<int>& rows);

/** 0, 1, … of the levels of `data`. */
std::vector<int> all_rows(const TrainingData& data);

/**
 * Where the given conditions are found. `trained`: the edits whose inputs count as known, see EditModel::read.
 * `levels_only`: control conditions are level alone (the loss `prediction`).
 */
Trajectories trajectories_of(const Problem& problem, const EditModel& edits, const std::vector<int>& conditions,
                             const std::vector<char>& trained, bool levels_only);

/** What the optimiser sees: prior means and scales of the parameters. θ = scale ∘ z, so that one rate serves all. */
struct ParameterPrior {
  Vector scale;      ///< of each parameter
  Vector centre;     ///< prior mean of θ
  Vector precision;  ///< of z around its centre; 0 = flat
};

/**
 * Weights of rows that drive a gene (A, W, V; B where it has a row a gene) have the scale of the gene's signal and
 * precision l2 (an L2 penalty scaled by rows); A's diagonal is centred at −rate. log γ, log α and log ε have precision
 * 1 around their start, so that rates that the data do not tell stay where they were. In a system that is taken to
 * rest, the intercept of the baseline medium has precision l2 as well: no other parameter moves unedited cells, and it
 * would otherwise take up the mean of all edits for nothing. Other weights: scale 1, precision l2.
 */
ParameterPrior prior_of(const dynamics::VectorField<double>& field, const Vector& signal, double l2, bool resting);

/** What an objective is made of, apart from the scalar type. */
struct ObjectiveParts {
  Trajectories trajectories;
  LossRows rows;              ///< LossRows::state indexes trajectories.places
  std::vector<Bound> bounds;  ///< of censored values, by the same states
  double rest = 0;            ///< λ of the steady-state penalty
  double flow = 0;            ///< λ of the penalty on the flow of unedited cells
  /** Control rows against the unedited trajectories, with levels and batches of their own; no rows: no such term. */
  LossRows baseline;
  std::vector<Trajectories::Place> baseline_places;  ///< LossRows::state of `baseline` indexes these
  double baseline_weight = 0;                        ///< λ of that term
  ParameterPrior prior;
};

/**
 * Parts of the loss over training rows. `rows` (indices into data.levels) decides which count; `trained` as above.
 * Own-target states of clamped edits have no weight: what happens to the edited transcript is not regulation.
 */
ObjectiveParts objective_parts(const Problem& problem, const TrainingData& data, const std::vector<int>& rows,
                               const std::vector<char>& trained);

/**
 * `[ Σ_genes rᵀV⁻¹r + Σ_bounds −2 log Φ(u) + penalty + Σ precision (z − centre)² ] / N`, with N the number of values,
 * P_g = Σ_rows 1/variance, so that λ = 1 weighs a drift like an equal error in every row, and the penalty by the loss:
 *
 * - `steady_state`         λ Σ_g P_g (f_g(0; m0, ∅)/rate_g)²
 * - `steady_flow`          λ Σ_g P_g mean_t δ_g(t)², δ the flow of unedited cells in m0 over the times after 0
 * - `baseline_trajectory`  λ rᵀV⁻¹r over the control rows, r = x − μ₀ − δ_∅(t), batches and levels profiled out again
 */
template <typename Scalar>
class Objective {
 public:
  Objective(dynamics::VectorField<Scalar>& field, const dynamics::FlowOptions& flow, ObjectiveParts parts);

  /** Value at z; `gradient` (null: none) becomes ∂/∂z. NaN where the flow diverges; the gradient is then zero. */
  double value(const VectorOf<Scalar>& z, VectorOf<Scalar>* gradient);
  /** Of the last value(): rᵀV⁻¹r / N, bounds included, with the weighted control rows of `baseline_trajectory`. */
  double data() const { return data_; }
  /** N, the number of values compared. */
  double count() const { return count_; }
  const ParameterPrior& prior() const { return parts_.prior; }

  /**
   * What the quadratic terms of N · value are taken of, one after the other: predictions, those of the control rows of
   * `baseline_trajectory`, the flow of unedited cells, the residual at rest. False where the flow diverges.
   */
  bool outputs(const VectorOf<Scalar>& z, VectorOf<Scalar>& out);
  /** Half the second derivative of N · value by outputs(), where they were last computed, times a change of them. */
  VectorOf<Scalar> weigh(const VectorOf<Scalar>& change) const;

  /** Of the last value(): root mean square over genes of δ of unedited cells in the baseline medium, at the last time.
   */
  double drift() const { return drift_; }

 private:
  void predict(const std::vector<Trajectories::Place>& places, MatrixOf<Scalar>& predictions) const;
  void pull_back(const std::vector<Trajectories::Place>& places, const MatrixOf<Scalar>& adjoint, double share);
  /** λ Σ_g P_g mean_t δ_g(t)² / N, its adjoint added. */
  double flow_penalty();
  Index times_after_start() const;

  dynamics::VectorField<Scalar>& field_;
  dynamics::Flow<Scalar> flow_;
  ObjectiveParts parts_;
  BatchLoss<Scalar> loss_;
  BoundLoss<Scalar> bounds_;
  std::unique_ptr<BatchLoss<Scalar>> baseline_loss_;
  VectorOf<Scalar> scale_, centre_, precision_, theta_, gradient_, rest_adjoint_;
  MatrixOf<Scalar> predictions_, adjoint_, baseline_predictions_, baseline_adjoint_;
  std::vector<MatrixOf<Scalar>> state_adjoints_;
  double count_ = 1, data_ = 0, drift_ = 0;
};

extern template class Objective<float>;
extern template class Objective<double>;

/**
 * Solver of a model: as the options say; else the matrix exponential for `linear`, exponential Euler for the fields
 * with a decay, Runge–Kutta otherwise.
 */
dynamics::FlowOptions flow_options(const FitOptions& options);

/**
 * δ of the given conditions at parameters θ, genes × conditions, in double precision. NaN where a trajectory leaves the
 * finite numbers or, by the solver steady_state, none is at rest.
 */
Matrix predict(const Problem& problem, const EditModel& edits, const Vector& theta, const std::vector<int>& conditions,
               const std::vector<char>& trained);

}  // namespace groundwork::fit
