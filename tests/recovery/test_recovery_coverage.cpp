// Intervals of effects and variance components, from counts: simulated cells, summarised, levels, REML, generalised
// least squares, Satterthwaite's degrees of freedom.
#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <cmath>
#include <map>

#include "groundwork/base/special.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "groundwork/measurement/satterthwaite.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "recovered_screen.hpp"

using groundwork::Index;
using groundwork::Matrix;
using groundwork::Vector;
namespace api = groundwork::api;
namespace measurement = groundwork::measurement;
namespace screen = groundwork::screen;

namespace {

constexpr double sb2 = 0.04, sg2 = 0.02;

// Complete blocks: 5 edits and controls in each of 6 batches, so (6 − 1)(6 − 1) = 25 degrees of freedom. Housekeeping
// genes hold nine tenths of the depth and vary between batches by nothing, so that normalising adds little.
const char* complete_blocks = R"({
  "genes": ["A", "B", "C", "D"], "housekeeping": {"genes": ["H1", "H2", "H3"], "share": 0.9},
  "expression": {"median": 5, "log_sd": 0, "values": {"D": 1.2}},
  "network": {"edges": [{"from": "A", "to": "B", "weight": 0.6}, {"from": "B", "to": "C", "weight": -0.5}, {"from": "C", "to": "D", "weight": 0.4}]},
  "edits": 4, "outside": {"edits": ["X"], "responses": {"X": {"A": 0.7, "D": -0.6}}}, "times": [4],
  "layout": {"levels": ["batch"], "batches": 6, "cells": 40, "control_cells": 80},
  "sb2": {"batch": {"median": 0.04, "values": {"H1": 0, "H2": 0, "H3": 0}}},
  "sg2": {"median": 0.02, "values": {"H1": 0, "H2": 0, "H3": 0}},
  "measurement": {"dispersion": 0.15, "depth_cv": 0.4}
})";

/** Generalised least squares written out densely: estimates of the condition means and their covariance. */
struct Dense {
  Vector mean;
  Matrix covariance;
};

Dense dense_gls(const Matrix& x, const Matrix& variance, double batch_variance, double group_variance) {
  const Index conditions = x.rows(), batches = x.cols(), n = conditions * batches;
  Matrix v = Matrix::Zero(n, n), design = Matrix::Zero(n, conditions);
  Vector y(n);
  for (Index b = 0; b < batches; ++b)
    for (Index c = 0; c < conditions; ++c) {
      const Index k = b * conditions + c;
      y[k] = x(c, b);
      design(k, c) = 1;
      v.block(k, b * conditions, 1, conditions).setConstant(batch_variance);
      v(k, k) += group_variance + variance(c, b);
    }
  const Eigen::LLT<Matrix> factor(v);
  const Matrix weighted = factor.solve(design);
  const Matrix covariance = (design.transpose() * weighted).inverse();
  return {covariance * (weighted.transpose() * y), covariance};
}

struct CoverageTally {
  int inside = 0, intervals = 0;
  double smallest_df = 1e9, worst_variance = 0;
  Vector sum_b = Vector::Zero(4), sum_g = Vector::Zero(4), square_b = Vector::Zero(4), square_g = Vector::Zero(4);
  Vector expected_b = Vector::Zero(4), expected_g = Vector::Zero(4);
  double pooled_b = 0, pooled_g = 0;
};

void add_replicate(const api::Recipe& recipe, CoverageTally& tally) {
  const screen::Screen document = api::screen_from_message(recovery::screen_document(recipe));
  const api::Truth truth = api::draw_truth(recipe);
  measurement::LevelsOptions options;
  options.merge_halves = true;
  const auto levels =
      measurement::levels_of(document, measurement::gene_indices(document, {"A", "B", "C", "D"}), options);
  const auto components = measurement::variance_components(levels);
  tally.pooled_b += components.pooled.sb2[0];
  tally.pooled_g += components.pooled.sg2;
  const Vector composition = truth.composition();
  // log of a share of the depth: the gene's own deviation less the depth's, to first order
  const Vector share = truth.expression / truth.expression.sum();
  for (Index i = 0; i < 4; ++i) {
    const double left = std::pow(1 - share[i], 2) + share.head(4).squaredNorm() - share[i] * share[i];
    tally.expected_b[i] += sb2 * left;
    tally.expected_g[i] += sg2 * left;
    const auto& gene = components.genes[static_cast<std::size_t>(i)];
    REQUIRE(gene.reason == "");
    tally.sum_b[i] += gene.sb2[0];
    tally.sum_g[i] += gene.sg2;
    tally.square_b[i] += gene.sb2[0] * gene.sb2[0];
    tally.square_g[i] += gene.sg2 * gene.sg2;

    const Index conditions = static_cast<Index>(levels.conditions.size());
    Matrix x(conditions, 6), variance(conditions, 6);
    for (std::size_t r = 0; r < levels.rows.size(); ++r) {
      if (levels.rows[r].half == 1) continue;  // joined with the first half's row
      x(levels.rows[r].condition, levels.rows[r].batch[0]) = levels.x(i, static_cast<Index>(r));
      variance(levels.rows[r].condition, levels.rows[r].batch[0]) = levels.variance(i, static_cast<Index>(r));
    }
    const Dense dense = dense_gls(x, variance, gene.sb2[0], gene.sg2);
    measurement::Gls gls(components.levels, (variance.array() + gene.sg2).inverse().matrix());
    gls.set_level_variances(gene.sb2);
    const auto moments = measurement::moments_of(gls.weights());
    const measurement::Satterthwaite satterthwaite(gls, moments);
    Index control = 0;
    while (!levels.conditions[static_cast<std::size_t>(control)].is_control()) ++control;
    for (Index c = 0; c < conditions; ++c) {
      if (c == control) continue;
      const measurement::Contrast contrast{"", {{static_cast<int>(c), 1}, {static_cast<int>(control), -1}}};
      const double own = dense.covariance(c, c) + dense.covariance(control, control) - 2 * dense.covariance(c, control);
      tally.worst_variance = std::max(tally.worst_variance, std::abs(gls.variance(contrast) / own - 1));
      const double df = satterthwaite.df(contrast);
      tally.smallest_df = std::min(tally.smallest_df, df);
      const double half_width = groundwork::student_t_quantile(0.975, df) * std::sqrt(own);
      Index true_condition = 0;
      while (!(truth.conditions[static_cast<std::size_t>(true_condition)].condition.edits ==
               levels.conditions[static_cast<std::size_t>(c)].edits))
        ++true_condition;
      const double effect = truth.effect()(i, true_condition) - composition[true_condition];
      tally.inside += std::abs(dense.mean[c] - dense.mean[control] - effect) <= half_width;
      ++tally.intervals;
    }
  }
}

}  // namespace

TEST_CASE("95 % intervals of effects cover 93 to 97 %, and variance components are not biased") {
  const int replicates = 1000;
  CoverageTally tally;
  for (int r = 0; r < replicates; ++r)
    add_replicate(recovery::recipe_of(complete_blocks, static_cast<std::uint64_t>(r + 1)), tally);
  CHECK(tally.intervals == replicates * 4 * 5);
  CHECK(tally.smallest_df >= 10);
  CHECK(tally.worst_variance < 1e-8);
  const double coverage = static_cast<double>(tally.inside) / tally.intervals;
  MESSAGE("coverage ", coverage, " over ", tally.intervals, " intervals");
  CHECK(coverage > 0.93);
  CHECK(coverage < 0.97);
  for (Index i = 0; i < 4; ++i) {
    CAPTURE(i);
    const double mean_b = tally.sum_b[i] / replicates, mean_g = tally.sum_g[i] / replicates;
    const double se_b = std::sqrt((tally.square_b[i] / replicates - mean_b * mean_b) / replicates);
    const double se_g = std::sqrt((tally.square_g[i] / replicates - mean_g * mean_g) / replicates);
    MESSAGE("gene ", i, ": s_b² ", mean_b, " ± ", se_b, ", s_g² ", mean_g, " ± ", se_g, "; true ",
            tally.expected_b[i] / replicates, ", ", tally.expected_g[i] / replicates);
    CHECK(std::abs(mean_b - tally.expected_b[i] / replicates) < 4 * se_b);
    CHECK(std::abs(mean_g - tally.expected_g[i] / replicates) < 4 * se_g + 0.02 * sg2);
  }
  MESSAGE("pooled over genes: s_b² ", tally.pooled_b / replicates, ", s_g² ", tally.pooled_g / replicates);
  CHECK(std::abs(tally.pooled_b / replicates / (tally.expected_b.mean() / replicates) - 1) < 0.05);
  CHECK(std::abs(tally.pooled_g / replicates / (tally.expected_g.mean() / replicates) - 1) < 0.05);
}
