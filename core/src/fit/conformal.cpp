#include "groundwork/fit/conformal.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/special.hpp"

namespace groundwork::fit {
namespace {

/** The quantile of Beta(k, n + 1 − k): P(Beta ≤ x) is the probability of at least k successes in n trials. */
double beta_quantile(double p, int k, int n) {
  const auto tail = [&](double x) {
    double sum = 0;
    for (int i = k; i <= n; ++i)
      sum += std::exp(std::lgamma(n + 1.0) - std::lgamma(i + 1.0) - std::lgamma(n - i + 1.0) + i * std::log(x) +
                      (n - i) * std::log1p(-x));
    return sum;
  };
  double low = 0, high = 1;
  for (int step = 0; step < 50; ++step) {
    const double middle = (low + high) / 2;
    (tail(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace

Calibration calibrate(const std::vector<std::vector<double>>& scores, double alpha) {
  Calibration out;
  out.needed = static_cast<int>(std::ceil(1 / alpha - 1e-9)) - 1;
  std::vector<std::pair<double, double>> weighted;
  for (const auto& unit : scores) out.units += unit.empty() ? 0 : 1;
  const double share = 1.0 / (out.units + 1);
  for (const auto& unit : scores)
    for (const double s : unit) weighted.emplace_back(s, share / static_cast<double>(unit.size()));
  std::sort(weighted.begin(), weighted.end());
  out.calibrated = out.units >= out.needed;
  if (weighted.empty()) return out;
  double sum = 0;
  out.quantile = weighted.back().first;
  for (const auto& [score, weight] : weighted) {
    sum += weight;
    if (sum < 1 - alpha - 1e-12) continue;
    out.quantile = score;
    break;
  }
  out.factor = out.quantile / normal_quantile(1 - alpha / 2);
  // The coverage given the calibration units is Beta(k, K + 1 − k), k = ⌈(1 − α)(K + 1)⌉ (Vovk 2012).
  const int k = std::min(static_cast<int>(std::ceil((1 - alpha) * (out.units + 1) - 1e-9)), out.units);
  out.attainable_low = beta_quantile(0.05, k, out.units);
  out.attainable_high = beta_quantile(0.95, k, out.units);
  return out;
}

}  // namespace groundwork::fit
