#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/measurement/gene_spread.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

/** Genes whose variances are log-normal around `sb2` and `sg2`, with known noise of 0.004 in every group. */
screen::Levels drawn_genes(int genes, int conditions, int batches, double sb2, double sb_sd, double sg2, double sg_sd,
                           std::uint64_t seed) {
  Random random(seed);
  screen::Levels t;
  for (int c = 0; c < conditions; ++c) {
    screen::Condition condition;
    if (c > 0) condition.edits.push_back({"E" + std::to_string(c), 1});
    t.conditions.push_back(condition);
  }
  t.batches = {{"lane", {}}};
  for (int b = 0; b < batches; ++b) t.batches[0].levels.push_back("L" + std::to_string(b));
  for (int c = 0; c < conditions; ++c)
    for (int b = 0; b < batches; ++b) t.rows.push_back({c, {b}, -1, 50.0});
  const auto rows = static_cast<Index>(t.rows.size());
  t.x.resize(genes, rows);
  t.variance = Matrix::Constant(genes, rows, 0.004);
  t.trust.resize(genes, rows);
  t.trust.setConstant(screen::Trust::trusted);
  for (Index g = 0; g < genes; ++g) {
    t.genes.push_back("g" + std::to_string(g));
    const double own_b = sb2 * std::exp(sb_sd * random.normal()), own_g = sg2 * std::exp(sg_sd * random.normal());
    Vector batch(batches);
    for (double& b : batch) b = std::sqrt(own_b) * random.normal();
    for (Index r = 0; r < rows; ++r)
      t.x(g, r) = batch[t.rows[static_cast<std::size_t>(r)].batch[0]] + std::sqrt(own_g + 0.004) * random.normal();
  }
  return t;
}

}  // namespace

TEST_CASE("the spread of variances over genes comes back where single estimates are mostly noise") {
  // With B batches an estimate is the truth times χ²/(B − 1): its log has standard deviation 2.22 on 1 and 1.28 on 2
  // degrees of freedom, so the median of 600 genes is known to about 1.25 √((sd² + 1)/600).
  struct Case {
    int batches;
    double tolerance;
  };
  for (const Case c : {Case{2, 0.45}, Case{3, 0.30}, Case{8, 0.20}}) {
    CAPTURE(c.batches);
    const screen::Levels t = drawn_genes(600, 20, c.batches, 0.02, 1.0, 0.008, 0.7, 3);
    const VarianceComponents v = variance_components(t);
    const std::vector<GeneSpread> spread = spread_between_genes(t, v);
    REQUIRE(spread.size() == 2);
    CHECK(spread[0].genes == 600);
    CHECK(std::abs(spread[0].log_median - std::log(0.02)) < c.tolerance);
    CHECK(std::abs(spread[0].log_sd - 1.0) < c.tolerance);
    CHECK(std::abs(spread[1].log_median - std::log(0.008)) < 0.15);
    CHECK(std::abs(spread[1].log_sd - 0.7) < 0.2);
    CHECK_FALSE(spread[0].may_be_zero);
    if (c.batches > 2) continue;
    // What the genes' own estimates say instead.
    std::vector<double> own;
    for (const GeneComponents& gene : v.genes) own.push_back(gene.sb2[0]);
    std::sort(own.begin(), own.end());
    CHECK(own[60] < 0.2 * spread[0].quantile(0.1));
    CHECK(own[300] < 0.75 * 0.02);
  }
}

TEST_CASE("genes without any variance are said not to be told from zero") {
  const screen::Levels t = drawn_genes(300, 20, 3, 1e-9, 0.1, 0.008, 0.1, 4);
  const std::vector<GeneSpread> spread = spread_between_genes(t, variance_components(t));
  CHECK(spread[0].may_be_zero);
  CHECK(spread[0].quantile(0.5) < 0.0005);  // noise of a batch mean: (0.008 + 0.004)/20
}
