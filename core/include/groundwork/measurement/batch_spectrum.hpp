#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::measurement {

/**
 * The eigenbasis of L kept, so that the variances of all conditions against the mean of some controls follow any batch
 * variance of a single level at O(P B): Var = 1/d_c + … + Σ_k y_ck²/(1/s_b² + λ_k). Agrees with Gls::variance to about
 * 1e-12; where digits matter more than time, use that.
 */
class BatchSpectrum {
 public:
  /** O(P B² + B³). `gls` has one batch level; its level variance is not used. */
  BatchSpectrum(const Gls& gls, const std::vector<int>& controls);

  /** One per condition (meaningless for the controls themselves); NaN where not estimable. s_b² in (0, ∞]. */
  Vector variances(double batch_variance) const;

 private:
  Vector values_;   // λ > 0
  Matrix squares_;  // conditions × λ: y²
  Vector own_;      // conditions: 1/d_c plus the controls' part
  Matrix null_;     // conditions × components: Σ l over the component; only where there are several
  Vector component_size_;
};

}  // namespace groundwork::measurement
