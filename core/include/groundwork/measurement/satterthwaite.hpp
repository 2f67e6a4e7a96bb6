#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::measurement {

/**
 * Powers of H = Ω − ΩX(XᵀΩX)⁻¹XᵀΩ (weights with the condition means profiled out) summed over conditions between
 * batches: what the information about variances is made of. They change with the weights only; O(P B²).
 */
struct WeightMoments {
  Matrix second;               ///< ZᵀH²Z, B × B
  Matrix third;                ///< ZᵀH³Z, B × B
  double trace_square = 0;     ///< tr H²
  Vector squares;              ///< Σ_b w_cb² per condition
  Index groups = 0;            ///< occupied (condition, batch) groups
  Index conditions = 0;        ///< conditions with cells
  Index rank = 0;              ///< of L: batches with cells − components
  Vector eigenvalues;          ///< of L, ascending, and
  Matrix eigenvectors;         ///< its eigenvectors: kept, as they do not change with the level variances
  std::vector<int> component;  ///< per batch: its component of the condition–batch graph; −1 without cells
};

/**
 * With `single_precision` the products are done in float and summed in double: relative errors of about 1e-6 in half
 * the time, for degrees of freedom that are looked at while a slider moves.
 */
WeightMoments moments_of(const Gls&, bool single_precision = false);
/** The same for a single level; every digit. */
WeightMoments moments_of(const Matrix& weights);

/**
 * REML information about the variances, I_ij = ½ tr(P V_i P V_j): one row for each random level (those finer than the
 * finest fixed one), then s_g². σ²_cb counts as known.
 */
struct VarianceInformation {
  std::vector<int> level;  ///< the level behind each row but the last
  Matrix matrix;
};

VarianceInformation information_of(const Gls&, const WeightMoments&);

/**
 * Satterthwaite degrees of freedom of contrasts: 2 Var²/(gᵀ I⁻¹ g), g = ∂Var/∂(s_f², s_g²) (error_analysis). The
 * variances are those that an analysis of this layout would estimate from its group means, σ²_cb being known from the
 * counts. In complete blocks of equal groups this is the classical (B − 1)(C − 1). 0: g lies outside the range of I,
 * the layout cannot estimate its own error.
 */
class Satterthwaite {
 public:
  /** Both must outlive this; the level variances of `gls` must have been set. */
  Satterthwaite(const Gls& gls, const WeightMoments& moments);

  /** NaN where the contrast is not estimable. */
  double df(const Contrast&) const;
  /** g, in the order of VarianceInformation. */
  Vector variance_gradient(const Contrast&) const;
  const VarianceInformation& information() const { return information_; }

 private:
  const Gls& gls_;
  const WeightMoments& moments_;
  VarianceInformation information_;
  Matrix covariance_;  // K
  Matrix laplacian_;
};

/** 2 variance²/(gᵀ I⁻¹ g); 0 where g is outside the range of I. */
double satterthwaite_df(double variance, const Vector& gradient, const Matrix& information);

}  // namespace groundwork::measurement
