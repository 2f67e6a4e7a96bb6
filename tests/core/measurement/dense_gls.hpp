// Generalised least squares the long way round, with dense matrices over all groups: what the fast routes are held to.
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <string>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/measurement/batch_levels.hpp"
#include "groundwork/measurement/gls.hpp"

namespace dense {

using groundwork::Index;
using groundwork::Matrix;
using groundwork::Random;
using groundwork::Vector;
using groundwork::measurement::BatchLevels;
using groundwork::measurement::Contrast;

struct Problem {
  Matrix x;                    ///< groups × fixed effects: conditions first, then fixed batch groups
  std::vector<Matrix> z;       ///< random levels: groups × batch groups, coarse to fine
  std::vector<Matrix> kernel;  ///< ∂V/∂θ: one per random level, then the identity
  Matrix v, projection;        ///< V; P = V⁻¹ − V⁻¹X(XᵀV⁻¹X)⁻XᵀV⁻¹
  Matrix covariance;           ///< generalised inverse of XᵀV⁻¹X
  Index conditions = 0;
};

/** `weights` P × B, 0 = absent; `variances` one per level, infinite = fixed. */
inline Problem build(const Matrix& weights, const BatchLevels& levels, const Vector& variances) {
  std::vector<std::pair<Index, Index>> groups;
  for (Index c = 0; c < weights.rows(); ++c)
    for (Index b = 0; b < weights.cols(); ++b)
      if (weights(c, b) > 0) groups.emplace_back(c, b);
  const auto n = static_cast<Index>(groups.size());
  Problem p;
  p.conditions = weights.rows();
  p.x = Matrix::Zero(n, weights.rows());
  p.v = Matrix::Zero(n, n);
  for (Index k = 0; k < n; ++k) {
    const auto [c, b] = groups[static_cast<std::size_t>(k)];
    p.x(k, c) = 1;
    p.v(k, k) = 1 / weights(c, b);
  }
  for (std::size_t f = 0; f < levels.levels(); ++f) {
    Matrix z = Matrix::Zero(n, static_cast<Index>(levels.labels[f].size()));
    for (Index k = 0; k < n; ++k) {
      z(k, levels.of_column[f][static_cast<std::size_t>(groups[static_cast<std::size_t>(k)].second)]) = 1;
    }
    const double variance = variances[static_cast<Index>(f)];
    if (std::isinf(variance)) {
      p.x.conservativeResize(n, p.x.cols() + z.cols());
      p.x.rightCols(z.cols()) = z;
    } else {
      p.v += variance * z * z.transpose();
      p.kernel.push_back(z * z.transpose());
      p.z.push_back(z);
    }
  }
  p.kernel.push_back(Matrix::Identity(n, n));
  const Matrix precision = p.v.inverse();
  const Eigen::CompleteOrthogonalDecomposition<Matrix> information(p.x.transpose() * precision * p.x);
  p.covariance = information.pseudoInverse();
  p.projection = precision - precision * p.x * p.covariance * p.x.transpose() * precision;
  return p;
}

inline Vector padded(const Problem& p, const Contrast& contrast) {
  Vector l = Vector::Zero(p.x.cols());
  for (const auto& [c, a] : contrast.terms) l[c] += a;
  return l;
}

/** Is the contrast in the row space of X? */
inline bool estimable(const Problem& p, const Contrast& contrast) {
  const Vector l = padded(p, contrast);
  const Eigen::CompleteOrthogonalDecomposition<Matrix> rows(p.x.transpose());
  return (p.x.transpose() * rows.solve(l) - l).norm() < 1e-8 * (1e-300 + l.norm());
}

inline double variance(const Problem& p, const Contrast& contrast) {
  const Vector l = padded(p, contrast);
  return l.dot(p.covariance * l);
}

inline Matrix information(const Problem& p) {
  const auto m = static_cast<Index>(p.kernel.size());
  Matrix result(m, m);
  for (Index i = 0; i < m; ++i)
    for (Index j = 0; j < m; ++j)
      result(i, j) = 0.5 * (p.projection * p.kernel[static_cast<std::size_t>(i)] * p.projection)
                               .cwiseProduct(p.kernel[static_cast<std::size_t>(j)])
                               .sum();
  return result;
}

/** ∂Var/∂θ for each entry of Problem::kernel. */
inline Vector variance_gradient(const Problem& p, const Contrast& contrast) {
  const Vector a = p.v.inverse() * p.x * p.covariance * padded(p, contrast);
  Vector g(static_cast<Index>(p.kernel.size()));
  for (Index i = 0; i < g.size(); ++i) g[i] = a.dot(p.kernel[static_cast<std::size_t>(i)] * a);
  return g;
}

/** A random layout with holes; sometimes empty rows, empty columns and separate blocks. Weights between 0.2 and 50. */
inline Matrix random_weights(Random& random, Index conditions, Index batches) {
  const double density = 0.25 + 0.75 * random.uniform();
  const bool blocks = random.below(4) == 0;
  Matrix w = Matrix::Zero(conditions, batches);
  for (Index c = 0; c < conditions; ++c)
    for (Index b = 0; b < batches; ++b)
      if (random.uniform() < density && !(blocks && (c % 2 != b % 2))) w(c, b) = 0.2 * std::exp(5.5 * random.uniform());
  if (conditions > 2 && random.below(5) == 0) w.row(static_cast<Index>(random.below(conditions))).setZero();
  if (batches > 2 && random.below(5) == 0) w.col(static_cast<Index>(random.below(batches))).setZero();
  return w;
}

inline BatchLevels random_levels(Random& random, Index batches, int count) {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> labels;
  for (int f = 0; f + 1 < count; ++f) {
    names.push_back("level" + std::to_string(f));
    std::vector<std::string> row;
    const auto groups = 1 + random.below(static_cast<std::uint64_t>(batches));
    for (Index b = 0; b < batches; ++b) row.push_back("x" + std::to_string(random.below(groups)));
    labels.push_back(row);
  }
  if (count > 0) {
    names.push_back("batch");
    std::vector<std::string> row;
    for (Index b = 0; b < batches; ++b) row.push_back("b" + std::to_string(b));
    labels.push_back(row);
  }
  return groundwork::measurement::nest_levels(names, labels);
}

inline Contrast random_contrast(Random& random, Index conditions) {
  Contrast contrast;
  const int kind = static_cast<int>(random.below(4));
  const auto pick = [&] { return static_cast<int>(random.below(static_cast<std::uint64_t>(conditions))); };
  if (kind == 0) contrast.terms = {{pick(), 1.0}};
  if (kind == 1) contrast.terms = {{pick(), 1.0}, {pick(), -1.0}};
  if (kind == 2) contrast.terms = {{pick(), 1.0}, {pick(), -1.0}, {pick(), -1.0}, {pick(), 1.0}};
  if (kind == 3)
    for (Index c = 0; c < conditions; ++c)
      contrast.terms.emplace_back(static_cast<int>(c), c == 0 ? 1.0 : -1.0 / static_cast<double>(conditions - 1));
  return contrast;
}

}  // namespace dense
