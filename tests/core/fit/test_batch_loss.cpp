#include <doctest/doctest.h>

#include <Eigen/Dense>
#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/fit/batch_loss.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

/** Rows of 5 states in nested batches: 2 days, each with 2 lanes, at random; some values without weight. */
LossRows draw_rows(Random& random, const std::vector<double>& day_variance, const std::vector<double>& lane_variance) {
  LossRows rows;
  const Index genes = static_cast<Index>(day_variance.size()), n = 17;
  rows.states = 5;
  rows.levels = 2;
  rows.batch.resize(2);
  rows.x.resize(genes, n);
  rows.variance.resize(genes, n);
  rows.batch_variance.resize(genes, 2);
  for (Index g = 0; g < genes; ++g)
    rows.batch_variance.row(g) << day_variance[static_cast<std::size_t>(g)], lane_variance[static_cast<std::size_t>(g)];
  for (Index r = 0; r < n; ++r) {
    const int lane = static_cast<int>(random.below(4));
    rows.batch[0].push_back(lane / 2);
    rows.batch[1].push_back(lane);
    rows.state.push_back(static_cast<int>(random.below(5)));
    rows.level.push_back(rows.state.back() == 4 ? 1 : 0);
    for (Index g = 0; g < genes; ++g) {
      rows.x(g, r) = 3 + random.normal();
      rows.variance(g, r) = random.uniform() < 0.1 ? infinity : 0.02 + random.uniform();
    }
  }
  return rows;
}

/** min over fixed batch effects and free levels of (e − F b)ᵀ V⁻¹ (e − F b), with V written out. */
double dense(const LossRows& rows, const Matrix& p) {
  double total = 0;
  for (Index g = 0; g < rows.x.rows(); ++g) {
    std::vector<Index> kept;
    for (Index r = 0; r < rows.x.cols(); ++r)
      if (std::isfinite(rows.variance(g, r))) kept.push_back(r);
    const Index n = static_cast<Index>(kept.size());
    Matrix v = Matrix::Zero(n, n), fixed = Matrix::Zero(n, 6 + rows.levels);
    Vector e(n);
    for (Index i = 0; i < n; ++i) {
      const auto r = static_cast<std::size_t>(kept[static_cast<std::size_t>(i)]);
      v(i, i) += rows.variance(g, kept[static_cast<std::size_t>(i)]);
      e(i) = rows.x(g, static_cast<Index>(r)) - p(g, rows.state[r]);
      fixed(i, 6 + rows.level[r]) = 1;
      for (int f = 0; f < 2; ++f) {
        const double s = rows.batch_variance(g, f);
        if (std::isinf(s)) fixed(i, (f == 0 ? 0 : 2) + rows.batch[static_cast<std::size_t>(f)][r]) = 1;
        for (Index k = 0; k < n && !std::isinf(s); ++k) {
          const auto q = static_cast<std::size_t>(kept[static_cast<std::size_t>(k)]);
          if (rows.batch[static_cast<std::size_t>(f)][r] == rows.batch[static_cast<std::size_t>(f)][q]) v(i, k) += s;
        }
      }
    }
    const Eigen::LLT<Matrix> root(v);
    const Matrix whitened = root.matrixL().solve(fixed);
    const Vector y = root.matrixL().solve(e);
    const Vector b = whitened.completeOrthogonalDecomposition().solve(y);
    total += (y - whitened * b).squaredNorm();
  }
  return total;
}

}  // namespace

TEST_CASE("the batch loss is rᵀV⁻¹r with fixed batches and free levels profiled out, for any nested layout") {
  Random random(7);
  for (int round = 0; round < 20; ++round) {
    const LossRows rows = draw_rows(random, {0, 0.3, infinity, 0.2, 0.1}, {0, 0.1, 0.2, infinity, 1e4});
    Matrix p(5, 5);
    for (double& x : p.reshaped()) x = 0.5 * random.normal();
    const double expected = dense(rows, p);
    const BatchLoss<double> loss(rows);
    CHECK(loss.value(p) == doctest::Approx(expected).epsilon(1e-8));
    CHECK(BatchLoss<float>(rows).value(p.cast<float>()) == doctest::Approx(expected).epsilon(1e-4));

    Matrix gradient;
    loss.value(p, gradient);
    const double h = 1e-4;
    for (Index i = 0; i < p.size(); ++i) {
      Matrix up = p, down = p;
      up.data()[i] += h;
      down.data()[i] -= h;
      const double difference = (loss.value(up) - loss.value(down)) / (2 * h);
      CHECK(std::abs(difference - gradient.data()[i]) < 1e-6 * gradient.norm());
    }
  }
}

TEST_CASE("a level that all conditions share does not move the loss, and neither does a fixed batch's effect") {
  Random random(8);
  LossRows rows = draw_rows(random, {0, 0.3}, {infinity, infinity});
  Matrix p = Matrix::Zero(2, 5);
  const double before = BatchLoss<double>(rows).value(p);
  for (Index r = 0; r < rows.x.cols(); ++r) rows.x.col(r).array() += rows.batch[1][static_cast<std::size_t>(r)];
  CHECK(BatchLoss<double>(rows).value(p) == doctest::Approx(before).epsilon(1e-9));
  p.array() += 2.5;
  CHECK(BatchLoss<double>(rows).value(p) == doctest::Approx(before).epsilon(1e-9));
}

TEST_CASE("free levels are the generalised least squares estimates") {
  Random random(9);
  const LossRows rows = draw_rows(random, {0.3, 0}, {0.1, 0});
  const Matrix levels = free_levels(rows, Matrix::Zero(2, 5));
  // At the estimate, moving a level either way raises the dense criterion with the levels held.
  for (Index g = 0; g < 2; ++g) {
    Matrix v = rows.variance.row(g).asDiagonal();
    for (Index i = 0; i < v.rows(); ++i)
      for (Index k = 0; k < v.cols(); ++k)
        for (int f = 0; f < 2; ++f)
          if (rows.batch[static_cast<std::size_t>(f)][static_cast<std::size_t>(i)] ==
              rows.batch[static_cast<std::size_t>(f)][static_cast<std::size_t>(k)])
            v(i, k) += rows.batch_variance(g, f);
    Matrix design = Matrix::Zero(v.rows(), 2);
    std::vector<Index> kept;
    for (Index i = 0; i < v.rows(); ++i) {
      design(i, rows.level[static_cast<std::size_t>(i)]) = 1;
      if (std::isfinite(rows.variance(g, i))) kept.push_back(i);
    }
    const Matrix inverse = Matrix(v(kept, kept)).inverse();
    const Matrix x = design(kept, Eigen::all);
    const Vector y = rows.x.row(g).transpose()(kept);
    const Vector expected = (x.transpose() * inverse * x).ldlt().solve(x.transpose() * inverse * y);
    CHECK((levels.row(g).transpose() - expected).norm() < 1e-9);
  }
}

TEST_CASE("a batch variance without bound is a fixed batch") {
  Random random(10);
  LossRows rows = draw_rows(random, {0, 0.3}, {1e9, 1e9});
  const Matrix p = Matrix::Zero(2, 5);
  const double large = BatchLoss<double>(rows).value(p);
  rows.batch_variance.col(1).setConstant(infinity);
  CHECK(large == doctest::Approx(BatchLoss<double>(rows).value(p)).epsilon(1e-6));
}
