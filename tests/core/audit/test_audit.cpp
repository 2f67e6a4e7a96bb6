// Each assumption on a drawn screen on which it holds, and on one on which it does not.
#include <doctest/doctest.h>

#include <algorithm>

#include "audit/drawn_screen.hpp"
#include "groundwork/audit/audit.hpp"

using namespace groundwork;
using audit::Row;
using audit::Verdict;
using drawn::Place;
using drawn::Plan;

namespace {

Row row_of(const Plan& plan, const std::string& id, std::uint64_t seed = 1) {
  const auto data = drawn::screen_of(plan, seed);
  const auto rows = audit::audit(data).rows;
  REQUIRE(rows.size() == 11);
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.id == id; });
}

const audit::Item& item_of(const Row& row, const std::string& label) {
  const auto at =
      std::find_if(row.items.begin(), row.items.end(), [&](const auto& item) { return item.label == label; });
  REQUIRE_MESSAGE(at != row.items.end(), label);
  return *at;
}

/** Every touched gene moves by `size`, up or down. */
void move(Vector& v, double size) {
  for (Index g = 0; g < 12; ++g) v[g] += g % 2 ? size : -size;
}

Plan at_two_times() {
  Plan plan;
  plan.times = {1, 3};
  return plan;
}

}  // namespace

TEST_CASE("A1: controls that rest, that drift, and a layout that cannot tell") {
  Plan plan = at_two_times();
  plan.control_cells = 400;
  const Row rests = row_of(plan, "A1");
  CHECK(rests.verdict == Verdict::supported);
  CHECK(rests.choice.centred == 1);
  CHECK(rests.items.size() == 1);

  Plan drifts = plan;
  drifts.extra = [](const Place& at, Vector& v) {
    if (at.time == 3) move(v, 0.8);
  };
  const Row moves = row_of(drifts, "A1");
  CHECK(moves.verdict == Verdict::violated);
  CHECK(moves.choice.loss == "controls_as_data");
  CHECK(moves.choice.centred == 0);
  // 12 of 20 genes move by 0.8, and depth takes some of it back.
  CHECK(moves.items[0].estimate == doctest::Approx(0.8 * std::sqrt(12.0 / 20)).epsilon(0.15));

  // The same drift where every batch has one time: nothing may be said.
  drifts.one_time_a_batch = true;
  drifts.batches = 4;
  const Row confounded = row_of(drifts, "A1");
  CHECK(confounded.verdict == Verdict::not_testable);
  CHECK(confounded.extra_sample.find("bridge") != std::string::npos);

  Plan once;
  CHECK(row_of(once, "A1").verdict == Verdict::not_testable);

  // Without a batch column: conditional.
  plan.batches = 0;
  CHECK(row_of(plan, "A1").conditional.find("one batch") != std::string::npos);
}

TEST_CASE("A1: without edits the margin is log 1.25") {
  Plan plan = at_two_times();
  plan.edits = {};
  plan.control_cells = 400;
  const Row row = row_of(plan, "A1");
  CHECK(row.margin.high == doctest::Approx(std::log(1.25)));
  CHECK(row.verdict == Verdict::supported);
}

TEST_CASE("A2: a second population of one edit; not one that controls have too") {
  Plan plan;
  plan.expression = 4;
  plan.cells = 200;
  plan.control_cells = 400;
  plan.second = [](const Place&, Vector& v) {
    move(v, 1.2);
    return 0.5;
  };
  CHECK(row_of(plan, "A2").verdict != Verdict::violated);
  plan.second = [](const Place& at, Vector& v) {
    move(v, 2);
    return at.edit == "g0" ? 0.5 : 0;
  };
  const Row row = row_of(plan, "A2");
  CHECK(row.verdict == Verdict::violated);
  CHECK(item_of(row, "g0").verdict == Verdict::violated);
  CHECK(item_of(row, "g1").verdict != Verdict::violated);
}

TEST_CASE("A3, CRISPRi: what is left of the target; A4: whether it comes back") {
  Plan plan = at_two_times();
  plan.modality = screen::Modality::crispri;
  plan.left = 0.2;
  plan.expression = 4;  // so that what is left of every target is counted well enough
  plan.cells = 300;
  CHECK(row_of(plan, "A3").verdict == Verdict::supported);
  CHECK(row_of(plan, "A4").verdict == Verdict::supported);
  plan.extra = [](const Place& at, Vector& v) {
    if (at.edit == "g1") v[1] = std::log(0.9);                   // never took
    if (at.edit == "g2" && at.time == 3) v[2] += std::log(4.0);  // was lost
  };
  const Row weak = row_of(plan, "A3"), lost = row_of(plan, "A4");
  CHECK(weak.verdict == Verdict::violated);
  CHECK(item_of(weak, "g1").estimate == doctest::Approx(0.9).epsilon(0.15));
  CHECK(item_of(weak, "g2").verdict == Verdict::supported);
  CHECK(lost.verdict == Verdict::violated);
  CHECK(item_of(lost, "g2").verdict == Verdict::violated);
  CHECK(item_of(lost, "g1").verdict != Verdict::violated);
}

TEST_CASE("A3, knock-out: escapers from the signature; the transcript has no say") {
  Plan plan;
  plan.expression = 4;
  plan.effect = 1;
  plan.cells = 200;
  plan.control_cells = 400;
  plan.left = 1;  // all of the transcript stays
  const Row complete = row_of(plan, "A3");
  CHECK(complete.verdict == Verdict::supported);
  plan.escapers = [](const Place& at) { return at.edit == "g1" ? 0.5 : 0; };
  plan.extra = [](const Place& at, Vector& v) {
    if (at.edit == "g1") move(v, 1);
  };
  const Row half = row_of(plan, "A3");
  CHECK(half.verdict == Verdict::violated);
  CHECK(item_of(half, "g1").verdict == Verdict::violated);
  CHECK(std::abs(item_of(half, "g1").estimate - 0.5) < 0.12);
  CHECK(item_of(half, "g2").verdict != Verdict::violated);
  plan.effect = 0;
  plan.extra = nullptr;
  CHECK(row_of(plan, "A3").verdict == Verdict::not_testable);
}

TEST_CASE("A4, knock-out: cells without the edit take over") {
  Plan plan = at_two_times();
  plan.expression = 4;
  plan.effect = 1;
  plan.cells = 200;
  plan.control_cells = 400;
  CHECK(row_of(plan, "A4").verdict == Verdict::supported);
  plan.escapers = [](const Place& at) { return at.time == 3 ? 0.5 : 0; };
  CHECK(row_of(plan, "A4").verdict == Verdict::violated);
}

TEST_CASE("A5: pairs that add and pairs that do not; no pairs") {
  Plan plan;
  CHECK(row_of(plan, "A5").verdict == Verdict::not_testable);
  plan.effect = 0.7;
  plan.cells = plan.control_cells = 300;
  plan.edits = {"g0", "g1", "g2", "g3", "g0+g1", "g2+g3"};
  CHECK(row_of(plan, "A5").verdict == Verdict::supported);
  plan.extra = [](const Place& at, Vector& v) {
    if (at.edit == "g0+g1") v *= 2;
  };
  const Row row = row_of(plan, "A5");
  CHECK(row.verdict == Verdict::violated);
  CHECK(item_of(row, "g0+g1").verdict == Verdict::violated);
  CHECK(item_of(row, "g2+g3").verdict == Verdict::supported);
  plan.edits = {"g0", "g0+g1"};
  CHECK(row_of(plan, "A5").verdict == Verdict::not_testable);
}

TEST_CASE("A6: conditions that differ between batches beyond their cells; one batch cannot tell") {
  Plan plan;
  plan.effect = 0.8;
  const Row common = row_of(plan, "A6");
  CHECK(common.verdict == Verdict::supported);
  plan.group_sd = 0.5;
  const Row own = row_of(plan, "A6");
  CHECK(own.verdict == Verdict::violated);
  CHECK(own.items[0].estimate == doctest::Approx(std::exp(0.5)).epsilon(0.1));
  plan.group_sd = 0;
  plan.batches = 1;
  CHECK(row_of(plan, "A6").verdict == Verdict::not_testable);
}

TEST_CASE("A6: a batch in which all effects are half as large") {
  Plan plan;
  plan.effect = 1;
  plan.affected = 10;
  plan.cells = 300;
  plan.edits = {"g0", "g1", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9"};
  plan.extra = [](const Place& at, Vector& v) {
    if (!at.edit.empty() && at.batch == 1) v *= 0.5;
  };
  const Row row = row_of(plan, "A6");
  const auto& half = item_of(row, "effects of b1 on those elsewhere");
  CHECK(half.verdict == Verdict::violated);
  CHECK(std::abs(half.estimate - 0.5) < 0.1);
}

TEST_CASE("A7: read off the layout") {
  Plan plan;
  CHECK(row_of(plan, "A7").verdict == Verdict::supported);
  auto data = drawn::screen_of(plan, 1);
  const auto without = [&](int batch) {
    auto changed = data;
    for (std::size_t g = 0; g < changed.groups.size(); ++g)
      if (changed.groups[g].batch[0] == batch &&
          changed.conditions[static_cast<std::size_t>(changed.groups[g].condition)].is_control())
        changed.groups[g].batch[0] = (batch + 1) % 3;
    return changed;
  };
  const auto changed = without(2);
  const auto rows = audit::audit(changed).rows;
  CHECK(rows[6].verdict == Verdict::violated);
  CHECK(rows[6].sentence.find("b2") != std::string::npos);
  plan.batches = 0;
  CHECK(row_of(plan, "A7").verdict == Verdict::no_data);
}

TEST_CASE("A8: an edit that kills; over-dispersed samples are no selection; one time is no data") {
  Plan plan = at_two_times();
  plan.batches = 4;
  plan.cells_sd = 0.1;
  CHECK(row_of(plan, "A8").verdict != Verdict::violated);
  plan.survival = [](const Place& at) { return at.edit == "g0" && at.time == 3 ? 0.2 : 1; };
  const Row row = row_of(plan, "A8");
  CHECK(row.verdict == Verdict::violated);
  CHECK(item_of(row, "g0, 3 d against 1 d").estimate == doctest::Approx(0.2).epsilon(0.25));
  CHECK(item_of(row, "g1, 3 d against 1 d").verdict != Verdict::violated);
  CHECK(row_of(Plan(), "A8").verdict == Verdict::no_data);
  plan.batches = 1;
  CHECK(row_of(plan, "A8").verdict == Verdict::not_testable);
}

TEST_CASE("A9: zeros beyond a negative binomial; depth that follows an edit is a flag") {
  Plan plan;
  plan.expression = 8;
  CHECK(row_of(plan, "A9").verdict == Verdict::supported);
  plan.dropout = 0.3;
  CHECK(row_of(plan, "A9").verdict == Verdict::violated);
  plan.dropout = 0;
  CHECK(row_of(plan, "A9").flag.empty());
  plan.extra = [](const Place& at, Vector& v) {
    if (at.edit == "g3") v.array() += 0.7;
  };
  const Row row = row_of(plan, "A9");
  CHECK(row.verdict == Verdict::supported);
  CHECK(row.flag.find("g3") != std::string::npos);
  CHECK(row.flag.find("g2") == std::string::npos);
}

TEST_CASE("A10: in force in one pool; seen in wells with different shares of edited cells") {
  Plan plan;
  CHECK(row_of(plan, "A10").verdict == Verdict::not_testable);
  plan.batches = 8;
  plan.batch_sd = 0.1;
  plan.effect = 0.3;
  plan.count = [](const Place& at) { return at.edit.empty() ? 150.0 : at.batch % 2 ? 10.0 : 80.0; };
  CHECK(row_of(plan, "A10").verdict != Verdict::violated);
  plan.extra = [](const Place& at, Vector& v) { move(v, 2 * at.edited_share); };
  CHECK(row_of(plan, "A10").verdict == Verdict::violated);
}

TEST_CASE("A11: a mix that changes; one that only varies between samples; no column of types") {
  Plan plan = at_two_times();
  plan.batches = 6;
  plan.types = plan.type_column = true;
  plan.composition = 0.1;
  plan.control_cells = 400;
  CHECK(row_of(plan, "A11").verdict != Verdict::violated);
  plan.type_change = std::log(2.5) / 2;
  CHECK(row_of(plan, "A11").verdict == Verdict::violated);
  plan.type_change = 0;
  plan.composition = 0.4;
  CHECK(row_of(plan, "A11").verdict == Verdict::undecided);
  plan.type_column = false;
  CHECK(row_of(plan, "A11").verdict == Verdict::no_data);
}

TEST_CASE("the audit counts its verdicts and holds each family of models against them") {
  Plan plan = at_two_times();
  plan.extra = [](const Place& at, Vector& v) {
    if (at.time == 3) move(v, 0.8);
  };
  const auto data = drawn::screen_of(plan, 1);
  const auto result = audit::audit(data);
  CHECK(result.summary.find("violated") != std::string::npos);
  for (const auto& family : result.families) {
    const bool needs = std::find(family.assumes.begin(), family.assumes.end(), "A1") != family.assumes.end();
    CHECK((family.verdict.find("these data: A1") != std::string::npos) == needs);
  }
  for (const Row& row : result.rows) {
    CHECK(!row.sentence.empty());
    CHECK(!row.evidence.empty());
    if (row.verdict == Verdict::undecided) CHECK(!row.would_decide.empty());
    if (row.verdict == Verdict::not_testable) CHECK(!row.extra_sample.empty());
  }
}
