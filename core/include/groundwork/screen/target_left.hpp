#pragma once

#include <vector>

#include "groundwork/screen/screen.hpp"

namespace groundwork::screen {

/**
 * What is left of the expression of each edit's target, and of each guide of it.
 *
 * The fraction is a ratio of rates Σy/Σℓ, edited over control, compared within strata (the same medium, time,
 * compartment and batch, down to the finest level) and pooled with Mantel–Haenszel weights (Rothman, Greenland, Lash,
 * Modern Epidemiology, 3rd ed., ch. 15: person-time data, with Σℓ for time):
 *
 *     R = Σ_b T_e C / N  /  Σ_b T_c E / N,    E, C = Σℓ of edited and control cells, N = E + C, T = Σy.
 *
 * With one stratum it is (T_e/E)/(T_c/C). Strata without controls or without edited cells do not count, nor do their
 * cells. The 95 % interval is that of log R by the delta method, each T with variance max(T, Σy² − (T/Σℓ)² Σℓ²): its
 * negative binomial variance with the dispersion of the group itself by moments, and Poisson at least. Without a count
 * in edited cells the fraction is 0 and the upper end is where the Poisson probability of that is 2.5 %. The interval
 * is that of these cells; variance between batches beyond the controls' is not in it.
 *
 * Uses groups with this one edit; where the edit is only seen in combinations, those.
 */
std::vector<TargetLeft> target_left(const Screen&);

}  // namespace groundwork::screen
