#include "clamped_ridge.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace groundwork::fit {
namespace {

/** What the clamps of a condition hold: the level of each edited gene that is modelled. */
struct Held {
  std::vector<Index> genes;
  std::vector<double> levels;
  std::vector<std::string> free;  ///< edits without a clamp
};

Held held_in(const EditModel& model, const Vector& control, const screen::Condition& condition) {
  Held held;
  for (const auto& edit : condition.edits) {
    const EditEntry* entry = model.find(edit.name);
    Index target = entry ? entry->target : -1;
    if (!entry) {
      const auto gene = std::find(model.genes.begin(), model.genes.end(), edit.name);
      if (gene != model.genes.end()) target = gene - model.genes.begin();
    }
    if (target < 0 || model.modality == screen::Modality::drug) {
      held.free.push_back(edit.name);
      continue;
    }
    const bool own = entry && entry->trained && std::isfinite(entry->kappa) && entry->kappa > 0;
    const double kappa = model.modality == screen::Modality::knockout ? model.kappa_activity
                         : own                                        ? entry->kappa
                                                                      : model.pooled_kappa;
    held.genes.push_back(target);
    held.levels.push_back(control.size() > 0 ? (kappa - 1) * control(target) : std::log(kappa));
  }
  return held;
}

Held held_in(const Problem& problem, int condition) {
  return held_in(problem.training.edits, problem.scale == screen::Scale::linear ? problem.control : Vector(),
                 problem.conditions[static_cast<std::size_t>(condition)]);
}

/** Each gene on all others: W with a zero diagonal. Columns of `x` are inputs, of `y` the effects to explain. */
Matrix gene_gene_ridge(const Matrix& x, const Matrix& y, double lambda) {
  const Index n = x.cols(), genes = x.rows();
  Matrix shifted = x.transpose() * x;
  shifted.diagonal().array() += lambda;
  const Matrix inverse = Eigen::LDLT<Matrix>(shifted).solve(Matrix::Identity(n, n));
  const Matrix solved_y = inverse * y.transpose(), solved_x = inverse * x.transpose();
  Matrix w(genes, genes);
  for (Index i = 0; i < genes; ++i) {
    // Without gene i the Gram matrix loses x_i x_iᵀ (Sherman and Morrison).
    const double left = 1 - x.row(i).dot(solved_x.col(i));
    const Vector dual = solved_y.col(i) + solved_x.col(i) * (x.row(i).dot(solved_y.col(i)) / std::max(left, 1e-12));
    w.row(i) = (x * dual).transpose();
    w(i, i) = 0;
  }
  return w;
}

Vector with_clamps(const Matrix& w, const Held& held) {
  const Index genes = w.rows();
  Matrix system = Matrix::Identity(genes, genes) - w;
  Vector right = Vector::Zero(genes);
  for (std::size_t k = 0; k < held.genes.size(); ++k) {
    system.row(held.genes[k]).setZero();
    system(held.genes[k], held.genes[k]) = 1;
    right(held.genes[k]) = held.levels[k];
  }
  return system.partialPivLu().solve(right);
}

double squared_error(const Matrix& observed, Index column, const Vector& predicted) {
  double sum = 0;
  for (Index g = 0; g < predicted.size(); ++g)
    if (std::isfinite(observed(g, column))) sum += std::pow(observed(g, column) - predicted(g), 2);
  return std::isfinite(sum) ? sum : std::numeric_limits<double>::infinity();
}

}  // namespace

Matrix clamped_ridge(const Problem& problem, const Panel& panel, const std::vector<std::size_t>& train,
                     const Matrix& mean) {
  const Index genes = panel.observed.rows();
  std::vector<Index> columns;
  std::vector<Held> held;
  for (const std::size_t i : train) {
    if (problem.is_control(panel.conditions[i])) continue;
    columns.push_back(static_cast<Index>(i));
    held.push_back(held_in(problem, panel.conditions[i]));
  }
  const Index n = static_cast<Index>(columns.size());
  Matrix y(genes, n), x(genes, n);
  for (Index i = 0; i < n; ++i) {
    y.col(i) = panel.observed.col(columns[static_cast<std::size_t>(i)]).unaryExpr([](double v) {
      return std::isfinite(v) ? v : 0;
    });
    x.col(i) = y.col(i);
    const Held& clamps = held[static_cast<std::size_t>(i)];
    for (std::size_t k = 0; k < clamps.genes.size(); ++k) x(clamps.genes[k], i) = clamps.levels[k];
  }

  double best = std::numeric_limits<double>::infinity();
  const double unit = std::max(x.squaredNorm() / static_cast<double>(std::max<Index>(n, 1)), 1e-12);
  double lambda = unit;
  std::set<std::vector<Index>> units;
  for (const Held& clamps : held)
    if (!clamps.genes.empty() && clamps.free.empty()) units.insert(clamps.genes);
  if (units.size() >= 3)
    for (double power = -2; power <= 3; power += 0.5) {
      double error = 0;
      for (const auto& out : units) {
        std::vector<Index> kept, left;
        for (Index i = 0; i < n; ++i) (held[static_cast<std::size_t>(i)].genes == out ? left : kept).push_back(i);
        const Matrix w = gene_gene_ridge(x(Eigen::all, kept), y(Eigen::all, kept), unit * std::pow(10, power));
        for (const Index i : left)
          error += squared_error(panel.observed, columns[static_cast<std::size_t>(i)],
                                 with_clamps(w, held[static_cast<std::size_t>(i)]));
      }
      if (error < best) {
        best = error;
        lambda = unit * std::pow(10, power);
      }
    }
  const Matrix w = n > 0 ? gene_gene_ridge(x, y, lambda) : Matrix::Zero(genes, genes);

  Matrix out(genes, static_cast<Index>(panel.conditions.size()));
  for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
    const Index column = static_cast<Index>(i);
    const Held clamps = held_in(problem, panel.conditions[i]);
    Vector effect = clamps.genes.empty() ? Vector::Zero(genes) : with_clamps(w, clamps);
    for (const std::string& edit : clamps.free) {
      // Its own effect where it was trained alone at the nearest time, else the mean.
      Index own = -1;
      double nearest = infinity;
      for (const Index k : columns) {
        const int c = panel.conditions[static_cast<std::size_t>(k)];
        const auto& edits = problem.conditions[static_cast<std::size_t>(c)].edits;
        const double distance = std::abs(problem.time[static_cast<std::size_t>(c)] -
                                         problem.time[static_cast<std::size_t>(panel.conditions[i])]);
        if (edits.size() == 1 && edits[0].name == edit && distance < nearest) {
          own = k;
          nearest = distance;
        }
      }
      if (own >= 0)
        effect += panel.observed.col(own).unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
      else
        effect += mean.col(column);
    }
    out.col(column) = effect;
  }
  return out;
}

std::vector<char> edited_genes(const EditModel& edits, const std::vector<screen::Condition>& conditions) {
  std::vector<char> out(edits.genes.size(), 0);
  for (const auto& condition : conditions)
    for (const Index g : held_in(edits, Vector(), condition).genes) out[static_cast<std::size_t>(g)] = 1;
  return out;
}

Matrix gene_ridge_weights(const EditModel& edits, const Vector& control,
                          const std::vector<screen::Condition>& conditions, const Matrix& effects) {
  const Index genes = effects.rows(), n = effects.cols();
  std::vector<Held> held;
  std::vector<std::vector<Index>> units;
  std::vector<std::size_t> unit_of;
  Matrix y = effects.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; }), x = y;
  for (Index i = 0; i < n; ++i) {
    held.push_back(held_in(edits, control, conditions[static_cast<std::size_t>(i)]));
    for (std::size_t k = 0; k < held.back().genes.size(); ++k) x(held.back().genes[k], i) = held.back().levels[k];
    const auto at = std::find(units.begin(), units.end(), held.back().genes);
    unit_of.push_back(static_cast<std::size_t>(at - units.begin()));
    if (at == units.end()) units.push_back(held.back().genes);
  }
  if (n == 0) return Matrix::Zero(genes, genes);
  const double unit = std::max(x.squaredNorm() / static_cast<double>(n), 1e-12);
  // A column whose penalty is f times that of others is the common ridge on inputs divided by √f.
  const auto ridge = [&](const std::vector<Index>& rows, double penalty) {
    Vector scale = Vector::Constant(genes, 1 / std::sqrt(never_edited_factor));
    for (const Index i : rows)
      for (const Index g : held[static_cast<std::size_t>(i)].genes) scale(g) = 1;
    const Matrix w = gene_gene_ridge(scale.asDiagonal() * x(Eigen::all, rows), y(Eigen::all, rows), penalty);
    return Matrix(w * scale.asDiagonal());
  };
  std::vector<Index> everything(static_cast<std::size_t>(n));
  std::iota(everything.begin(), everything.end(), Index{0});
  double best = std::numeric_limits<double>::infinity(), lambda = unit;
  const std::size_t folds = std::min<std::size_t>(5, units.size());
  if (units.size() >= 3)
    for (double power = -2; power <= 2; power += 1) {
      double error = 0;
      for (std::size_t f = 0; f < folds; ++f) {
        std::vector<Index> kept, left;
        for (Index i = 0; i < n; ++i) (unit_of[static_cast<std::size_t>(i)] % folds == f ? left : kept).push_back(i);
        const Matrix w = ridge(kept, unit * std::pow(10, power));
        for (const Index i : left)
          if (!held[static_cast<std::size_t>(i)].genes.empty())
            error += squared_error(effects, i, with_clamps(w, held[static_cast<std::size_t>(i)]));
      }
      if (error < best) {
        best = error;
        lambda = unit * std::pow(10, power);
      }
    }
  return ridge(everything, lambda);
}

Vector gene_ridge_effect(const Matrix& weights, const EditModel& edits, const Vector& control,
                         const screen::Condition& condition) {
  const Held held = held_in(edits, control, condition);
  return held.genes.empty() ? Vector::Zero(weights.rows()) : with_clamps(weights, held);
}

}  // namespace groundwork::fit
