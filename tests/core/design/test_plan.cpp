#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/plan.hpp"
#include "groundwork/design/power.hpp"
#include "groundwork/design/ready_layouts.hpp"
#include "groundwork/design/verdict.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

Plan plan_of(const std::string& text, double sb2, double sg2, double sw2) {
  Layout layout = read_layout(text, "layout.csv");
  std::vector<int> controls = control_indices(layout, {"control"});
  const std::size_t levels = layout.coarser.size() + 1;
  Plan plan(std::move(layout), std::move(controls));
  Assumptions a;
  a.level_variances = Vector::Constant(static_cast<Index>(levels), sb2);
  a.sg2 = sg2;
  a.sw2 = sw2;
  plan.set_assumptions(a);
  return plan;
}

bool any_says(const std::vector<std::string>& sentences, const std::string& part) {
  for (const auto& s : sentences)
    if (s.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("complete blocks: variance, degrees of freedom and interval as in the books") {
  Plan plan =
      plan_of("condition,b1,b2,b3,b4\ncontrol,200,200,200,200\nA,50,50,50,50\nB,50,50,50,50\n", 0.02, 0.01, 0.4);
  const double v = 0.01 + 0.4 / 50, v0 = 0.01 + 0.4 / 200;
  const ContrastAnswer a = plan.answer(0);
  CHECK(relative_error(a.variance, (v + v0) / 4) < 1e-14);
  CHECK(relative_error(plan.variances()[0], a.variance) < 1e-12);
  CHECK(a.df > 3);  // unequal groups: not quite (B − 1)(C − 1) = 6
  CHECK(a.df < 6.5);
  CHECK(relative_error(a.half_width, student_t_quantile(0.975, a.df) * a.se) < 1e-12);
  CHECK(relative_error(power_of(a.mdlfc / a.se, a.df, 0.05), 0.8) < 1e-8);
  CHECK(relative_error(a.mdfc, std::exp(a.mdlfc)) < 1e-14);

  Plan equal = plan_of("condition,b1,b2,b3,b4\ncontrol,50,50,50,50\nA,50,50,50,50\nB,50,50,50,50\n", 0.02, 0.01, 0.4);
  CHECK(relative_error(equal.answer(0).df, 6) < 1e-9);
}

TEST_CASE("a confounded layout is refused contrast by contrast, with words") {
  const std::string text = "condition,b1,b2,b3\ncontrol,100,100,0\nA,50,50,0\nB,0,0,50\nC,0,0,0\n";
  Plan fixed = plan_of(text, infinity, 0.01, 0.4);
  CHECK(fixed.answer(0).estimable);
  const ContrastAnswer b = fixed.answer(1);
  CHECK(!b.estimable);
  CHECK(std::isnan(b.variance));
  REQUIRE(b.confounded_with.size() == 2);
  CHECK(fixed.floating()[static_cast<std::size_t>(b.confounded_with[1])].conditions == std::vector<int>{2});
  CHECK(fixed.answer(2).reason == "no cells of C anywhere");
  CHECK(any_says(verdict_of(fixed),
                 "\"B\" cannot be estimated: control and A (only in b1 and b2) share no batch with B (only in b3)"));
  CHECK(any_says(verdict_of(fixed), "Cells of control in b3 would join the two."));
  CHECK(any_says(verdict_of(fixed), "Batch b3 holds no controls."));

  Plan random = plan_of(text, 0.05, 0.01, 0.4);
  CHECK(random.answer(1).estimable);
  CHECK(!random.answer(2).estimable);
  CHECK(random.answer(2).reason == "no cells of C anywhere");
  CHECK(any_says(verdict_of(random), "falls into 2 parts"));
}

TEST_CASE("one batch cannot estimate its own error") {
  Plan plan = plan_of("condition,b1\ncontrol,100\nA,50\n", 0.05, 0.01, 0.4);
  const ContrastAnswer a = plan.answer(0);
  CHECK(a.estimable);
  CHECK(a.df == 0);
  CHECK(std::isnan(a.mdlfc));
  CHECK(a.reason.find("cannot estimate its own error") != std::string::npos);
  CHECK(any_says(verdict_of(plan), "cannot estimate its own error"));
}

TEST_CASE("moving one thing at a time gives what a fresh plan gives") {
  ReadyOptions o;
  o.perturbations = 12;
  o.batches = 5;
  o.kind = ReadyKind::one_batch_each;
  const Layout start = ready_layout(o).layout;
  Random random(6);
  Plan moving(start, {0});
  Layout layout = start;
  Assumptions a;
  a.level_variances = Vector::Constant(1, 0.02);
  a.sg2 = 0.01;
  a.sw2 = 0.4;
  moving.set_assumptions(a);
  for (int step = 0; step < 60; ++step) {
    switch (random.below(4)) {
      case 0:
        a.level_variances[0] = random.below(6) == 0 ? infinity : random.below(6) == 0 ? 0 : random.uniform();
        break;
      case 1:
        a.sg2 = 0.1 * random.uniform();
        break;
      case 2:
        a.sw2_control = random.below(2) ? -1 : random.uniform();
        break;
      default: {
        const auto row = static_cast<int>(random.below(13)), column = static_cast<int>(random.below(5));
        const auto cells = static_cast<double>(random.below(3) * 40);
        layout.cells(row, column) = cells;
        moving.set_cells({row}, {column}, {cells});
      }
    }
    moving.set_assumptions(a);
    Plan fresh(layout, {0});
    fresh.set_assumptions(a);
    for (std::size_t k = 0; k < fresh.contrasts().size(); ++k) {
      const ContrastAnswer expected = fresh.answer(k), found = moving.answer(k);
      CHECK(found.estimable == expected.estimable);
      if (!expected.estimable) {
        CHECK(std::isnan(moving.variances()[static_cast<Index>(k)]));
        continue;
      }
      CHECK(found.variance == expected.variance);
      CHECK(found.df == expected.df);
      CHECK(relative_error(moving.variances()[static_cast<Index>(k)], expected.variance) < 1e-10);
    }
  }
}

TEST_CASE("nonsense variances and goals are refused") {
  const Layout layout = read_layout("condition,b1\ncontrol,1\nA,1\n", "layout.csv");
  Plan plan(layout, {0});
  Assumptions a;
  a.level_variances = Vector::Constant(1, 0.1);
  CHECK_THROWS_AS(plan.set_assumptions(a), Error);  // no noise at all
  a.sg2 = -1;
  CHECK_THROWS_AS(plan.set_assumptions(a), Error);
  a.sg2 = 0.1;
  a.level_variances[0] = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(plan.set_assumptions(a), Error);
  Goals goals;
  goals.power = 1;
  CHECK_THROWS_AS(Plan(layout, {0}, {}, goals), Error);
}

TEST_CASE("power is that of the noncentral t, also at two degrees of freedom") {
  Random random(2);
  for (const double df : {1.0, 2.0, 3.5, 12.0, 200.0}) {
    for (const double effect : {0.5, 2.0, 6.0}) {
      const double critical = student_t_quantile(0.975, df);
      int rejected = 0;
      const int draws = 200000;
      for (int k = 0; k < draws; ++k) {
        const double s = std::sqrt(2 * random.gamma(df / 2) / df);
        rejected += std::abs(effect + random.normal()) > critical * s;
      }
      CHECK(std::abs(power_of(effect, df, 0.05) - static_cast<double>(rejected) / draws) < 0.005);
    }
    CHECK(relative_error(power_of(0, df, 0.05), 0.05) < 1e-6);
    CHECK(relative_error(power_of(detectable_effect(df, 0.01, 0.9), df, 0.01), 0.9) < 1e-8);
  }
  // Infinite degrees of freedom: z, but for the other side.
  CHECK(std::abs(detectable_effect(infinity, 0.05, 0.8) - (normal_quantile(0.975) + normal_quantile(0.8))) < 1e-4);
  CHECK(detectable_effect(1e5, 0.05, 0.8) == doctest::Approx(detectable_effect(infinity, 0.05, 0.8)).epsilon(1e-4));
}

TEST_CASE("a large layout under a slider: the same answers, to six digits, with and without repeated rows") {
  Random random(8);
  for (const bool repeated : {false, true}) {
    Layout layout;
    for (int c = 0; c < 3000; ++c) layout.conditions.push_back("c" + std::to_string(c));
    for (int b = 0; b < 70; ++b) layout.batches.push_back("b" + std::to_string(b));
    layout.cells = Matrix::Zero(3000, 70);
    Matrix some(5, 70);
    for (double& n : some.reshaped()) n = static_cast<double>(random.below(3) * 30);
    for (Index c = 0; c < 3000; ++c)
      for (Index b = 0; b < 70; ++b)
        layout.cells(c, b) = repeated ? some(c % 5, b) : static_cast<double>(random.below(4) * 25);
    Assumptions a;
    a.level_variances = Vector::Constant(1, 0.03);
    a.sg2 = 0.01;
    a.sw2 = 0.5;
    Plan exact(layout, {0, 1}), live(layout, {0, 1});
    live.set_live(true);
    for (const double sb2 : {0.03, 0.5, infinity, 0.0}) {
      a.level_variances[0] = sb2;
      exact.set_assumptions(a);
      live.set_assumptions(a);
      for (Index k = 0; k < 2998; k += 97) {
        const ContrastAnswer expected = exact.answer(static_cast<std::size_t>(k));
        CHECK(relative_error(exact.variances()[k], expected.variance) < 1e-10);
        CHECK(relative_error(live.variances()[k], expected.variance) < 3e-6);
        CHECK(relative_error(live.answer(static_cast<std::size_t>(k)).df, expected.df) < 2e-5);
      }
    }
  }
}

TEST_CASE("random layouts: cells never hurt, the order of batches does not matter, and variances grow with s_b²") {
  Random random(44);
  for (int repeat = 0; repeat < 150; ++repeat) {
    Layout layout;
    const Index conditions = 2 + static_cast<Index>(random.below(5)), batches = 1 + static_cast<Index>(random.below(5));
    for (Index c = 0; c < conditions; ++c) layout.conditions.push_back("c" + std::to_string(c));
    for (Index b = 0; b < batches; ++b) layout.batches.push_back("b" + std::to_string(b));
    layout.cells.resize(conditions, batches);
    for (double& n : layout.cells.reshaped()) n = random.below(3) > 0 ? 1.0 + random.below(200) : 0.0;
    layout.cells(0, 0) = 50;
    Assumptions a;
    a.level_variances = Vector::Constant(1, 0.3 * random.uniform());
    a.sg2 = 0.05 * random.uniform();
    a.sw2 = 0.5 + random.uniform();
    Plan plan(layout, {0});
    plan.set_assumptions(a);
    const Vector before = plan.variances();

    Layout more = layout;
    more.cells(static_cast<Index>(random.below(static_cast<std::uint64_t>(conditions))),
               static_cast<Index>(random.below(static_cast<std::uint64_t>(batches)))) += 1.0 + random.below(100);
    Plan larger(more, {0});
    larger.set_assumptions(a);
    for (Index k = 0; k < before.size(); ++k)
      if (!std::isnan(before[k])) CHECK(larger.variances()[k] <= before[k] * (1 + 1e-12));

    Layout mixed = layout;
    const auto order = random.permutation(static_cast<std::size_t>(batches));
    for (std::size_t b = 0; b < order.size(); ++b) {
      mixed.batches[b] = layout.batches[order[b]];
      mixed.cells.col(static_cast<Index>(b)) = layout.cells.col(static_cast<Index>(order[b]));
    }
    Plan permuted(mixed, {0});
    permuted.set_assumptions(a);
    for (std::size_t k = 0; k < plan.contrasts().size(); ++k) {
      const ContrastAnswer x = plan.answer(k), y = permuted.answer(k);
      CHECK(x.estimable == y.estimable);
      if (!x.estimable) continue;
      CHECK(relative_error(y.variance, x.variance) < 1e-10);
      CHECK(std::abs(y.df - x.df) < 1e-7 * (1 + x.df));
    }

    double last = 0;
    for (const double sb2 : {0.0, 0.01, 1.0, 1e4, 1e9, infinity}) {
      a.level_variances[0] = sb2;
      plan.set_assumptions(a);
      const double now = plan.variances()[0];
      if (std::isnan(now)) continue;  // not estimable with fixed batches
      CHECK(now >= last * (1 - 1e-9));
      if (std::isinf(sb2)) CHECK(relative_error(last, now) < 1e-6);
      last = now;
    }
  }
}

TEST_CASE("cells that cannot be are refused, and the layout stays as it was") {
  Plan plan = plan_of("condition,b1,b2\ncontrol,50,50\nA,20,0\n", 0.02, 0.01, 0.4);
  const Matrix before = plan.layout().cells;
  const auto code_of = [&](const std::vector<int>& rows, const std::vector<int>& columns,
                           const std::vector<double>& cells) {
    try {
      plan.set_cells(rows, columns, cells);
      return std::string();
    } catch (const Error& e) {
      return e.code();
    }
  };
  CHECK(code_of({1, 1}, {0, 1}, {30, -1}) == "layout.cells");
  CHECK(plan.layout().cells == before);
  CHECK(code_of({1, 1}, {0, 1}, {30, 2.5}) == "layout.cells");
  CHECK(code_of({1, 1, 1}, {0, 0, 1}, {30, 40, std::nan("")}) == "layout.cells");
  CHECK(plan.layout().cells == before);
  CHECK(code_of({1, 2}, {0, 0}, {30, 1}) == "layout.shape");
  CHECK(plan.layout().cells == before);
  CHECK(code_of({0, 0, 1}, {0, 1, 0}, {0, 0, 0}) == "layout.no_cells");
  CHECK(plan.layout().cells == before);
  CHECK(code_of({1, 1}, {0, 1}, {30, 40}).empty());
  CHECK(plan.layout().cells == Matrix{{50.0, 50.0}, {30.0, 40.0}});
}
