#include "groundwork/fit/baselines.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "clamped_ridge.hpp"

namespace groundwork::fit {
namespace {

std::vector<std::size_t> training_conditions(const Panel& panel) {
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < panel.conditions.size(); ++i)
    if (!panel.held_out[i]) list.push_back(i);
  return list;
}

Vector mean_where(const Panel& panel, const std::vector<std::size_t>& chosen) {
  Vector sum = Vector::Zero(panel.observed.rows()), count = sum;
  for (const std::size_t i : chosen)
    for (Index g = 0; g < sum.size(); ++g) {
      const double x = panel.observed(g, static_cast<Index>(i));
      if (!std::isfinite(x)) continue;
      sum(g) += x;
      count(g) += 1;
    }
  return sum.cwiseQuotient(count.cwiseMax(1));
}

bool same_system(const Problem& problem, int a, int b) {
  const auto& x = problem.conditions[static_cast<std::size_t>(a)];
  const auto& y = problem.conditions[static_cast<std::size_t>(b)];
  return x.edits == y.edits && x.medium == y.medium && x.compartment == y.compartment;
}

Matrix mean_effects(const Problem& problem, const Panel& panel) {
  const auto train = training_conditions(panel);
  const Vector overall = mean_where(panel, train);
  Matrix out = overall.replicate(1, static_cast<Index>(panel.conditions.size()));
  for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
    std::vector<std::size_t> like;
    for (const std::size_t k : train) {
      const bool taken = problem.split.kind == SplitKind::time
                             ? same_system(problem, panel.conditions[i], panel.conditions[k])
                             : problem.time[static_cast<std::size_t>(panel.conditions[i])] ==
                                   problem.time[static_cast<std::size_t>(panel.conditions[k])];
      if (taken) like.push_back(k);
    }
    if (!like.empty()) out.col(static_cast<Index>(i)) = mean_where(panel, like);
  }
  return out;
}

/** Similarity of two conditions in their inputs: time, edits with time, medium with time. */
double kernel(const Problem& problem, int a, int b) {
  const double scale = problem.times.back();
  const double both =
      problem.time[static_cast<std::size_t>(a)] / scale * (problem.time[static_cast<std::size_t>(b)] / scale);
  const auto& x = problem.conditions[static_cast<std::size_t>(a)];
  const auto& y = problem.conditions[static_cast<std::size_t>(b)];
  double value = both + both * both;
  if (x.medium == y.medium) value += both + both * both;
  for (const auto& e : x.edits)
    for (const auto& f : y.edits)
      if (e.name == f.name) value += e.dose * f.dose * (1 + both);
  return value;
}

Matrix kernel_ridge(const Problem& problem, const Panel& panel) {
  const auto train = training_conditions(panel);
  const Index n = static_cast<Index>(train.size()), all = static_cast<Index>(panel.conditions.size());
  Matrix gram(n, n), across(n, all), y(n, panel.observed.rows());
  for (Index i = 0; i < n; ++i) {
    const int c = panel.conditions[train[static_cast<std::size_t>(i)]];
    for (Index k = 0; k < n; ++k) gram(i, k) = kernel(problem, c, panel.conditions[train[static_cast<std::size_t>(k)]]);
    for (Index k = 0; k < all; ++k) across(i, k) = kernel(problem, c, panel.conditions[static_cast<std::size_t>(k)]);
    y.row(i) = panel.observed.col(static_cast<Index>(train[static_cast<std::size_t>(i)])).transpose();
  }
  y = y.unaryExpr([](double x) { return std::isfinite(x) ? x : 0; });
  if (n == 0) return Matrix::Zero(panel.observed.rows(), all);
  double best = std::numeric_limits<double>::infinity();
  Matrix dual;
  for (double power = -3; power <= 3; power += 0.5) {
    Matrix shifted = gram;
    shifted.diagonal().array() += std::pow(10, power);
    const Matrix inverse = Eigen::LDLT<Matrix>(shifted).solve(Matrix::Identity(n, n));
    const Matrix solution = inverse * y;
    // Leaving condition i out changes its residual to (A⁻¹ y)_i / (A⁻¹)_ii.
    const double error = (solution.array().colwise() / inverse.diagonal().array()).square().sum();
    if (error < best) {
      best = error;
      dual = solution;
    }
  }
  return dual.transpose() * across;
}

Matrix interpolation(const Problem& problem, const Panel& panel) {
  Matrix out = Matrix::Zero(panel.observed.rows(), static_cast<Index>(panel.conditions.size()));
  const auto train = training_conditions(panel);
  for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
    const double t = problem.time[static_cast<std::size_t>(panel.conditions[i])];
    for (Index g = 0; g < out.rows(); ++g) {
      double before = 0, x_before = 0, after = infinity, x_after = 0;
      for (const std::size_t k : train) {
        const double x = panel.observed(g, static_cast<Index>(k));
        if (k == i || !std::isfinite(x) || !same_system(problem, panel.conditions[i], panel.conditions[k])) continue;
        const double u = problem.time[static_cast<std::size_t>(panel.conditions[k])];
        if (u <= t && u >= before) before = u, x_before = x;
        if (u >= t && u < after) after = u, x_after = x;
      }
      const double share = std::isinf(after) || after <= before ? 0 : (t - before) / (after - before);
      out(g, static_cast<Index>(i)) = x_before + share * (x_after - x_before);
    }
  }
  return out;
}

/** A training condition of these edits in this medium and compartment, at the time nearest to that of `like`; −1: none.
 */
Index nearest_training(const Problem& problem, const Panel& panel, const std::vector<screen::Edit>& edits, int like) {
  const auto& own = problem.conditions[static_cast<std::size_t>(like)];
  Index found = -1;
  double nearest = infinity;
  for (const std::size_t k : training_conditions(panel)) {
    const auto& other = problem.conditions[static_cast<std::size_t>(panel.conditions[k])];
    const double distance = std::abs(problem.time[static_cast<std::size_t>(panel.conditions[k])] -
                                     problem.time[static_cast<std::size_t>(like)]);
    if (other.edits != edits || other.medium != own.medium || other.compartment != own.compartment ||
        distance >= nearest)
      continue;
    found = static_cast<Index>(k);
    nearest = distance;
  }
  return found;
}

/** Values of a panel column; where it has none, those of `otherwise`. */
Vector observed_or(const Panel& panel, Index column, const Vector& otherwise) {
  if (column < 0) return otherwise;
  Vector out = panel.observed.col(column);
  for (Index g = 0; g < out.size(); ++g)
    if (!std::isfinite(out(g))) out(g) = otherwise(g);
  return out;
}

Matrix additive(const Problem& problem, const Panel& panel, const Matrix& mean) {
  Matrix out = Matrix::Zero(mean.rows(), mean.cols());
  for (Index i = 0; i < out.cols(); ++i) {
    const int c = panel.conditions[static_cast<std::size_t>(i)];
    for (const auto& edit : problem.conditions[static_cast<std::size_t>(c)].edits)
      out.col(i) += observed_or(panel, nearest_training(problem, panel, {edit}, c), mean.col(i));
  }
  return out;
}

Matrix other_batches(const Panel& panel, const Matrix& mean) {
  Matrix out = mean;
  for (Index i = 0; i < out.cols(); ++i) {
    const int c = panel.conditions[static_cast<std::size_t>(i)];
    for (const std::size_t k : training_conditions(panel))
      if (panel.conditions[k] == c) out.col(i) = observed_or(panel, static_cast<Index>(k), mean.col(i));
  }
  return out;
}

}  // namespace

Vector mean_training_effect(const Panel& panel) { return mean_where(panel, training_conditions(panel)); }

std::vector<Baseline> baselines_of(const Problem& problem, const Panel& panel) {
  const Index genes = panel.observed.rows(), count = static_cast<Index>(panel.conditions.size());
  std::vector<Baseline> list;
  list.push_back({"no_change", "Every effect is 0.", Matrix::Zero(genes, count)});
  const bool by_time = problem.split.kind == SplitKind::time;
  list.push_back({"mean_effect",
                  by_time ? "The mean effect of the same edits over the training times."
                          : "The mean effect of the training conditions of the same time.",
                  mean_effects(problem, panel)});
  if (problem.split.kind == SplitKind::perturbation)
    list.push_back({"ridge", "Each gene by ridge on all others, solved with the edited genes clamped.",
                    clamped_ridge(problem, panel, training_conditions(panel), list[1].effects)});
  else
    list.push_back({"ridge", "Kernel ridge on edits, medium and time.", kernel_ridge(problem, panel)});
  if (problem.split.kind == SplitKind::combination)
    list.push_back({"additive", "The sum of the effects of the single edits, each measured alone.",
                    additive(problem, panel, list[1].effects)});
  if (problem.split.kind == SplitKind::batch)
    list.push_back({"other_batches", "The effect of the same condition as measured in the training batches.",
                    other_batches(panel, list[1].effects)});
  if (by_time)
    list.push_back({"interpolation", "On the line between the nearest training times of the same edits.",
                    interpolation(problem, panel)});
  return list;
}

}  // namespace groundwork::fit
