#include <doctest/doctest.h>

#include <cmath>

#include "dense_gls.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/effect_tests.hpp"
#include "groundwork/measurement/satterthwaite.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

/** Conditions × batches of Gaussian states with unequal known noise; condition 0 is the control. */
screen::Levels table_of(Random& random, int genes, int conditions, int batches, double sb2, double sg2, double holes,
                        double effect = 0) {
  screen::Levels t;
  for (int c = 0; c < conditions; ++c) {
    screen::Condition condition;
    if (c > 0) condition.edits.push_back({"E" + std::to_string(c), 1});
    t.conditions.push_back(condition);
  }
  t.batches = {{"lane", {}}};
  for (int b = 0; b < batches; ++b) t.batches[0].levels.push_back("L" + std::to_string(b));
  for (int c = 0; c < conditions; ++c)
    for (int b = 0; b < batches; ++b)
      if (c == 0 || random.uniform() >= holes) t.rows.push_back({c, {b}, -1, 50.0});
  const auto rows = static_cast<Index>(t.rows.size());
  t.x.resize(genes, rows);
  t.variance.resize(genes, rows);
  t.trust.resize(genes, rows);
  t.trust.setConstant(screen::Trust::trusted);
  for (Index g = 0; g < genes; ++g) {
    t.genes.push_back("g" + std::to_string(g));
    Vector batch(batches);
    for (double& b : batch) b = std::sqrt(sb2) * random.normal();
    for (Index r = 0; r < rows; ++r) {
      const auto& row = t.rows[static_cast<std::size_t>(r)];
      t.variance(g, r) = 0.01 * (0.5 + random.uniform());
      t.x(g, r) =
          1 + effect * row.condition + batch[row.batch[0]] + std::sqrt(sg2 + t.variance(g, r)) * random.normal();
    }
  }
  return t;
}

std::vector<Contrast> against_control(const screen::Levels& t) {
  std::vector<Contrast> list;
  for (std::size_t c = 1; c < t.conditions.size(); ++c) list.push_back({"", {{static_cast<int>(c), 1.0}, {0, -1.0}}});
  return list;
}

}  // namespace

TEST_CASE("estimates, errors and degrees of freedom of tests agree with dense generalised least squares") {
  Random random(5);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const screen::Levels t = table_of(random, 2, 5, 4, 0.2, 0.02, 0.3, 0.1);
    ModeratedVariances variances;
    variances.group = Vector::Constant(2, 0.015);
    variances.pooled_level = Vector::Constant(1, 0.2);
    variances.prior_mean = 0.015;
    variances.prior_spread = 1e-4;
    variances.estimable = true;
    const auto contrasts = against_control(t);
    const EffectTests tests = test_contrasts(t, variances, contrasts);
    for (Index g = 0; g < 2; ++g) {
      Matrix w = Matrix::Zero(5, 4);
      for (std::size_t r = 0; r < t.rows.size(); ++r)
        w(t.rows[r].condition, t.rows[r].batch[0]) = 1 / (0.015 + t.variance(g, static_cast<Index>(r)));
      Vector y(static_cast<Index>(t.rows.size()));
      for (Index r = 0; r < y.size(); ++r) y[r] = t.x(g, r);  // rows are in the order of dense::build
      std::vector<int> columns;
      const BatchLevels levels = columns_of(t, columns);
      const dense::Problem fixed = dense::build(w, levels, Vector::Constant(1, infinity));
      const Vector coefficients = fixed.covariance * (fixed.x.transpose() * (fixed.v.inverse() * y));
      for (std::size_t k = 0; k < contrasts.size(); ++k) {
        const auto at = static_cast<Index>(k);
        if (w.row(static_cast<Index>(k) + 1).sum() == 0) {
          CHECK(std::isnan(tests.p(g, at)));
          continue;
        }
        const Vector l = dense::padded(fixed, contrasts[k]);
        CHECK(std::abs(tests.estimate(g, at) - l.dot(coefficients)) < 1e-9);
        const double variance = l.dot(fixed.covariance * l);
        CHECK(relative_error(tests.se(g, at), std::sqrt(variance)) < 1e-9);
        // ∂Var/∂s_g² = ‖rule‖², I = ½ tr P² with the prior's information added.
        const Vector rule = fixed.v.inverse() * (fixed.x * (fixed.covariance * l));
        const double information = 0.5 * (fixed.projection * fixed.projection).trace() + 1e4;
        const double df = 2 * variance * variance * information / std::pow(rule.squaredNorm(), 2);
        CHECK(relative_error(tests.df(g, at), df) < 1e-8);
      }
    }
  }
}

TEST_CASE("the group variance is drawn to the shared value by as much as it is uncertain") {
  Random random(6);
  const screen::Levels t = table_of(random, 300, 8, 3, 0.1, 0.02, 0);
  const VarianceComponents own = variance_components(t);
  const ModeratedVariances v = moderate(t, own);
  REQUIRE(v.estimable);
  CHECK(relative_error(v.prior_mean, 0.02) < 0.15);
  double own_error = 0, moderated_error = 0;
  for (Index g = 0; g < 300; ++g) {
    own_error += std::pow(own.genes[static_cast<std::size_t>(g)].sg2 - 0.02, 2);
    moderated_error += std::pow(v.group[g] - 0.02, 2);
  }
  CHECK(moderated_error < 0.5 * own_error);  // all genes do share one value here
}

TEST_CASE("without any effect p is uniform, in complete and in ragged layouts") {
  for (const double holes : {0.0, 0.4}) {
    Random random(7);
    double tests = 0, below = 0, tail = 0;
    for (int repeat = 0; repeat < 12; ++repeat) {
      const screen::Levels t = table_of(random, 60, 7, 3, 0.1, 0.02, holes);
      const ModeratedVariances v = moderate(t, variance_components(t));
      const EffectTests result = test_contrasts(t, v, against_control(t));
      for (Index i = 0; i < result.p.size(); ++i) {
        if (!std::isfinite(result.p(i))) continue;
        tests += 1;
        below += result.p(i) < 0.05 ? 1 : 0;
        tail += result.p(i) < 0.01 ? 1 : 0;
      }
    }
    REQUIRE(tests > 3000);
    // Edits share their control, so tests of one gene are correlated; the spread allowed is twice the binomial one.
    CHECK(std::abs(below / tests - 0.05) < 2 * 2 * std::sqrt(0.05 * 0.95 / tests) + 0.004);
    CHECK(std::abs(tail / tests - 0.01) < 2 * 2 * std::sqrt(0.01 * 0.99 / tests) + 0.002);
  }
}

TEST_CASE("what carries a test is said: batches, cells alone, or nothing") {
  Random random(8);
  screen::Levels one = table_of(random, 3, 4, 1, 0, 0, 0);
  const ModeratedVariances none = moderate(one, variance_components(one));
  CHECK(!none.estimable);
  const EffectTests cells = test_contrasts(one, none, against_control(one));
  CHECK(cells.basis[0] == ErrorBasis::cells);
  CHECK(std::isinf(cells.df(0, 0)));
  CHECK(relative_error(cells.se(0, 0), std::sqrt(one.variance(0, 0) + one.variance(0, 1))) < 1e-12);

  // An edit in a batch of its own: only random batches can tell its effect.
  screen::Levels apart = table_of(random, 40, 4, 5, 0.1, 0.02, 0);
  std::erase_if(apart.rows, [](const auto& row) { return row.condition == 3 && row.batch[0] != 4; });
  std::erase_if(apart.rows, [](const auto& row) { return row.condition != 3 && row.batch[0] == 4; });
  const auto rows = static_cast<Index>(apart.rows.size());
  apart.x.conservativeResize(40, rows);
  apart.variance.conservativeResize(40, rows);
  apart.trust.conservativeResize(40, rows);
  const ModeratedVariances random_batches = moderate(apart, variance_components(apart));
  const EffectTests across = test_contrasts(apart, random_batches, against_control(apart));
  CHECK(across.basis[0] == ErrorBasis::batches);
  CHECK(across.basis[2] == ErrorBasis::across_batches);
  // Nothing takes the effect of its own batch off.
  CHECK(across.se.col(2).array().square().minCoeff() > random_batches.pooled_level[0]);
}

TEST_CASE("Benjamini and Hochberg's q") {
  Matrix p(5, 1);
  p << 0.01, 0.04, std::nan(""), 0.03, 0.5;
  const Matrix q = adjusted(p);
  CHECK(q(0, 0) == doctest::Approx(0.04));
  CHECK(q(1, 0) == doctest::Approx(0.04 * 4 / 3));
  CHECK(q(3, 0) == doctest::Approx(0.04 * 4 / 3));
  CHECK(q(4, 0) == doctest::Approx(0.5));
  CHECK(std::isnan(q(2, 0)));
}

TEST_CASE("an edit is compared with the control of its own medium, time and compartment") {
  std::vector<screen::Condition> list(4);
  list[0].medium = "A";
  list[1].medium = "B";
  list[2].medium = "B";
  list[2].edits = {{"X", 1}};
  list[3].medium = "C";
  list[3].edits = {{"X", 1}};
  CHECK(matched_controls(list) == std::vector<int>{-1, -1, 1, -1});
}
