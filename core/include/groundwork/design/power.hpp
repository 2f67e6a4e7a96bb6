#pragma once

namespace groundwork::design {

/**
 * P(reject) of a two-sided t test at level `alpha` with `df` > 0 degrees of freedom (may be infinite) when the effect
 * is `effect` standard errors: the noncentral t distribution, by quadrature over the estimated standard error.
 */
double power_of(double effect, double df, double alpha);

/** Which effects a test looks for. */
enum class Side { left, right, both };

/**
 * P(reject) when the estimate is normal with mean `effect` and standard deviation `spread`, both in units of the
 * standard error that the test uses, which is itself estimated with `df` degrees of freedom. A spread above 1: part of
 * the variation (guides of differing efficacy) is not in the test's standard error.
 */
double rejection_probability(double effect, double df, double alpha, Side, double spread = 1);
/** The same where the critical value is known: the 1 − alpha quantile of t, or 1 − alpha/2 for both sides. */
double rejection_beyond(double critical, double effect, double df, Side, double spread = 1);
double critical_value(double df, double alpha, Side);

/** The effect, in standard errors, that is found with the given power: power_of solved for `effect`. */
double detectable_effect(double df, double alpha, double power);
/** The same where the critical value, the 1 − alpha/2 quantile of t, is known already. */
double detectable_effect(double df, double alpha, double power, double critical);

}  // namespace groundwork::design
