#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/design/rehearsal.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

/** Every edit in every batch beside unedited cells. */
Plan rehearsed_plan(int edits, int batches, double cells, double sb2) {
  Layout layout;
  layout.conditions.push_back("control");
  for (int e = 0; e < edits; ++e) layout.conditions.push_back("edit" + std::to_string(e));
  for (int b = 0; b < batches; ++b) layout.batches.push_back("b" + std::to_string(b));
  layout.cells = Matrix::Constant(edits + 1, batches, cells);
  layout.cells.row(0).setConstant(2 * cells);
  Plan plan(layout, {0});
  Assumptions assumptions;
  assumptions.level_variances = Vector::Constant(1, sb2);
  assumptions.sg2 = 0.01;
  assumptions.sw2 = 0.5;
  plan.set_assumptions(assumptions);
  return plan;
}

Rehearsal rehearsed(Plan& plan, const RehearsalOptions& options, double slice) {
  Rehearsing rehearsing(plan, options);
  double before = 0;
  while (!rehearsing.advance(slice)) {
    CHECK(rehearsing.fraction() >= before);
    before = rehearsing.fraction();
  }
  return rehearsing.result();
}

/** How many standard errors the mean of `of` over replicates is away from `expected`. */
template <typename Of>
double away(const Rehearsal& result, double expected, Of of) {
  double sum = 0, square = 0;
  const double n = static_cast<double>(result.replicates.size());
  for (const auto& replicate : result.replicates) {
    sum += of(replicate);
    square += of(replicate) * of(replicate);
  }
  const double mean = sum / n;
  return (mean - expected) / std::sqrt((square - n * mean * mean) / (n - 1) / n);
}

}  // namespace

TEST_CASE(
    "effects are measured as well as the plan says, and what a model seems to miss is that beside what it misses") {
  RehearsalOptions options;
  options.genes = 8;
  options.replicates = 40;
  options.held_out = 0.5;
  Plan plan = rehearsed_plan(8, 3, 40, 0.05);
  const Rehearsal result = rehearsed(plan, options, 1e9);
  REQUIRE(result.replicates.size() == 40);
  // One batch less of noise would be 3/2 of it: far outside.
  CHECK(std::abs(away(result, result.floor, [](const auto& r) { return r.measured; })) < 4);
  CHECK(std::abs(away(result, 1.5 * result.floor, [](const auto& r) { return r.measured; })) > 4);
  for (std::size_t l = 0; l < rehearsed_losses().size(); ++l)
    CHECK(std::abs(away(result, result.floor, [l](const auto& r) { return r.seen[l] - r.truth[l]; })) < 4);
  for (const auto& replicate : result.replicates) {
    CHECK(replicate.effect_rms == doctest::Approx(0.2).epsilon(0.01));
    CHECK(replicate.drift.back() == 0);  // centred
    CHECK(replicate.no_change > 0);
  }
}

TEST_CASE("a rehearsal depends on its seed, not on how it is sliced, and layouts meet the same networks") {
  RehearsalOptions options;
  options.genes = 6;
  options.replicates = 2;
  Plan plan = rehearsed_plan(6, 2, 50, 0.02), wider = rehearsed_plan(6, 4, 50, 0.02);
  const Rehearsal once = rehearsed(plan, options, 1e9), sliced = rehearsed(plan, options, 1),
                  other = rehearsed(wider, options, 1e9);
  for (std::size_t r = 0; r < 2; ++r) {
    CHECK(once.replicates[r].truth == sliced.replicates[r].truth);
    CHECK(once.replicates[r].no_change == other.replicates[r].no_change);
  }
  CHECK(other.floor < once.floor);
}

TEST_CASE("what cannot be rehearsed is refused") {
  const RehearsalOptions options;
  Plan few = rehearsed_plan(3, 2, 50, 0.02);
  CHECK_THROWS_AS(Rehearsing(few, options), Error);
  RehearsalOptions wrong;
  wrong.effect_sd = 0;
  Plan plan = rehearsed_plan(6, 2, 50, 0.02);
  CHECK_THROWS_AS(Rehearsing(plan, wrong), Error);
}
