#include "groundwork/fit/unstated_variance.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "groundwork/base/not_finite.hpp"

namespace groundwork::fit {
namespace {

constexpr double prior_df = 4;
constexpr Index least_rows = 4;

const screen::Condition& condition_of(const screen::Levels& levels, Index row) {
  return levels.conditions[static_cast<std::size_t>(levels.rows[static_cast<std::size_t>(row)].condition)];
}

bool unstated(const screen::Levels& levels, Index row) { return std::isnan(levels.variance(0, row)); }

/** Rows without a variance, whose condition has at least `least` of them. */
std::vector<Index> rows_with(const screen::Levels& levels, int least) {
  std::map<int, int> count;
  for (Index r = 0; r < levels.x.cols(); ++r)
    if (unstated(levels, r)) ++count[levels.rows[static_cast<std::size_t>(r)].condition];
  std::vector<Index> rows;
  for (Index r = 0; r < levels.x.cols(); ++r)
    if (unstated(levels, r) && count[levels.rows[static_cast<std::size_t>(r)].condition] >= least) rows.push_back(r);
  return rows;
}

/** Indicators of condition and batch. */
Matrix additive_design(const screen::Levels& levels, const std::vector<Index>& rows) {
  std::map<std::pair<int, int>, Index> column;
  for (const Index r : rows) {
    const auto& row = levels.rows[static_cast<std::size_t>(r)];
    column.try_emplace({-1, row.condition}, static_cast<Index>(column.size()));
    for (std::size_t f = 0; f < row.batch.size(); ++f)
      column.try_emplace({static_cast<int>(f), row.batch[f]}, static_cast<Index>(column.size()));
  }
  Matrix design = Matrix::Zero(static_cast<Index>(rows.size()), static_cast<Index>(column.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& row = levels.rows[static_cast<std::size_t>(rows[i])];
    design(static_cast<Index>(i), column.at({-1, row.condition})) = 1;
    for (std::size_t f = 0; f < row.batch.size(); ++f)
      design(static_cast<Index>(i), column.at({static_cast<int>(f), row.batch[f]})) = 1;
  }
  return design;
}

struct Residual {
  Vector square;  ///< sum of squares, genes
  Vector df;
};

Residual additive_residual(const screen::Levels& levels, const std::vector<Index>& rows) {
  const Index genes = levels.x.rows();
  Residual out{Vector::Zero(genes), Vector::Zero(genes)};
  std::map<std::vector<Index>, std::vector<Index>> alike;  // genes by the rows in which they have a value
  for (Index g = 0; g < genes; ++g) {
    std::vector<Index> own;
    for (const Index r : rows)
      if (levels.trust(g, r) == screen::Trust::trusted) own.push_back(r);
    alike[own].push_back(g);
  }
  for (const auto& [own, members] : alike) {
    if (own.empty()) continue;
    const Matrix design = additive_design(levels, own);
    const Eigen::CompleteOrthogonalDecomposition<Matrix> solver(design);
    const double df = static_cast<double>(static_cast<Index>(own.size()) - solver.rank());
    const Matrix y = levels.x(members, own).transpose();
    const Matrix left = y - design * solver.solve(y);
    for (std::size_t i = 0; i < members.size(); ++i) {
      out.square(members[i]) = left.col(static_cast<Index>(i)).squaredNorm();
      out.df(members[i]) = df;
    }
  }
  return out;
}

Matrix input_kernel(const screen::Levels& levels, const std::vector<Index>& rows) {
  std::map<std::string, double> usual;
  double last = 0;
  for (const Index r : rows) {
    const auto& condition = condition_of(levels, r);
    for (const auto& edit : condition.edits) usual[edit.name] = std::max(usual[edit.name], std::abs(edit.dose));
    if (condition.has_time()) last = std::max(last, condition.time);
  }
  const Index n = static_cast<Index>(rows.size());
  Matrix kernel(n, n);
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j <= i; ++j) {
      const auto &a = condition_of(levels, rows[static_cast<std::size_t>(i)]),
                 &b = condition_of(levels, rows[static_cast<std::size_t>(j)]);
      const double time = last > 0 && a.has_time() && b.has_time() ? a.time / last * (b.time / last) : 0;
      double value = 1 + time + (a.medium == b.medium ? 1 + time : 0);
      for (const auto& e : a.edits)
        for (const auto& f : b.edits)
          if (e.name == f.name && usual[e.name] > 0)
            value += e.dose / usual[e.name] * (f.dose / usual[e.name]) * (1 + time);
      if (levels.rows[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])].batch ==
          levels.rows[static_cast<std::size_t>(rows[static_cast<std::size_t>(j)])].batch)
        value += 1;
      kernel(i, j) = kernel(j, i) = value;
    }
  return kernel;
}

/** Values of the rows, genes centred, missing ones at the mean. */
Matrix centred(const screen::Levels& levels, const std::vector<Index>& rows) {
  Matrix y(levels.x.rows(), static_cast<Index>(rows.size()));
  for (Index g = 0; g < y.rows(); ++g) {
    double sum = 0, count = 0;
    for (const Index r : rows)
      if (levels.trust(g, r) == screen::Trust::trusted) sum += levels.x(g, r), count += 1;
    for (std::size_t i = 0; i < rows.size(); ++i)
      y(g, static_cast<Index>(i)) =
          levels.trust(g, rows[i]) == screen::Trust::trusted ? levels.x(g, rows[i]) - sum / count : 0;
  }
  return y;
}

Residual ridge_residual(const screen::Levels& levels, const std::vector<Index>& rows) {
  const Index n = static_cast<Index>(rows.size());
  const Matrix kernel = input_kernel(levels, rows), y = centred(levels, rows).transpose();
  double best = std::numeric_limits<double>::infinity();
  Residual out{Vector::Zero(y.cols()), Vector::Zero(y.cols())};
  for (double power = -3; power <= 3; power += 0.5) {
    const double lambda = std::pow(10, power);
    Matrix shifted = kernel;
    shifted.diagonal().array() += lambda;
    const Matrix inverse = Eigen::LDLT<Matrix>(shifted).solve(Matrix::Identity(n, n));
    const Matrix dual = inverse * y;
    const double error = (dual.array().colwise() / inverse.diagonal().array()).square().sum();
    if (!(error < best)) continue;
    best = error;
    // What ridge leaves is λ times the dual solution; of n it uses the trace of the hat matrix, n − λ tr(inverse).
    out.square = (lambda * dual).colwise().squaredNorm().transpose();
    out.df.setConstant(std::max(1e-6, lambda * inverse.trace()));
  }
  return out;
}

/** 1.4826² × the squared median absolute deviation of each gene over edited rows, batch medians taken off. */
Residual median_spread(const screen::Levels& levels, const std::vector<Index>& rows) {
  const auto median = [](std::vector<double> v) {
    const auto middle = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::nth_element(v.begin(), middle, v.end());
    return *middle;
  };
  std::map<std::vector<int>, std::vector<Index>> batches;
  for (const Index r : rows)
    if (!condition_of(levels, r).is_control()) batches[levels.rows[static_cast<std::size_t>(r)].batch].push_back(r);
  Residual out{Vector::Constant(levels.x.rows(), nan), Vector::Zero(levels.x.rows())};
  for (Index g = 0; g < levels.x.rows(); ++g) {
    std::vector<double> off;
    for (const auto& [batch, own] : batches) {
      std::vector<double> values;
      for (const Index r : own)
        if (levels.trust(g, r) == screen::Trust::trusted) values.push_back(levels.x(g, r));
      if (values.size() < 8) continue;
      const double centre = median(values);
      for (const double v : values) off.push_back(std::abs(v - centre));
    }
    if (off.empty()) continue;
    out.df(g) = 0.37 * static_cast<double>(off.size());  // its efficiency beside the standard deviation
    out.square(g) = std::pow(1.4826 * median(off), 2) * out.df(g);
  }
  return out;
}

double pooled_of(const Residual& residual) {
  double square = 0, df = 0;
  for (Index g = 0; g < residual.square.size(); ++g) {
    if (!(residual.df(g) > 0) || !std::isfinite(residual.square(g))) continue;
    square += residual.square(g);
    df += residual.df(g);
  }
  return df > 0 ? square / df : nan;
}

}  // namespace

int replicate_df(const screen::Levels& levels) {
  if (levels.x.rows() == 0) return 0;
  const auto rows = rows_with(levels, 2);
  if (rows.empty()) return 0;
  const Eigen::CompleteOrthogonalDecomposition<Matrix> solver(additive_design(levels, rows));
  return static_cast<int>(static_cast<Index>(rows.size()) - solver.rank());
}

UnstatedVariance unstated_variance(const screen::Levels& levels) {
  const Index genes = levels.x.rows();
  UnstatedVariance out;
  out.value = Vector::Constant(genes, nan);
  if (genes == 0) return out;
  out.replicates = replicate_df(levels) > 0;
  Residual residual;
  if (out.replicates) {
    residual = additive_residual(levels, rows_with(levels, 2));
  } else {
    const auto rows = rows_with(levels, 1);
    if (static_cast<Index>(rows.size()) < least_rows) return out;
    residual = ridge_residual(levels, rows);
    const Residual spread = median_spread(levels, rows);
    if (pooled_of(spread) < pooled_of(residual)) residual = spread;
  }
  const double pooled = pooled_of(residual);
  double total = 0;
  for (Index g = 0; g < genes; ++g) {
    const bool own = residual.df(g) > 0 && std::isfinite(residual.square(g));
    out.value(g) = own ? (residual.square(g) + prior_df * pooled) / (residual.df(g) + prior_df) : pooled;
    total += own ? residual.df(g) : 0;
  }
  out.df = total / static_cast<double>(genes);
  return out;
}

}  // namespace groundwork::fit
