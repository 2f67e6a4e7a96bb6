#include <doctest/doctest.h>

#include <cmath>

#include "dense_gls.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/satterthwaite.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {}

TEST_CASE("information and degrees of freedom agree with dense algebra") {
  Random random(77);
  const double choices[] = {0, 0.03, 0.7, 5, infinity};
  int positive = 0, none = 0;
  for (int repeat = 0; repeat < 400; ++repeat) {
    CAPTURE(repeat);
    const auto conditions = static_cast<Index>(1 + random.below(6)), batches = static_cast<Index>(1 + random.below(7));
    const BatchLevels levels = dense::random_levels(random, batches, static_cast<int>(1 + random.below(3)));
    Vector variances(static_cast<Index>(levels.levels()));
    for (double& v : variances) v = choices[random.below(5)];
    const Matrix w = dense::random_weights(random, conditions, batches);
    if (w.sum() == 0) continue;
    Gls gls(levels, w);
    gls.set_level_variances(variances);
    const WeightMoments moments = moments_of(w);
    const Satterthwaite fast(gls, moments);
    const dense::Problem problem = dense::build(w, levels, variances);
    // The dense problem keeps random levels that a finer fixed level absorbs; the product does not.
    const Matrix all = dense::information(problem);
    std::vector<Index> kept;
    Index kernel = 0;
    for (int f = 0; f < static_cast<int>(levels.levels()); ++f) {
      if (std::isinf(variances[f])) continue;
      for (const int level : fast.information().level) {
        if (level == f) kept.push_back(kernel);
      }
      ++kernel;
    }
    kept.push_back(kernel);
    REQUIRE(static_cast<Index>(kept.size()) == fast.information().matrix.rows());
    Matrix expected(fast.information().matrix.rows(), fast.information().matrix.rows());
    for (std::size_t i = 0; i < kept.size(); ++i)
      for (std::size_t j = 0; j < kept.size(); ++j)
        expected(static_cast<Index>(i), static_cast<Index>(j)) = all(kept[i], kept[j]);
    for (Index i = 0; i < expected.rows(); ++i)
      for (Index j = 0; j < expected.rows(); ++j) {
        const double size = std::sqrt(std::abs(expected(i, i) * expected(j, j))) + 1e-6 * (1e-9 + w.squaredNorm());
        INFO(i, " ", j, " ", variances.transpose(), " got ", fast.information().matrix(i, j), " want ", expected(i, j));
        CHECK(std::abs(fast.information().matrix(i, j) - expected(i, j)) < 1e-8 * size);
      }
    for (int k = 0; k < 4; ++k) {
      const Contrast contrast = dense::random_contrast(random, conditions);
      if (dense::padded(problem, contrast).norm() < 1e-9 || std::isnan(gls.variance(contrast))) continue;
      const Vector dense_gradient = dense::variance_gradient(problem, contrast);
      const Vector gradient = fast.variance_gradient(contrast);
      for (std::size_t i = 0; i < kept.size(); ++i) {
        CHECK(std::abs(gradient[static_cast<Index>(i)] - dense_gradient[kept[i]]) <
              1e-9 * (dense_gradient.norm() + 1e-9));
      }
      // Range and pseudo-inverse by a route of their own.
      Vector g(static_cast<Index>(kept.size()));
      for (std::size_t i = 0; i < kept.size(); ++i) g[static_cast<Index>(i)] = dense_gradient[kept[i]];
      Vector scale(g.size());
      for (Index i = 0; i < g.size(); ++i) {
        const bool known = expected(i, i) > 1e-22 * w.squaredNorm();
        scale[i] = known ? 1 / std::sqrt(expected(i, i)) : 0;
        if (!known && g[i] > 1e-20) g[0] = infinity;  // a variance that matters and about which nothing is known
      }
      if (std::isinf(g[0])) {
        CHECK(fast.df(contrast) == 0);
        ++none;
        continue;
      }
      const Matrix scaled = scale.asDiagonal() * expected * scale.asDiagonal();
      Eigen::CompleteOrthogonalDecomposition<Matrix> solver;
      solver.setThreshold(1e-8);
      solver.compute(scaled);
      const Vector target = scale.cwiseProduct(g);
      const Vector solution = solver.solve(target);
      const bool inside = (scaled * solution - target).norm() < 1e-5 * target.norm();
      const double df = fast.df(contrast);
      INFO("variances ", variances.transpose(), "\nlevels ", levels.labels[0].size(), "\nw\n", w, "\nI\n", expected,
           "\nmine\n", fast.information().matrix, "\ng ", g.transpose(), " l ",
           dense::padded(problem, contrast).transpose());
      if (inside) {
        const double variance = dense::variance(problem, contrast);
        CHECK(relative_error(df, 2 * variance * variance / target.dot(solution)) < 1e-6);
        ++positive;
      } else {
        CHECK(df == 0);
        ++none;
      }
    }
  }
  CHECK(positive > 300);
  CHECK(none > 50);
}

TEST_CASE("classical degrees of freedom") {
  Random unused(1);
  const auto df = [&](const Matrix& w, double sb2, const Contrast& contrast) {
    Gls gls(dense::random_levels(unused, w.cols(), 1), w);
    gls.set_level_variances(Vector::Constant(1, sb2));
    const WeightMoments moments = moments_of(w);
    return Satterthwaite(gls, moments).df(contrast);
  };
  const Contrast effect{"", {{1, 1.0}, {0, -1.0}}};
  // Complete blocks: the residual of a two-way table, whatever the batch variance, also fixed.
  for (const double sb2 : {0.01, 0.3, 100.0, infinity}) {
    CHECK(relative_error(df(Matrix::Constant(6, 4, 7.0), sb2, effect), 15) < 1e-9);
    CHECK(relative_error(df(Matrix::Constant(2, 2, 0.1), sb2, effect), 1) < 1e-9);
  }
  // One batch: every condition is seen once, nothing is left to judge it by.
  CHECK(df(Matrix::Constant(5, 1, 3.0), 0.1, effect) == 0);
  CHECK(df(Matrix::Constant(5, 1, 3.0), infinity, effect) == 0);
  // One condition's level over B batches: B − 1, but s_b² and s_g² cannot be told apart and need not be.
  CHECK(relative_error(df(Matrix::Constant(1, 5, 3.0), 0.1, {"", {{0, 1.0}}}), 4) < 1e-6);
  // Two conditions in separate batches: the same, from both sides.
  Matrix apart = Matrix::Zero(2, 8);
  apart.row(0).head(4).setConstant(2);
  apart.row(1).tail(4).setConstant(2);
  CHECK(relative_error(df(apart, 0.5, effect), 6) < 1e-6);
}

TEST_CASE("sums in single precision give degrees of freedom to five digits") {
  Random random(13);
  Matrix w = Matrix::Zero(400, 12);
  for (double& x : w.reshaped()) x = random.below(3) ? 1e4 * std::exp(2 * random.normal()) : 0;
  Gls gls(dense::random_levels(random, 12, 2), w);
  gls.set_level_variances((Vector(2) << 1e-4, 3e-4).finished());
  const WeightMoments exact = moments_of(w), rough = moments_of(gls, true);
  const Satterthwaite a(gls, exact), b(gls, rough);
  for (int c = 1; c < 20; ++c) {
    const Contrast contrast{"", {{c, 1.0}, {0, -1.0}}};
    if (!std::isnan(gls.variance(contrast))) CHECK(relative_error(b.df(contrast), a.df(contrast)) < 1e-5);
  }
}
