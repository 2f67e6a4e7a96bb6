#include "groundwork/fit/effects.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "groundwork/base/not_finite.hpp"

namespace groundwork::fit {
namespace {

/** What an exact value (variance 0) is weighted with where nothing else is at hand. */
constexpr double least_variance = 1e-12;
/** What an exact value has of the variance of others: so little that they cannot move it, and enough for arithmetic. */
constexpr double exact_share = 1e-6;

/** Mean of control rows of every batch key, weighted by precision; NaN where a batch has none. */
struct ControlMeans {
  std::map<std::vector<int>, std::pair<Vector, Vector>> sums;  ///< Σ x/v and Σ 1/v, genes each

  void add(const std::vector<int>& key, const Vector& x, const Vector& weight) {
    auto& [sum, total] = sums.try_emplace(key, Vector::Zero(x.size()), Vector::Zero(x.size())).first->second;
    sum += weight.cwiseProduct(x);
    total += weight;
  }
};

Vector weights_of_row(const screen::Levels& levels, Index r) {
  Vector weight(levels.x.rows());
  for (Index g = 0; g < weight.size(); ++g)
    weight(g) = levels.trust(g, r) == screen::Trust::trusted && levels.variance(g, r) >= 0
                    ? 1 / std::max(levels.variance(g, r), least_variance)
                    : 0;
  return weight;
}

Vector finite_or_zero(const Vector& x) {
  return x.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
}

}  // namespace

LossRows loss_rows(const screen::Levels& levels, const LevelVariances& variances, double discrepancy) {
  LossRows rows;
  rows.x = levels.x;
  rows.variance.resizeLike(levels.x);
  const auto usual = [&](Index g) {
    double sum = 0, count = 0;
    for (Index r = 0; r < levels.x.cols(); ++r)
      if (levels.trust(g, r) == screen::Trust::trusted && levels.variance(g, r) > 0)
        sum += levels.variance(g, r), count += 1;
    return (count > 0 ? sum / count : 0) + variances.group(g) + discrepancy;
  };
  for (Index r = 0; r < levels.x.cols(); ++r)
    for (Index g = 0; g < levels.x.rows(); ++g) {
      const bool good = levels.trust(g, r) == screen::Trust::trusted && std::isfinite(levels.x(g, r)) &&
                        std::isfinite(levels.variance(g, r));
      const double v = levels.variance(g, r) == 0 ? std::max(exact_share * usual(g), least_variance)
                                                  : levels.variance(g, r) + variances.group(g) + discrepancy;
      rows.variance(g, r) = good && v > 0 ? v : infinity;
    }
  rows.batch.assign(levels.batches.size(), {});
  for (std::size_t f = 0; f < levels.batches.size(); ++f)
    for (const auto& row : levels.rows) rows.batch[f].push_back(row.batch[f]);
  rows.batch_variance = variances.batch;
  for (const auto& row : levels.rows) rows.state.push_back(row.condition);
  rows.level.assign(levels.rows.size(), 0);
  rows.states = static_cast<int>(levels.conditions.size());
  return rows;
}

Effects effects_of(const screen::Levels& levels, const LevelVariances& variances,
                   const std::vector<Comparison>& comparisons) {
  const Index genes = levels.x.rows(), count = static_cast<Index>(comparisons.size());
  Effects out{Matrix::Constant(genes, count, nan), Matrix::Constant(genes, count, nan),
              Matrix::Constant(genes, count, nan)};
  const LossRows all = loss_rows(levels, variances, 0);
  for (Index k = 0; k < count; ++k) {
    const auto& comparison = comparisons[static_cast<std::size_t>(k)];
    std::vector<std::size_t> rows;
    for (std::size_t r = 0; r < levels.rows.size(); ++r) {
      const int c = levels.rows[r].condition;
      const auto& references = comparison.references;
      if (c == comparison.condition || std::find(references.begin(), references.end(), c) != references.end())
        rows.push_back(r);
    }
    const Index n = static_cast<Index>(rows.size());
    std::vector<std::vector<int>> batch(all.batch.size());
    for (std::size_t f = 0; f < batch.size(); ++f)
      for (const std::size_t r : rows) batch[f].push_back(all.batch[f][r]);
    Vector edited(n);
    for (Index i = 0; i < n; ++i)
      edited(i) = levels.rows[rows[static_cast<std::size_t>(i)]].condition == comparison.condition ? 1 : 0;
    for (Index g = 0; g < genes; ++g) {
      Vector variance(n), x = Vector::Zero(n);
      for (Index i = 0; i < n; ++i) {
        const Index r = static_cast<Index>(rows[static_cast<std::size_t>(i)]);
        variance(i) = all.variance(g, r);
        if (std::isfinite(variance(i))) x(i) = all.x(g, r);
      }
      const Precision v = precision_of(variance, batch, variances.batch.row(g).transpose(), Matrix(n, 0));
      const auto times = [&](const Vector& y) -> Vector {
        return v.weight.cwiseProduct(y) - v.factor * (v.factor.transpose() * y);
      };
      const double informed = v.weight.dot(edited);
      if (!(informed > 0) || !(v.weight.sum() > informed * (1 + 1e-12))) continue;
      const Vector both = times(Vector::Ones(n));
      Vector rule = times(edited);
      const double total = both.sum(), across = edited.dot(both);
      if (total > 1e-10 * v.weight.sum()) rule -= across / total * both;
      const double precision = edited.dot(rule);
      if (!(precision > 1e-10 * informed)) continue;
      rule /= precision;
      out.value(g, k) = rule.dot(x);
      out.variance(g, k) = 1 / precision;
      // Halves of the controls share their s_g²; a row that does not stand for cells has no other half: it is shared.
      double shared = 0;
      for (Index i = 0; i < n; ++i) {
        if (edited(i) != 0 || !std::isfinite(variance(i))) continue;
        const auto& row = levels.rows[rows[static_cast<std::size_t>(i)]];
        shared += rule(i) * rule(i) * (row.cells == 0 ? variance(i) : variances.group(g));
      }
      out.shared(g, k) = shared;
    }
  }
  return out;
}

Vector excess_of(const screen::Levels& levels, double caution) {
  const Index genes = levels.x.rows();
  const std::size_t depth = levels.batches.size();
  bool edited_rows = false;
  ControlMeans controls;
  const auto key_of = [&](std::size_t r, std::size_t length) {
    return std::vector<int>(levels.rows[r].batch.begin(),
                            levels.rows[r].batch.begin() + static_cast<std::ptrdiff_t>(length));
  };
  for (std::size_t r = 0; r < levels.rows.size(); ++r) {
    if (!levels.conditions[static_cast<std::size_t>(levels.rows[r].condition)].is_control()) {
      edited_rows = true;
      continue;
    }
    const Index column = static_cast<Index>(r);
    for (std::size_t length = 0; length <= depth; ++length)
      controls.add(key_of(r, length), finite_or_zero(levels.x.col(column)), weights_of_row(levels, column));
  }
  Vector square = Vector::Zero(genes), noise = Vector::Zero(genes), spread = Vector::Zero(genes);
  double count = 0;
  for (std::size_t r = 0; r < levels.rows.size(); ++r) {
    const bool control = levels.conditions[static_cast<std::size_t>(levels.rows[r].condition)].is_control();
    if (control && edited_rows) continue;
    count += 1;
    std::size_t length = control ? 0 : depth;
    while (length > 0 && !controls.sums.contains(key_of(r, length))) --length;
    const auto found = controls.sums.find(key_of(r, length));
    const Vector weight = weights_of_row(levels, static_cast<Index>(r));
    for (Index g = 0; g < genes; ++g) {
      if (!(weight(g) > 0)) continue;
      double reference = 0, uncertain = 0;
      if (found != controls.sums.end() && found->second.second(g) > 0) {
        reference = found->second.first(g) / found->second.second(g);
        uncertain = control ? 0 : 1 / found->second.second(g);
      }
      square(g) += std::pow(levels.x(g, static_cast<Index>(r)) - reference, 2);
      const double variance = 1 / weight(g) + uncertain;
      noise(g) += variance;
      spread(g) += 2 * variance * variance;
    }
  }
  Vector excess = Vector::Zero(genes);
  if (count > 0) excess = ((square - noise - caution * spread.cwiseSqrt()) / count).cwiseMax(0);
  return excess;
}

}  // namespace groundwork::fit
