#include "groundwork/design/noise_floor.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "groundwork/base/error.hpp"

namespace groundwork::design {

double correlation_ceiling(double effect_variance, double noise_variance) {
  return std::sqrt(effect_variance / (effect_variance + noise_variance));
}

double apparent_decay(double rate, double time, double reliability) { return rate - std::log(reliability) / time; }

NoiseFloor noise_floor(Plan& plan, double effect_variance) {
  if (!(effect_variance > 0) || !std::isfinite(effect_variance)) {
    throw Error("design.effects", "The variance of the true effects is not above 0.",
                "Give the standard deviation of log fold changes that you expect, for example 0.2.");
  }
  std::vector<double> variances;
  for (const double v : plan.variances())
    if (!std::isnan(v)) variances.push_back(v);
  NoiseFloor floor;
  floor.effect = floor.other_batch = floor.reference = floor.ceiling = std::numeric_limits<double>::quiet_NaN();
  if (variances.empty()) return floor;
  const auto middle = variances.begin() + static_cast<std::ptrdiff_t>((variances.size() - 1) / 2);
  std::nth_element(variances.begin(), middle, variances.end());
  floor.effect = *middle;
  floor.other_batch = floor.effect + 2 * plan.assumptions().level_variances.sum();
  floor.reference = effect_variance + floor.effect;
  floor.ceiling = correlation_ceiling(effect_variance, floor.effect);
  return floor;
}

}  // namespace groundwork::design
