#pragma once

#include <string>
#include <utility>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/batch_levels.hpp"
#include "groundwork/measurement/grounded_network.hpp"

namespace groundwork::measurement {

/** Σ coefficient · μ_condition. A condition named twice counts with the sum of its coefficients. */
struct Contrast {
  std::string name;
  std::vector<std::pair<int, double>> terms;  ///< (condition, coefficient)
};

/** The terms of a contrast with each condition once, in the order of conditions. */
std::vector<std::pair<int, double>> merged_terms(const Contrast&);

/** Conditions and batches that hang together through the cells that they share. */
struct GraphComponent {
  std::vector<int> conditions;
  std::vector<int> batches;
};

/**
 * The distinct rows of a matrix of weights. Layouts repeat a few patterns thousands of times; sums over conditions then
 * need one term a pattern.
 */
struct RowPatterns {
  Matrix weights;           ///< one row a pattern
  Vector count;             ///< how many conditions have it
  std::vector<int> of_row;  ///< condition → pattern; empty: every row is a pattern of its own
  bool repeated() const { return !of_row.empty(); }
};

/** Without repeats worth having, only `of_row` is set (empty) and the rows are to be taken as they are. */
RowPatterns patterns_of(const Matrix& weights);

/**
 * Generalised least squares of condition means when batches carry effects (error_analysis: "Information and
 * estimability", "Large designs"), for one gene:
 *
 *     y_cb = μ_c + Σ_f β_f(b) + γ_cb + ε_cb,   w_cb = 1/(s_g² + σ²_cb),   Var β_f = s_f² in [0, ∞]
 *
 * s_f² = ∞ is a fixed level and absorbs the coarser ones; a coarse level may be fixed while finer ones are random.
 * Conditions, batches and coarser groups are the nodes of a grounded network: w joins condition and batch, 1/s_f² joins
 * a group and its parent, the coarsest to the ground; s_f² = 0 melts a group into its parent. A contrast is estimable
 * if its coefficients sum to zero over every part of the network without ground.
 *
 * Cost: O(P B²) when weights change, O(P B² + B³) for all variances when level variances change; P conditions × B
 * batches.
 */
class Gls {
 public:
  /** `single_precision`: for large layouts under a moving slider; relative errors of about 1e-6. */
  Gls(BatchLevels levels, Matrix weights, bool single_precision = false);

  /** P × B, 0 = no cells. Level variances must be set again afterwards. */
  void set_weights(Matrix weights);
  /** Gives up the weights and their storage, to be filled anew and handed to set_weights() before anything else. */
  Matrix take_weights() { return std::move(weights_); }
  /** One per level, coarse to fine, each in [0, ∞]. */
  void set_level_variances(const Vector& variances);

  const BatchLevels& levels() const { return levels_; }
  const Matrix& weights() const { return weights_; }
  const RowPatterns& patterns() const { return patterns_; }
  const Vector& totals() const { return totals_; }                           ///< d_c = Σ_b w_cb
  const Vector& inverse_totals() const { return inverse_totals_; }           ///< 1/d_c; 0 where d_c = 0
  Matrix shares() const { return inverse_totals_.asDiagonal() * weights_; }  ///< U: w_cb/d_c; 0 where d_c = 0
  Eigen::RowVectorXd shares_of(int condition) const { return inverse_totals_[condition] * weights_.row(condition); }
  const Matrix& coupling() const { return coupling_; }  ///< B × B ≥ 0, zero diagonal: −L off the diagonal
  const Vector& level_variances() const { return variances_; }
  Matrix laplacian() const;  ///< L, B × B, rows sum to zero

  const std::vector<GraphComponent>& components() const { return components_; }  ///< components_of(weights())
  /** The parts of the network without ground; empty when every contrast is estimable. */
  const std::vector<GraphComponent>& floating() const { return floating_; }
  /** Indices into floating(): the parts over which the contrast does not sum to zero. */
  std::vector<int> confounded_with(const Contrast&) const;

  /** Var of the estimate; NaN where not estimable. */
  double variance(const Contrast&) const;
  std::vector<double> variances(const std::vector<Contrast>&) const;

  /** Of every condition against the mean of the controls, P long (meaningless for the controls themselves). */
  Vector variances_against(const std::vector<int>& controls) const;

  /** K, B × B: how uncertain the batch effects are given the data and the condition means profiled out; where parts
   * float, one of its generalised inverses. Cov(μ̂) = diag(1/d) + U K Uᵀ on estimable contrasts. */
  Matrix batch_covariance() const;
  /** Cov of all condition means, P × P; meaningful on estimable contrasts. */
  Matrix covariance() const;

  /** z, P × nodes: Cov(μ̂) = diag(1/d) + z zᵀ. Recomputed when asked for after a change. */
  const Matrix& scores() const;
  /** B × nodes: what scores() is made with; z = U · basis. */
  const Matrix& basis() const { return basis_; }

 private:
  BatchLevels levels_;
  bool single_precision_ = false;
  Matrix weights_, coupling_;
  RowPatterns patterns_;
  Vector totals_, inverse_totals_, variances_;
  Matrix basis_;
  bool triangular_ = false;  // the first B columns of basis_ are an upper triangle
  std::vector<GraphComponent> components_, floating_;
  std::vector<int> floating_of_;  // condition → index into floating_, −1: grounded
  mutable Matrix scores_;
  mutable bool scores_current_ = false;
};

/**
 * The components of the graph that joins a condition and a batch wherever there are cells: what is confounded with what
 * when batches are fixed. Conditions without cells are components of their own; batches without cells are in none.
 */
std::vector<GraphComponent> components_of(const Matrix& weights);

}  // namespace groundwork::measurement
