#pragma once

namespace groundwork::design {

/**
 * P(reject) of a two-sided t test at level `alpha` with `df` > 0 degrees of freedom (may be infinite) when the effect
 * is `effect` standard errors: the noncentral t distribution, by quadrature over the estimated standard error.
 */
double power_of(double effect, double df, double alpha);

/** The effect, in standard errors, that is found with the given power: power_of solved for `effect`. */
double detectable_effect(double df, double alpha, double power);
/** The same where the critical value, the 1 − alpha/2 quantile of t, is known already. */
double detectable_effect(double df, double alpha, double power, double critical);

}  // namespace groundwork::design
