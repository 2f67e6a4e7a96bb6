#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "drawn_levels.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/baselines.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/scores.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0, sy = 0, sxx = 0, syy = 0, sxy = 0;
  const double n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    sx += x[i];
    sy += y[i];
    sxx += x[i] * x[i];
    syy += y[i] * y[i];
    sxy += x[i] * y[i];
  }
  return (n * sxy - sx * sy) / std::sqrt((n * sxx - sx * sx) * (n * syy - sy * sy));
}

}  // namespace

TEST_CASE("scores agree with brute force, values that are missing left out") {
  Random random(3);
  const Index genes = 7, conditions = 5;
  ScoredEffects effects{Matrix(genes, conditions), Matrix::Constant(genes, conditions, 0.02),
                        Matrix::Constant(genes, conditions, 0.005), Vector(genes)};
  Matrix predicted(genes, conditions);
  for (Index i = 0; i < predicted.size(); ++i) {
    effects.observed.data()[i] = random.normal();
    predicted.data()[i] = 0.5 * effects.observed.data()[i] + 0.3 * random.normal();
  }
  for (double& x : effects.mean) x = 0.2 * random.normal();
  effects.observed(2, 1) = std::numeric_limits<double>::quiet_NaN();
  const Score score = score_of("model", predicted, effects, 1);

  double mse = 0, none = 0, pearson = 0, against_mean = 0, rank = 0;
  std::vector<double> differences;
  for (Index c = 0; c < conditions; ++c) {
    std::vector<double> p, o, pm, om;
    double own = 0, zero = 0;
    for (Index g = 0; g < genes; ++g) {
      if (g == 2 && c == 1) continue;
      p.push_back(predicted(g, c));
      o.push_back(effects.observed(g, c));
      pm.push_back(predicted(g, c) - effects.mean(g));
      om.push_back(effects.observed(g, c) - effects.mean(g));
      own += std::pow(p.back() - o.back(), 2);
      zero += std::pow(o.back(), 2);
    }
    const double n = static_cast<double>(p.size());
    CHECK(score.per_condition(c) == doctest::Approx(own / n));
    mse += own / n / 5;
    none += zero / n / 5;
    differences.push_back(own / n - zero / n);
    pearson += correlation(p, o) / 5;
    against_mean += correlation(pm, om) / 5;
    double nearer = 0;
    for (Index k = 0; k < conditions; ++k) {
      const auto distance = [&](Index to) {
        double sum = 0, count = 0;
        for (Index g = 0; g < genes; ++g)
          if (!(g == 2 && to == 1)) sum += std::pow(predicted(g, c) - effects.observed(g, to), 2), count += 1;
        return sum / count;
      };
      nearer += k != c && distance(k) < distance(c) ? 0.25 : 0;
    }
    rank += nearer / 5;
  }
  CHECK(score.mse == doctest::Approx(mse));
  CHECK(score.relative_to_no_change == doctest::Approx(mse / none));
  CHECK(score.pearson_delta == doctest::Approx(pearson));
  CHECK(score.pearson_vs_mean == doctest::Approx(against_mean));
  CHECK(score.centroid_rank == doctest::Approx(rank));
  double mean = 0, square = 0;
  for (const double d : differences) mean += d / 5;
  for (const double d : differences) square += (d - mean) * (d - mean) / 4;
  CHECK(score.difference == doctest::Approx(mean));
  // t with 4 degrees of freedom: 2.776445.
  CHECK(score.difference_high - mean == doctest::Approx(2.776445 * std::sqrt(square / 5)).epsilon(1e-5));

  const Limits limits = limits_of(effects);
  CHECK(limits.floor == doctest::Approx(0.02));
  CHECK(limits.shared == doctest::Approx(0.005));
  CHECK(limits.correlation == doctest::Approx(std::sqrt(limits.signal / (limits.signal + 0.02))));
}

TEST_CASE("no change has no correlation, ranks by a stored toss, and a perfect prediction ranks first") {
  Random random(4);
  ScoredEffects effects{Matrix(4, 6), Matrix::Zero(4, 6), Matrix::Zero(4, 6), Vector::Zero(4)};
  for (double& x : effects.observed.reshaped()) x = random.normal();
  const Score perfect = score_of("perfect", effects.observed, effects, 1);
  CHECK(perfect.centroid_rank == 0);
  CHECK(perfect.mse == 0);
  const Score none = score_of("no_change", Matrix::Zero(4, 6), effects, 1);
  CHECK(std::isnan(none.pearson_delta));
  CHECK(none.relative_to_no_change == 1);
  effects.observed.colwise() = effects.observed.col(0).eval();
  const Score tied = score_of("tied", effects.observed, effects, 1);
  CHECK(tied.centroid_rank == score_of("tied", effects.observed, effects, 1).centroid_rank);
  CHECK(tied.centroid_rank > 0);
  CHECK(tied.centroid_rank < 1);
}

TEST_CASE("effects of equal batches are differences to the controls of the same batch, with their variance") {
  drawn::Design design;
  design.batches = 3;
  design.times = {1};
  const auto levels = drawn::levels(design, 5, [&](const std::string& edit, const std::string&, double) {
    return edit.empty() ? drawn::nothing(6) : Vector(Vector::Constant(6, 0.4));
  });
  LevelVariances variances{Matrix::Constant(6, 1, infinity), Vector::Constant(6, 0.01)};
  std::vector<int> rows;
  screen::Levels halved = source_of(levels).levels(
      [&] {
        for (std::size_t r = 0; r < levels.rows.size(); ++r)
          if (levels.rows[r].half <= 0) rows.push_back(static_cast<int>(r));
        return rows;
      }(),
      {0, 1, 2, 3, 4, 5}, false);
  for (const double batch_variance : {0.0, 0.04, infinity}) {
    variances.batch.setConstant(batch_variance);
    const Effects effects = effects_of(halved, variances, {{1, {0}}});
    Vector expected = Vector::Zero(6);
    for (std::size_t r = 0; r < halved.rows.size(); ++r) {
      if (halved.rows[r].condition == 1) expected += halved.x.col(static_cast<Index>(r)) / 3;
      if (halved.rows[r].condition == 0) expected -= halved.x.col(static_cast<Index>(r)) / 3;
    }
    CHECK((effects.value.col(0) - expected).norm() < 1e-9);
    // Complete blocks: (v + v₀)/B for any batch variance.
    CHECK(effects.variance(0, 0) == doctest::Approx(2 * (0.01 + 0.0025) / 3));
    CHECK(effects.shared(0, 0) == doctest::Approx(0.01 / 3));
  }
}

TEST_CASE("an effect in a batch without controls is not estimable when batches are fixed") {
  drawn::Design design;
  design.times = {1};
  auto levels =
      drawn::levels(design, 5, [](const std::string&, const std::string&, double) { return drawn::nothing(6); });
  for (auto& row : levels.rows) row.batch = {row.condition == 1 ? 1 : 0};
  const LevelVariances variances{Matrix::Constant(6, 1, infinity), Vector::Zero(6)};
  const Effects effects = effects_of(levels, variances, {{1, {0}}, {2, {0}}});
  CHECK(effects.value.col(0).array().isNaN().all());
  CHECK(effects.value.col(1).allFinite());
}

TEST_CASE("baselines of a split by time: no change, the mean over training times, the line between neighbours") {
  drawn::Design design;
  design.times = {1, 2, 3};
  design.noise = 1e-4;
  design.batch_sd = 0;
  const auto levels = drawn::levels(design, 5, [](const std::string& edit, const std::string&, double t) {
    return edit.empty() ? drawn::nothing(6) : Vector(Vector::Constant(6, 0.1 * t * t));
  });
  FitOptions options;
  options.split = SplitKind::time;
  options.held_out_times = {2};
  const Problem problem = prepare(source_of(levels), options);
  const Panel panel = panel_of(problem);
  const auto list = baselines_of(problem, panel);
  REQUIRE(list.size() == 4);
  for (const std::size_t i : panel.scored()) {
    const Index c = static_cast<Index>(i);
    Index g = 0;
    while (std::isnan(panel.observed(g, c))) ++g;
    CHECK(panel.observed(g, c) == doctest::Approx(0.4).epsilon(0.01));
    CHECK(list[0].effects(g, c) == 0);
    CHECK(list[1].effects(g, c) == doctest::Approx((0.1 + 0.9) / 2).epsilon(0.01));
    CHECK(list[3].effects(g, c) == doctest::Approx((0.1 + 0.9) / 2).epsilon(0.01));
    CHECK(list[2].effects(g, c) == doctest::Approx(0.4).epsilon(0.3));
  }
}
