#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/design/ready_layouts.hpp"
#include "groundwork/design/screen_power.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

Plan small_plan(double sb2 = 0.02, double sg2 = 0.002, double sw2 = 2, int batches = 4) {
  ReadyOptions o;
  o.perturbations = 10;
  o.batches = batches;
  o.cells = 100;
  o.control_cells = 300;
  Plan plan(ready_layout(o).layout, {0});
  Assumptions a;
  a.level_variances = Vector::Constant(1, sb2);
  a.sg2 = sg2;
  a.sw2 = sw2;
  plan.set_assumptions(a);
  return plan;
}

}  // namespace

TEST_CASE("one side, both sides and a spread of effects, by simulation") {
  Random random(3);
  for (const double df : {2.0, 7.0, infinity}) {
    for (const double spread : {1.0, 1.6}) {
      for (const Side side : {Side::left, Side::right, Side::both}) {
        const double effect = side == Side::right ? 2.2 : -2.2, alpha = 0.03;
        const double critical = critical_value(df, alpha, side);
        int rejected = 0;
        constexpr int draws = 60000;
        for (int k = 0; k < draws; ++k) {
          const double estimate = effect + spread * random.normal();
          const double se = std::isinf(df) ? 1 : std::sqrt(2 * random.gamma(df / 2) / df);
          const double t = estimate / se;
          rejected += side == Side::left ? t < -critical : side == Side::right ? t > critical : std::abs(t) > critical;
        }
        const double share = rejected / static_cast<double>(draws);
        const double found = rejection_probability(effect, df, alpha, side, spread);
        CAPTURE(df);
        CAPTURE(spread);
        CHECK(std::abs(found - share) < 4 * std::sqrt(share * (1 - share) / draws) + 1e-4);
      }
    }
  }
  CHECK(relative_error(rejection_probability(0, 5, 0.04, Side::left), 0.04) < 1e-7);
  CHECK(relative_error(rejection_probability(1.7, 5, 0.04, Side::both), power_of(1.7, 5, 0.04)) < 1e-9);
}

TEST_CASE("the cut-off is that of Benjamini and Hochberg's procedure on many tests") {
  // 20 degrees of freedom, 15 % non-nulls of 3 standard errors, level 0.1: the procedure itself on 60,000 p values.
  const double non_null = 0.15, q = 0.1, effect = 3, df = 20;
  const auto power = [&](double t) { return rejection_probability(effect, df, t, Side::right); };
  const double cutoff = discovery_cutoff(power, non_null, q);
  Random random(12);
  constexpr std::size_t tests = 60000;
  std::vector<double> p;
  std::size_t true_found = 0, non_nulls = 0;
  std::vector<double> alternatives;
  for (std::size_t k = 0; k < tests; ++k) {
    const bool has_effect = random.uniform() < non_null;
    const double t = ((has_effect ? effect : 0) + random.normal()) / std::sqrt(2 * random.gamma(df / 2) / df);
    const double value = 1 - student_t_cdf(t, df);
    p.push_back(value);
    if (has_effect) alternatives.push_back(value);
    non_nulls += has_effect;
  }
  std::sort(p.begin(), p.end());
  double threshold = 0;
  for (std::size_t k = 0; k < tests; ++k)
    if (p[k] <= q * static_cast<double>(k + 1) / tests) threshold = p[k];
  for (const double value : alternatives) true_found += value <= threshold;
  CHECK(relative_error(cutoff, threshold) < 0.06);
  CHECK(std::abs(power(cutoff) - static_cast<double>(true_found) / static_cast<double>(non_nulls)) < 0.02);
  // With two degrees of freedom and small effects nothing gets through, however many tests there are.
  CHECK(discovery_cutoff([](double t) { return rejection_probability(1, 2, t, Side::right); }, 0.05, 0.05) == 0);
}

TEST_CASE("power over a screen is the mean over its genes and contrasts") {
  Plan plan = small_plan();
  PowerQuestion q;
  q.genes = {{1, 1.0}, {2, 4.0}, {1, 30.0}};
  q.effect_mean = -0.4;
  const PowerAnswer a = screen_power(plan, q);
  CHECK(relative_error(a.testable, 1) < 1e-12);
  CHECK(a.cutoff > 0);
  // By hand: each gene's own standard error and degrees of freedom at this cut-off.
  double mean = 0;
  for (std::size_t g = 0; g < 3; ++g) {
    Plan own = small_plan(0.02, 0.002, q.genes[g].sw2);
    const ContrastAnswer answer = own.answer(0);
    const double power = rejection_probability(-0.4 / answer.se, answer.df, a.cutoff, Side::left);
    CHECK(relative_error(a.by_gene[g], power) < 1e-8);
    mean += (g == 1 ? 0.5 : 0.25) * power;
  }
  CHECK(relative_error(a.power, mean) < 1e-8);
  CHECK(a.by_gene[0] > a.by_gene[1]);
  CHECK(a.by_gene[1] > a.by_gene[2]);
  // At the cut-off the false discovery rate is what was asked for.
  CHECK(relative_error(a.cutoff / (0.9 * a.cutoff + 0.1 * a.power), 0.1) < 1e-6);
  CHECK(plan.assumptions().sw2 == 2);  // put back

  PowerQuestion more = q;
  more.effect_mean = -0.8;
  CHECK(screen_power(plan, more).power > a.power);
  more = q;
  more.fdr = 0.2;
  CHECK(screen_power(plan, more).power > a.power);
  more = q;
  more.side = Side::right;
  CHECK(screen_power(plan, more).power < 0.05);
}

TEST_CASE("what cannot be tested counts as not found") {
  const Layout layout =
      read_layout("condition,b1,b2,b3,b4\ncontrol,300,300,300,0\nA,90,90,90,0\nB,90,90,90,0\nC,0,0,0,90\n", "l");
  Plan plan(layout, {0});
  Assumptions a;
  a.level_variances = Vector::Constant(1, infinity);
  a.sg2 = 0.002;
  a.sw2 = 1;
  plan.set_assumptions(a);
  PowerQuestion q;
  q.effect_mean = -2;
  const PowerAnswer answer = screen_power(plan, q);
  CHECK(relative_error(answer.testable, 2.0 / 3) < 1e-12);
  CHECK(answer.power < 2.0 / 3 + 1e-9);
  CHECK(answer.power > 0.5);
}

TEST_CASE("guides add what no number of batches removes") {
  Plan plan = small_plan();
  Assumptions a = plan.assumptions();
  const double before = plan.variances()[0];
  a.guides.guides = 4;
  a.guides.control_guides = 20;
  a.guides.off_target_sd = 0.1;
  plan.set_assumptions(a);
  CHECK(relative_error(plan.variances()[0], before + 0.01 / 4 + 0.01 / 20) < 1e-12);
  CHECK(relative_error(plan.answer(0).variance, plan.variances()[0]) < 1e-12);
  const double without = plan.answer(0).mdlfc;
  a.guides.efficacy_sd = 0.5;
  plan.set_assumptions(a);
  const ContrastAnswer answer = plan.answer(0);
  CHECK(answer.mdlfc > without);
  const double spread = std::sqrt(1 + answer.mdlfc * answer.mdlfc * 0.25 / 4 / answer.variance);
  CHECK(relative_error(rejection_beyond(critical_value(answer.df, 0.05, Side::both), answer.mdlfc / answer.se,
                                        answer.df, Side::right, spread),
                       0.8) < 1e-6);
  // Guides that hardly work in common: no effect is large enough to be found with such power.
  a.guides.efficacy_sd = 3;
  a.guides.guides = 1;
  plan.set_assumptions(a);
  CHECK(std::isnan(plan.answer(0).mdlfc));
  CHECK(relative_error(effective_guides({10, 10, 10, 10}), 4) < 1e-12);
  CHECK(relative_error(effective_guides({30, 10}), 1.6) < 1e-12);
  a.guides.guides = 0.5;
  CHECK_THROWS_AS(plan.set_assumptions(a), Error);
}

TEST_CASE("PerturbPlan's score statistic, by simulated counts") {
  ScoreSetting s;
  s.treated = 120;
  s.control = 900;
  s.guides = 3;
  s.umis = 2.5;
  s.dispersion = 0.4;
  s.fold = 0.8;
  s.fold_sd = 0.13;
  const ScoreStatistic expected = score_statistic(s);
  Random random(77);
  double sum = 0, squares = 0;
  constexpr int draws = 6000;
  for (int k = 0; k < draws; ++k) {
    double treated = 0, control = 0;
    for (int guide = 0; guide < 3; ++guide) {
      const double fold = std::max(0.0, s.fold + s.fold_sd * random.normal());
      for (int cell = 0; cell < 40; ++cell)
        treated += static_cast<double>(random.negative_binomial(s.umis * fold, s.dispersion));
    }
    for (int cell = 0; cell < 900; ++cell)
      control += static_cast<double>(random.negative_binomial(s.umis, s.dispersion));
    const double pooled = (treated + control) / 1020;
    const double z = (treated / 120 - control / 900) /
                     std::sqrt((pooled + s.dispersion * pooled * pooled) * (1.0 / 120 + 1.0 / 900));
    sum += z;
    squares += z * z;
  }
  const double mean = sum / draws, sd = std::sqrt(squares / draws - mean * mean);
  CHECK(std::abs(mean - expected.mean) < 0.08);
  CHECK(relative_error(sd, expected.sd) < 0.03);

  const Layout layout = read_layout("condition,b1\ncontrol,600\nA,120\nB,120\nC,120\n", "l");
  PowerQuestion q;
  const PowerAnswer a = perturbplan_power(layout, {0}, {{2.5, 0.4}, {0.2, 0.9}}, 3, 0.8, 0.13, q, 0.05);
  const ScoreStatistic strong = score_statistic({120, 840, 3, 2.5, 0.4, 0.8, 0.13});
  const double critical = normal_quantile(1 - a.cutoff);
  CHECK(relative_error(a.by_gene[0], student_t_cdf((-critical - strong.mean) / strong.sd, infinity)) < 1e-6);
  CHECK(a.by_gene[0] > a.by_gene[1]);
  CHECK_THROWS_AS(perturbplan_power(layout, {0}, {}, 3, 0.8, 0.13, q, 0.05), Error);
}

TEST_CASE("genes come in strata, and nonsense is refused") {
  std::vector<double> many;
  for (int k = 1; k <= 1000; ++k) many.push_back(k);
  const auto strata = strata_of(many, 10);
  CHECK(strata.size() == 10);
  CHECK(strata[0].sw2 < strata[9].sw2);
  CHECK(relative_error(strata[3].weight, 0.1) < 1e-12);
  double mean = 0;
  for (const auto& s : lognormal_strata(2, 0.5)) mean += s.weight * s.sw2;
  CHECK(relative_error(mean, 2 * std::exp(0.125)) < 1e-6);
  CHECK_THROWS_AS(strata_of({1, 0}), Error);
  Plan plan = small_plan();
  PowerQuestion q;
  q.non_null = 0;
  CHECK_THROWS_AS(screen_power(plan, q), Error);
  q.non_null = 0.1;
  q.effect_mean = 0;
  CHECK_THROWS_AS(screen_power(plan, q), Error);
}

TEST_CASE("genes by name answer with their own variances, as the plan does when it is given them") {
  Plan plan = small_plan();
  PowerQuestion q;
  q.effect_mean = -0.4;
  q.genes = {{1, 1.5, 0.01, "loud"}, {1, 1.5, 0, "quiet"}, {1, 6.0, -1, "as the plan"}};
  const PowerAnswer a = screen_power(plan, q);
  REQUIRE(a.se.size() == 3);
  for (std::size_t g = 0; g < 3; ++g) {
    Assumptions own = plan.assumptions();
    own.sw2 = q.genes[g].sw2;
    if (q.genes[g].sg2 >= 0) own.sg2 = q.genes[g].sg2;
    Plan alone = small_plan();
    alone.set_assumptions(own);
    const ContrastAnswer answer = alone.answer(0);  // all contrasts of a complete layout are alike
    CHECK(relative_error(a.se[g], answer.se) < 1e-12);
    CHECK(relative_error(a.df[g], answer.df) < 1e-12);
    CHECK(relative_error(a.mdfc[g], answer.mdfc) < 1e-12);
    CHECK(relative_error(a.by_gene[g], rejection_probability(-0.4 / answer.se, answer.df, a.cutoff, Side::left)) <
          1e-9);
  }
  CHECK(a.by_gene[1] > a.by_gene[0]);
  CHECK(plan.assumptions().sg2 == 0.002);
  CHECK(plan.assumptions().sw2 == 2);
}

TEST_CASE("the cut-off of many genes is found from a few of them") {
  Plan plan = small_plan();
  PowerQuestion q;
  Random random(9);
  for (int k = 0; k < 500; ++k)
    q.genes.push_back({1, std::exp(1.5 * random.normal()), 0.002 * std::exp(random.normal()), "g" + std::to_string(k)});
  const PowerAnswer a = screen_power(plan, q);
  // The equation over all genes, of which 64 stood for the rest.
  const double solved = q.fdr * ((1 - q.non_null) * a.cutoff + q.non_null * a.power);
  CHECK(relative_error(solved, a.cutoff) < 0.02);
  double mean = 0;
  for (const double power : a.by_gene) mean += power / 500;
  CHECK(relative_error(mean, a.power) < 1e-9);
}

TEST_CASE("genes of PerturbPlan's setting may weigh differently") {
  Plan plan = small_plan();
  PowerQuestion q;
  const std::vector<CountedGene> twice = {{0.5, 0.1}, {0.5, 0.1}, {4, 0.1}};
  const std::vector<CountedGene> weighed = {{0.5, 0.1, 2}, {4, 0.1, 1}};
  const double two = perturbplan_power(plan.layout(), {0}, twice, 4, 0.7, 0.13, q, 0.05).power;
  CHECK(relative_error(perturbplan_power(plan.layout(), {0}, weighed, 4, 0.7, 0.13, q, 0.05).power, two) < 1e-9);
}
