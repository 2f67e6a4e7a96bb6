#include "groundwork/fit/ridge_inputs.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "groundwork/fit/edit_model.hpp"

namespace groundwork::fit {
namespace {

constexpr double common_share = 0.5;

/** Conditions × columns. */
Matrix design(const RidgeInputs& model, const std::vector<screen::Condition>& conditions) {
  const Index own = static_cast<Index>(model.names.size());
  std::map<std::string, std::vector<double>> unknown;
  for (const auto& condition : conditions)
    for (const auto& edit : condition.edits)
      if (!std::binary_search(model.names.begin(), model.names.end(), edit.name))
        unknown[edit.name].push_back(edit.dose);
  Matrix out = Matrix::Zero(static_cast<Index>(conditions.size()), own + (model.shared ? 1 : 0));
  for (std::size_t i = 0; i < conditions.size(); ++i)
    for (const auto& edit : conditions[i].edits) {
      const auto at = std::lower_bound(model.names.begin(), model.names.end(), edit.name);
      const bool known = at != model.names.end() && *at == edit.name;
      const auto column = at - model.names.begin();
      const double unit = known ? model.usual[static_cast<std::size_t>(column)] : usual_dose(unknown[edit.name]);
      const Index row = static_cast<Index>(i);
      if (known) out(row, column) += edit.dose / unit;
      if (model.shared) out(row, own) += common_share * edit.dose / unit;
    }
  return out;
}

}  // namespace

Matrix RidgeInputs::predict(const std::vector<screen::Condition>& conditions, const std::vector<double>& when) const {
  const Matrix x = design(*this, conditions);
  Matrix out = Matrix::Zero(coefficients.empty() ? 0 : coefficients.front().rows(), x.rows());
  for (Index i = 0; i < x.rows(); ++i) {
    std::size_t nearest = 0;
    const double t = when[static_cast<std::size_t>(i)];
    for (std::size_t k = 1; k < times.size(); ++k)
      if (std::abs(times[k] - t) < std::abs(times[nearest] - t)) nearest = k;
    out.col(i) = coefficients[nearest] * x.row(i).transpose();
  }
  return out;
}

RidgeInputs ridge_on_inputs(const std::vector<screen::Condition>& conditions, const std::vector<double>& when,
                            const Matrix& effects, bool shared) {
  RidgeInputs model;
  model.shared = shared;
  std::map<std::string, std::vector<double>> doses;
  for (const auto& condition : conditions)
    for (const auto& edit : condition.edits) doses[edit.name].push_back(edit.dose);
  for (const auto& [name, own] : doses) {
    model.names.push_back(name);
    model.usual.push_back(shared ? usual_dose(own) : 1);
  }
  const std::set<double> distinct(when.begin(), when.end());
  model.times.assign(distinct.begin(), distinct.end());
  const Matrix all = design(model, conditions);
  for (const double t : model.times) {
    std::vector<Index> rows;
    for (std::size_t i = 0; i < when.size(); ++i)
      if (when[i] == t) rows.push_back(static_cast<Index>(i));
    const Matrix x = all(rows, Eigen::all);
    const Matrix y = effects(Eigen::all, rows).transpose().unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
    double best = std::numeric_limits<double>::infinity(), chosen = 0.1;
    Matrix solution;
    for (const double lambda : {0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0}) {
      Matrix shifted = x.transpose() * x;
      shifted.diagonal().array() += lambda;
      const Matrix solve = Eigen::LDLT<Matrix>(shifted).solve(x.transpose());
      const Matrix fitted = solve * y;
      const Vector left = 1 - (x.array() * solve.transpose().array()).rowwise().sum();
      const double error = ((y - x * fitted).array().colwise() / left.array().max(1e-9)).square().sum();
      if (!(error < best)) continue;
      best = error;
      chosen = lambda;
      solution = fitted;
    }
    if (solution.size() == 0) solution = Matrix::Zero(x.cols(), y.cols());
    model.coefficients.push_back(solution.transpose());
    model.strength.push_back(chosen);
  }
  return model;
}

}  // namespace groundwork::fit
