#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/design/allocation.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/optimise.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

OptimiseProblem problem_of(int perturbations, double sb2, double sg2, double sw2) {
  OptimiseProblem p;
  p.conditions = {"control"};
  for (int k = 1; k <= perturbations; ++k) p.conditions.push_back("P" + std::to_string(k));
  p.controls = {0};
  p.assumptions.level_variances = Vector::Constant(1, sb2);
  p.assumptions.sg2 = sg2;
  p.assumptions.sw2 = sw2;
  p.min_batches = p.max_batches = 3;
  p.budget = 1200;
  p.capacity = 400;
  return p;
}

OptimiseState run(const OptimiseProblem& p) {
  Optimiser optimiser(p);
  for (int k = 0; k < 1000000 && !optimiser.step(); ++k) {
  }
  return optimiser.best();
}

double mean_variance(const OptimiseProblem& p, const Layout& layout) {
  Plan plan(layout, p.controls, p.contrasts);
  plan.set_assumptions(p.assumptions);
  double sum = 0, weights = 0;
  for (Index k = 0; k < plan.variances().size(); ++k) {
    const double w = p.weights.size() > 0 ? p.weights[k] : 1;
    sum += w * plan.variances()[k];
    weights += w;
  }
  return sum / weights;
}

}  // namespace

TEST_CASE("the criterion after any changes is that of the changed layout") {
  Random random(9);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const bool det = repeat % 2 == 1;
    Layout layout;
    for (int c = 0; c < 6; ++c) layout.conditions.push_back("c" + std::to_string(c));
    for (int b = 0; b < 4; ++b) layout.batches.push_back("b" + std::to_string(b));
    if (repeat % 4 >= 2) layout.coarser.push_back({"day", {"d1", "d1", "d2", "d2"}});
    layout.cells.resize(6, 4);
    for (double& n : layout.cells.reshaped()) n = random.below(3) > 0 ? 10.0 * (1 + random.below(9)) : 0.0;
    layout.cells.row(0).setConstant(30);
    layout.cells.col(0).setConstant(20);
    InformationSetting s;
    s.levels = batch_levels_of(layout);
    const double choices[] = {0, 0.05, 1};
    s.level_variances.resize(static_cast<Index>(s.levels.levels()));
    for (double& v : s.level_variances) v = choices[random.below(3)];
    s.sg2 = 0.02;
    s.sw2 = Vector::Constant(6, 1.5);
    s.sw2[0] = 1;
    s.contrasts = contrasts_to_controls(layout, {0});
    s.weights = Vector::LinSpaced(5, 1, 2);
    s.criterion = det ? Criterion::D : Criterion::A;
    LayoutInformation information(s, layout.cells);
    for (int step = 0; step < 30; ++step) {
      std::vector<LayoutInformation::Change> changes;
      const std::size_t count = 1 + random.below(4);
      while (changes.size() < count) {
        const int c = static_cast<int>(random.below(6)), b = static_cast<int>(random.below(4));
        bool seen = b == 0 && c == 0;
        for (const auto& x : changes) seen = seen || (x.condition == c && x.batch == b);
        if (seen) continue;
        const double n = c == 0 || b == 0 || random.below(3) > 0 ? 10.0 * (1 + random.below(9)) : 0.0;
        changes.push_back({c, b, n});
      }
      const double promised = information.value_after(changes);
      information.apply(changes);
      CHECK(std::abs(information.value() - promised) < 1e-9 * std::max(1.0, std::abs(promised)));
      for (const auto& x : changes) layout.cells(x.condition, x.batch) = x.cells;
      CHECK(information.cells() == layout.cells);
      Plan plan(layout, {0});
      Assumptions a;
      a.level_variances = s.level_variances;
      a.sg2 = 0.02;
      a.sw2 = 1.5;
      a.sw2_control = 1;
      plan.set_assumptions(a);
      if (!det) {
        CHECK(relative_error(information.value(), s.weights.dot(plan.variances()) / s.weights.sum()) < 1e-8);
      } else {
        const LayoutInformation fresh(s, layout.cells);
        CHECK(std::abs(information.value() - fresh.value()) < 1e-8);
      }
    }
  }
}

TEST_CASE("complete blocks by the square-root rule are found, and are the bound") {
  for (const double sb2 : {0.0, 0.02, infinity}) {
    for (const double sg2 : {0.0, 0.01}) {
      const OptimiseProblem p = problem_of(16, sb2, sg2, 1.5);
      const OptimiseState best = run(p);
      CAPTURE(sb2);
      // 400 cells a batch, 16 perturbations: 80 control cells and 20 of each, whole numbers as it happens.
      CHECK(relative_error(best.bound, least_variance(16, 3, 400, sg2, 1.5)) < 1e-9);
      CHECK(relative_error(best.value, best.bound) < (std::isinf(sb2) ? 1e-6 : 1e-9));
      CHECK(relative_error(mean_variance(p, best.layout), best.bound) < 1e-9);
      CHECK(best.layout.cells.row(0).sum() == 240);
    }
  }
}

TEST_CASE("the best of all small layouts is found, by trying every one") {
  // Two batches of 6 cells, three conditions: all ways to fill them.
  for (const double sb2 : {0.1, 3.0}) {
    for (const double weight : {1.0, 5.0}) {
      OptimiseProblem p = problem_of(2, sb2, 0.3, 1);
      p.min_batches = p.max_batches = 2;
      p.budget = 12;
      p.capacity = 6;
      p.weights.resize(2);
      p.weights << 1, weight;
      const OptimiseState found = run(p);
      double best = infinity;
      Layout layout = found.layout;
      const std::function<void(int, double)> fill = [&](int at, double left) {
        const Index c = at % 3, b = at / 3;
        if (at == 6) {
          if (layout.cells.sum() == 0) return;
          const double value = mean_variance(p, layout);
          if (!std::isnan(value)) best = std::min(best, value);
          return;
        }
        for (double n = 0; n <= left; ++n) {
          layout.cells(c, b) = n;
          fill(at + 1, c == 2 ? 6 : left - n);
        }
      };
      fill(0, 6);
      CHECK(relative_error(mean_variance(p, found.layout), best) < 1e-9);
      CHECK(found.bound <= best * (1 + 1e-9));
    }
  }
}

TEST_CASE("no layout is below the bound") {
  Random random(2);
  for (int repeat = 0; repeat < 200; ++repeat) {
    OptimiseProblem p = problem_of(3, random.below(2) ? 0.0 : random.uniform(), 0.2 * random.uniform(), 1);
    p.contrasts = {{"effect", {{1, 1.0}, {0, -1.0}}}, {"pair", {{2, 1.0}, {3, -1.0}}}};
    p.weights = Vector::Ones(2);
    Layout layout;
    layout.conditions = p.conditions;
    layout.batches = {"b1", "b2", "b3"};
    layout.cells.resize(4, 3);
    for (double& n : layout.cells.reshaped()) n = static_cast<double>(random.below(40));
    layout.cells.col(0).array() += 1;
    const double cells = layout.cells.sum();
    CHECK(mean_variance_bound(p, 3, cells) <= mean_variance(p, layout) * (1 + 1e-9));
    CHECK(relative_error(best_cells(p, 3, cells).sum(), cells) < 1e-9);
  }
}

TEST_CASE("determinants: equal shares are best, and the bound says so") {
  OptimiseProblem p = problem_of(5, 0.05, 0.01, 1);
  p.criterion = Criterion::D;
  p.budget = 360;
  p.capacity = 120;
  const OptimiseState best = run(p);
  CHECK(std::abs(best.value - best.bound) < 1e-9);
  CHECK(best.layout.cells.minCoeff() == 20);
  p.contrasts = {{"a", {{1, 1.0}, {0, -1.0}}}, {"b", {{2, 1.0}, {0, -1.0}}}, {"c", {{1, 1.0}, {2, -1.0}}}};
  CHECK_THROWS_AS(run(p), Error);
}

TEST_CASE("constraints hold") {
  OptimiseProblem p = problem_of(8, 0.05, 0.01, 1.5);
  p.min_batches = p.max_batches = 4;
  p.budget = 1000;
  p.capacity = 250;
  p.min_replicates = p.max_replicates = 2;
  p.forced_controls = 30;
  p.min_group = 10;
  p.must_link = {{1, 2}, {2, 3}};
  p.cannot_link = {{4, 5}, {1, 6}};
  p.starts = 5;
  const OptimiseState best = run(p);
  const Matrix& n = best.layout.cells;
  REQUIRE(best.found);
  CHECK(n.sum() <= 1000);
  for (Index b = 0; b < 4; ++b) {
    CHECK(n.col(b).sum() <= 250);
    CHECK(n(0, b) >= 30);
    CHECK((n(1, b) > 0) == (n(2, b) > 0));
    CHECK((n(2, b) > 0) == (n(3, b) > 0));
    CHECK(!(n(4, b) > 0 && n(5, b) > 0));
    CHECK(!(n(1, b) > 0 && n(6, b) > 0));
    for (Index c = 0; c < 9; ++c) CHECK((n(c, b) == 0 || n(c, b) >= 10));
  }
  for (Index c = 1; c < 9; ++c) CHECK((n.row(c).array() > 0).count() == 2);
  CHECK(best.value >= best.bound);
  // The same seed, the same layout.
  CHECK(run(p).layout.cells == n);

  p.forced_controls = 0;
  p.max_control_share = 0.1;
  const OptimiseState capped = run(p);
  for (Index b = 0; b < 4; ++b) CHECK(capped.layout.cells(0, b) <= 0.1 * capped.layout.cells.col(b).sum() + 1e-9);
}

TEST_CASE("what has been run stays, and what is added makes up for it") {
  OptimiseProblem p = problem_of(3, 0.05, 0.005, 1.5);
  Layout run_already;
  run_already.conditions = p.conditions;
  run_already.batches = {"old"};
  run_already.cells.resize(4, 1);
  run_already.cells << 100, 200, 0, 0;
  p.existing = run_already;
  p.min_batches = p.max_batches = 2;
  p.budget = 400;
  const OptimiseState best = run(p);
  CHECK(best.layout.batches == std::vector<std::string>{"old", "new 1", "new 2"});
  CHECK(best.layout.cells.col(0) == run_already.cells.col(0));
  CHECK(best.new_cells <= 400);
  CHECK(best.layout.cells.rightCols(2).row(2).sum() > best.layout.cells.rightCols(2).row(1).sum());
  CHECK(best.bound <= best.value * (1 + 1e-9));
}

TEST_CASE("a target is met at the least price, and one out of reach is refused") {
  OptimiseProblem p = problem_of(16, 0.02, 0.002, 1.5);
  p.budget.reset();
  p.target_se = 0.15;
  p.min_batches = 1;
  p.max_batches = 6;
  p.prices = {200, 1};
  p.capacity = 5000;
  const OptimiseState best = run(p);
  CHECK(best.value <= 0.15 * 0.15 * (1 + 1e-9));
  // The closed form for the same target: the least over batches of price and cells.
  double least = infinity;
  for (int b = 1; b <= 6; ++b) {
    const double per_batch = 25 * 1.5 / (0.15 * 0.15 * b - 2 * 0.002);
    if (per_batch > 0 && per_batch <= 5000) least = std::min(least, b * (200 + per_batch));
  }
  CHECK(best.cost < 1.02 * least);
  CHECK(best.cost > 0.99 * least);
  p.target_se = 0.01;
  CHECK_THROWS_AS(run(p), Error);
  p.budget = 100;
  CHECK_THROWS_AS(run(p), Error);  // both
  p = problem_of(16, 0.02, 0.002, 1.5);
  p.budget = 20;
  CHECK_THROWS_AS(run(p), Error);  // not even a cell for each
}
