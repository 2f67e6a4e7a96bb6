#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/design/ready_layouts.hpp"
#include "groundwork/design/repair.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

Plan fixed_plan(const Layout& layout, double sb2 = infinity) {
  Plan plan(layout, {0});
  Assumptions a;
  a.level_variances = Vector::Constant(1, sb2);
  a.sg2 = 0.01;
  a.sw2 = 0.4;
  plan.set_assumptions(a);
  return plan;
}

}  // namespace

TEST_CASE("the repair is the best single group, by trying them all") {
  Random random(31);
  int repaired = 0;
  for (int repeat = 0; repeat < 60; ++repeat) {
    Layout layout;
    layout.conditions = {"control", "A", "B", "C"};
    layout.batches = {"b1", "b2", "b3", "b4"};
    layout.cells = Matrix::Zero(4, 4);
    for (Index c = 0; c < 4; ++c)
      for (Index b = 0; b < 4; ++b)
        // Two blocks that do not meet, with holes.
        if ((c < 2) == (b < 2) && random.below(4) > 0) layout.cells(c, b) = 20.0 * (1 + random.below(6));
    if (!(layout.cells.sum() > 0)) continue;
    const Plan plan = fixed_plan(layout);
    for (const Repair& r : repairs_of(plan, {100})) {
      if (!r.possible || r.addition.batches.size() > 1) continue;
      double best = infinity;
      for (int c = 0; c < 4; ++c) {
        for (int b = 0; b < 4; ++b) {
          if (layout.cells(c, b) > 0) continue;
          Plan changed = fixed_plan(with_addition(layout, {c, {b}, 100}));
          double sum = 0;
          for (const std::size_t k : r.contrasts) sum += changed.variances()[static_cast<Index>(k)];
          if (!std::isnan(sum)) best = std::min(best, sum / static_cast<double>(r.contrasts.size()));
        }
      }
      double mean = 0;
      for (const double se : r.se) mean += se * se / static_cast<double>(r.se.size());
      CHECK(relative_error(mean, best) < 1e-9);
      CHECK(r.least_se * r.least_se <= mean * (1 + 1e-9));
      ++repaired;
    }
  }
  CHECK(repaired > 30);
}

TEST_CASE("a repair says why, what and how well") {
  const Layout layout = read_layout("condition,b1,b2,b3\ncontrol,100,100,0\nA,50,50,0\nB,0,0,50\n", "l");
  const auto repairs = repairs_of(fixed_plan(layout), {100});
  REQUIRE(repairs.size() == 1);
  const Repair& r = repairs[0];
  CHECK(r.contrasts == std::vector<std::size_t>{1});
  CHECK(r.possible);
  // Control in b3: Var = v_B + v_new + what is left is estimated within b3 alone: v_B and the new control.
  CHECK(r.addition.batches.size() == 1);
  CHECK(r.sentence.find("\"B\" cannot be estimated: control and A are only in b1 and b2, and B is only in b3") !=
        std::string::npos);
  CHECK(r.sentence.find("100 cells of ") != std::string::npos);
  CHECK(r.sentence.find("estimable, with a standard error of ") != std::string::npos);
  Plan after = fixed_plan(with_addition(layout, r.addition));
  CHECK(relative_error(after.answer(1).se, r.se[0]) < 1e-12);
  // Left to itself it takes no more cells than it needs to come near the best.
  const Repair chosen = repairs_of(fixed_plan(layout))[0];
  CHECK(chosen.se[0] <= 1.1 * chosen.least_se * (1 + 1e-9));
  CHECK(repairs_of(fixed_plan(layout, 0.05)).empty());  // random batches: nothing to repair
}

TEST_CASE("several parts at once are joined by one condition in each") {
  // Two replicates at each of three times, batches apart: a rate needs a bridge; three rates hang on all parts.
  ReadyOptions o;
  o.kind = ReadyKind::time_per_batch;
  o.perturbations = 2;
  o.batches = 1;
  o.times = {1, 2, 3};
  const ReadyLayout ready = ready_layout(o);
  std::vector<int> controls;
  for (const auto& name : ready.control) controls.push_back(condition_index(ready.layout, name));
  const int t1 = condition_index(ready.layout, "P1 at 1 d"), t2 = condition_index(ready.layout, "P1 at 2 d"),
            t3 = condition_index(ready.layout, "P1 at 3 d");
  Plan plan(ready.layout, controls, {{"curvature", {{t1, 1.0}, {t2, -2.0}, {t3, 1.0}}}, {"level", {{t1, 1.0}}}});
  Assumptions a;
  a.level_variances = Vector::Constant(1, infinity);
  a.sg2 = 0.01;
  a.sw2 = 0.4;
  plan.set_assumptions(a);
  const auto repairs = repairs_of(plan, {200});
  REQUIRE(repairs.size() == 2);
  for (const Repair& r : repairs) {
    if (plan.contrasts()[r.contrasts[0]].name == "level") {
      CHECK(!r.possible);  // a level cannot be told from fixed batches
      continue;
    }
    CHECK(r.possible);
    CHECK(r.addition.batches.size() == 2);
    Plan after(with_addition(ready.layout, r.addition), controls, plan.contrasts());
    after.set_assumptions(a);
    CHECK(after.answer(0).estimable);
  }
}

TEST_CASE("suggestions are ranked by what they bring, and each brings what it says") {
  const Layout few = read_layout("condition,b1,b2,b3\ncontrol,20,20,20\nA,200,200,200\nB,200,200,200\n", "l");
  const auto found = suggestions_of(fixed_plan(few, 0.02));
  REQUIRE(!found.empty());
  CHECK(found.size() <= 3);
  Plan before = fixed_plan(few, 0.02);
  for (std::size_t k = 0; k < found.size(); ++k) {
    Plan after = fixed_plan(found[k].layout, 0.02);
    CHECK(relative_error(after.answer(0).se, found[k].median_se) < 1e-9);
    CHECK(after.answer(0).mdlfc < before.answer(0).mdlfc);
    if (k > 0) CHECK(found[k].median_mdlfc >= found[k - 1].median_mdlfc);
    CHECK(found[k].sentence.find("least fold change found from") != std::string::npos);
  }
  // Controls are what is missing here.
  bool controls = false;
  for (const Suggestion& s : found) controls = controls || s.kind == "more_controls" || s.kind == "share_out";
  CHECK(controls);
  // A confounded layout is repaired first.
  const Layout apart = read_layout("condition,b1,b2\ncontrol,100,0\nA,0,100\n", "l");
  CHECK(suggestions_of(fixed_plan(apart))[0].kind == "repair");
}
