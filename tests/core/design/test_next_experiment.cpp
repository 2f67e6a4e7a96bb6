#include <doctest/doctest.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <functional>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/design/next_experiment.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

Prospects drawn_prospects(std::uint64_t seed, Index candidates, Index targets) {
  Random random(seed);
  const Index genes = 3, n = genes * (candidates + targets);
  Matrix half(n, 7);
  for (double& x : half.reshaped()) x = random.normal();
  Prospects out{half * half.transpose(), Vector(genes), genes, candidates, targets};
  for (double& x : out.noise) x = 0.5 + random.uniform();
  return out;
}

/** From determinants and inverses of the whole. */
double dense_value(const Prospects& prospects, const std::vector<int>& chosen) {
  const Index g = prospects.genes, n = g * static_cast<Index>(chosen.size());
  std::vector<Index> rows;
  Vector noise(n);
  for (std::size_t k = 0; k < chosen.size(); ++k)
    for (Index j = 0; j < g; ++j) {
      noise(static_cast<Index>(rows.size())) = prospects.noise(j);
      rows.push_back(chosen[k] * g + j);
    }
  Matrix own = prospects.covariance(rows, rows);
  own.diagonal() += noise;
  if (prospects.targets == 0) return 0.5 * std::log(own.determinant() / noise.prod());
  const Index t = prospects.targets * g;
  const Matrix across = prospects.covariance.bottomRows(t)(Eigen::all, rows);
  return (across * own.inverse() * across.transpose()).trace() / static_cast<double>(t);
}

double best_by_trying(const Prospects& prospects, int count, bool repeats) {
  double best = 0;
  std::vector<int> chosen;
  const std::function<void(int)> add = [&](int from) {
    if (static_cast<int>(chosen.size()) == count) {
      best = std::max(best, dense_value(prospects, chosen));
      return;
    }
    for (int c = from; c < prospects.candidates; ++c) {
      chosen.push_back(c);
      add(repeats ? c : c + 1);
      chosen.pop_back();
    }
  };
  add(0);
  return best;
}

}  // namespace

TEST_CASE("values of experiments one after the other are those of determinants of the whole") {
  for (const Index targets : {0, 2}) {
    const Prospects prospects = drawn_prospects(3, 5, targets);
    CHECK(value_together(prospects, {1, 4, 1}) == doctest::Approx(dense_value(prospects, {1, 4, 1})).epsilon(1e-10));
    const auto each = value_of_each(prospects);
    for (int c = 0; c < 5; ++c) {
      const auto& value = each[static_cast<std::size_t>(c)];
      if (targets == 0) {
        CHECK(value.information == doctest::Approx(dense_value(prospects, {c})).epsilon(1e-10));
        CHECK(std::isnan(value.target));
      } else {
        CHECK(target_variance(prospects) - value.target == doctest::Approx(dense_value(prospects, {c})).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("experiments chosen together: never above the bound, the optimum never above it either, and nearly reached") {
  int reached = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed)
    for (const bool repeats : {false, true}) {
      const Prospects prospects = drawn_prospects(seed, 7, 0);
      const ChosenExperiments found = choose_experiments(prospects, 3, repeats);
      const double best = best_by_trying(prospects, 3, repeats);
      CHECK(found.value == doctest::Approx(dense_value(prospects, found.chosen)).epsilon(1e-10));
      CHECK(found.gains.size() == 3);
      CHECK(best <= found.bound * (1 + 1e-9));
      CHECK(found.value >= (1 - std::exp(-1.0)) * best);  // what greed alone promises
      reached += found.value >= best * (1 - 1e-9) ? 1 : 0;
      if (!repeats) CHECK(std::adjacent_find(found.chosen.begin(), found.chosen.end()) == found.chosen.end());
    }
  CHECK(reached >= 54);
  int predicted = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const Prospects prospects = drawn_prospects(seed, 7, 2);
    const ChosenExperiments found = choose_experiments(prospects, 3, false);
    CHECK(std::isnan(found.bound));
    predicted += found.value >= best_by_trying(prospects, 3, false) * (1 - 1e-9) ? 1 : 0;
  }
  CHECK(predicted >= 27);
}

TEST_CASE("the best single time for a rate of decay is 1/rate") {
  // x(t) = e^{−αt}: ∂x/∂α = −t e^{−αt}; grid of times around 1/α = 2.5.
  const double rate = 0.4;
  const Index n = 40;
  Vector slope(n);
  for (Index i = 0; i < n; ++i) {
    const double t = 0.25 * static_cast<double>(i + 1);
    slope(i) = -t * std::exp(-rate * t);
  }
  const Prospects prospects{slope * slope.transpose(), Vector::Constant(1, 0.01), 1, n, 0};
  const auto found = choose_experiments(prospects, 1, false);
  CHECK(0.25 * (found.chosen[0] + 1) == doctest::Approx(1 / rate));
  CHECK(choose_experiments(prospects, 4, true).chosen == std::vector<int>(4, found.chosen[0]));
}

TEST_CASE("a gene that is not measured adds nothing, and too many choices are refused") {
  Prospects prospects = drawn_prospects(9, 4, 0);
  Prospects without = prospects;
  without.noise(1) = std::numeric_limits<double>::infinity();
  prospects.noise(1) = 1e12;
  CHECK(value_together(without, {0, 2}) == doctest::Approx(value_together(prospects, {0, 2})).epsilon(1e-8));
  CHECK_THROWS_AS(choose_experiments(prospects, 5, false), Error);
  CHECK_NOTHROW(choose_experiments(prospects, 5, true));
}
