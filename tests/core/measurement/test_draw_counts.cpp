#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "groundwork/measurement/draw_counts.hpp"
#include "shared.hpp"

using groundwork::Index;
using groundwork::Random;
using groundwork::Vector;
using groundwork::measurement::CountLaw;
using groundwork::measurement::draw_counts;
using groundwork::measurement::draw_share;
using groundwork::measurement::draw_size;

namespace {

/** Mean, variance and share of zeros of `draws` counts of one gene. */
struct Moments {
  double mean = 0, variance = 0, zeros = 0;
};

Moments moments(double mean, double size, double dispersion, double dropout, int draws, std::uint64_t seed) {
  Random random(seed);
  CountLaw law{Vector::Constant(1, dispersion), dropout > 0 ? Vector::Constant(1, dropout) : Vector()};
  std::int32_t y = 0;
  double sum = 0, sum_sq = 0, zeros = 0;
  for (int i = 0; i < draws; ++i) {
    draw_counts(Vector::Constant(1, mean), size, law, random, {&y, 1});
    sum += y;
    sum_sq += static_cast<double>(y) * y;
    zeros += y == 0;
  }
  const double m = sum / draws;
  return {m, sum_sq / draws - m * m, zeros / draws};
}

}  // namespace

TEST_CASE("counts have the mean, variance and share of zeros of the negative binomial") {
  const int draws = 200000;
  for (const double lambda : {0.05, 0.6, 4.0, 35.0})
    for (const double phi : {0.0, 0.1, 0.5, 2.0}) {
      CAPTURE(lambda);
      CAPTURE(phi);
      const double size = 1.7;
      const Moments m = moments(lambda / size, size, phi, 0, draws, 11);
      const double variance = lambda + phi * lambda * lambda;
      CHECK(std::abs(m.mean - lambda) < 4.5 * std::sqrt(variance / draws));
      // excess kurtosis of the negative binomial: 6 φ + 1/σ²
      const double se = variance * std::sqrt((2 + 6 * phi + 1 / variance) / draws);
      CHECK(std::abs(m.variance - variance) < 4.5 * se);
      const double p0 = phi > 0 ? std::pow(1 + phi * lambda, -1 / phi) : std::exp(-lambda);
      CHECK(std::abs(m.zeros - p0) < 4.5 * std::sqrt(p0 * (1 - p0) / draws) + 1e-12);
    }
}

TEST_CASE("dropout sets whole counts to zero") {
  const int draws = 200000;
  const double lambda = 2, phi = 0.3, pi = 0.25;
  const Moments m = moments(lambda, 1, phi, pi, draws, 5);
  const double variance = (1 - pi) * (lambda + (phi + 1) * lambda * lambda) - std::pow((1 - pi) * lambda, 2);
  CHECK(std::abs(m.mean - (1 - pi) * lambda) < 4.5 * std::sqrt(variance / draws));
  const double p0 = pi + (1 - pi) * std::pow(1 + phi * lambda, -1 / phi);
  CHECK(std::abs(m.zeros - p0) < 4.5 * std::sqrt(p0 * (1 - p0) / draws));
}

TEST_CASE("sizes of cells have mean 1 and the given variation") {
  Random random(3);
  const int draws = 200000;
  for (const double cv : {0.2, 0.6, 1.2}) {
    double sum = 0, sum_sq = 0;
    for (int i = 0; i < draws; ++i) {
      const double size = draw_size(cv, random);
      CHECK(size > 0);
      sum += size;
      sum_sq += size * size;
    }
    const double mean = sum / draws, variance = sum_sq / draws - mean * mean;
    CHECK(std::abs(mean - 1) < 4.5 * cv / std::sqrt(draws));
    CHECK(std::abs(variance - cv * cv) < 4.5 * cv * cv * std::sqrt((2 + 6 * cv * cv) / draws));
  }
  CHECK(draw_size(0, random) == 1);
}

TEST_CASE("shares have the mean and standard deviation that were asked for") {
  Random random(4);
  const int draws = 100000;
  double sum = 0, sum_sq = 0;
  for (int i = 0; i < draws; ++i) {
    const double share = draw_share(0.9, 0.08, random);
    CHECK(share > 0);
    CHECK(share <= 1);
    sum += share;
    sum_sq += share * share;
  }
  const double mean = sum / draws;
  CHECK(mean == doctest::Approx(0.9).epsilon(0.002));
  CHECK(std::sqrt(sum_sq / draws - mean * mean) == doctest::Approx(0.08).epsilon(0.03));
  CHECK(draw_share(0.7, 0, random) == 0.7);
}

// The simulated columns of the oracle come from another generator (numpy): variance and bias of log(T + ½) of a pooled
// count T over n cells, and P(T = 0).
TEST_CASE("pooled counts behave as in the oracle's simulations" * shared::needed("oracles/counts.json")) {
  const auto rows = shared::read_json("oracles/counts.json")["nb"];
  const int draws = 20000;
  int checked = 0;
  for (const auto& row : rows) {
    const int n = row["n"];
    if (n > 30) continue;
    const double mu = row["mu"], phi = row["phi"];
    CAPTURE(mu);
    CAPTURE(phi);
    CAPTURE(n);
    Random random(static_cast<std::uint64_t>(1000 * mu + 10 * phi + n));
    const CountLaw law{Vector::Constant(n, phi), Vector()};
    const Vector mean =
        Vector::Constant(n, mu);  // n cells of one gene as n genes of one cell: all draws are independent
    std::vector<std::int32_t> counts(static_cast<std::size_t>(n));
    double sum = 0, sum_sq = 0, sum_4 = 0, zeros = 0;
    const double centre = std::log(n * mu + 0.5);
    for (int i = 0; i < draws; ++i) {
      draw_counts(mean, 1, law, random, counts);
      std::int64_t total = 0;
      for (const auto y : counts) total += y;
      const double x = std::log(static_cast<double>(total) + 0.5) - centre;
      sum += x;
      sum_sq += x * x;
      sum_4 += x * x * x * x;
      zeros += total == 0;
    }
    const double m = sum / draws, variance = sum_sq / draws - m * m;
    const double expected = row["var_log_T+0.5"], p0 = row["p0"];
    // both sides are simulations: √2 times the standard error of one
    const double se = std::sqrt(2 * std::max(sum_4 / draws - variance * variance, 2 * variance * variance) / draws);
    CHECK(std::abs(variance - expected) < 4.5 * se);
    const double bias = m + centre - std::log(n * mu), oracle_bias = row["bias_T+0.5"];
    CHECK(std::abs(bias - oracle_bias) < 4.5 * std::sqrt(2 * variance / draws));
    CHECK(std::abs(zeros / draws - p0) < 4.5 * std::sqrt(p0 * (1 - p0) / draws) + 1e-4);
    ++checked;
  }
  CHECK(checked == 48);
}

TEST_CASE("equal seeds draw equal counts") {
  const CountLaw law{Vector::Constant(50, 0.4), Vector()};
  std::vector<std::int32_t> a(50), b(50), c(50);
  Random first(9), again(9), other(10);
  draw_counts(Vector::Constant(50, 3), 1.1, law, first, a);
  draw_counts(Vector::Constant(50, 3), 1.1, law, again, b);
  draw_counts(Vector::Constant(50, 3), 1.1, law, other, c);
  CHECK(a == b);
  CHECK(a != c);
}
