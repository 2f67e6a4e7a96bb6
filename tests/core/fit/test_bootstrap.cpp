#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <set>

#include "drawn_levels.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/bootstrap.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/fit/training.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

FitOptions options_for(dynamics::FieldKind kind = dynamics::FieldKind::linear) {
  FitOptions options;
  options.model = kind;
  options.centred = true;
  options.genes = {"g0", "g1", "g2"};
  return options;
}

screen::Levels drawn_screen(const drawn::Design& design, std::uint64_t seed) {
  return drawn::levels(design, seed, [&](const std::string& edit, const std::string&, double) -> Vector {
    return edit.empty() ? drawn::nothing(3) : Vector{{0.2, 0.5, -0.4}};
  });
}

std::string refusal(const screen::Levels& levels) {
  FitOptions options = options_for();
  options.bootstrap = true;
  try {
    prepare(source_of(levels), options);
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

}  // namespace

TEST_CASE("batches are drawn with replacement, each draw a batch of its own, and no condition is lost") {
  drawn::Design design;
  design.genes = 3;
  design.edits = 2;
  design.batches = 4;
  design.times = {1};
  screen::Levels levels = drawn_screen(design, 1);
  // g1 is in batch 0 alone.
  std::vector<Index> kept;
  std::vector<screen::LevelRow> rows;
  for (std::size_t r = 0; r < levels.rows.size(); ++r) {
    const auto& edits = levels.conditions[static_cast<std::size_t>(levels.rows[r].condition)].edits;
    if (!edits.empty() && edits[0].name == "g1" && levels.rows[r].batch[0] != 0) continue;
    kept.push_back(static_cast<Index>(r));
    rows.push_back(levels.rows[r]);
  }
  levels.rows = rows;
  levels.x = Matrix(levels.x(Eigen::all, kept));
  levels.variance = Matrix(levels.variance(Eigen::all, kept));
  levels.trust.setConstant(3, static_cast<Index>(kept.size()), screen::Trust::trusted);
  // Two lanes in every batch: lane 2 b + (row is odd).
  levels.batches.push_back({"lane", {"l0", "l1", "l2", "l3", "l4", "l5", "l6", "l7"}});
  for (std::size_t r = 0; r < rows.size(); ++r)
    levels.rows[r].batch.push_back(2 * levels.rows[r].batch[0] + static_cast<int>(r % 2));
  const Problem problem = prepare(source_of(levels), options_for());
  std::set<std::vector<std::string>> draws;
  bool twice = false;
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Resample resample = resample_batches(problem.training, seed);
    CHECK(resample.batches == resample_batches(problem.training, seed).batches);
    draws.insert(resample.batches);
    REQUIRE(resample.batches.size() == 4);
    CHECK(resample.batches.front() == "b0");
    const screen::Levels& out = resample.data.levels;
    std::set<int> conditions, batches;
    std::map<int, std::set<int>> coarse_of_lane;
    for (const auto& row : out.rows) {
      conditions.insert(row.condition);
      batches.insert(row.batch[0]);
      coarse_of_lane[row.batch[1]].insert(row.batch[0]);
    }
    CHECK(conditions.size() == 3);
    CHECK(batches.size() == 4);
    CHECK(out.batches[0].levels == resample.batches);
    for (const auto& [lane, coarse] : coarse_of_lane) CHECK(coarse.size() == 1);
    twice = twice || std::set<std::string>(resample.batches.begin(), resample.batches.end()).size() < 4;
    CHECK(out.x.cols() == static_cast<Index>(out.rows.size()));
  }
  CHECK(draws.size() > 5);
  CHECK(twice);
}

TEST_CASE("a bootstrap without two batches, or with a batch for every condition, is refused") {
  drawn::Design design;
  design.genes = 3;
  design.edits = 2;
  design.batches = 1;
  CHECK(refusal(drawn_screen(design, 1)) == "fit.bootstrap");
  design.batches = 0;
  CHECK(refusal(drawn_screen(design, 1)) == "fit.bootstrap");
  // One time a batch: each batch alone holds its time.
  design.batches = 2;
  screen::Levels levels = drawn_screen(design, 1);
  std::vector<Index> kept;
  std::vector<screen::LevelRow> rows;
  for (std::size_t r = 0; r < levels.rows.size(); ++r) {
    const double time = levels.conditions[static_cast<std::size_t>(levels.rows[r].condition)].time;
    if ((time == 1) != (levels.rows[r].batch[0] == 0)) continue;
    kept.push_back(static_cast<Index>(r));
    rows.push_back(levels.rows[r]);
  }
  levels.rows = rows;
  levels.x = Matrix(levels.x(Eigen::all, kept));
  levels.variance = Matrix(levels.variance(Eigen::all, kept));
  levels.trust.setConstant(3, static_cast<Index>(kept.size()), screen::Trust::trusted);
  CHECK(refusal(levels) == "fit.bootstrap");
}

TEST_CASE("the spread over resampled batches is the standard error of an effect; that over seeds knows nothing of it") {
  drawn::Design design;
  design.genes = 3;
  design.edits = 0;
  design.free_edits = 1;
  design.batches = 16;
  design.times = {7};
  design.group_sd = 0.3;
  design.noise = 0.02;
  // Of one edit against the controls of its batch: (2 s_g² + noise of the row and of the halves)/B.
  const double truth = std::sqrt((2 * 0.3 * 0.3 + 1.5 * 0.02 * 0.02) / 16);
  double ratio[2] = {0, 0};
  for (const bool bootstrap : {false, true})
    for (std::uint64_t screen = 1; screen <= 3; ++screen) {
      FitOptions options = options_for();
      options.bootstrap = bootstrap;
      options.optimiser = OptimiserKind::lm;
      options.l2 = 1e-3;
      const Problem problem = prepare(source_of(drawn_screen(design, screen)), options);
      int edited = -1;
      for (std::size_t c = 0; c < problem.conditions.size(); ++c)
        if (!problem.is_control(static_cast<int>(c))) edited = static_cast<int>(c);
      const int members = 30;
      Matrix effects(3, members);
      for (int k = 0; k < members; ++k) {
        MemberTraining training(problem, nullptr, k);
        while (!training.advance(1e9)) {
        }
        effects.col(k) = predict(problem, problem.training.edits, training.member().parameters, {edited}, {1}).col(0);
      }
      const Vector mean = effects.rowwise().mean();
      const double spread = std::sqrt((effects.colwise() - mean).squaredNorm() / (3.0 * (members - 1)));
      ratio[bootstrap] += spread / truth / 3;
    }
  MESSAGE("spread over standard error: ", ratio[1], " with the bootstrap, ", ratio[0], " without");
  CHECK(ratio[1] > 0.8);
  CHECK(ratio[1] < 1.2);
  CHECK(ratio[0] < 0.05);
}
