#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/latent_shift.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

Matrix normal_matrix(Index rows, Index cols, double sd, Random& random) {
  Matrix m(rows, cols);
  for (double& x : m.reshaped()) x = sd * random.normal();
  return m;
}

screen::Condition with_edits(const std::vector<screen::Edit>& edits, double time = 1) {
  screen::Condition condition;
  condition.edits = edits;
  condition.time = time;
  return condition;
}

}  // namespace

TEST_CASE("components without holes are those of the closed form") {
  Random random(1);
  const Matrix x = normal_matrix(6, 3, 1, random) * normal_matrix(3, 40, 1, random) + normal_matrix(6, 40, 0.2, random);
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(Matrix(x * x.transpose() / 40));
  for (const Index k : {1, 2, 3}) {
    // Tipping and Bishop, equations 7 and 8: W Wᵀ = U (Λ − s I) Uᵀ, s the mean of the eigenvalues that are left out.
    const double noise = eigen.eigenvalues().head(6 - k).mean();
    const Matrix u = eigen.eigenvectors().rightCols(k);
    const Vector size = eigen.eigenvalues().tail(k).array() - noise;
    const LatentComponents found = latent_components(x, k);
    CHECK(found.noise == doctest::Approx(noise).epsilon(2e-3));
    const Matrix expected = u * size.asDiagonal() * u.transpose();
    CHECK((found.loadings * found.loadings.transpose() - expected).norm() < 5e-3 * expected.norm());
  }
  CHECK(latent_components(x, 0).noise == doctest::Approx(x.squaredNorm() / x.size()).epsilon(1e-12));
}

TEST_CASE("log densities and codes are those of the dense normal distribution, holes left out") {
  Random random(2);
  LatentComponents model;
  model.loadings = normal_matrix(5, 2, 0.7, random);
  model.noise = 0.3;
  Matrix x = normal_matrix(5, 4, 1, random);
  x(1, 2) = x(4, 2) = x(0, 3) = groundwork::nan;
  const Vector density = model.log_density(x);
  const Matrix codes = model.codes(x);
  for (Index c = 0; c < 4; ++c) {
    std::vector<Index> seen;
    for (Index g = 0; g < 5; ++g)
      if (std::isfinite(x(g, c))) seen.push_back(g);
    const Matrix w = model.loadings(seen, Eigen::all);
    const Vector value = x(seen, c);
    Matrix covariance = w * w.transpose();
    covariance.diagonal().array() += 0.3;
    const Vector solved = covariance.fullPivLu().solve(value);
    const double n = static_cast<double>(seen.size());
    CHECK(density(c) == doctest::Approx(-0.5 * (n * std::log(2 * std::numbers::pi) +
                                                std::log(covariance.determinant()) + value.dot(solved)))
                            .epsilon(1e-10));
    CHECK((codes.col(c) - w.transpose() * solved).norm() < 1e-10);
  }
}

TEST_CASE("a shift finds the number of dimensions, adds edits, and gives an unknown one the mean") {
  Random random(3);
  const Index genes = 12, edits = 30;
  const Matrix w = normal_matrix(genes, 2, 1, random), z = normal_matrix(2, edits, 1, random);
  Evaluation evaluation;
  std::vector<Vector> columns;
  const auto name = [](Index e) { return "e" + std::to_string(e); };
  for (Index e = 0; e < edits; ++e)
    for (const double time : {1.0, 2.0}) {  // the same edit at two times is one shift
      evaluation.conditions.push_back(with_edits({{name(e), 1}}, time));
      columns.push_back(w * z.col(e) + normal_matrix(genes, 1, 0.05, random).col(0));
    }
  evaluation.conditions.push_back(with_edits({{name(0), 1}, {name(1), 1}}));
  columns.push_back(Vector::Constant(genes, 1000));  // held out: must not matter
  evaluation.observed.resize(genes, static_cast<Index>(columns.size()));
  for (std::size_t c = 0; c < columns.size(); ++c) evaluation.observed.col(static_cast<Index>(c)) = columns[c];
  evaluation.observed(3, 4) = evaluation.observed(3, 5) = groundwork::nan;
  evaluation.held_out.assign(columns.size(), 0);
  evaluation.held_out.back() = 1;
  const LatentShift shift = latent_shift(evaluation);
  CHECK(shift.components.loadings.cols() == 2);
  CHECK(shift.held_out_fit.size() == 6);  // three more dimensions are no better
  CHECK(shift.edits.size() == 30);
  const Matrix effects = shifted_effects(
      shift, {with_edits({{name(0), 1}}), with_edits({{name(1), 1}}), with_edits({{name(0), 1}, {name(1), 1}}),
              with_edits({{name(2), 2}}), with_edits({{"new", 1}}), with_edits({})});
  CHECK((effects.col(0) - w * z.col(0)).norm() < 0.3);
  CHECK((effects.col(2) - effects.col(0) - effects.col(1)).norm() < 1e-12);
  CHECK((effects.col(3) - 2 * w * z.col(2)).norm() < 0.6);
  Vector mean = Vector::Zero(genes);
  for (Index e = 0; e < edits; ++e) mean += shifted_effects(shift, {with_edits({{name(e), 1}})}).col(0) / edits;
  CHECK((effects.col(4) - mean).norm() < 1e-12);
  CHECK(effects.col(5).norm() == 0);
}

TEST_CASE("noise alone has no dimension, and two edits are too few to choose one") {
  Random random(4);
  Evaluation evaluation;
  evaluation.observed = normal_matrix(10, 25, 0.3, random);
  for (Index e = 0; e < 25; ++e) evaluation.conditions.push_back(with_edits({{"e" + std::to_string(e), 1}}));
  evaluation.held_out.assign(25, 0);
  CHECK(latent_shift(evaluation).components.loadings.cols() == 0);
  evaluation.conditions.resize(2);
  evaluation.held_out.resize(2);
  const LatentShift few = latent_shift(evaluation);
  CHECK(few.components.loadings.cols() == 0);
  CHECK(few.edits.size() == 2);
}
