#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/screen/limits.hpp"
#include "groundwork/screen/target_left.hpp"

using namespace groundwork;
using namespace groundwork::screen;

namespace {

/** One gene A, controls and edit A in `batches` batches; the edited rate is `left` times that of controls. */
Screen drawn(Random& random, int batches, int edited_cells, double left, double dispersion) {
  Screen s;
  s.genes = {"A"};
  s.conditions = {Condition{}, Condition{{{"A", 1}}, "", std::nan(""), ""}};
  if (batches > 0) s.batches = {{"batch", std::vector<std::string>(static_cast<std::size_t>(batches), "b")}};
  std::vector<std::pair<double, double>> sums;
  for (int b = 0; b < std::max(1, batches); ++b) {
    const double rate = 2 * std::exp(0.5 * random.normal());
    for (int condition = 0; condition < 2; ++condition) {
      Group g;
      g.condition = condition;
      if (batches > 0) g.batch = {b};
      g.half = condition == 0 ? 0 : -1;
      g.cells = condition == 0 ? 150 : edited_cells;
      double sum = 0, sum_sq = 0;
      for (std::int64_t c = 0; c < g.cells; ++c) {
        const double size = 0.2 + random.gamma(2);
        const double y =
            static_cast<double>(random.negative_binomial(size * rate * (condition == 0 ? 1 : left), dispersion));
        g.sum_size += size;
        g.sum_size_sq += size * size;
        g.sum_inverse_size += 1 / size;
        sum += y;
        sum_sq += y * y;
      }
      s.groups.push_back(g);
      sums.push_back({sum, sum_sq});
    }
  }
  s.statistics.sum.resize(1, static_cast<Index>(sums.size()));
  s.statistics.sum_sq.resize(1, static_cast<Index>(sums.size()));
  for (std::size_t i = 0; i < sums.size(); ++i) {
    s.statistics.sum(0, static_cast<Index>(i)) = sums[i].first;
    s.statistics.sum_sq(0, static_cast<Index>(i)) = sums[i].second;
  }
  return s;
}

}  // namespace

TEST_CASE("target left: one batch is the plain ratio of rates") {
  Random random(3);
  const Screen s = drawn(random, 0, 80, 0.3, 0.4);
  const auto left = target_left(s);
  REQUIRE(left.size() == 1);
  const double ratio =
      (s.statistics.sum(0, 1) / s.groups[1].sum_size) / (s.statistics.sum(0, 0) / s.groups[0].sum_size);
  CHECK(left[0].fraction == doctest::Approx(ratio).epsilon(1e-12));
  CHECK(left[0].low < ratio);
  CHECK(left[0].high > ratio);
  CHECK(left[0].cells == 80);
  CHECK(left[0].control_cells == 150);
}

TEST_CASE("target left: the interval covers the truth, with batches of different levels and over-dispersed counts") {
  Random random(4);
  int covered = 0;
  const int draws = 1500;
  for (int i = 0; i < draws; ++i) {
    const auto left = target_left(drawn(random, 3, 60, 0.35, 0.6)).at(0);
    covered += left.low <= 0.35 && 0.35 <= left.high;
  }
  CHECK(covered > 0.93 * draws);
  CHECK(covered < 0.97 * draws);
}

TEST_CASE("target left: nothing seen, nothing to compare with, no such gene") {
  Random random(5);
  Screen s = drawn(random, 2, 50, 0.2, 0);
  s.statistics.sum(0, 1) = s.statistics.sum(0, 3) = s.statistics.sum_sq(0, 1) = s.statistics.sum_sq(0, 3) = 0;
  auto left = target_left(s).at(0);
  CHECK(left.fraction == 0);
  CHECK(left.low == 0);
  const double expected = s.statistics.sum(0, 0) / s.groups[0].sum_size * s.groups[1].sum_size +
                          s.statistics.sum(0, 2) / s.groups[2].sum_size * s.groups[3].sum_size;
  CHECK(std::exp(-left.high * expected) == doctest::Approx(0.025).epsilon(1e-12));

  s = drawn(random, 2, 50, 0.2, 0);
  s.groups[2].condition = 1;  // batch 1 has no controls any more: only batch 0 is compared
  left = target_left(s).at(0);
  CHECK(left.cells == 50);
  CHECK(left.control_cells == 150);
  s.groups[0].condition = 1;
  left = target_left(s).at(0);
  CHECK(std::isnan(left.fraction));
  CHECK_FALSE(left.reason.empty());
  s.genes = {"B"};
  CHECK(target_left(s).at(0).reason == "A is not among the genes");
}

TEST_CASE("limits: what a screen cannot answer") {
  Random random(6);
  Screen s = drawn(random, 2, 50, 0.2, 0);
  s.roles.perturbation = "label";
  const auto whats = [&] {
    std::string all;
    for (const auto& i : limits_of(s)) all += i.what + "; ";
    return all;
  };
  CHECK(whats() == "rates and trajectories; ");
  s.groups[2].condition = 1;
  CHECK(whats().find("of the same batch") != std::string::npos);
  s.batches = {};
  CHECK(whats().find("variance between batches") != std::string::npos);
  s.roles.perturbation = "";
  s.conditions.pop_back();
  CHECK(whats().find("effects of edits") == 0);
}
