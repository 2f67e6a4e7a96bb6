#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/pilot.hpp"
#include "groundwork/measurement/reml.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

Layout blocks(int conditions, int batches, double cells) {
  Layout layout;
  for (int c = 0; c < conditions; ++c) layout.conditions.push_back(c == 0 ? "control" : "P" + std::to_string(c));
  for (int b = 0; b < batches; ++b) layout.batches.push_back("b" + std::to_string(b));
  layout.cells = Matrix::Constant(conditions, batches, cells);
  return layout;
}

Assumptions with(double sb2, double sg2, double sw2) {
  Assumptions a;
  a.level_variances = Vector::Constant(1, sb2);
  a.sg2 = sg2;
  a.sw2 = sw2;
  return a;
}

/** How often intervals built at REML estimates from simulated group means hold the truth, and the estimates' spread. */
struct Coverage {
  double sb2 = 0, sg2 = 0;              ///< share of screens
  double sb2_below = 0, sb2_above = 0;  ///< share of estimates outside the predicted 90 % range
  double sg2_below = 0, sg2_above = 0;
};

Coverage simulate(const Layout& layout, const Assumptions& truth, int screens, std::uint64_t seed) {
  Random random(seed);
  const auto levels = batch_levels_of(layout);
  std::vector<int> condition, column;
  for (Index c = 0; c < layout.cells.rows(); ++c)
    for (Index b = 0; b < layout.cells.cols(); ++b)
      if (layout.cells(c, b) > 0) {
        condition.push_back(static_cast<int>(c));
        column.push_back(static_cast<int>(b));
      }
  const auto groups = static_cast<Index>(condition.size());
  Vector noise(groups);
  for (Index k = 0; k < groups; ++k)
    noise[k] = truth.sw2 / layout.cells(condition[static_cast<std::size_t>(k)], column[static_cast<std::size_t>(k)]);
  const auto predicted = variance_intervals(layout, truth, 0.95);
  const auto range = [](const VarianceInterval& v, double p) {
    return (v.value + v.noise) * chi_square_quantile(p, v.df) / v.df - v.noise;
  };
  Coverage out;
  for (int s = 0; s < screens; ++s) {
    Vector mean(groups), batch(layout.cells.cols());
    for (double& b : batch) b = std::sqrt(truth.level_variances[0]) * random.normal();
    for (Index k = 0; k < groups; ++k)
      mean[k] = batch[column[static_cast<std::size_t>(k)]] + std::sqrt(truth.sg2 + noise[k]) * random.normal();
    measurement::Reml reml(levels, condition, column);
    reml.set_known(mean, noise);
    const Vector theta = measurement::fit_reml(reml).theta;
    Assumptions found = truth;
    found.level_variances[0] = theta[0];
    found.sg2 = theta[1];
    const auto own = variance_intervals(layout, found, 0.95);
    const auto holds = [](const VarianceInterval& v, double value) { return v.low <= value && value <= v.high; };
    out.sb2 += holds(own[0], truth.level_variances[0]) ? 1.0 / screens : 0;
    out.sg2 += holds(own[1], truth.sg2) ? 1.0 / screens : 0;
    out.sb2_below += theta[0] < range(predicted[0], 0.05) ? 1.0 / screens : 0;
    out.sb2_above += theta[0] > range(predicted[0], 0.95) ? 1.0 / screens : 0;
    out.sg2_below += theta[1] < range(predicted[1], 0.05) ? 1.0 / screens : 0;
    out.sg2_above += theta[1] > range(predicted[1], 0.95) ? 1.0 / screens : 0;
  }
  return out;
}

}  // namespace

TEST_CASE("complete blocks: degrees of freedom, noise and interval are the textbook's") {
  const Layout layout = blocks(9, 5, 50);
  const auto v = variance_intervals(layout, with(0.04, 0.01, 0.5), 0.95);
  REQUIRE(v.size() == 2);
  CHECK(v[0].df == 4);
  CHECK(v[1].df == 32);
  CHECK(relative_error(v[1].noise, 0.01) < 1e-9);  // 0.5/50
  // Searle: Var(ŝ_b²) = 2[(v + C s_b²)²/(B − 1) + v²/((C − 1)(B − 1))]/C².
  const double all = 0.02, searle = 2 * (std::pow(all + 9 * 0.04, 2) / 4 + all * all / 32) / 81;
  CHECK(relative_error(2 * std::pow(v[0].value + v[0].noise, 2) / 4, searle) < 1e-9);
  // χ²(32): 18.291 and 49.480 at 2.5 and 97.5 %.
  CHECK(std::abs(v[1].low - (32 * 0.02 / 49.48043 - 0.01)) < 1e-7);
  CHECK(std::abs(v[1].high - (32 * 0.02 / 18.29076 - 0.01)) < 1e-7);
}

TEST_CASE("intervals hold the truth as often as they say, against REML of simulated group means") {
  // 3 standard errors of a share of 0.95 in 2,000 are 0.015.
  struct Case {
    Layout layout;
    Assumptions truth;
  };
  Layout uneven = blocks(8, 12, 40);
  Random random(3);
  for (Index k = 0; k < uneven.cells.size(); ++k) uneven.cells(k) = random.uniform() < 0.3 ? 0 : 20 + random.below(60);
  for (const Case& c : {Case{blocks(6, 10, 40), with(0.05, 0.02, 0.4)}, Case{uneven, with(0.05, 0.03, 0.4)}}) {
    const Coverage found = simulate(c.layout, c.truth, 2000, 7);
    CHECK(std::abs(found.sb2 - 0.95) < 0.015);
    CHECK(std::abs(found.sg2 - 0.95) < 0.015);
    CHECK(std::abs(found.sb2_below - 0.05) < 0.02);
    CHECK(std::abs(found.sb2_above - 0.05) < 0.02);
    CHECK(std::abs(found.sg2_below - 0.05) < 0.02);
    CHECK(std::abs(found.sg2_above - 0.05) < 0.02);
  }
}

TEST_CASE("batches until a variance is known within a factor of two") {
  // Without noise of cells the smallest d with d/χ²_0.025(d) ≤ 2 is 23; for s_g² of 6 conditions that is 5(B − 1) ≥ 23.
  Layout layout = blocks(6, 3, 1e9);
  Plan plan(layout, {0});
  plan.set_assumptions(with(0.02, 0.01, 0.4));
  const PilotAnswer a = pilot_for(plan, {});
  REQUIRE(a.names == std::vector<std::string>{"batch", "sg2"});
  CHECK(a.needed[1] == 6);
  // s_b² has B − 1; what s_g² adds to a batch's mean costs a little more than 24.
  CHECK(a.needed[0] >= 25);
  CHECK(a.needed[0] <= 28);
  CHECK(std::abs(a.power - 0.8) < 1e-6);
  for (const PilotSize& size : a.sizes) {
    if (size.batches < 2) continue;
    CHECK(size.power_least <= 0.8);
    CHECK(size.power_most >= 0.8);
  }
  // More genes that share the variances, fewer batches; the plan is as it was.
  PilotQuestion many;
  many.genes = 20;
  CHECK(pilot_for(plan, many).needed[1] == 2);
  CHECK(pilot_for(plan, many).needed[0] <= 4);
  CHECK(plan.assumptions().sg2 == 0.01);
}

TEST_CASE("repeated layouts: new batches in new groups of the coarser levels") {
  Layout layout = blocks(3, 4, 20);
  layout.coarser = {{"day", {"d1", "d1", "d2", "d2"}}};
  const Layout longer = repeated_layout(layout, 7);
  CHECK(longer.batches.back() == "b2 (2)");
  CHECK(longer.coarser[0].of_batch.back() == "d2 (2)");
  CHECK(batch_levels_of(longer).labels[0].size() == 4);
  Assumptions a = with(0, 0.01, 0.4);
  a.level_variances = Vector::Constant(2, 0.03);
  const auto v = variance_intervals(repeated_layout(layout, 8), a, 0.95);
  REQUIRE(v.size() == 3);
  CHECK(v[0].df == 3);
  CHECK(v[1].df == 4);
  CHECK(v[2].df == 24 - 3 - 8 + 1);
}

TEST_CASE("what no pilot can tell has a reason") {
  Layout apart = blocks(4, 4, 30);
  apart.cells.setZero();
  for (Index c = 0; c < 4; ++c) apart.cells(c, c) = 30;
  Plan plan(apart, {0});
  plan.set_assumptions(with(0.02, 0.01, 0.4));
  PilotQuestion q;
  q.sizes = {1, 4};
  const PilotAnswer a = pilot_for(plan, q);
  for (const PilotSize& size : a.sizes) {
    CHECK(std::isnan(size.variances.back().high));
    CHECK(!size.variances.back().reason.empty());
    CHECK(std::isnan(size.power_least));
  }
  Plan fixed(blocks(4, 3, 30), {0});
  Assumptions none = with(std::numeric_limits<double>::infinity(), 0, 0.4);
  fixed.set_assumptions(none);
  const PilotAnswer b = pilot_for(fixed, {});
  REQUIRE(b.names.size() == 1);
  CHECK(b.needed[0] == 0);
  CHECK(b.reasons[0].find("assumed to be 0") != std::string::npos);
  q = {};
  q.factor = 1;
  CHECK_THROWS_WITH(pilot_for(fixed, q), "The factor is not above 1.");
}
