#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "drawn_levels.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/problem.hpp"
#include "groundwork/fit/split.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

screen::Levels drawn_for(drawn::Design design) {
  return drawn::levels(design, 2,
                       [&](const std::string&, const std::string&, double) { return drawn::nothing(design.genes); });
}

std::string code_of(const screen::Levels& levels, const FitOptions& options) {
  try {
    prepare(source_of(levels), options);
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

std::string message_of(const screen::Levels& levels, const FitOptions& options) {
  try {
    prepare(source_of(levels), options);
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

}  // namespace

TEST_CASE(
    "a split by perturbation holds out every condition of its edits, pairs included, and one half of the controls") {
  screen::Levels levels = drawn_for({});
  screen::Condition pair = levels.conditions[1];
  pair.edits = {{"g0", 1}, {"g1", 1}};
  levels.conditions.push_back(pair);
  FitOptions options;
  options.split = SplitKind::perturbation;
  options.held_out = {"g1"};
  const Split split = split_conditions(levels.conditions, {}, options);
  for (std::size_t c = 0; c < levels.conditions.size(); ++c) {
    const auto& edits = levels.conditions[c].edits;
    const bool out = std::any_of(edits.begin(), edits.end(), [](const auto& e) { return e.name == "g1"; });
    CHECK((split.held_out[c] != 0) == out);
  }
  const StateSource source = source_of(levels);
  for (const bool held_out : {false, true})
    for (const int r : rows_for(source, split, held_out)) {
      const auto& row = source.rows[static_cast<std::size_t>(r)];
      if (source.conditions[static_cast<std::size_t>(row.condition)].is_control())
        CHECK(row.half == (held_out ? 1 : 0));
    }
}

TEST_CASE("drawn edits have modelled targets where there are enough; drawn times are inner ones") {
  drawn::Design design;
  design.free_edits = 6;
  design.times = {1, 2, 3, 4, 5};
  const screen::Levels levels = drawn_for(design);
  for (std::uint64_t seed = 1; seed < 20; ++seed) {
    FitOptions options;
    options.seed = seed;
    options.split = SplitKind::perturbation;
    for (const auto& name : split_conditions(levels.conditions, {"g0", "g1", "g2", "g3"}, options).edits)
      CHECK(name[0] == 'g');
    options.split = SplitKind::time;
    for (const double t : split_conditions(levels.conditions, {}, options).times) {
      CHECK(t > 1);
      CHECK(t < 5);
    }
  }
}

TEST_CASE("what cannot be split or fitted is refused with a sentence") {
  FitOptions options;
  options.split = SplitKind::perturbation;
  options.held_out = {"g11"};
  CHECK(code_of(drawn_for({}), options) == "split.holdout");
  CHECK(message_of(drawn_for({}), options).find("did you mean") != std::string::npos);
  options.held_out = {"g0", "g1", "g2", "g3"};
  CHECK(code_of(drawn_for({}), options) == "split.holdout");
  options = {};
  options.split = SplitKind::time;
  drawn::Design single;
  single.times = {std::numeric_limits<double>::quiet_NaN()};
  CHECK(code_of(drawn_for(single), options) == "split.time");
  options = {};
  options.genes = {"g0", "G1"};
  CHECK(code_of(drawn_for({}), options) == "genes.unknown");
  CHECK(message_of(drawn_for({}), options).find("g1") != std::string::npos);
  options = {};
  options.holdout = 1.5;
  CHECK(code_of(drawn_for({}), options) == "fit.option");

  screen::Levels edited = drawn_for({});
  std::vector<screen::LevelRow> rows;
  std::vector<Index> columns;
  for (std::size_t r = 0; r < edited.rows.size(); ++r)
    if (!edited.conditions[static_cast<std::size_t>(edited.rows[r].condition)].is_control()) {
      rows.push_back(edited.rows[r]);
      columns.push_back(static_cast<Index>(r));
    }
  edited.rows = rows;
  edited.x = Matrix(edited.x(Eigen::all, columns));
  CHECK(code_of(edited, {}) == "fit.no_controls");

  drawn::Design nothing = single;
  nothing.edits = 0;
  CHECK(code_of(drawn_for(nothing), {}) == "fit.nothing");
}

TEST_CASE("a screen without a time is fitted to end states at the sampling time") {
  drawn::Design design;
  design.times = {std::numeric_limits<double>::quiet_NaN()};
  FitOptions options;
  options.sampling_time = 4;
  const Problem problem = prepare(source_of(drawn_for(design)), options);
  CHECK(problem.single_time);
  CHECK(problem.times == std::vector<double>{4});
  CHECK(!problem.differentiating);
}
