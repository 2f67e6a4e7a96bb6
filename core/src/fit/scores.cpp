#include "groundwork/fit/scores.hpp"

#include <cmath>
#include <limits>

#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"

namespace groundwork::fit {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double mean_square_error(const Matrix& predicted, const Matrix& observed, Index column) {
  double sum = 0, count = 0;
  for (Index g = 0; g < observed.rows(); ++g) {
    if (!std::isfinite(observed(g, column))) continue;
    sum += std::pow(predicted(g, column) - observed(g, column), 2);
    count += 1;
  }
  return count > 0 ? sum / count : nan;
}

double pearson(const Matrix& predicted, const Matrix& observed, Index column, const Vector& shift) {
  double n = 0, x = 0, y = 0;
  for (Index g = 0; g < observed.rows(); ++g) {
    if (!std::isfinite(observed(g, column))) continue;
    n += 1;
    x += predicted(g, column) - shift(g);
    y += observed(g, column) - shift(g);
  }
  if (n < 3) return nan;
  x /= n;
  y /= n;
  double xx = 0, yy = 0, xy = 0, size = 0;
  for (Index g = 0; g < observed.rows(); ++g) {
    if (!std::isfinite(observed(g, column))) continue;
    const double a = predicted(g, column) - shift(g) - x, b = observed(g, column) - shift(g) - y;
    xx += a * a;
    yy += b * b;
    xy += a * b;
    size += std::pow(predicted(g, column), 2) + std::pow(shift(g), 2);
  }
  // A prediction that is constant up to rounding has no correlation.
  if (!(xx > 1e-24 * size) || !(yy > 0)) return nan;
  return xy / std::sqrt(xx * yy);
}

double mean_of(const Vector& values) {
  double sum = 0, count = 0;
  for (const double v : values)
    if (std::isfinite(v)) {
      sum += v;
      count += 1;
    }
  return count > 0 ? sum / count : nan;
}

double standard_error(const Vector& values, double& count) {
  const double mean = mean_of(values);
  double square = 0;
  count = 0;
  for (const double v : values)
    if (std::isfinite(v)) {
      square += (v - mean) * (v - mean);
      count += 1;
    }
  return count > 1 ? std::sqrt(square / (count - 1) / count) : nan;
}

double centroid_rank(const Matrix& predicted, const Matrix& observed, std::uint64_t tie_seed) {
  const Index n = observed.cols();
  double total = 0, judged = 0;
  for (Index c = 0; c < n; ++c) {
    Random random = Random::stream(tie_seed, static_cast<std::uint64_t>(c));
    const auto distance = [&](Index k) {
      double sum = 0, count = 0;
      for (Index g = 0; g < observed.rows(); ++g) {
        if (!std::isfinite(observed(g, k))) continue;
        sum += std::pow(predicted(g, c) - observed(g, k), 2);
        count += 1;
      }
      return count > 0 ? sum / count : nan;
    };
    const double own = distance(c);
    if (!std::isfinite(own)) continue;
    double nearer = 0, others = 0;
    for (Index k = 0; k < n; ++k) {
      if (k == c) continue;
      const double other = distance(k);
      const double toss = random.uniform();
      if (!std::isfinite(other)) continue;
      others += 1;
      nearer += other < own || (other == own && toss < 0.5) ? 1 : 0;
    }
    if (others == 0) continue;
    total += nearer / others;
    judged += 1;
  }
  return judged > 0 ? total / judged : nan;
}

}  // namespace

Score score_of(const std::string& name, const Matrix& predicted, const ScoredEffects& effects, std::uint64_t tie_seed) {
  const Index conditions = effects.observed.cols();
  Score score;
  score.name = name;
  score.per_condition.resize(conditions);
  Vector difference(conditions), delta(conditions), against_mean(conditions);
  const Matrix nothing = Matrix::Zero(effects.observed.rows(), conditions);
  const Vector zero = Vector::Zero(effects.observed.rows());
  Vector no_change(conditions);
  for (Index c = 0; c < conditions; ++c) {
    score.per_condition(c) = mean_square_error(predicted, effects.observed, c);
    no_change(c) = mean_square_error(nothing, effects.observed, c);
    difference(c) = score.per_condition(c) - no_change(c);
    delta(c) = pearson(predicted, effects.observed, c, zero);
    against_mean(c) = pearson(predicted, effects.observed, c, effects.mean);
  }
  double count = 0;
  score.mse = mean_of(score.per_condition);
  score.mse_se = standard_error(score.per_condition, count);
  score.relative_to_no_change = score.mse / mean_of(no_change);
  score.difference = mean_of(difference);
  const double se = standard_error(difference, count);
  const double half = count > 1 ? student_t_quantile(0.975, count - 1) * se : nan;
  score.difference_low = score.difference - half;
  score.difference_high = score.difference + half;
  score.pearson_delta = mean_of(delta);
  score.pearson_vs_mean = mean_of(against_mean);
  score.centroid_rank = centroid_rank(predicted, effects.observed, tie_seed);
  return score;
}

Limits limits_of(const ScoredEffects& effects) {
  Limits limits;
  const Index genes = effects.observed.rows();
  limits.floor_by_gene = Vector::Constant(genes, nan);
  double square = 0, noise = 0, shared = 0, count = 0;
  for (Index g = 0; g < genes; ++g) {
    double own = 0, seen = 0;
    for (Index c = 0; c < effects.observed.cols(); ++c) {
      if (!std::isfinite(effects.observed(g, c))) continue;
      square += effects.observed(g, c) * effects.observed(g, c);
      own += effects.variance(g, c);
      shared += effects.shared(g, c);
      seen += 1;
    }
    if (seen > 0) limits.floor_by_gene(g) = own / seen;
    noise += own;
    count += seen;
  }
  if (count == 0) {
    limits.floor = limits.shared = limits.signal = limits.correlation = nan;
    return limits;
  }
  limits.floor = noise / count;
  limits.shared = shared / count;
  limits.signal = std::max(0.0, square / count - limits.floor);
  limits.correlation = limits.signal > 0 ? std::sqrt(limits.signal / (limits.signal + limits.floor)) : 0;
  return limits;
}

}  // namespace groundwork::fit
