#include "groundwork/fit/scores.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/fit/metrics.hpp"

namespace groundwork::fit {
namespace {

double standard_error(const Vector& values, double& count) {
  const double mean = mean_of_finite(values);
  double square = 0;
  count = 0;
  for (const double v : values)
    if (std::isfinite(v)) {
      square += (v - mean) * (v - mean);
      count += 1;
    }
  return count > 1 ? std::sqrt(square / (count - 1) / count) : nan;
}

/** The rank of every condition among the others that are scored. */
double mean_centroid_rank(const Matrix& predicted, const Matrix& observed, std::uint64_t tie_seed) {
  const Index n = observed.cols();
  Vector ranks(n);
  Matrix rivals(observed.rows(), std::max<Index>(n - 1, 0));
  for (Index c = 0; c < n; ++c) {
    for (Index k = 0, next = 0; k < n; ++k)
      if (k != c) rivals.col(next++) = observed.col(k);
    ranks(c) =
        centroid_rank(predicted.col(c), observed.col(c), rivals, hash_of(tie_seed, static_cast<std::uint64_t>(c)));
  }
  return mean_of_finite(ranks);
}

}  // namespace

Score score_of(const std::string& name, const Matrix& predicted, const ScoredEffects& effects, std::uint64_t tie_seed) {
  const Index conditions = effects.observed.cols();
  Score score;
  score.name = name;
  score.per_condition.resize(conditions);
  Vector difference(conditions), delta(conditions), against_mean(conditions);
  const Vector zero = Vector::Zero(effects.observed.rows());
  Vector no_change(conditions);
  for (Index c = 0; c < conditions; ++c) {
    score.per_condition(c) = mean_square_error(predicted.col(c), effects.observed.col(c));
    no_change(c) = mean_square_error(zero, effects.observed.col(c));
    difference(c) = score.per_condition(c) - no_change(c);
    delta(c) = pearson(predicted.col(c), effects.observed.col(c), zero);
    against_mean(c) = pearson(predicted.col(c), effects.observed.col(c), effects.mean);
  }
  double count = 0;
  score.mse = mean_of_finite(score.per_condition);
  score.mse_se = standard_error(score.per_condition, count);
  score.relative_to_no_change = score.mse / mean_of_finite(no_change);
  score.difference = mean_of_finite(difference);
  const double se = standard_error(difference, count);
  const double half = count > 1 ? student_t_quantile(0.975, count - 1) * se : nan;
  score.difference_low = score.difference - half;
  score.difference_high = score.difference + half;
  score.pearson_delta = mean_of_finite(delta);
  score.pearson_vs_mean = mean_of_finite(against_mean);
  score.centroid_rank = mean_centroid_rank(predicted, effects.observed, tie_seed);
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
