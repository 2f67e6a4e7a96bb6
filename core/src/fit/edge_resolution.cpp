// How far the conditions of a fit determine the coefficients of the structural model, from what a fit stores.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "clamp_level.hpp"
#include "groundwork/fit/links.hpp"

namespace groundwork::fit {
namespace {

/** Diagonal of M (M + I)⁻¹ with M = X X^T, X regressors × conditions, scaled by their noise; in the smaller form. */
Vector told_of_each(const Matrix& x) {
  if (x.cols() == 0) return Vector::Zero(x.rows());
  if (x.cols() < x.rows()) {
    Matrix inner = x.transpose() * x;
    inner.diagonal().array() += 1;
    const Matrix half = inner.llt().matrixL().solve(x.transpose());
    return half.colwise().squaredNorm().transpose();
  }
  Matrix outer = x * x.transpose();
  outer.diagonal().array() += 1;
  return 1 - outer.llt().solve(Matrix::Identity(x.rows(), x.rows())).diagonal().array();
}

}  // namespace

Matrix resolution_of_edges(const DynamicFit& fit, const Evaluation& evaluation, const std::vector<Matrix>& effects) {
  const Index d = static_cast<Index>(fit.edits.genes.size()), inputs = fit.field.inputs;
  const auto field = dynamics::make_field<double>(fit.field);
  const Vector kappas = field->kappas(fit.members.front());
  const Matrix mean = mean_and_spread(effects).mean / fit.unit;
  struct Seen {
    Index column;
    Vector x;  ///< genes, then inputs
    std::vector<Index> clamped;
  };
  std::vector<Seen> seen;
  for (std::size_t c = 0; c < evaluation.conditions.size(); ++c) {
    const auto& condition = evaluation.conditions[c];
    if ((evaluation.held_out[c] && !fit.options.refit_all) || condition.is_control()) continue;
    Seen one{static_cast<Index>(c), Vector::Zero(d + inputs), {}};
    one.x.head(d) = mean.col(one.column).unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
    const auto reading = fit.edits.read(condition.edits, condition.medium).inputs;
    for (const auto& clamp : reading.clamps) {
      one.clamped.push_back(clamp.gene);
      if (clamp.kind == dynamics::ClampKind::activity) one.x(clamp.gene) = level_of_clamp(fit.field, clamp, kappas);
    }
    for (const auto& dose : reading.doses) one.x(d + dose.input) += dose.dose;
    seen.push_back(std::move(one));
  }

  Matrix told = Matrix::Zero(d, d);
  for (Index i = 0; i < d; ++i) {
    Matrix x(d + inputs, static_cast<Index>(seen.size()));
    Index used = 0;
    for (const Seen& one : seen) {
      const double variance = evaluation.variance(i, one.column) / (fit.unit * fit.unit) + fit.options.discrepancy;
      if (!std::isfinite(evaluation.observed(i, one.column)) || !(variance > 0) ||
          std::find(one.clamped.begin(), one.clamped.end(), i) != one.clamped.end())
        continue;
      x.col(used) = one.x / std::sqrt(variance);
      x(i, used++) = 0;
    }
    told.row(i) = told_of_each(x.leftCols(used)).head(d).transpose();
    told(i, i) = 0;
  }
  return told;
}

}  // namespace groundwork::fit
