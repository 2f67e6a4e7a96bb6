#include "groundwork/fit/batch_loss.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace groundwork::fit {
namespace {

int batches_in(const std::vector<int>& of_row) {
  int count = 0;
  for (const int b : of_row) count = std::max(count, b + 1);
  return count;
}

/** Indicator columns of one batch level, times `scale`. */
void put_indicators(Matrix& z, Index first, const std::vector<int>& of_row, double scale) {
  for (std::size_t r = 0; r < of_row.size(); ++r) z(static_cast<Index>(r), first + of_row[r]) = scale;
}

Matrix columns_where(const std::vector<std::vector<int>>& batch, const Vector& batch_variance, Index rows, bool fixed) {
  Index count = 0;
  const auto chosen = [&](std::size_t f) {
    const double s = batch_variance(static_cast<Index>(f));
    return fixed ? std::isinf(s) : s > 0 && !std::isinf(s);
  };
  for (std::size_t f = 0; f < batch.size(); ++f)
    if (chosen(f)) count += batches_in(batch[f]);
  Matrix z = Matrix::Zero(rows, count);
  Index first = 0;
  for (std::size_t f = 0; f < batch.size(); ++f) {
    if (!chosen(f)) continue;
    put_indicators(z, first, batch[f], fixed ? 1 : std::sqrt(batch_variance(static_cast<Index>(f))));
    first += batches_in(batch[f]);
  }
  return z;
}

Vector weights_of(const Vector& variance) {
  return variance.unaryExpr([](double v) { return std::isfinite(v) && v > 0 ? 1 / v : 0; });
}

}  // namespace

Precision precision_of(const Vector& variance, const std::vector<std::vector<int>>& batch, const Vector& batch_variance,
                       const Matrix& free) {
  const Index rows = variance.size();
  Precision out;
  out.weight = weights_of(variance);

  Matrix random = columns_where(batch, batch_variance, rows, false);
  Matrix random_factor(rows, random.cols());
  if (random.cols() > 0) {
    const Matrix weighted = out.weight.asDiagonal() * random;
    Matrix a = random.transpose() * weighted;
    a.diagonal().array() += 1;
    const Eigen::LLT<Matrix> root(a);
    random_factor = root.matrixL().solve(weighted.transpose()).transpose();
  }

  const Matrix fixed = columns_where(batch, batch_variance, rows, true);
  Matrix columns(rows, fixed.cols() + free.cols());
  columns << fixed, free;
  Matrix fixed_factor(rows, 0);
  if (columns.cols() > 0) {
    const Matrix weighted = out.weight.asDiagonal() * columns;
    const double size = (columns.array() * weighted.array()).colwise().sum().maxCoeff();
    const Matrix projected = weighted - random_factor * (random_factor.transpose() * columns);
    const Eigen::SelfAdjointEigenSolver<Matrix> eigen(columns.transpose() * projected);
    std::vector<Index> kept;
    for (Index i = 0; i < eigen.eigenvalues().size(); ++i)
      if (eigen.eigenvalues()(i) > 1e-11 * size) kept.push_back(i);
    fixed_factor.resize(rows, static_cast<Index>(kept.size()));
    for (std::size_t i = 0; i < kept.size(); ++i)
      fixed_factor.col(static_cast<Index>(i)) =
          projected * eigen.eigenvectors().col(kept[i]) / std::sqrt(eigen.eigenvalues()(kept[i]));
  }
  out.factor.resize(rows, random_factor.cols() + fixed_factor.cols());
  out.factor << random_factor, fixed_factor;
  return out;
}

template <typename Scalar>
BatchLoss<Scalar>::BatchLoss(const LossRows& rows) : precision_(rows.x.rows()) {
  const Index genes = rows.x.rows(), n = rows.x.cols();
  const Matrix start = free_levels(rows, Matrix::Zero(genes, rows.states));
  Matrix free = Matrix::Zero(n, rows.levels);
  put_indicators(free, 0, rows.level, 1);

  Matrix weight = Matrix::Zero(genes, rows.states), mean = Matrix::Zero(genes, rows.states);
  std::vector<Matrix> factors(static_cast<std::size_t>(genes));
  std::vector<Vector> offsets(static_cast<std::size_t>(genes));
  Index rank = 0;
  for (Index g = 0; g < genes; ++g) {
    const Precision v =
        precision_of(rows.variance.row(g).transpose(), rows.batch, rows.batch_variance.row(g).transpose(), free);
    // The free levels are projected out, so the level that is taken off here changes nothing but the rounding.
    Vector e = Vector::Zero(n);
    for (Index r = 0; r < n; ++r) {
      if (v.weight(r) == 0) continue;
      e(r) = rows.x(g, r) - start(g, rows.level[static_cast<std::size_t>(r)]);
      weight(g, rows.state[static_cast<std::size_t>(r)]) += v.weight(r);
      mean(g, rows.state[static_cast<std::size_t>(r)]) += v.weight(r) * e(r);
      count_ += 1;
    }
    for (Index s = 0; s < rows.states; ++s)
      if (weight(g, s) > 0) mean(g, s) /= weight(g, s);
    Matrix k = Matrix::Zero(rows.states, v.factor.cols());
    for (Index r = 0; r < n; ++r) {
      const Index s = rows.state[static_cast<std::size_t>(r)];
      e(r) = v.weight(r) == 0 ? 0 : e(r) - mean(g, s);
      k.row(s) += v.factor.row(r);
    }
    constant_ += (v.weight.array() * e.array().square()).sum();
    precision_(g) = v.weight.sum();
    offsets[static_cast<std::size_t>(g)] = v.factor.transpose() * e;
    factors[static_cast<std::size_t>(g)] = std::move(k);
    rank = std::max(rank, v.factor.cols());
  }

  weight_ = weight.template cast<Scalar>().array();
  mean_ = mean.template cast<Scalar>();
  offset_ = MatrixOf<Scalar>::Zero(genes, rank);
  factor_.assign(static_cast<std::size_t>(rank), ArrayOf<Scalar>::Zero(genes, rows.states));
  for (Index g = 0; g < genes; ++g) {
    const Matrix& k = factors[static_cast<std::size_t>(g)];
    for (Index j = 0; j < k.cols(); ++j) {
      offset_(g, j) = static_cast<Scalar>(offsets[static_cast<std::size_t>(g)](j));
      factor_[static_cast<std::size_t>(j)].row(g) = k.col(j).transpose().template cast<Scalar>().array();
    }
  }
}

template <typename Scalar>
double BatchLoss<Scalar>::value(const MatrixOf<Scalar>& p) const {
  MatrixOf<Scalar> ignored;
  return value(p, ignored);
}

template <typename Scalar>
double BatchLoss<Scalar>::value(const MatrixOf<Scalar>& p, MatrixOf<Scalar>& gradient) const {
  const ArrayOf<Scalar> off = (p - mean_).array();
  gradient = (weight_ * off).matrix();
  double total = constant_ + (gradient.array() * off).template cast<double>().sum();
  for (std::size_t j = 0; j < factor_.size(); ++j) {
    const Eigen::Array<Scalar, Eigen::Dynamic, 1> left =
        offset_.col(static_cast<Index>(j)).array() - (factor_[j] * off).rowwise().sum();
    total -= left.template cast<double>().square().sum();
    gradient.array() += factor_[j].colwise() * left;
  }
  gradient *= 2;
  return total;
}

template <typename Scalar>
MatrixOf<Scalar> BatchLoss<Scalar>::weigh(const MatrixOf<Scalar>& change) const {
  ArrayOf<Scalar> out = weight_ * change.array();
  for (const auto& factor : factor_) {
    const Eigen::Array<Scalar, Eigen::Dynamic, 1> along = (factor * change.array()).rowwise().sum();
    out -= factor.colwise() * along;
  }
  return out.matrix();
}

template class BatchLoss<float>;
template class BatchLoss<double>;

Matrix free_levels(const LossRows& rows, const Matrix& p) {
  const Index genes = rows.x.rows(), n = rows.x.cols();
  Matrix free = Matrix::Zero(n, rows.levels);
  put_indicators(free, 0, rows.level, 1);
  Matrix levels(genes, rows.levels);
  for (Index g = 0; g < genes; ++g) {
    const Vector w = weights_of(rows.variance.row(g).transpose());
    Vector e = Vector::Zero(n);
    for (Index r = 0; r < n; ++r)
      if (w(r) > 0) e(r) = rows.x(g, r) - p(g, rows.state[static_cast<std::size_t>(r)]);
    const Vector s = rows.batch_variance.row(g).transpose();
    const Matrix fixed = columns_where(rows.batch, s, n, true);
    Matrix columns(n, rows.levels + fixed.cols());
    // Batch effects are sized down, so that the least-norm solution puts what is shared by all batches into the level.
    columns << free, 1e-3 * fixed;
    const Precision v = precision_of(rows.variance.row(g).transpose(), rows.batch,
                                     s.unaryExpr([](double x) { return std::isinf(x) ? 0 : x; }), Matrix(n, 0));
    const Matrix weighted = v.weight.asDiagonal() * columns - v.factor * (v.factor.transpose() * columns);
    const Matrix information = columns.transpose() * weighted;
    const Vector solution = Eigen::CompleteOrthogonalDecomposition<Matrix>(information).solve(weighted.transpose() * e);
    for (Index l = 0; l < rows.levels; ++l) {
      const double informed = (free.col(l).array() * w.array()).sum();
      levels(g, l) = informed > 0 ? solution(l) : std::numeric_limits<double>::quiet_NaN();
    }
  }
  return levels;
}

}  // namespace groundwork::fit
