#include "gene_least_squares.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/variance_components.hpp"

namespace groundwork::measurement {
namespace {

constexpr double exact_variance = 1e-12;  // of a variance that is given as 0

bool weighted(const screen::Levels& table, Index gene, Index row) {
  return table.trust(gene, row) == screen::Trust::trusted && std::isfinite(table.x(gene, row)) &&
         std::isfinite(table.variance(gene, row));
}

}  // namespace

TableColumns::TableColumns(const screen::Levels& table) {
  levels = columns_of(table, of_row);
  if (levels.levels() > 0) return;
  batched = false;
  levels = nest_levels({"all"}, {{"all"}});
  of_row.assign(table.rows.size(), 0);
}

Matrix weights_of(const screen::Levels& table, const TableColumns& columns, Index gene, double group_variance) {
  Matrix w = Matrix::Zero(static_cast<Index>(table.conditions.size()), columns.levels.columns());
  for (Index r = 0; r < table.x.cols(); ++r)
    if (weighted(table, gene, r))
      w(table.rows[static_cast<std::size_t>(r)].condition, columns.of_row[static_cast<std::size_t>(r)]) =
          1 / (group_variance + std::max(table.variance(gene, r), exact_variance));
  return w;
}

Matrix states_of(const screen::Levels& table, const TableColumns& columns, Index gene) {
  Matrix x = Matrix::Zero(static_cast<Index>(table.conditions.size()), columns.levels.columns());
  for (Index r = 0; r < table.x.cols(); ++r)
    if (weighted(table, gene, r))
      x(table.rows[static_cast<std::size_t>(r)].condition, columns.of_row[static_cast<std::size_t>(r)]) =
          table.x(gene, r);
  return x;
}

Vector all_fixed(const TableColumns& columns) {
  Vector s = Vector::Zero(static_cast<Index>(columns.levels.levels()));
  if (columns.batched) s[s.size() - 1] = infinity;
  return s;
}

Fitted fitted_to(const Gls& gls, const Matrix& states) {
  const Matrix& w = gls.weights();
  Fitted out;
  out.weighted_mean = Vector::Zero(w.rows());
  for (Index c = 0; c < w.rows(); ++c)
    if (gls.totals()[c] > 0) out.weighted_mean[c] = w.row(c).dot(states.row(c)) / gls.totals()[c];
  const Matrix residual = states.colwise() - out.weighted_mean;
  out.batch = gls.batch_covariance() * w.cwiseProduct(residual).colwise().sum().transpose();
  out.mean = out.weighted_mean - gls.shares() * out.batch;
  return out;
}

}  // namespace groundwork::measurement
