#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/design/sampling_times.hpp"
#include "relative.hpp"
#include "shared.hpp"

using namespace groundwork;
using namespace groundwork::design;

TEST_CASE("times of a single decay in closed form" * shared::needed("oracles/loss_time.json")) {
  const auto document = shared::read_json("oracles/loss_time.json");
  const double alpha = 0.7;
  CHECK(relative_error(alpha * decay_times(DecayQuestion::decay_known_start, alpha).times[0],
                       document["one_point_alpha_t"]) < 1e-6);
  const auto two = decay_times(DecayQuestion::decay_unknown_start, alpha).times;
  REQUIRE(two.size() == 2);
  CHECK(two[0] == 0);
  CHECK(relative_error(alpha * two[1], document["D_x0_alpha"][1]) < 1e-6);
  for (const auto& [window, expected] : document["prod_decay_u (x0=0 known, 2 pts)"].items()) {
    const double u = std::stod(window);
    const auto times = decay_times(DecayQuestion::production_decay, alpha, u / alpha).times;
    REQUIRE(times.size() == 2);
    // At the widest window the criterion is flat: the vectors' own search stops at 29.98 of 30 there.
    CHECK(relative_error(alpha * times[0], expected[0]) < 1e-6);
    if (u < 20) CHECK(relative_error(alpha * times[1], expected[1]) < 1e-6);
  }
  for (const auto& [u, expected] : document["one_point_eff"].items())
    CHECK(relative_error(one_time_efficiency(alpha, std::stod(u) / alpha), expected) < 1e-9);
}

TEST_CASE("chosen times: closed forms on a grid, and every choice of few tried out") {
  // x(t) = x₀ e^{−αt}: derivatives by α and x₀.
  const double alpha = 0.5;
  std::vector<double> grid;
  for (int k = 0; k <= 60; ++k) grid.push_back(0.1 * k);
  Matrix rows(61, 2);
  std::vector<int> of_row;
  for (int k = 0; k <= 60; ++k) {
    rows(k, 0) = -grid[static_cast<std::size_t>(k)] * std::exp(-alpha * grid[static_cast<std::size_t>(k)]);
    rows(k, 1) = std::exp(-alpha * grid[static_cast<std::size_t>(k)]);
    of_row.push_back(k);
  }
  const ChosenTimes two = choose_times(rows, of_row, 2, true);
  CHECK(two.chosen == std::vector<int>{0, 20});  // {0, 1/α}
  CHECK(two.log_det <= two.bound + 1e-9);
  CHECK(two.log_det > two.bound - 1e-3);
  CHECK(choose_times(rows, of_row, 4, true).chosen == std::vector<int>{0, 0, 20, 20});

  Random random(5);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const Index n = 9, p = 2 + static_cast<Index>(random.below(2));
    Matrix s(n, p);
    std::vector<int> one_each;
    for (Index k = 0; k < n; ++k) {
      one_each.push_back(static_cast<int>(k));
      for (Index j = 0; j < p; ++j) s(k, j) = random.normal();
    }
    const int samples = static_cast<int>(p) + 1;
    double best = -1e300;
    for (int mask = 0; mask < 1 << n; ++mask) {
      if (__builtin_popcount(static_cast<unsigned>(mask)) != samples) continue;
      Matrix information = Matrix::Zero(p, p);
      for (Index k = 0; k < n; ++k)
        if (mask >> k & 1) information += s.row(k).transpose() * s.row(k);
      best = std::max(best, std::log(information.determinant()));
    }
    const ChosenTimes found = choose_times(s, one_each, samples, false);
    CHECK(std::abs(found.log_det - best) < 1e-9 * std::max(1.0, std::abs(best)));
    CHECK(found.log_det <= found.bound + 1e-6);
  }
}

TEST_CASE("questions about times that have no answer are refused") {
  CHECK_THROWS_AS(decay_times(DecayQuestion::decay_known_start, 0), Error);
  CHECK_THROWS_AS(decay_times(DecayQuestion::production_decay, 1, 0), Error);
  CHECK_THROWS_AS(decay_question_of("half-life"), Error);
  CHECK_THROWS_AS(choose_times(Matrix::Ones(5, 2), {0, 1, 2, 3, 4}, 2, true), Error);  // not told apart
  CHECK_THROWS_AS(choose_times(Matrix::Zero(5, 1), {0, 1, 2, 3, 4}, 2, true), Error);  // nothing depends on it
  CHECK_THROWS_AS(choose_times(Matrix::Random(3, 1), {0, 1, 2}, 5, false), Error);     // too few candidates
}
