#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/base/not_finite.hpp"

namespace groundwork::fit {

/** What the batch loss compares: states of rows (condition × batch) as levels, with their variances. */
struct LossRows {
  Matrix x;         ///< genes × rows: observed states
  Matrix variance;  ///< genes × rows: s_g² + σ²_cb + τ²; infinite = weight 0 (censored, missing)
  std::vector<std::vector<int>> batch;  ///< for each batch level: a batch index for every row; nested, coarse to fine
  Matrix batch_variance;                ///< genes × batch levels: s_f²; 0 = no effect, infinite = fixed effects
  std::vector<int> state;               ///< per row: which column of the predictions it observes
  std::vector<int> level;               ///< per row: which free level (μ₀, …) adds to the prediction
  int states = 0;                       ///< columns of the predictions
  int levels = 1;                       ///< number of free levels
};

/**
 * The prediction loss (docs/model.md, "Losses"): `Σ_genes rᵀ V⁻¹ r`, `r = x − μ_level − p_state`, with
 * `V = diag(variance) + Σ_f s_f² Z_f Z_fᵀ`. Random batch effects are integrated out by the Woodbury form
 * `V⁻¹ = Ω − Ω Z S^½ (I + S^½ Zᵀ Ω Z S^½)⁻¹ S^½ Zᵀ Ω`; fixed batches and the free levels μ are projected out, which is
 * their closed-form generalised least squares solution at every p. The rows of one state are then collapsed:
 *
 *     value(p) = constant + Σ_s d_s (p_s − m_s)² − ‖k − Kᵀ (p − m)‖²,
 *
 * so that an evaluation costs genes × states × (1 + rank of the batches), whatever the number of rows.
 */
template <typename Scalar>
class BatchLoss {
 public:
  explicit BatchLoss(const LossRows& rows);

  /** The loss at predictions p (genes × states, deviations from the free level). Adds nothing, divides by nothing. */
  double value(const MatrixOf<Scalar>& p) const;
  /** The same, and `gradient` (resized) becomes ∂value/∂p. */
  double value(const MatrixOf<Scalar>& p, MatrixOf<Scalar>& gradient) const;

  /** V⁻¹ of a change of the predictions, batches and levels projected out: half of what it changes the gradient by. */
  MatrixOf<Scalar> weigh(const MatrixOf<Scalar>& change) const;

  /** Number of (gene, row) pairs with a weight. */
  double count() const { return count_; }
  /** Σ_rows 1/variance for every gene. */
  const Vector& precision() const { return precision_; }

 private:
  ArrayOf<Scalar> weight_;               ///< d: genes × states
  MatrixOf<Scalar> mean_;                ///< m: genes × states
  std::vector<ArrayOf<Scalar>> factor_;  ///< columns of K: each genes × states
  MatrixOf<Scalar> offset_;              ///< k: genes × rank
  double constant_ = 0;
  double count_ = 0;
  Vector precision_;
};

extern template class BatchLoss<float>;
extern template class BatchLoss<double>;

/**
 * V⁻¹ of one gene with fixed batches projected out, as `diag(weight) − factor factorᵀ`. `free` may add columns (rows ×
 * any) that are projected out as well; it may have no columns.
 */
struct Precision {
  Vector weight;  ///< rows: 1/variance, 0 where infinite
  Matrix factor;  ///< rows × rank
};
Precision precision_of(const Vector& variance, const std::vector<std::vector<int>>& batch, const Vector& batch_variance,
                       const Matrix& free);

/** The generalised least squares estimate of the free levels given predictions p: genes × levels. A level that no row
 * informs is NaN. Where batches are fixed the estimate is the one with batch effects of least norm. */
Matrix free_levels(const LossRows& rows, const Matrix& p);

}  // namespace groundwork::fit
