#include <doctest/doctest.h>

#include "groundwork/base/error.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/layout.hpp"
#include "groundwork/design/plan.hpp"
#include "groundwork/design/ready_layouts.hpp"
#include "groundwork/design/sheet.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

/** Code and sentence of the refusal. */
std::string refusal(const std::string& text) {
  try {
    read_layout(text, "layout.csv");
  } catch (const Error& e) {
    return e.code() + ": " + e.what();
  }
  return "accepted";
}

bool says(const std::string& sentence, std::initializer_list<const char*> parts) {
  for (const char* part : parts) {
    if (sentence.find(part) == std::string::npos) {
      MESSAGE(sentence);
      return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a layout with coarser levels is read and written back") {
  const std::string text =
      "condition,b1,b2,b3\n"
      "#donor,A,A,B\n"
      "#day,d1,d2,d1\n"
      "control,100,80,60\n"
      "\"JAK2, pair\",50,0,40\n";
  const Layout layout = read_layout(text, "layout.csv");
  CHECK(layout.conditions == std::vector<std::string>{"control", "JAK2, pair"});
  CHECK(layout.batches.size() == 3);
  CHECK(layout.coarser[1].name == "day");
  CHECK(layout.cells(1, 2) == 40);
  CHECK(write_layout(layout) == text);
  const measurement::BatchLevels levels = batch_levels_of(layout);
  CHECK(levels.names == std::vector<std::string>{"donor", "day", "batch"});
  CHECK(levels.labels[1].size() == 3);  // d1 of donor A is not d1 of donor B
}

TEST_CASE("refusals of a layout name file, line, column and what was found") {
  CHECK(says(refusal("name,b1\ncontrol,1\n"), {"layout.header", "layout.csv, line 1", "\"name\""}));
  CHECK(says(refusal("condition,b1,b1\ncontrol,1,2\n"), {"layout.duplicate_batch", "line 1", "column 3", "\"b1\""}));
  CHECK(says(refusal("condition,b1,b2\ncontrol,1\n"), {"text.ragged_line", "line 2"}));
  CHECK(says(refusal("condition,b1,b2\ncontrol,1,-4\n"), {"layout.cells", "line 2, column 3", "-4", "b2"}));
  CHECK(says(refusal("condition,b1,b2\ncontrol,1,2.5\n"), {"layout.cells", "line 2, column 3", "2.5", "whole"}));
  CHECK(says(refusal("condition,b1,b2\ncontrol,1,many\n"), {"layout.cells", "line 2, column 3", "\"many\""}));
  CHECK(says(refusal("condition,b1,b2\ncontrol,1,\n"), {"layout.cells", "line 2, column 3", "\"\""}));
  CHECK(says(refusal("condition,b1\ncontrol,1\nA,2\ncontrol,3\n"),
             {"layout.duplicate_condition", "line 4", "control", "line 2"}));
  CHECK(says(refusal("condition,b1\ncontrol,1\n#day,d1\n"), {"layout.level_after_conditions", "line 3"}));
  CHECK(says(refusal("condition,b1\n#batch,d1\ncontrol,1\n"), {"layout.level_name", "batch"}));
  CHECK(says(refusal("condition,b1\n"), {"text.no_rows", "layout.csv"}));
  CHECK(says(refusal("condition,b1\ncontrol,0\n"), {"layout.no_cells"}));
}

TEST_CASE("contrasts are read against the layout's conditions") {
  const Layout layout = read_layout("condition,b1\ncontrol,9\nA,5\nB,5\n", "layout.csv");
  const auto contrasts =
      read_contrasts("name,condition,coefficient\nmean,A,0.5\nmean,B,0.5\nmean,control,-1\nA,A,1\n", "c.csv", layout);
  REQUIRE(contrasts.size() == 2);
  CHECK(contrasts[0].terms.size() == 3);
  CHECK(description_of(contrasts[0], layout.conditions) == "0.5 A + 0.5 B − control");
  const auto refused = [&](const std::string& text) -> std::string {
    try {
      read_contrasts(text, "c.csv", layout);
    } catch (const Error& e) {
      return e.code() + ": " + e.what();
    }
    return "accepted";
  };
  CHECK(
      says(refused("name,condition,coefficient\nx,Z,1\n"), {"contrasts.unknown_condition", "c.csv, line 2", "\"Z\""}));
  CHECK(
      says(refused("name,condition,coefficient\nx,A,one\n"), {"contrasts.coefficient", "line 2, column 3", "\"one\""}));
  CHECK(says(refused("name,condition,coefficient\nx,A,0\n"), {"contrasts.empty", "\"x\""}));
  CHECK(says(refused("contrast,condition,weight\nx,A,0\n"), {"contrasts.header", "line 1"}));
  CHECK_THROWS_WITH_AS(control_indices(layout, {"NT"}), doctest::Contains("control, A, B"), Error);
}

TEST_CASE("ready layouts") {
  ReadyOptions o;
  o.perturbations = 6;
  o.batches = 3;
  o.cells = 40;
  o.control_cells = 90;
  SUBCASE("complete") {
    const Layout l = ready_layout(o).layout;
    CHECK(l.cells.row(0).sum() == 270);
    CHECK(l.cells.bottomRows(6).minCoeff() == 40);
  }
  SUBCASE("one batch each") {
    o.kind = ReadyKind::one_batch_each;
    const Layout l = ready_layout(o).layout;
    for (Index p = 1; p <= 6; ++p) CHECK(l.cells.row(p).sum() == 40);
    for (Index b = 0; b < 3; ++b) CHECK(l.cells.col(b).sum() == 90 + 80);
  }
  SUBCASE("controls apart") {
    o.kind = ReadyKind::controls_apart;
    const Layout l = ready_layout(o).layout;
    CHECK(l.cells.row(0).head(2).sum() == 0);
    CHECK(l.cells.col(2).tail(6).sum() == 0);
    o.control_batches = 3;
    CHECK_THROWS_AS(ready_layout(o), Error);
  }
  SUBCASE("one time per batch") {
    o.kind = ReadyKind::time_per_batch;
    o.times = {2, 3, 5};
    o.batches = 2;
    o.bridge_cells = 30;
    const ReadyLayout ready = ready_layout(o);
    CHECK(ready.layout.conditions.size() == 22);
    CHECK(ready.layout.batches.size() == 6);
    CHECK(ready.control.size() == 3);
    CHECK(ready.contrasts.size() == 6 * 5);
    CHECK(ready.layout.cells.row(21).minCoeff() == 30);
    CHECK(ready.layout.cells.col(0).sum() == 90 + 6 * 40 + 30);
    o.times = {2, 2};
    CHECK_THROWS_AS(ready_layout(o), Error);
  }
}

TEST_CASE("a sheet for the bench holds every group once, in an order that follows the seed") {
  const Layout layout = read_layout("condition,b1,b2\n#day,d1,d2\ncontrol,100,100\nA,50,0\nB,20,30\n", "l");
  const auto sheet = bench_sheet(layout, 1, 2, 7);
  REQUIRE(sheet.size() == 2);
  REQUIRE(sheet[0].wells.size() == 3);
  CHECK(sheet[0].wells[0].position == "A1");
  CHECK(sheet[0].wells[2].position == "A1");  // on the second plate of two wells
  CHECK(sheet[0].wells[2].plate == 2);
  double cells = 0;
  for (const auto& batch : sheet)
    for (const auto& well : batch.wells) cells += well.cells;
  CHECK(cells == 300);
  bool differs = false;
  for (std::uint64_t seed = 1; seed < 8; ++seed) {
    const auto other = bench_sheet(layout, 1, 2, seed);
    for (std::size_t k = 0; k < 3; ++k) differs = differs || other[0].wells[k].condition != sheet[0].wells[k].condition;
  }
  CHECK(differs);
  CHECK_THROWS_AS(bench_sheet(layout, 0, 12, 1), Error);
}

TEST_CASE("unedited are named controls, empty perturbations and those of named controls") {
  const Layout layout = read_layout(
      "condition,#perturbation,#time,b1,b2\nsafe2,NT,2,10,0\nsafe4,NT,4,0,10\nnone4, ,4,0,5\nA4,A,4,10,10\n", "l.csv");
  CHECK(unedited_of(layout, {0}) == std::vector<int>{0, 1, 2});
  CHECK(unedited_of(layout, {}) == std::vector<int>{2});
  // A batch that holds unedited cells of another time is no batch without controls.
  Plan plan(layout, {0});
  CHECK(plan.unedited() == std::vector<int>{0, 1, 2});
  CHECK(plan.batches_without_controls().empty());
  // Without the column only names count.
  const Layout bare = read_layout("condition,b1,b2\nsafe2,10,0\nA4,10,10\n", "l.csv");
  CHECK(unedited_of(bare, {0}) == std::vector<int>{0});
  CHECK(unedited_of(bare, {}).empty());
}
