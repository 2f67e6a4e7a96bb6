#pragma once

namespace groundwork {

/** ψ′(x) for x > 0: the variance of the log of a gamma variable with shape x. */
double trigamma(double x);

/** log Φ(x), without loss far below 0. */
double log_normal_cdf(double x);

/** Φ⁻¹(p), 0 < p < 1; ±infinity at the ends. */
double normal_quantile(double p);

/** P(T ≤ t) for Student's t with df > 0 degrees of freedom; df may be infinite. */
double student_t_cdf(double t, double df);

/** The p-quantile of Student's t, 0 < p < 1, df > 0 (not necessarily whole, may be infinite). */
double student_t_quantile(double p, double df);

/** The p-quantile of χ² with df > 0 degrees of freedom (not necessarily whole). */
double chi_square_quantile(double p, double df);

}  // namespace groundwork
