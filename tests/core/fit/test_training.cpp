#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

#include "../measurement/simulated_screen.hpp"
#include "drawn_levels.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/inner.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/fit/training.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

Vector trained(const Problem& problem) {
  MemberTraining training(problem, nullptr, 0);
  training.advance(std::numeric_limits<double>::infinity());
  return training.member().parameters;
}

/** A chain g0 → g1 → … : a knock-out lowers what follows, at the steady state of dδ/dt = W δ − δ with δ_g clamped. */
Vector chain(const std::string& edit, double time, int genes) {
  Vector effect = Vector::Zero(genes);
  if (edit.empty() || edit[0] != 'g') return effect;
  double size = -0.9;
  for (int g = std::stoi(edit.substr(1)) + 1; g < genes; ++g) {
    effect(g) = size * (1 - std::exp(-time));
    size *= 0.6;
  }
  return effect;
}

screen::Levels chain_levels(std::uint64_t seed, double noise = 0.03) {
  drawn::Design design;
  design.genes = 8;
  design.edits = 8;
  design.batches = 3;
  design.noise = noise;
  return drawn::levels(design, seed,
                       [](const std::string& edit, const std::string&, double time) { return chain(edit, time, 8); });
}

/**
 * Two modules of ten genes. In each the first five genes are edited: losing any of them lowers the whole module, so
 * that each target's transcript tells what its loss would do.
 */
Vector module_effect(const std::string& edit, double time) {
  Vector effect = Vector::Zero(20);
  if (edit.empty()) return effect;
  const int target = std::stoi(edit.substr(1)), module = target % 2;
  for (int g = 0; g < 20; ++g)
    if (g != target && g % 2 == module) effect(g) = (g % 4 < 2 ? -0.8 : -0.5) * (1 - std::exp(-time));
  return effect;
}

screen::Levels module_levels(std::uint64_t seed) {
  drawn::Design design;
  design.genes = 20;
  design.edits = 10;
  design.batches = 3;
  return drawn::levels(
      design, seed, [](const std::string& edit, const std::string&, double time) { return module_effect(edit, time); });
}

}  // namespace

TEST_CASE("training is the same twice, in one go or in slices, and another member differs") {
  FitOptions options;
  options.split = SplitKind::perturbation;
  options.epochs = 40;
  const Problem problem = prepare(source_of(chain_levels(3)), options);
  const Vector once = trained(problem);
  MemberTraining sliced(problem, nullptr, 0);
  while (!sliced.advance(0)) {
  }
  CHECK(sliced.member().parameters == once);
  MemberTraining other(problem, nullptr, 1);
  other.advance(std::numeric_limits<double>::infinity());
  CHECK(other.member().parameters != once);
  CHECK(other.member().seed != sliced.member().seed);
}

TEST_CASE("rows that are held out do not reach the fit: genes, weights and parameters are the same to the bit") {
  for (const SplitKind split : {SplitKind::perturbation, SplitKind::time}) {
    FitOptions options;
    options.split = split;
    options.gene_count = 6;
    options.epochs = 25;
    screen::Levels levels = chain_levels(4);
    const Problem before = prepare(source_of(levels), options);
    const std::vector<int> kept = rows_for(source_of(levels), before.split, false);
    const std::set<int> training(kept.begin(), kept.end());
    REQUIRE(training.size() < levels.rows.size());
    Random random(1);
    for (Index r = 0; r < levels.x.cols(); ++r) {
      if (training.contains(static_cast<int>(r))) continue;
      for (Index g = 0; g < levels.x.rows(); ++g) {
        levels.x(g, r) += 3 * random.normal();
        levels.variance(g, r) *= 1 + random.uniform();
        if (random.uniform() < 0.3) levels.trust(g, r) = screen::Trust::censored;
      }
    }
    const Problem after = prepare(source_of(levels), options);
    CHECK(before.genes == after.genes);
    CHECK(before.training.levels.variance == after.training.levels.variance);
    CHECK(before.training.variances.batch == after.training.variances.batch);
    CHECK(before.training.variances.group == after.training.variances.group);
    CHECK(before.training.signal == after.training.signal);
    CHECK(trained(before) == trained(after));
    CHECK(before.evaluation.x != after.evaluation.x);
  }
}

TEST_CASE("counts of held-out groups do not reach the fit either") {
  const auto draw = [](std::uint64_t held_out_seed) {
    Random random(21), other(held_out_seed);
    screen::Screen s = simulated::empty_screen(12, 6, 2);
    for (int c = 0; c < 6; ++c)
      if (c > 0) s.conditions[static_cast<std::size_t>(c)].edits[0].name = "g" + std::to_string(c);
    const std::vector<double> dispersion(12, 0.2);
    for (int c = 0; c < 6; ++c)
      for (int b = 0; b < 2; ++b)
        for (int half = c == 0 ? 0 : -1; half < (c == 0 ? 2 : 0); ++half) {
          // g2's edit is held out, and so is the second half of the controls.
          const bool out = c == 2 || half == 1;
          std::vector<double> rate;
          for (int g = 0; g < 12; ++g)
            rate.push_back((1 + 0.2 * g) * (g > c && c > 0 ? 0.6 : 1) * (out ? 0.5 + other.uniform() : 1));
          simulated::add_group(s, out ? other : random, c, b, half, 80, rate, dispersion);
        }
    return s;
  };
  FitOptions options;
  options.split = SplitKind::perturbation;
  options.held_out = {"g2"};
  options.gene_count = 8;
  options.epochs = 15;
  const Problem one = prepare(source_of(draw(1)), options), two = prepare(source_of(draw(2)), options);
  CHECK(one.genes == two.genes);
  CHECK(one.training.levels.x == two.training.levels.x);
  CHECK(one.training.levels.variance == two.training.levels.variance);
  CHECK(one.training.variances.group == two.training.variances.group);
  CHECK(trained(one) == trained(two));
  CHECK(one.evaluation.x != two.evaluation.x);
}

TEST_CASE("inner folds set each edit aside once and never the controls") {
  FitOptions options;
  options.split = SplitKind::perturbation;
  const Problem problem = prepare(source_of(chain_levels(3)), options);
  const auto folds = inner_folds(problem, 5);
  REQUIRE(folds.size() == 4);
  for (std::size_t r = 0; r < problem.training.levels.rows.size(); ++r) {
    int times = 0;
    for (const auto& fold : folds) times += fold[r];
    CHECK(times == (problem.is_control(problem.training.levels.rows[r].condition) ? 0 : 1));
  }
}

TEST_CASE("a field with clamps predicts edits that it never saw") {
  FitOptions options;
  options.split = SplitKind::perturbation;
  options.centred = true;
  options.held_out = {"g1", "g4"};
  const Problem problem = prepare(source_of(module_levels(6)), options);
  const Panel panel = panel_of(problem);
  const Evaluation evaluation = evaluation_of(problem, panel);
  const Scores scores =
      score(evaluation, {predicted_effects(problem, panel, problem.training.edits, trained(problem))});
  CAPTURE(scores.list.back().mse);
  CHECK(scores.list.back().relative_to_no_change < 0.75);
  CHECK(scores.list.back().pearson_delta > 0.5);
  // The observed effects are the truth within their stated error.
  double z2 = 0, n = 0;
  for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
    const auto& condition = evaluation.conditions[i];
    const Vector truth = module_effect(condition.edits[0].name, condition.time);
    for (Index g = 0; g < truth.size(); ++g) {
      const double off = panel.observed(g, static_cast<Index>(i)) -
                         truth(std::stoi(problem.genes[static_cast<std::size_t>(g)].substr(1)));
      if (!std::isfinite(off)) continue;
      z2 += off * off / panel.variance(g, static_cast<Index>(i));
      n += 1;
    }
  }
  CHECK(z2 / n == doctest::Approx(1).epsilon(0.35));
}

TEST_CASE("training that diverges halves its rate and says so") {
  FitOptions options;
  options.model = dynamics::FieldKind::linear;
  options.learning_rate = 40;
  options.epochs = 30;
  options.l2 = 0;
  const Problem problem = prepare(source_of(chain_levels(3)), options);
  MemberTraining training(problem, nullptr, 0);
  try {
    training.advance(std::numeric_limits<double>::infinity());
    CHECK(training.member().parameters.allFinite());
    CHECK(!training.member().warnings.empty());
  } catch (const Error& e) {
    CHECK(e.code() == "fit.diverged");
  }
}

TEST_CASE("synthesis can reach what the training rows reach, and held-out rows do not raise it") {
  drawn::Design design;
  design.genes = 4;
  design.edits = 3;
  design.noise = 0.01;
  design.batch_sd = 0;
  design.times = {1, 2, 4};
  // An edit of g0 takes g3 up eightfold, one of g1 takes it up by a tenth, one of g2 thirtyfold.
  const auto effect = [](const std::string& edit, const std::string&, double time) {
    Vector x = Vector::Zero(4);
    const double rise = edit == "g0" ? 8 : edit == "g1" ? 1.1 : edit == "g2" ? 30 : 1;
    x(3) = std::log(1 + (rise - 1) * (1 - std::exp(-time)));
    return x;
  };
  FitOptions options;
  options.genes = {"g0", "g1", "g2", "g3"};
  options.centred = true;
  options.members = 1;
  options.split = SplitKind::perturbation;
  options.held_out = {"g2"};
  const Problem problem = prepare(source_of(drawn::levels(design, 3, effect)), options);
  const double highest = 1 + 7 * (1 - std::exp(-4.0));
  CHECK(std::abs(problem.training.edits.synthesis_ceiling[3] / (2 * highest - 1) - 1) < 0.08);
  for (int g = 0; g < 3; ++g) CHECK(problem.training.edits.synthesis_ceiling[static_cast<std::size_t>(g)] == 2);

  // With the ceiling of 2 the eightfold rise cannot be described; with its own it can.
  options.split = SplitKind::none;
  options.held_out.clear();
  options.optimiser = OptimiserKind::lbfgs;
  options.l2 = 0.01;
  const auto worst = [&](std::optional<double> ceiling) {
    options.synthesis_ceiling = ceiling;
    const Problem own = prepare(source_of(drawn::levels(design, 3, effect)), options);
    const Vector parameters = trained(own);
    const auto field = dynamics::make_field<double>(field_options(own, own.training.edits));
    const auto inputs = own.training.edits.read({{"g0", 1}}, "").inputs;
    const auto state = dynamics::predict_states(*field, parameters, {&inputs, 1}, std::vector<double>{4.0});
    return std::abs(state[0](3, 0) - std::log(highest));
  };
  CHECK(worst(2) > std::log(highest) - std::log(2.0) - 0.05);
  CHECK(worst(std::nullopt) < 0.2);
}
