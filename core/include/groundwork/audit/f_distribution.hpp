#pragma once

#include "groundwork/audit/verdict.hpp"

namespace groundwork::audit {

/** P(F ≤ x) with d1, d2 > 0 degrees of freedom; d2 may be infinite (χ²/d1). */
double f_cdf(double x, double d1, double d2);
double f_quantile(double p, double d1, double d2);

/**
 * Interval of a mean square δ² of effects from its raw estimate E = mean of (effect + noise)², where the noise has mean
 * square V: E/V is a noncentral F with d1 and d2 degrees of freedom, approximated by Patnaik's two moments
 * (Biometrika 36:202, 1949): E ~ (V + δ²) F(h, d2), h = d1 (1 + r)²/(1 + 2 r), r = δ²/V.
 */
Bounds mean_square_bounds(double raw, double noise, double d1, double d2, double error);

}  // namespace groundwork::audit
