#include <doctest/doctest.h>

#include <cmath>

#include "drawn_levels.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/conformal.hpp"
#include "groundwork/fit/novelty.hpp"
#include "groundwork/fit/recommended.hpp"
#include "groundwork/fit/ridge_inputs.hpp"
#include "groundwork/fit/stack.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

screen::Condition condition(std::vector<screen::Edit> edits) {
  screen::Condition c;
  c.edits = std::move(edits);
  return c;
}

/** Genes g0 … g7, four clamped knock-outs and two free inputs, an effect of g0 on g5. */
screen::Levels drawn_screen(double effect, std::uint64_t seed) {
  drawn::Design design;
  design.genes = 8;
  design.edits = 4;
  design.free_edits = 4;
  design.times = {2};
  return drawn::levels(design, seed, [&](const std::string& edit, const std::string&, double) {
    Vector x = Vector::Zero(8);
    if (edit == "g0" || edit == "g1") x(5) = effect;
    if (!edit.empty() && edit[0] == 'f') x(6) = -effect;
    return x;
  });
}

struct Fitted {
  Problem problem;
  Panel panel;
  RecommendedFit::Result result;
  std::vector<Matrix> tasks;
};

Fitted fit_of(const screen::Levels& levels, const FitOptions& options) {
  Fitted out;
  out.problem = prepare(source_of(levels), options);
  out.panel = panel_of(out.problem);
  const RecommendedFit fit(out.problem, out.panel, nullptr, options.seed);
  for (int t = 0; t < fit.tasks(); ++t) out.tasks.push_back(fit.run(t));
  out.result = fit.finish(out.tasks);
  return out;
}

FitOptions held_out_options() {
  FitOptions options;
  options.recommended = true;
  options.gene_count = 8;
  options.split = SplitKind::perturbation;
  options.held_out = {"g3"};
  return options;
}

}  // namespace

TEST_CASE("the novelty of a condition follows from what was trained") {
  Experience experience;
  experience.add(condition({{"A", 1}, {"B", 1}}));
  experience.add(condition({{"C", 1}}));
  EditModel model;
  model.genes = {"G"};
  CHECK(experience.novelty_of(condition({{"A", 2}}), model) == Novelty::familiar);
  CHECK(experience.novelty_of(condition({{"A", 1}, {"B", 3}}), model) == Novelty::familiar);
  CHECK(experience.novelty_of(condition({{"A", 1}, {"C", 1}}), model) == Novelty::new_together);
  CHECK(experience.novelty_of(condition({{"A", 1}, {"G", 1}}), model) == Novelty::unseen_clamp);
  CHECK(experience.novelty_of(condition({{"D", 1}, {"G", 1}}), model) == Novelty::unseen_input);
  model.clamps = false;
  CHECK(experience.novelty_of(condition({{"G", 1}}), model) == Novelty::unseen_input);
}

TEST_CASE("folds imitate every novelty that the conditions can") {
  std::vector<screen::Condition> conditions;
  for (const char* a : {"A", "B", "C"}) conditions.push_back(condition({{a, 1}}));
  conditions.push_back(condition({{"A", 1}, {"B", 1}}));
  conditions.push_back(condition({{"B", 1}, {"C", 1}}));
  EditModel model;
  std::set<Novelty> imitated;
  for (const auto& fold : imitations(conditions, 1)) {
    Experience rest;
    for (std::size_t i = 0; i < conditions.size(); ++i)
      if (!fold[i]) rest.add(conditions[i]);
    for (std::size_t i = 0; i < conditions.size(); ++i)
      if (fold[i]) imitated.insert(rest.novelty_of(conditions[i], model));
  }
  CHECK(imitated.contains(Novelty::familiar));
  CHECK(imitated.contains(Novelty::new_together));
  CHECK(imitated.contains(Novelty::unseen_input));
  CHECK(imitations(conditions, 1) == imitations(conditions, 1));
  CHECK(imitations({conditions[0]}, 1).empty());
}

TEST_CASE("stacking weights minimise the error over the simplex") {
  Matrix independent(2, 2);
  independent << 1, 0, 0, 3;
  const Vector w = stacking_weights(independent);  // inverse to the variances
  CHECK(w(0) == doctest::Approx(0.75).epsilon(1e-3));
  Matrix dominated(2, 2);
  dominated << 1, 1.2, 1.2, 2;  // the second adds nothing
  CHECK(stacking_weights(dominated)(0) == doctest::Approx(1).epsilon(1e-3));
  Matrix broken = independent;
  broken(0, 0) = NAN;
  CHECK(stacking_weights(broken)(1) == 1);
}

TEST_CASE("a gain convinces beyond its standard error only") {
  CHECK(gain_of(Vector::Constant(4, 1), Vector::Constant(4, 2)).convinces());
  CHECK_FALSE(gain_of(Vector::Constant(2, 1), Vector::Constant(2, 2)).convinces());
  Vector noisy(4);
  noisy << 1, 3, 1, 3;
  CHECK_FALSE(gain_of(noisy, Vector::Constant(4, 2)).convinces());
}

TEST_CASE("conformal scaling counts units, not values") {
  Random random(3);
  std::vector<std::vector<double>> scores(8);
  for (auto& unit : scores)
    for (int i = 0; i < 50; ++i) unit.push_back(std::abs(random.normal()));
  CHECK_FALSE(calibrate(scores, 0.1).calibrated);
  CHECK(calibrate(scores, 0.1).needed == 9);
  scores.resize(60, std::vector<double>(50));
  for (auto& unit : scores)
    for (double& s : unit) s = std::abs(random.normal());
  const Calibration many = calibrate(scores, 0.1);
  CHECK(many.calibrated);
  CHECK(many.factor == doctest::Approx(1).epsilon(0.15));
  CHECK(many.attainable_low < 0.9);
  CHECK(many.attainable_high > 0.9);
  // Nine units at 90 %: k = 9, so the coverage is Beta(9, 1), whose 5 % quantile is 0.05^(1/9).
  scores.resize(9);
  CHECK(calibrate(scores, 0.1).attainable_low == doctest::Approx(std::pow(0.05, 1.0 / 9)).epsilon(1e-6));
}

TEST_CASE("ridge on inputs gives an unseen input the shared effect") {
  std::vector<screen::Condition> conditions;
  Matrix effects(2, 6);
  for (int i = 0; i < 6; ++i) {
    conditions.push_back(condition({{std::string(1, static_cast<char>('A' + i)), 2.0 + i}}));
    effects.col(i) << 1, 0;
  }
  const std::vector<double> when(6, 1.0);
  const auto unseen = condition({{"Z", 5}});
  const Matrix plain = ridge_on_inputs(conditions, when, effects, false).predict({unseen}, {1.0});
  CHECK(plain.norm() == 0);
  const Matrix shared = ridge_on_inputs(conditions, when, effects, true).predict({unseen}, {1.0});
  CHECK(shared(0, 0) > 0.4);
  CHECK(shared(0, 0) < 1);
  CHECK(shared(1, 0) == 0);
}

TEST_CASE("recommended: same seed same result; what is held out changes nothing") {
  const screen::Levels levels = drawn_screen(1, 5);
  const Fitted first = fit_of(levels, held_out_options()), again = fit_of(levels, held_out_options());
  REQUIRE(first.tasks.size() == again.tasks.size());
  for (std::size_t t = 0; t < first.tasks.size(); ++t) CHECK(first.tasks[t] == again.tasks[t]);

  screen::Levels moved = levels;
  Random random(8);
  for (std::size_t r = 0; r < moved.rows.size(); ++r) {
    const auto& c = moved.conditions[static_cast<std::size_t>(moved.rows[r].condition)];
    if (!c.is_control() && c.edits[0].name == "g3")
      for (double& x : moved.x.col(static_cast<Index>(r))) x += random.normal();
  }
  const Fitted other = fit_of(moved, held_out_options());
  for (std::size_t t = 0; t < first.tasks.size(); ++t) CHECK(first.tasks[t] == other.tasks[t]);
  for (std::size_t k = 0; k < first.result.stored.choices.size(); ++k) {
    CHECK(first.result.stored.choices[k].weights == other.result.stored.choices[k].weights);
    CHECK(first.result.stored.choices[k].residual == other.result.stored.choices[k].residual);
  }
}

TEST_CASE("recommended returns a baseline where there is nothing to learn, and says so") {
  FitOptions options;
  options.recommended = true;
  options.gene_count = 8;
  int baselines = 0, imitated = 0;
  for (const std::uint64_t seed : {1, 2, 3}) {
    const Fitted fitted = fit_of(drawn_screen(0, seed), options);
    for (const auto& choice : fitted.result.stored.choices) {
      if (!choice.imitated) continue;
      ++imitated;
      baselines += choice.returns_baseline ? 1 : 0;
      CHECK(choice.weights.sum() == doctest::Approx(1));
      if (choice.returns_baseline) CHECK(choice.sentence.find("baseline") != std::string::npos);
    }
  }
  CHECK(imitated >= 3);
  CHECK(baselines >= imitated - 2);
}

TEST_CASE("recommended learns an effect that edits share") {
  FitOptions options;
  options.recommended = true;
  options.gene_count = 8;
  const Fitted fitted = fit_of(drawn_screen(1, 7), options);
  const Matrix unseen = fitted.result.stored.effects(0, {condition({{"new", 1}})}, {2});
  CAPTURE(fitted.result.stored.choice(Novelty::unseen_input).sentence);
  const auto& genes = fitted.problem.genes;
  for (std::size_t g = 0; g < genes.size(); ++g) {
    const double effect = unseen(static_cast<Index>(g), 0);
    CAPTURE(genes[g]);
    CHECK(std::abs(effect - (genes[g] == "g6" ? -1 : 0)) < 0.2);
  }
}

TEST_CASE("recommended without edited conditions is refused") {
  drawn::Design design;
  design.edits = 0;
  FitOptions options;
  options.recommended = true;
  const auto levels =
      drawn::levels(design, 1, [&](const std::string&, const std::string&, double) { return drawn::nothing(6); });
  const Problem problem = prepare(source_of(levels), options);
  const Panel panel = panel_of(problem);
  std::string code;
  try {
    const RecommendedFit fit(problem, panel, nullptr, 1);
  } catch (const Error& e) {
    code = e.code();
  }
  CHECK(code == "recommended.edits");
}
