// 95 % intervals of effects (Satterthwaite's t) over simulated group means: do they cover as often as they say?
#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/measurement/reml.hpp"
#include "groundwork/measurement/satterthwaite.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

struct Coverage {
  double share = 0, smallest_df = 1e9;
  int intervals = 0;
};

/**
 * Effects against condition 0 from means that are drawn with the given variances, analysed as a screen would be: the
 * variances estimated by REML, then generalised least squares with plug-in weights.
 */
Coverage coverage_of(const Matrix& noise, double sb2, double sg2, bool fixed, int replicates) {
  const Index conditions = noise.rows(), batches = noise.cols();
  std::vector<std::string> names;
  for (Index b = 0; b < batches; ++b) names.push_back("b" + std::to_string(b));
  const BatchLevels levels = nest_levels({"batch"}, {names});
  Random random(99);
  Coverage result;
  int covered = 0;
  for (int replicate = 0; replicate < replicates; ++replicate) {
    std::vector<int> condition, column;
    std::vector<double> mean, variance;
    for (Index b = 0; b < batches; ++b) {
      const double effect = std::sqrt(sb2) * random.normal();
      for (Index c = 0; c < conditions; ++c) {
        if (!(noise(c, b) > 0)) continue;
        condition.push_back(static_cast<int>(c));
        column.push_back(static_cast<int>(b));
        variance.push_back(noise(c, b));
        mean.push_back(0.2 * static_cast<double>(c) + effect + std::sqrt(sg2 + noise(c, b)) * random.normal());
      }
    }
    const auto n = static_cast<Index>(mean.size());
    Reml reml(levels, condition, column);
    reml.set_known(Eigen::Map<Vector>(mean.data(), n), Eigen::Map<Vector>(variance.data(), n));
    const RemlFit fit = fit_reml(reml);
    Matrix weights = Matrix::Zero(conditions, batches), values = Matrix::Zero(conditions, batches);
    for (Index k = 0; k < n; ++k) {
      const auto i = static_cast<std::size_t>(k);
      weights(condition[i], column[i]) = 1 / (fit.theta[1] + variance[i]);
      values(condition[i], column[i]) = mean[i];
    }
    Gls gls(levels, weights);
    gls.set_level_variances(Vector::Constant(1, fixed ? std::numeric_limits<double>::infinity() : fit.theta[0]));
    const WeightMoments moments = moments_of(weights);
    const Satterthwaite errors(gls, moments);
    // μ̂_c = ȳ_c − u_c β̂, β̂ = K Σ_c w (y − ȳ_c).
    const Vector centre = weights.cwiseProduct(values).rowwise().sum().cwiseQuotient(gls.totals());
    Vector g = Vector::Zero(batches);
    for (Index c = 0; c < conditions; ++c) {
      for (Index b = 0; b < batches; ++b) g[b] += weights(c, b) * (values(c, b) - centre[c]);
    }
    const Vector estimate = centre - gls.shares() * (gls.batch_covariance() * g);
    for (int c = 1; c < conditions; ++c) {
      const Contrast contrast{"", {{c, 1.0}, {0, -1.0}}};
      const double df = errors.df(contrast);
      if (!(df > 0)) continue;
      result.smallest_df = std::min(result.smallest_df, df);
      const double half = student_t_quantile(0.975, df) * std::sqrt(gls.variance(contrast));
      covered += std::abs(estimate[c] - estimate[0] - 0.2 * c) < half;
      ++result.intervals;
    }
  }
  result.share = static_cast<double>(covered) / result.intervals;
  return result;
}

}  // namespace

TEST_CASE("intervals of effects cover 93 to 97 % where there are at least ten degrees of freedom") {
  SUBCASE("complete, unequal groups, random batches") {
    Matrix noise(6, 5);
    for (Index c = 0; c < 6; ++c)
      for (Index b = 0; b < 5; ++b) noise(c, b) = c == 0 ? 0.005 : 0.01 + 0.004 * static_cast<double>((c * b) % 5);
    const Coverage c = coverage_of(noise, 0.05, 0.03, false, 1500);
    MESSAGE("complete, random: ", c.share, " of ", c.intervals);
    CHECK(c.share > 0.93);
    CHECK(c.share < 0.97);
  }
  SUBCASE("complete, fixed batches") {
    const Coverage c = coverage_of(Matrix::Constant(6, 4, 0.01), 0.05, 0.03, true, 1500);
    MESSAGE("complete, fixed: ", c.share, " of ", c.intervals);
    CHECK(c.share > 0.93);
    CHECK(c.share < 0.97);
  }
  SUBCASE("each condition in half of the batches, controls everywhere") {
    Matrix noise = Matrix::Zero(12, 6);
    noise.row(0).setConstant(0.004);
    for (Index c = 1; c < 12; ++c)
      for (Index b = 0; b < 6; ++b)
        if ((c + b) % 2 == 0) noise(c, b) = 0.02;
    const Coverage c = coverage_of(noise, 0.1, 0.04, false, 1000);
    MESSAGE("half of the batches: ", c.share, " of ", c.intervals);
    CHECK(c.share > 0.93);
    CHECK(c.share < 0.97);
  }
}
