#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "../relative.hpp"
#include "../screen/error_code.hpp"
#include "drawn_levels.hpp"
#include "groundwork/fit/comparison_scores.hpp"
#include "groundwork/fit/comparison_verdict.hpp"
#include "groundwork/fit/split.hpp"
#include "groundwork/fit/steady_state_experiment.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

/** Equal up to a relative tolerance: `found == relative(expected)`. */
struct relative {
  double expected, tolerance = 1e-12;
  explicit relative(double e, double t = 1e-12) : expected(e), tolerance(t) {}
};
bool operator==(double found, const relative& r) { return relative_error(found, r.expected) <= r.tolerance; }

screen::Levels drawn_screen(const drawn::Design& design = {}) {
  return drawn::levels(design, 5, [&](const std::string& edit, const std::string&, double time) {
    Vector effect = Vector::Zero(design.genes);
    if (edit.empty()) return effect;
    for (int g = 0; g < design.genes; ++g)
      effect(g) = 0.3 * std::sin(g + edit.back()) * (std::isnan(time) ? 1 : time / 2);
    return effect;
  });
}

FoldPlan planned(const screen::Levels& levels, SplitKind kind, int folds) {
  FoldOptions options;
  options.kind = kind;
  options.count = folds;
  return plan_folds(source_of(levels), options);
}

/** One fold's holdout with two genes × two conditions, written by hand. */
HoldoutRecord by_hand(double scale) {
  HoldoutRecord record;
  record.genes = {"a", "b", "c"};
  record.labels = {"P", "Q"};
  record.edits = {"P", "Q"};
  record.times = {1, 1};
  record.observed = Matrix(3, 2);
  record.observed << 1, 0, 2, 1, NAN, 2;
  record.observed *= scale;
  record.variance = Matrix::Constant(3, 2, 0.25);
  record.shared = Matrix::Constant(3, 2, 0.01);
  record.mean = Vector::Zero(3);
  record.control = Vector::LinSpaced(3, 1, 2);
  record.rival_labels = {"R"};
  record.rivals = Matrix::Constant(3, 1, 5);
  record.baselines = {{"no_change", "Every effect is 0.", Matrix::Zero(3, 2)}};
  return record;
}

/** Two folds by hand; a model that is right up to `off` in each of two seeds. */
ModelComparison comparison_by_hand() {
  ModelComparison out;
  out.plan.kind = SplitKind::perturbation;
  out.plan.holdouts = {{{"P", "Q"}, {}}, {{"S", "T"}, {}}};
  out.plan.folds = {{0, {"P", "Q"}}, {1, {"S", "T"}}};
  out.seeds = 2;
  out.contenders.push_back({"linear", {}});
  out.holdouts = {by_hand(1), by_hand(2)};
  for (int h = 0; h < 2; ++h)
    for (int s = 0; s < 2; ++s) {
      UnitRecord unit;
      unit.holdout = h;
      unit.seed = s;
      const Matrix& x = out.holdouts[static_cast<std::size_t>(h)]->observed;
      unit.effects = x.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; }).array() + (s == 0 ? 0.1 : -0.3);
      unit.drift = 0.1 * (s + 1);
      unit.parameters = Vector::Constant(2, s == 0 ? 1 : 3);
      out.units.push_back(unit);
    }
  return out;
}

}  // namespace

TEST_CASE("metrics: each against its definition, by hand") {
  const Vector p = (Vector(4) << 1, 2, 3, 9).finished(), x = (Vector(4) << 2, 2, 5, NAN).finished();
  CHECK(mean_square_error(p, x) == relative(5.0 / 3));
  // Centred: p −1 0 1, x −1 −1 2: Σxy = 3, Σpp = 2, Σxx = 6.
  CHECK(pearson(p, x, Vector::Zero(4)) == relative(3 / std::sqrt(12.0)));
  CHECK(std::isnan(pearson(Vector::Zero(4), x, Vector::Zero(4))));
  // |z| = 2, 2, 5 → 0, 0, 1 after scaling.
  const Vector w = change_weights(x, Vector::Ones(4));
  CHECK(w(0) == 0);
  CHECK(w(2) == 1);
  CHECK(weighted_square_error(p, x, w) == relative(4.0));
  Matrix rivals(4, 3);
  rivals << 1, 9, 0, 2, 9, 0, 3, 9, 0, 9, 9, 9;  // the first is the prediction itself
  CHECK(centroid_rank(p, x, rivals, 1) == relative(1.0 / 3));
  CHECK(std::isnan(centroid_rank(p, x, Matrix(4, 0), 1)));
}

TEST_CASE("intervals over folds: t with the variance that shared training data leave") {
  const Vector values = (Vector(4) << 1, 2, NAN, 6).finished();
  const Estimate e = over_folds(values);
  // Mean 3, s² = 7, K = 3: half width t(.975, 2) √(7 (1/3 + 1/2)).
  CHECK(e.folds == 3);
  CHECK(e.mean == relative(3.0));
  CHECK(e.high - e.mean == relative(4.302652729911275 * std::sqrt(7.0 * 5 / 6), 1e-9));
  CHECK(std::isnan(over_folds((Vector(1) << 2).finished()).low));
  // Ratio of means: 9/6 with residuals 0, −1, 1 … of a − 1.5 b.
  const Vector a = (Vector(3) << 3, 2, 4).finished(), b = (Vector(3) << 2, 2, 2).finished();
  const Estimate r = ratio_over_folds(a, b);
  CHECK(r.mean == relative(1.5));
  CHECK(r.mean - r.low == relative(4.302652729911275 * std::sqrt(1.0 * 5 / 6) / 2, 1e-9));
}

TEST_CASE("folds: every unit is held out once; unseen edits, times, batches and combinations") {
  drawn::Design design;
  design.genes = 8;
  design.edits = 6;
  design.batches = 4;
  design.times = {1, 2, 3, 4};
  const auto levels = drawn_screen(design);
  for (const auto kind : {SplitKind::perturbation, SplitKind::time, SplitKind::batch}) {
    const FoldPlan plan = planned(levels, kind, 2);
    CHECK(plan.folds.size() == 2);
    std::multiset<std::string> seen;
    for (const auto& holdout : plan.holdouts) seen.insert(holdout.names.begin(), holdout.names.end());
    CHECK(seen.size() == (kind == SplitKind::perturbation ? 6 : kind == SplitKind::time ? 2 : 4));
    CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == seen.size());
  }
  CHECK(planned(levels, SplitKind::perturbation, 0).folds.size() == 6);
  CHECK(planned(levels, SplitKind::perturbation, 100).folds.size() == 6);

  auto pairs = levels;
  for (int k = 1; k <= 4; ++k) pairs.conditions[static_cast<std::size_t>(k)].edits.push_back({"z", 1});
  const FoldPlan plan = planned(pairs, SplitKind::combination, 2);
  CHECK(plan.holdouts.size() == 1);
  CHECK(plan.folds.size() == 2);
  CHECK(plan.folds[0].labels.size() + plan.folds[1].labels.size() == 4);
}

TEST_CASE("folds: what a screen does not have is refused in words") {
  drawn::Design one;
  one.batches = 1;
  one.times = {NAN};
  const auto levels = drawn_screen(one);
  CHECK(refusal([&] { planned(levels, SplitKind::time, 2); }).starts_with("split.time: Folds by time need at least 2"));
  CHECK(refusal([&] { planned(levels, SplitKind::batch, 2); }).starts_with("split.batch: A split by batch needs two"));
  CHECK(refusal([&] { planned(levels, SplitKind::combination, 2); }).starts_with("split.combination: "));
  CHECK(refusal([&] { planned(levels, SplitKind::perturbation, 1); }).starts_with("folds.count: "));
  one.edits = 0;
  CHECK(refusal([&] { planned(drawn_screen(one), SplitKind::perturbation, 2); }).starts_with("split.perturbation: "));
  FoldOptions options;
  options.candidates = {"g1", "NONE"};
  CHECK(refusal([&] { plan_folds(source_of(levels), options); }).starts_with("split.holdout: "));
}

TEST_CASE("batch split: rows of a held-out batch train nothing, and controls come along") {
  const auto levels = drawn_screen();
  FitOptions options;
  options.split = SplitKind::batch;
  options.held_out = {"b1"};
  const auto source = source_of(levels);
  const Problem problem = prepare(source, options);
  for (const auto& row : problem.training.levels.rows) CHECK(row.batch[0] == 0);
  for (const auto& row : problem.evaluation.rows) CHECK(row.batch[0] == 1);
  auto changed = levels;
  for (std::size_t r = 0; r < changed.rows.size(); ++r)
    if (changed.rows[r].batch[0] == 1) changed.x.col(static_cast<Index>(r)).array() += 3.5;
  const Problem other = prepare(source_of(changed), options);
  CHECK(other.training.levels.x == problem.training.levels.x);
  CHECK(other.training.variances.group == problem.training.variances.group);
  CHECK(other.genes == problem.genes);
  // The whole batch moved, controls with it: effects against its own controls are what they were.
  const Panel before = panel_of(problem), after = panel_of(other);
  CHECK(before.scored().size() == 8);
  CHECK((before.observed.leftCols(8) - after.observed.leftCols(8))
            .array()
            .isNaN()
            .select(0, before.observed.leftCols(8) - after.observed.leftCols(8))
            .cwiseAbs()
            .maxCoeff() < 1e-12);
}

TEST_CASE("comparison: a model is trained without the held-out conditions, to the bit") {
  drawn::Design design;
  design.times = {NAN};
  const auto levels = drawn_screen(design);
  ModelComparison comparison;
  comparison.common.epochs = 6;
  comparison.seeds = 1;
  comparison.contenders = {{"linear", comparison.common}};
  comparison.contenders[0].options.model = dynamics::FieldKind::linear;
  comparison.plan = planned(levels, SplitKind::perturbation, 2);
  comparison.holdouts.resize(2);
  const auto train = [&](const screen::Levels& from) {
    UnitTraining training(prepare_holdout(source_of(from), comparison, 0, 0), {0, 0, 0, 0});
    while (!training.advance(1e9)) {
    }
    return training.record();
  };
  auto shuffled = levels;
  const auto& out = comparison.plan.holdouts[0].names;
  for (std::size_t r = 0; r < shuffled.rows.size(); ++r) {
    const auto& condition = shuffled.conditions[static_cast<std::size_t>(shuffled.rows[r].condition)];
    const bool held = condition.is_control() ? shuffled.rows[r].half == 1
                                             : std::find(out.begin(), out.end(), condition.edits[0].name) != out.end();
    if (held) shuffled.x.col(static_cast<Index>(r)).reverseInPlace();
  }
  const UnitRecord a = train(levels), b = train(shuffled), again = train(levels);
  CHECK(a.parameters == b.parameters);
  CHECK(a.effects == b.effects);
  CHECK(a.effects == again.effects);
  CHECK(a.epochs == b.epochs);
  // Targets did change, so that the check could have failed.
  const HoldoutRecord x = record_holdout(*prepare_holdout(source_of(levels), comparison, 0, -1));
  const HoldoutRecord y = record_holdout(*prepare_holdout(source_of(shuffled), comparison, 0, -1));
  CHECK(x.observed != y.observed);
  CHECK(x.genes == y.genes);
  CHECK(x.mean == y.mean);
}

TEST_CASE("comparison: scores by hand") {
  const Summary s = summarise(comparison_by_hand());
  REQUIRE(s.models.size() == 2);
  // No change: P (1, 2) → 2.5; Q (0, 1, 2) → 5/3; the second fold is four times that.
  const double nothing = (2.5 + 5.0 / 3) / 2;
  CHECK(s.models[0].scores[0].by_fold(0) == relative(nothing));
  CHECK(s.models[0].scores[0].by_fold(1) == relative(4 * nothing));
  // The model: seeds are off by .1 and −.3 everywhere: (.01 + .09)/2; together they are off by −.1.
  CHECK(s.models[1].scores[0].by_fold(0) == relative(0.05));
  CHECK(s.models[1].ensemble[0].by_fold(1) == relative(0.01));
  CHECK(s.models[1].scores[1].by_fold(0) == relative((0.1 + 0.3) / 2 * (std::sqrt(2.0) + std::sqrt(3.0)) / 2));
  CHECK(s.models[1].scores[3].by_fold(0) == relative(1.0));
  CHECK(s.models[1].scores[5].by_fold(0) == 0);
  CHECK(s.models[1].relative.mean == relative(0.1 / (5 * nothing)));
  CHECK(s.models[1].drift.by_fold(0) == relative(0.15));
  CHECK(s.models[1].prediction_spread.by_fold(0) == relative(std::sqrt(0.08)));
  CHECK(s.models[1].parameter_spread.by_fold(0) == relative(std::sqrt(2.0) / std::sqrt(5.0)));
  // Error .1 in units of √(.25 + .08): within ±z for a nominal coverage of 20 % (z = .253) but not 10 % (z = .126).
  CHECK(s.models[1].coverage(0) == 0);
  CHECK(s.models[1].coverage(1) == 1);
  CHECK(s.floor == relative(0.25));
  REQUIRE(s.pairs.size() == 1);
  CHECK(s.pairs[0].runs == 4);
  CHECK(s.pairs[0].better == 4);
  CHECK(s.pairs[0].difference.mean == relative(0.05 - 2.5 * nothing));
  CHECK(s.conditions.size() == 4);
}

TEST_CASE("comparison: a fold counts once all of its units are there; parts cover every unit once") {
  ModelComparison comparison = comparison_by_hand();
  comparison.units.pop_back();
  CHECK(comparison.complete_folds() == std::vector<char>{1, 0});
  const Summary s = summarise(comparison);
  CHECK(s.models[1].scores[0].estimate.folds == 1);
  CHECK(std::isnan(s.models[1].scores[0].estimate.low));
  CHECK(comparison_verdict(comparison, s).front().find("1 of 2 planned folds") != std::string::npos);

  const auto levels = drawn_screen();
  ModelComparison plan;
  plan.seeds = 3;
  plan.contenders = {{"linear", {}}, {"neural", {}}};
  plan.contenders[1].options.model = dynamics::FieldKind::neural;
  plan.plan = planned(levels, SplitKind::perturbation, 2);
  const auto units = units_of(plan, source_of(levels));
  CHECK(units.size() == 2 * (1 + 2 * 3));
  std::multiset<std::string> dealt;
  for (int k = 0; k < 3; ++k)
    for (const Unit& u : part_of(units, k, 3))
      dealt.insert(std::to_string(u.holdout) + "/" + std::to_string(u.contender) + "/" + std::to_string(u.seed));
  CHECK(dealt.size() == units.size());
  CHECK(std::set<std::string>(dealt.begin(), dealt.end()).size() == units.size());
}

TEST_CASE("a change in words says which way it went, or that it cannot be told") {
  CHECK(change_in_words({0.93, 0.9, 0.96, 12}, "held-out error") ==
        "lowered held-out error by 7 % (95 % interval 4 to 10)");
  CHECK(change_in_words({1.25, 1.1, 1.4, 12}, "held-out error") ==
        "raised held-out error by 25 % (95 % interval 10 to 40)");
  CHECK(change_in_words({0.98, 0.9, 1.06, 12}, "held-out error") ==
        "made no difference to held-out error that these folds can tell: 2 % lower (95 % interval 10 % lower to 6 % "
        "higher)");
  CHECK(change_in_words({0.98, NAN, NAN, 1}, "held-out error").find("cannot tell chance apart") != std::string::npos);
}

TEST_CASE("combination: the additive baseline is the sum of the singles") {
  drawn::Design design;
  design.times = {NAN};
  design.noise = 1e-6;
  design.batches = 1;
  auto levels = drawn_screen(design);
  // Make the last edit a pair of the first two.
  levels.conditions.back().edits = {{"g0", 1}, {"g1", 1}};
  FitOptions options;
  options.split = SplitKind::combination;
  const Problem problem = prepare(source_of(levels), options);
  const Panel panel = panel_of(problem);
  REQUIRE(panel.scored().size() == 1);
  for (const Baseline& baseline : baselines_of(problem, panel)) {
    if (baseline.name != "additive") continue;
    Vector sum = Vector::Zero(design.genes);
    for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
      const auto& edits = problem.conditions[static_cast<std::size_t>(panel.conditions[i])].edits;
      if (edits.size() == 1 && (edits[0].name == "g0" || edits[0].name == "g1"))
        sum += panel.observed.col(static_cast<Index>(i));
    }
    for (Index g = 2; g < design.genes; ++g) {
      const auto gene =
          std::find(problem.genes.begin(), problem.genes.end(), "g" + std::to_string(g)) - problem.genes.begin();
      CHECK(baseline.effects(gene, 0) == relative(sum(gene), 1e-9));
    }
    return;
  }
  FAIL("there is no additive baseline");
}

TEST_CASE("steady-state experiment: variants share all but the loss, and the sentence follows the numbers") {
  FitOptions common;
  const auto contenders = steady_state_contenders(common);
  REQUIRE(contenders.size() == steady_state_variants().size());
  CHECK(contenders.front().options.loss == LossKind::prediction);
  CHECK(contenders.back().options.centred);
  CHECK(contenders.back().options.loss == LossKind::controls_as_data);

  ModelComparison comparison = comparison_by_hand();
  const auto units = comparison.units;
  comparison.contenders = contenders;
  comparison.units.clear();
  for (std::size_t k = 0; k < contenders.size(); ++k)
    for (UnitRecord unit : units) {
      unit.contender = static_cast<int>(k);
      // The hard constraint halves the error in every fold and seed.
      const auto& record = *comparison.holdouts[static_cast<std::size_t>(unit.holdout)];
      if (contenders[k].options.centred)
        for (Index i = 0; i < unit.effects.size(); ++i)
          if (std::isfinite(record.observed.data()[i]))
            unit.effects.data()[i] -= (unit.effects.data()[i] - record.observed.data()[i]) * (1 - std::sqrt(0.5));
      comparison.units.push_back(unit);
    }
  const SteadyStateResult result = steady_state_result(comparison, summarise(comparison));
  CHECK(result.rows.back().error.mean == relative(0.5));
  CHECK(result.rows.back().better == 4);
  CHECK(result.sentence.starts_with("The hard constraint lowered held-out error by 50 %"));
  CHECK(result.sentences.front().find("The soft penalty made no difference") == 0);
}
