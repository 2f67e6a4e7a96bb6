#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

/** Conditions × donors × lanes within donors, Gaussian states with known noise. */
screen::Levels table_of(int genes, int conditions, int donors, int lanes, double donor2, double lane2, double sg2) {
  Random random(12);
  screen::Levels t;
  for (int c = 0; c < conditions; ++c) {
    screen::Condition condition;
    if (c > 0) condition.edits.push_back({"E" + std::to_string(c), 1});
    t.conditions.push_back(condition);
  }
  t.batches = {{"donor", {}}, {"lane", {}}};
  for (int d = 0; d < donors; ++d) t.batches[0].levels.push_back("d" + std::to_string(d));
  for (int l = 0; l < lanes; ++l) t.batches[1].levels.push_back(std::to_string(l + 1));
  for (int c = 0; c < conditions; ++c)
    for (int d = 0; d < donors; ++d)
      for (int l = 0; l < lanes; ++l) t.rows.push_back({c, {d, l}, -1, 100.0});
  const auto rows = static_cast<Index>(t.rows.size());
  t.x.resize(genes, rows);
  t.variance = Matrix::Constant(genes, rows, 0.01);
  t.trust.resize(genes, rows);
  t.trust.setConstant(screen::Trust::trusted);
  for (Index i = 0; i < genes; ++i) {
    t.genes.push_back("g" + std::to_string(i));
    Matrix donor(donors, 1), lane(donors, lanes);
    for (Index k = 0; k < donor.size(); ++k) donor(k) = std::sqrt(donor2) * random.normal();
    for (Index k = 0; k < lane.size(); ++k) lane(k) = std::sqrt(lane2) * random.normal();
    for (Index r = 0; r < rows; ++r) {
      const auto& row = t.rows[static_cast<std::size_t>(r)];
      t.x(i, r) = 0.3 * row.condition + donor(row.batch[0]) + lane(row.batch[0], row.batch[1]) +
                  std::sqrt(sg2 + 0.01) * random.normal();
    }
  }
  return t;
}

}  // namespace

TEST_CASE("variances of nested levels come back, pooled over genes") {
  const VarianceComponents v = variance_components(table_of(200, 6, 4, 3, 0.09, 0.04, 0.02));
  REQUIRE(v.levels.labels[1].size() == 12);  // lanes are within donors
  CHECK(relative_error(v.pooled.sb2[0], 0.09) < 0.2);
  CHECK(relative_error(v.pooled.sb2[1], 0.04) < 0.1);
  CHECK(relative_error(v.pooled.sg2, 0.02) < 0.1);
  CHECK(relative_error(v.pooled.sw2, 1.0) < 1e-12);  // 100 cells × 0.01
  CHECK(v.genes[0].df == 6 * 12 - 6 - 12 + 1);
  REQUIRE(v.weak.size() == 1);
  CHECK(v.weak[0].rfind("weak: four batches at level donor", 0) == 0);
  // Balanced tables: the expected information gives the classical standard error of a residual variance.
  const GeneComponents& g = v.genes[0];
  CHECK(relative_error(g.sg2_se, std::sqrt(2.0 / g.df) * (g.sg2 + 0.01)) < 1e-6);
}

TEST_CASE("what a layout cannot tell is null, with a reason") {
  SUBCASE("one batch") {
    const VarianceComponents v = variance_components(table_of(3, 5, 1, 1, 0.1, 0.1, 0.1));
    CHECK(std::isnan(v.genes[0].sg2));
    CHECK(std::isnan(v.pooled.sb2[1]));
    CHECK(v.genes[0].reason.find("one lane only") != std::string::npos);
  }
  SUBCASE("one condition") {
    const VarianceComponents v = variance_components(table_of(3, 1, 3, 2, 0.1, 0.1, 0.1));
    CHECK(std::isnan(v.genes[0].sg2));
    CHECK(!v.genes[0].reason.empty());
  }
  SUBCASE("one donor: its lanes are still known") {
    const VarianceComponents v = variance_components(table_of(3, 5, 1, 3, 0.1, 0.1, 0.1));
    CHECK(std::isnan(v.genes[0].sb2[0]));
    CHECK(!std::isnan(v.genes[0].sb2[1]));
    CHECK(v.genes[0].reason == "donor: there is one donor only");
  }
  SUBCASE("every donor has one lane: the lane carries the donor") {
    const VarianceComponents v = variance_components(table_of(3, 5, 4, 1, 0.1, 0.1, 0.1));
    CHECK(std::isnan(v.genes[0].sb2[0]));
    CHECK(!std::isnan(v.genes[0].sb2[1]));
  }
  SUBCASE("no batch column") {
    screen::Levels t = table_of(3, 5, 1, 1, 0.1, 0.1, 0.1);
    t.batches.clear();
    for (auto& row : t.rows) row.batch.clear();
    const VarianceComponents v = variance_components(t);
    CHECK(std::isnan(v.genes[0].sg2));
    CHECK(v.genes[0].reason.find("no batch column") != std::string::npos);
    CHECK(relative_error(v.genes[0].sw2, 1.0) < 1e-12);
  }
}

TEST_CASE("censored states do not take part") {
  screen::Levels t = table_of(1, 6, 3, 2, 0.05, 0.02, 0.02);
  for (Index r = 6; r < 9; ++r) {
    t.trust(0, r) = screen::Trust::censored;
    t.x(0, r) = -100;
  }
  const VarianceComponents v = variance_components(t);
  CHECK(v.genes[0].sg2 < 1);
  CHECK(v.genes[0].df == 36 - 3 - 6 - 6 + 1);
}
