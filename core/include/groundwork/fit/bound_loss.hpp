#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/** A value of which only a bound is known: the effect p(gene, state) − p(gene, reference) lies below `most`. */
struct Bound {
  Index gene = 0;
  int state = 0, reference = 0;  ///< columns of the predictions
  double most = 0;               ///< of the effect against the controls of its batch
  double sd = 1;                 ///< of a value at the bound and of those controls, s_g² and τ² included
};

/**
 * Censored values as Tobin (1958) has them: −2 log P(a value of mean p and this sd is below the bound), summed,
 *
 *     Σ −2 log Φ((most − (p_state − p_reference)) / sd).
 *
 * Nothing where the prediction is well below the bound, a squared residual far above it. The controls of the batch
 * stand for level and batch effect; that several bounds share controls is not accounted for.
 */
template <typename Scalar>
class BoundLoss {
 public:
  explicit BoundLoss(std::vector<Bound> bounds) : bounds_(std::move(bounds)) {}

  bool empty() const { return bounds_.empty(); }
  /** Of the predictions p (genes × states); `gradient`, of that shape, gets ∂value/∂p added. */
  double value(const MatrixOf<Scalar>& p, MatrixOf<Scalar>& gradient) const;
  /** out += half the second derivative at p times a change of p. */
  void add_weighed(const MatrixOf<Scalar>& p, const MatrixOf<Scalar>& change, MatrixOf<Scalar>& out) const;

 private:
  std::vector<Bound> bounds_;
};

extern template class BoundLoss<float>;
extern template class BoundLoss<double>;

}  // namespace groundwork::fit
