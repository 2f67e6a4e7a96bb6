#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/**
 * Conformal scaling with the edit as the unit. Scores of one unit depend on each other, so each unit weighs 1/(K+1)
 * however many scores it has, and 1/(K+1) stands at infinity for the unit to come (Lee, Barber and Willett 2023).
 */
struct Calibration {
  int units = 0;   ///< K
  int needed = 9;  ///< ⌈1/α⌉ − 1; with fewer the interval is not calibrated
  bool calibrated = false;
  double quantile = 0;  ///< of |residual| / sd at 1 − α; not calibrated: the largest score
  double factor = 1;    ///< quantile over the normal one: what standard deviations are multiplied by
  double attainable_low = 0, attainable_high = 0;  ///< 90 % band of the coverage that K units can promise
};

/** `scores`: for each unit its |residual| / sd. `alpha`: 0.1 for 90 % intervals. */
Calibration calibrate(const std::vector<std::vector<double>>& scores, double alpha);

}  // namespace groundwork::fit
