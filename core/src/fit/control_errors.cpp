#include "control_errors.hpp"

#include <cmath>

namespace groundwork::fit {
namespace {

/** The spread of one gene counts with that over all genes as so many rows would. */
constexpr double prior_units = 4;

}  // namespace

Vector control_variance(const Problem& problem, const TrainingData& data) {
  std::vector<Index> rows;
  for (std::size_t r = 0; r < data.levels.rows.size(); ++r) {
    const int c = data.levels.rows[r].condition;
    if (problem.is_control(c) && problem.conditions[static_cast<std::size_t>(c)].medium == data.edits.media.front())
      rows.push_back(static_cast<Index>(r));
  }
  const Index genes = data.levels.x.rows();
  const double n = static_cast<double>(rows.size());
  if (rows.size() < 2)
    return rows.empty() ? Vector::Zero(genes) : Vector(data.levels.variance.col(rows.front()).unaryExpr([](double v) {
      return std::isfinite(v) ? v : 0;
    }));
  const Matrix x = data.levels.x(Eigen::all, rows);
  Vector spread = (x.colwise() - x.rowwise().mean()).array().square().rowwise().sum() / (n - 1);
  for (double& v : spread) v = std::isfinite(v) ? v : 0;
  return ((n - 1) * spread.array() + prior_units * spread.mean()) / (n - 1 + prior_units) / n;
}

double shared_variance(const Problem& problem, const Panel& panel, const std::vector<Index>& columns) {
  const TrainingData& data = problem.training;
  Vector precision = Vector::Zero(data.levels.x.rows());
  for (std::size_t r = 0; r < data.levels.rows.size(); ++r) {
    const int c = data.levels.rows[r].condition;
    if (!problem.is_control(c) || problem.conditions[static_cast<std::size_t>(c)].medium != data.edits.media.front())
      continue;
    precision += data.levels.variance.col(static_cast<Index>(r)).cwiseInverse();
  }
  double sum = 0, count = 0;
  for (const double p : precision)
    if (p > 0 && !std::isnan(p)) {
      sum += 1 / p;
      count += 1;
    }
  double own = 0, entries = 0;
  for (const Index i : columns)
    for (const double v : panel.shared.col(i))
      if (std::isfinite(v)) {
        own += v;
        entries += 1;
      }
  return (count > 0 ? sum / count : 0) + (entries > 0 ? own / entries : 0);
}

}  // namespace groundwork::fit
