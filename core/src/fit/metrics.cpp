#include "groundwork/fit/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"

namespace groundwork::fit {
namespace {

/** Half the width of the 95 % interval of a mean over K folds whose values have variance s². */
double half_width(double square_sum, double count) {
  if (count < 2) return nan;
  const double variance = square_sum / (count - 1);
  return student_t_quantile(0.975, count - 1) * std::sqrt(variance * (1 / count + 1 / (count - 1)));
}

}  // namespace

double mean_square_error(const Vector& predicted, const Vector& observed) {
  double sum = 0, count = 0;
  for (Index g = 0; g < observed.size(); ++g) {
    if (!std::isfinite(observed(g))) continue;
    sum += std::pow(predicted(g) - observed(g), 2);
    count += 1;
  }
  return count > 0 ? sum / count : nan;
}

double pearson(const Vector& predicted, const Vector& observed, const Vector& shift) {
  double n = 0, x = 0, y = 0;
  for (Index g = 0; g < observed.size(); ++g) {
    if (!std::isfinite(observed(g))) continue;
    n += 1;
    x += predicted(g) - shift(g);
    y += observed(g) - shift(g);
  }
  if (n < 3) return nan;
  x /= n;
  y /= n;
  double xx = 0, yy = 0, xy = 0, size = 0;
  for (Index g = 0; g < observed.size(); ++g) {
    if (!std::isfinite(observed(g))) continue;
    const double a = predicted(g) - shift(g) - x, b = observed(g) - shift(g) - y;
    xx += a * a;
    yy += b * b;
    xy += a * b;
    size += std::pow(predicted(g), 2) + std::pow(shift(g), 2);
  }
  // A prediction that is constant up to rounding has no correlation.
  if (!(xx > 1e-24 * size) || !(yy > 0)) return nan;
  return xy / std::sqrt(xx * yy);
}

Vector change_weights(const Vector& observed, const Vector& variance) {
  Vector weights = Vector::Zero(observed.size());
  double least = std::numeric_limits<double>::infinity(), most = 0, count = 0;
  for (Index g = 0; g < observed.size(); ++g) {
    if (!std::isfinite(observed(g)) || !(variance(g) > 0)) continue;
    weights(g) = std::abs(observed(g)) / std::sqrt(variance(g));
    least = std::min(least, weights(g));
    most = std::max(most, weights(g));
    count += 1;
  }
  if (count == 0) return weights;
  for (Index g = 0; g < observed.size(); ++g)
    if (std::isfinite(observed(g)) && variance(g) > 0)
      weights(g) = most > least ? std::pow((weights(g) - least) / (most - least), 2) : 1;
  return weights / weights.sum();
}

double weighted_square_error(const Vector& predicted, const Vector& observed, const Vector& weights) {
  if (!(weights.sum() > 0)) return nan;
  double sum = 0;
  for (Index g = 0; g < observed.size(); ++g)
    if (weights(g) > 0) sum += weights(g) * std::pow(predicted(g) - observed(g), 2);
  return sum;
}

double centroid_rank(const Vector& predicted, const Vector& observed, const Matrix& rivals, std::uint64_t tie_seed) {
  const double own = mean_square_error(predicted, observed);
  if (!std::isfinite(own)) return nan;
  Random random(tie_seed);
  double nearer = 0, others = 0;
  for (Index k = 0; k < rivals.cols(); ++k) {
    const double other = mean_square_error(predicted, rivals.col(k));
    const double toss = random.uniform();
    if (!std::isfinite(other)) continue;
    others += 1;
    nearer += other < own || (other == own && toss < 0.5) ? 1 : 0;
  }
  return others > 0 ? nearer / others : nan;
}

double mean_of_finite(const Vector& values) {
  double sum = 0, count = 0;
  for (const double v : values)
    if (std::isfinite(v)) {
      sum += v;
      count += 1;
    }
  return count > 0 ? sum / count : nan;
}

Estimate over_folds(const Vector& values) {
  Estimate out;
  out.mean = mean_of_finite(values);
  double square = 0;
  for (const double v : values)
    if (std::isfinite(v)) {
      square += (v - out.mean) * (v - out.mean);
      ++out.folds;
    }
  const double half = half_width(square, out.folds);
  out.low = out.mean - half;
  out.high = out.mean + half;
  return out;
}

Estimate ratio_over_folds(const Vector& a, const Vector& b) {
  Estimate out;
  double above = 0, below = 0;
  for (Index k = 0; k < a.size(); ++k)
    if (std::isfinite(a(k)) && std::isfinite(b(k))) {
      above += a(k);
      below += b(k);
      ++out.folds;
    }
  out.mean = below > 0 ? above / below : nan;
  double square = 0;
  for (Index k = 0; k < a.size(); ++k)
    if (std::isfinite(a(k)) && std::isfinite(b(k))) square += std::pow(a(k) - out.mean * b(k), 2);
  const double half = half_width(square, out.folds) / (below / std::max(out.folds, 1));
  out.low = out.mean - half;
  out.high = out.mean + half;
  return out;
}

}  // namespace groundwork::fit
