#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "relative.hpp"
#include "simulated_screen.hpp"

using namespace groundwork;
using namespace groundwork::measurement;
using screen::Trust;

TEST_CASE("the overdispersion of negative binomial counts is recovered, from the controls only") {
  const int genes = 40;
  screen::Screen s = simulated::empty_screen(genes, 2, 2);
  std::vector<double> rate, phi, other;
  for (int i = 0; i < genes; ++i) {
    rate.push_back(0.5 * std::exp(0.1 * i));
    phi.push_back(i == 30 ? 2.0 : 0.3);
    other.push_back(3.0);
  }
  Random random(3);
  for (int b = 0; b < 2; ++b) {
    simulated::add_group(s, random, 0, b, 0, 600, rate, phi);
    simulated::add_group(s, random, 0, b, 1, 600, rate, phi);
    simulated::add_group(s, random, 1, b, -1, 600, rate, other);
  }
  const Dispersion d = dispersion_of(s);
  double error = 0, raw_error = 0;
  for (int i = 0; i < genes; ++i) {
    CHECK(relative_error(d.rate[i], rate[static_cast<std::size_t>(i)]) < 0.12);
    if (i == 30) continue;
    CHECK(relative_error(d.shrunken[i], 0.3) < 0.3);
    error += std::pow(d.shrunken[i] - 0.3, 2);
    raw_error += std::pow(d.raw[i] - 0.3, 2);
  }
  CHECK(error < 0.5 * raw_error);                    // shrinkage pays when the genes agree
  CHECK(relative_error(d.shrunken[30], 2.0) < 0.2);  // and leaves the outlier alone
}

TEST_CASE("the stated variance is the variance of the state over repeated draws") {
  const std::vector<double> rate{0.3, 1.0, 4.0}, phi{0.4, 0.4, 0.4};
  const int repeats = 1500;
  Matrix x(3, repeats), variance(3, repeats);
  for (int k = 0; k < repeats; ++k) {
    screen::Screen s = simulated::empty_screen(3, 2, 2);
    Random random = Random::stream(5, static_cast<std::uint64_t>(k));
    for (int b = 0; b < 2; ++b) {
      simulated::add_group(s, random, 0, b, -1, 60, rate, phi);
      simulated::add_group(s, random, 1, b, -1, 40, rate, phi);
    }
    const screen::Levels levels = levels_of(s, {0, 1, 2});
    x.col(k) = levels.x.col(3);
    variance.col(k) = levels.variance.col(3);
  }
  for (int i = 0; i < 3; ++i) {
    const double mean = x.row(i).mean();
    const double observed = (x.row(i).array() - mean).square().sum() / (repeats - 1);
    // 1,500 draws give the variance to 3.7 %; φ is estimated from 120 cells and three genes in each of them.
    CHECK(relative_error(variance.row(i).mean(), observed) < 0.1);
    // The bias is −φ Σℓ²/(Σℓ)²/2 = −.005: far from the −θ/2 of log T.
    CHECK(std::abs(mean - std::log(rate[static_cast<std::size_t>(i)])) < 0.02);
  }
}

TEST_CASE("a value does not earn weight by its own count") {
  // Two batches of one condition with equal depth: whatever was counted, their variances differ only by the batch
  // factor of the controls, here none.
  screen::Screen s = simulated::empty_screen(1, 2, 2);
  Random random(11);
  for (int b = 0; b < 2; ++b) {
    simulated::add_group(s, random, 0, b, -1, 50, {2.0}, {0.0});
    simulated::add_group(s, random, 1, b, -1, 50, {2.0}, {0.0});
  }
  for (auto& g : s.groups) g.sum_size = 50, g.sum_size_sq = 52;
  s.statistics.sum.col(0).setConstant(100);
  s.statistics.sum.col(2).setConstant(100);
  s.statistics.sum.col(1).setConstant(70);
  s.statistics.sum.col(3).setConstant(130);
  const screen::Levels levels = levels_of(s, {0});
  CHECK(relative_error(levels.variance(0, 1), levels.variance(0, 3)) < 1e-12);
  CHECK(relative_error(levels.x(0, 1), std::log(70.5 / 50)) < 1e-14);
  CHECK(levels.x(0, 3) > levels.x(0, 1));
}

TEST_CASE("a knocked-down gene stays and its edited groups are censored; halves stay apart unless joined") {
  screen::Screen s = simulated::empty_screen(2, 3, 1);
  Random random(7);
  simulated::add_group(s, random, 0, 0, 0, 80, {1.0, 0.01}, {0.1, 0.1});
  simulated::add_group(s, random, 0, 0, 1, 80, {1.0, 0.01}, {0.1, 0.1});
  simulated::add_group(s, random, 1, 0, -1, 80, {0.002, 0.01}, {0.1, 0.1});
  simulated::add_group(s, random, 2, 0, -1, 0, {1.0, 0.01}, {0.1, 0.1});
  CHECK(genes_above_noise(s) == std::vector<int>{0});
  const screen::Levels levels = levels_of(s, gene_indices(s, {"g0"}));
  REQUIRE(levels.rows.size() == 4);
  CHECK(levels.rows[0].half == 0);
  CHECK(levels.rows[1].half == 1);
  CHECK(levels.trust(0, 0) == Trust::trusted);
  CHECK(levels.trust(0, 2) == Trust::censored);
  CHECK(levels.trust(0, 3) == Trust::missing);
  CHECK(std::isnan(levels.x(0, 3)));
  // At its limit the censored group would just be trusted.
  const auto& group = s.groups[2];
  const double clumping = group.sum_size_sq / (group.sum_size * group.sum_size);
  const double theta = 1 / (std::exp(levels.limit(0, 2)) * group.sum_size) + dispersion_of(s).shrunken[0] * clumping;
  CHECK(relative_error(theta, 0.2) < 1e-12);
  CHECK(levels.x(0, 2) < levels.limit(0, 2));
  CHECK(std::isnan(levels.limit(0, 0)));

  LevelsOptions joined;
  joined.merge_halves = true;
  const screen::Levels merged = levels_of(s, {0}, joined);
  REQUIRE(merged.rows.size() == 3);
  CHECK(merged.rows[0].cells == 160);
  CHECK(merged.rows[0].half == -1);
  const double count = s.statistics.sum(0, 0) + s.statistics.sum(0, 1);
  const double size = s.groups[0].sum_size + s.groups[1].sum_size;
  CHECK(relative_error(merged.x(0, 0), std::log((count + 0.5) / size)) < 1e-14);
  CHECK(merged.variance(0, 0) < levels.variance(0, 0));
}

TEST_CASE("the mean of log1p is offered and has its own variance") {
  screen::Screen s = simulated::empty_screen(1, 1, 1);
  Random random(9);
  simulated::add_group(s, random, 0, 0, -1, 400, {0.8}, {0.2});
  LevelsOptions options;
  options.state = StateKind::mean_log1p;
  const screen::Levels levels = levels_of(s, {0}, options);
  CHECK(relative_error(levels.x(0, 0), s.statistics.log1p(0, 0) / 400) < 1e-14);
  const double within = (s.statistics.log1p_sq(0, 0) - s.statistics.log1p(0, 0) * s.statistics.log1p(0, 0) / 400) / 399;
  CHECK(relative_error(levels.variance(0, 0), within / 400) < 1e-12);
}

TEST_CASE("an unknown gene is named") {
  const screen::Screen s = simulated::empty_screen(1, 1, 1);
  CHECK_THROWS_WITH_AS(gene_indices(s, {"STAT9"}), doctest::Contains("STAT9"), Error);
}
