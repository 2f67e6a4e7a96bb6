#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/measurement/count_noise.hpp"
#include "groundwork/measurement/guide_variation.hpp"
#include "simulated_screen.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

/** Controls and edits with guides that differ in efficacy and in what else they do, as negative binomial cells. */
screen::Screen screen_with_guides(int genes, int edits, int control_guides, int guides, double efficacy_sd,
                                  double off_target_sd, double effect_sd, std::uint64_t seed, double sg2 = 0.004) {
  Random random(seed);
  screen::Screen s = simulated::empty_screen(genes, edits + 1, 2);
  const auto count = static_cast<std::size_t>(genes);
  const std::vector<double> dispersion(count, 0.2);
  std::vector<double> base(count);
  for (double& rate : base) rate = std::exp(1 + 0.5 * random.normal());
  screen::Screen cells = simulated::empty_screen(genes, 1, 2);  // one group a guide
  std::vector<std::string> names;
  const auto add_guides = [&](int condition, int n, const std::vector<double>& effect) {
    Matrix shared(genes, 2);  // what a batch adds to all guides of the condition
    for (double& value : shared.reshaped()) value = std::sqrt(sg2) * random.normal();
    for (int q = 0; q < n; ++q) {
      const double efficacy = 1 + efficacy_sd * random.normal();
      std::vector<double> own(count);
      for (std::size_t i = 0; i < count; ++i)
        own[i] = base[i] * std::exp(efficacy * effect[i] + off_target_sd * random.normal());
      for (int b = 0; b < 2; ++b) {
        names.push_back("c" + std::to_string(condition) + "q" + std::to_string(q));
        std::vector<double> here = own;
        for (std::size_t i = 0; i < count; ++i) here[i] *= std::exp(shared(static_cast<Index>(i), b));
        simulated::add_group(cells, random, condition, b, -1, 120, here, dispersion);
      }
    }
  };
  add_guides(0, control_guides, std::vector<double>(count, 0.0));
  for (int e = 1; e <= edits; ++e) {
    std::vector<double> effect(count);
    for (double& value : effect) value = effect_sd * random.normal();
    add_guides(e, guides, effect);
  }
  // Guides joined into the groups of their condition.
  const auto groups = static_cast<Index>(2 * (edits + 1));
  s.statistics.sum = s.statistics.scaled = s.statistics.scaled_sq = Matrix::Zero(genes, groups);
  s.groups.resize(static_cast<std::size_t>(groups));
  s.guide_sum = cells.statistics.sum;
  s.guide_scaled_sq = cells.statistics.scaled_sq;
  for (std::size_t k = 0; k < cells.groups.size(); ++k) {
    const screen::Group& guide = cells.groups[k];
    const int at = 2 * guide.condition + guide.batch[0];
    screen::Group& group = s.groups[static_cast<std::size_t>(at)];
    group.condition = guide.condition;
    group.batch = guide.batch;
    group.cells += guide.cells;
    group.sum_size += guide.sum_size;
    group.sum_size_sq += guide.sum_size_sq;
    group.sum_inverse_size += guide.sum_inverse_size;
    s.statistics.sum.col(at) += cells.statistics.sum.col(static_cast<Index>(k));
    s.statistics.scaled.col(at) += cells.statistics.scaled.col(static_cast<Index>(k));
    s.statistics.scaled_sq.col(at) += cells.statistics.scaled_sq.col(static_cast<Index>(k));
    s.guides.push_back({names[k], at, guide.cells, guide.sum_size});
  }
  return s;
}

GuideVariation variation_of(const screen::Screen& s) {
  const std::vector<int> genes = genes_above_noise(s);
  LevelsOptions options;
  options.merge_halves = true;
  const screen::Levels t = levels_of(s, genes, options);
  return guide_variation(s, genes, moderate(t, variance_components(t)));
}

}  // namespace

TEST_CASE("the spread of guides comes back from counts") {
  const GuideVariation v = variation_of(screen_with_guides(80, 15, 10, 4, 0.4, 0.12, 0.4, 2));
  CHECK(v.efficacy_reason == "");
  CHECK(v.off_target_reason == "");
  CHECK(v.control_guides == 10);
  REQUIRE(v.edits.size() == 15);
  CHECK(v.edits[0].guides == 4);
  // 15 edits of four guides tell a variance to about √(2/45), the efficacies drawn; and the jackknife says about as
  // much.
  CHECK(v.efficacy_se > 0.01);
  CHECK(v.efficacy_se < 0.08);
  CHECK(std::abs(v.efficacy_variance - 0.16) < 3 * v.efficacy_se);
  CHECK(std::abs(v.off_target_variance - 0.0144) < 3 * v.off_target_se);
  CHECK(v.off_target_se < 0.004);
}

TEST_CASE("guides that do not differ are not said to") {
  const GuideVariation v = variation_of(screen_with_guides(80, 15, 10, 4, 0, 0, 0.4, 3));
  CHECK(std::abs(v.efficacy_variance) < 0.02);
  CHECK(std::abs(v.off_target_variance) < 0.001);
}

TEST_CASE("what cannot be said about guides has a reason") {
  screen::Screen s = screen_with_guides(40, 4, 2, 1, 0.3, 0.1, 0.4, 4);
  GuideVariation v = variation_of(s);
  CHECK(std::isnan(v.efficacy_variance));
  CHECK(v.efficacy_reason == "no edit has two guides with enough cells");
  CHECK(v.off_target_reason == "fewer than three non-targeting guides have enough cells");
  s.guides.clear();
  v = variation_of(s);
  CHECK(v.efficacy_reason == "the screen has no guide column");
  // Edits that do nothing have no efficacy.
  v = variation_of(screen_with_guides(40, 4, 4, 3, 0.3, 0, 0, 5));
  CHECK(v.efficacy_reason == "the guides of no edit share an effect that stands clearly above noise");
}
