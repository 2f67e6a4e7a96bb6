#include "groundwork/measurement/draw_counts.hpp"

#include <algorithm>
#include <limits>

namespace groundwork::measurement {

void draw_counts(const Vector& mean, double size, const CountLaw& law, Random& random, std::span<std::int32_t> counts) {
  constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();
  const bool drops = law.dropout.size() > 0;
  for (Index i = 0; i < mean.size(); ++i) {
    const std::int64_t y = random.negative_binomial(size * mean[i], law.dispersion[i]);
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
