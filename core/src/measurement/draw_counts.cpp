#include "groundwork/measurement/draw_counts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace groundwork::measurement {
namespace {

/**
 * Negative binomial by inversion of its distribution function, from P(0) = (1 + φλ)^(−1/φ) and
 * P(k + 1)/P(k) = (1 + φk) λ / ((k + 1)(1 + φλ)): one uniform number a count. For small means, where the sum is short.
 */
std::int64_t invert(double lambda, double dispersion, Random& random) {
  const double scale = 1 + dispersion * lambda;
  double probability = dispersion > 0 ? std::exp(-std::log1p(dispersion * lambda) / dispersion) : std::exp(-lambda);
  double left = random.uniform() - probability;
  const double ratio = lambda / scale, growth = dispersion * ratio;
  double k = 0, numerator = ratio;
  while (left >= 0 && probability > 1e-18) {
    k += 1;
    probability *= numerator / k;
    numerator += growth;
    left -= probability;
  }
  return static_cast<std::int64_t>(k);
}

}  // namespace

void draw_counts(const Vector& mean, double size, const CountLaw& law, Random& random, std::span<std::int32_t> counts) {
  constexpr double largest_inverted = 12;
  constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
  const bool drops = law.dropout.size() > 0;
  for (Index i = 0; i < mean.size(); ++i) {
    const double lambda = size * mean[i];
    const std::int64_t y = lambda < largest_inverted ? invert(lambda, law.dispersion[i], random)
                                                     : random.negative_binomial(lambda, law.dispersion[i]);
    const bool lost = drops && law.dropout[i] > 0 && random.uniform() < law.dropout[i];
    counts[static_cast<std::size_t>(i)] = lost ? 0 : static_cast<std::int32_t>(std::min(y, largest));
  }
}

double draw_size(double cv, Random& random) {
  if (cv == 0) return 1;
  const double shape = 1 / (cv * cv);
  double size = 0;
  while (size == 0) size = random.gamma(shape) / shape;
  return size;
}

double draw_share(double mean, double sd, Random& random) {
  if (sd == 0) return mean;
  const double weight = mean * (1 - mean) / (sd * sd) - 1;
  const double a = random.gamma(mean * weight), b = random.gamma((1 - mean) * weight);
  return a + b > 0 ? a / (a + b) : mean;
}

}  // namespace groundwork::measurement
