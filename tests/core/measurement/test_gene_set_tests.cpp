#include <doctest/doctest.h>

#include <Eigen/QR>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/measurement/gene_set_tests.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

/** Conditions × batches, all rows there, with equal measurement variance; x is to be filled. */
screen::Levels complete_table(int genes, int conditions, int batches, double variance) {
  screen::Levels t;
  t.batches = {{"lane", {}}};
  for (int b = 0; b < batches; ++b) t.batches[0].levels.push_back("L" + std::to_string(b));
  for (int c = 0; c < conditions; ++c) {
    screen::Condition condition;
    if (c > 0) condition.edits.push_back({"E" + std::to_string(c), 1});
    t.conditions.push_back(condition);
    for (int b = 0; b < batches; ++b) t.rows.push_back({c, {b}, -1, 50.0});
  }
  for (int g = 0; g < genes; ++g) t.genes.push_back("g" + std::to_string(g));
  const auto rows = static_cast<Index>(t.rows.size());
  t.x = Matrix::Zero(genes, rows);
  t.variance = Matrix::Constant(genes, rows, variance);
  t.trust.setConstant(genes, rows, screen::Trust::trusted);
  return t;
}

ModeratedVariances known_variances(int genes, double sg2) {
  ModeratedVariances v;
  v.group = Vector::Constant(genes, sg2);
  v.pooled_level = Vector::Constant(1, 0.1);
  v.prior_mean = sg2;
  v.prior_spread = std::pow(0.1 * sg2, 2);
  v.estimable = true;
  return v;
}

/** A table of which limma was asked, too: x is a formula of gene and row. */
screen::Levels formula_table() {
  screen::Levels t = complete_table(12, 4, 5, 0.01);
  for (int g = 0; g < 12; ++g)
    for (int r = 0; r < 20; ++r)
      t.x(g, r) = std::sin(3.1 * g + 1.7 * r + 0.3 * g * r) + (g < 4 ? 0.6 * std::cos(2.3 * r) : 0);
  return t;
}

}  // namespace

// tests/reference/camera.R prints the numbers of this test (limma 3.54.1: interGeneCorrelation, cameraPR).
TEST_CASE("correlation and p of gene sets are those of limma") {
  const screen::Levels t = formula_table();
  const ReplicateResiduals residuals = replicate_residuals(t, known_variances(12, 0.02));
  CHECK(relative_error(residuals.df[0], 12) < 1e-10);
  CHECK(relative_error(residual_correlation(residuals, {0, 1, 2, 3}), 0.3260535003806484) < 1e-9);
  CHECK(relative_error(residual_correlation(residuals, {4, 5, 6, 7, 8}), -0.02731411680424678) < 1e-9);
  CHECK(std::isnan(residual_correlation(residuals, {3})));

  EffectTests tests;
  tests.estimate = tests.p = Matrix(12, 1);
  for (int g = 0; g < 12; ++g) {
    const double z = 2 * std::cos(1.3 * g) + (g < 4 ? 1 : 0);
    tests.estimate(g, 0) = z;
    tests.p(g, 0) = 2 * std::exp(log_normal_cdf(-std::abs(z)));
  }
  const GeneSetTests sets = test_gene_sets(tests, residuals, {{0, 1, 2, 3}, {4, 5, 6, 7, 8}, {3}});
  CHECK(sets.from_replicates[0]);
  CHECK(relative_error(sets.p(0, 0), 0.6856418536621673) < 1e-8);
  CHECK(sets.score(0, 0) > 0);
  CHECK(sets.correlation[1] == 0);  // what is below 0 is not believed
  CHECK(std::isnan(sets.p(2, 0)));
  GeneSetOptions few;
  few.least_df = 13;  // then the preset stands in
  const GeneSetTests preset = test_gene_sets(tests, residuals, {{4, 5, 6, 7, 8}}, few);
  CHECK(!preset.from_replicates[0]);
  CHECK(relative_error(preset.p(0, 0), 0.3309293342060564) < 1e-8);
  CHECK(preset.score(0, 0) < 0);
}

TEST_CASE("residuals with unequal weights and holes have the leverage of dense least squares") {
  Random random(8);
  screen::Levels t = complete_table(1, 4, 4, 0.01);
  for (Index r = 0; r < t.x.cols(); ++r) {
    t.x(0, r) = random.normal();
    t.variance(0, r) = 0.005 + 0.02 * random.uniform();
  }
  t.trust(0, 6) = t.trust(0, 11) = screen::Trust::censored;
  const ReplicateResiduals residuals = replicate_residuals(t, known_variances(1, 0.02));
  Matrix design = Matrix::Zero(16, 8);
  Vector y = Vector::Zero(16);
  for (Index r = 0; r < 16; ++r) {
    if (t.trust(0, r) != screen::Trust::trusted) continue;
    const double root = 1 / std::sqrt(0.02 + t.variance(0, r));
    design(r, t.rows[static_cast<std::size_t>(r)].condition) = root;
    design(r, 4 + t.rows[static_cast<std::size_t>(r)].batch[0]) = root;
    y[r] = root * t.x(0, r);
  }
  const Matrix inverse = design.completeOrthogonalDecomposition().pseudoInverse();
  const Matrix hat = design * inverse;
  CHECK(relative_error(residuals.df[0], 14 - hat.trace()) < 1e-9);
  Vector left = y - hat * y;
  left *= std::sqrt((14 - hat.trace()) / left.squaredNorm());
  for (Index r = 0; r < 16; ++r) {
    CHECK(std::abs(residuals.scaled(0, r) - left[r]) < 1e-9);
    if (y[r] != 0) CHECK(std::abs(residuals.extent(0, r) - std::sqrt(1 - hat(r, r))) < 1e-9);
  }
  CHECK(residuals.extent(0, 6) == 0);
}

TEST_CASE("a screen without effects: sets whose genes vary together keep their level") {
  constexpr int genes = 60, inside = 15, conditions = 6, batches = 4, screens = 400;
  constexpr double sg2 = 0.03, noise = 0.01, rho = 0.5;
  std::vector<int> set;
  for (int g = 0; g < inside; ++g) set.push_back(g);
  Random random(77);
  double below = 0, below_preset = 0, mean_rho = 0;
  screen::Levels t = complete_table(genes, conditions, batches, noise);
  const ModeratedVariances variances = known_variances(genes, sg2);
  const std::vector<Contrast> contrast = {{"", {{1, 1.0}, {0, -1.0}}}};
  GeneSetOptions preset;
  preset.least_df = infinity;
  for (int s = 0; s < screens; ++s) {
    for (Index r = 0; r < t.x.cols(); ++r) {
      const double common = random.normal();
      for (Index g = 0; g < genes; ++g)
        t.x(g, r) = std::sqrt(sg2 + noise) *
                    (g < inside ? std::sqrt(rho) * common + std::sqrt(1 - rho) * random.normal() : random.normal());
    }
    const EffectTests tests = test_contrasts(t, variances, contrast);
    const ReplicateResiduals residuals = replicate_residuals(t, variances);
    const GeneSetTests camera = test_gene_sets(tests, residuals, {set});
    below += camera.p(0, 0) < 0.05;
    mean_rho += camera.correlation[0] / screens;
    below_preset += test_gene_sets(tests, residuals, {set}, preset).p(0, 0) < 0.05;
  }
  MESSAGE("p < 0.05: " << 100 * below / screens << " %; with the preset " << 100 * below_preset / screens
                       << " %; mean correlation " << mean_rho);
  CHECK(below / screens < 0.05 + 3 * std::sqrt(0.05 * 0.95 / screens));
  CHECK(below / screens > 0.05 - 3 * std::sqrt(0.05 * 0.95 / screens));
  CHECK(below_preset / screens > 0.25);  // what the correlation is for
  CHECK(std::abs(mean_rho - rho) < 0.06);
}
