#include "groundwork/measurement/variance_components.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "gene_reml.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/reml.hpp"
#include "groundwork/measurement/satterthwaite.hpp"

namespace groundwork::measurement {
namespace {

constexpr std::size_t genes_pooled = 2000;  // the joint likelihood of more genes would not say more

std::string number_word(std::size_t n) {
  const char* words[] = {"no", "one", "two", "three", "four", "five"};
  return n < 6 ? words[n] : std::to_string(n);
}

Matrix weights_of(const UsableRows& used, Index conditions, Index columns, const Vector* variance, double sg2) {
  Matrix w = Matrix::Zero(conditions, columns);
  for (std::size_t k = 0; k < used.row.size(); ++k) {
    w(used.condition[k], used.column[k]) = variance ? 1 / (sg2 + (*variance)[static_cast<Index>(k)]) : 1.0;
  }
  return w;
}

std::vector<bool> held_at_zero(const Estimability& e) {
  std::vector<bool> held;
  for (const bool estimable : e.level) held.push_back(!estimable);
  return held;
}

std::string reason_of(const Estimability& e, const BatchLevels& levels) {
  if (!e.group) return e.group_reason;
  std::string reason;
  for (std::size_t f = 0; f < e.level.size(); ++f) {
    if (!e.level[f]) reason += (reason.empty() ? "" : "; ") + levels.names[f] + ": " + e.level_reason[f];
  }
  return reason;
}

/** Standard errors from the inverse of the expected information of what was estimated. */
void fill_errors(const BatchLevels& levels, const Matrix& weights, const Vector& theta, const Estimability& e,
                 GeneComponents& gene) {
  Gls gls(levels, weights);
  gls.set_level_variances(theta.head(static_cast<Index>(levels.levels())));
  const Matrix all = information_of(gls, moments_of(weights)).matrix;
  std::vector<Index> kept;
  for (std::size_t f = 0; f < e.level.size(); ++f) {
    if (e.level[f]) kept.push_back(static_cast<Index>(f));
  }
  kept.push_back(static_cast<Index>(e.level.size()));
  Matrix part(static_cast<Index>(kept.size()), static_cast<Index>(kept.size()));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    for (std::size_t j = 0; j < kept.size(); ++j) {
      part(static_cast<Index>(i), static_cast<Index>(j)) = all(kept[i], kept[j]);
    }
  }
  const Vector variance = part.inverse().diagonal();
  for (std::size_t i = 0; i + 1 < kept.size(); ++i) gene.sb2_se[kept[i]] = std::sqrt(variance[static_cast<Index>(i)]);
  gene.sg2_se = std::sqrt(variance[variance.size() - 1]);
}

void fill_cells(const screen::Levels& table, Index gene, GeneComponents& out) {
  const bool has_controls = std::any_of(table.rows.begin(), table.rows.end(), [&](const screen::LevelRow& row) {
    return table.conditions[static_cast<std::size_t>(row.condition)].is_control();
  });
  double cells = 0, variance = 0, state = 0;
  for (Index r = 0; r < table.x.cols(); ++r) {
    const screen::LevelRow& row = table.rows[static_cast<std::size_t>(r)];
    if (has_controls && !table.conditions[static_cast<std::size_t>(row.condition)].is_control()) continue;
    if (!std::isfinite(table.x(gene, r)) || !std::isfinite(table.variance(gene, r))) continue;
    const double weight = row.cells > 0 ? row.cells : 1;
    cells += weight;
    variance += weight * row.cells * table.variance(gene, r);
    state += weight * table.x(gene, r);
  }
  out.sw2 = cells > 0 && variance > 0 ? variance / cells : nan;
  out.mean = cells > 0 ? state / cells : nan;
}

}  // namespace

BatchLevels columns_of(const screen::Levels& table, std::vector<int>& column_of_row) {
  std::map<std::vector<int>, int> index;
  std::vector<std::vector<int>> keys;
  column_of_row.clear();
  for (const screen::LevelRow& row : table.rows) {
    const auto [at, added] = index.try_emplace(row.batch, static_cast<int>(keys.size()));
    if (added) keys.push_back(row.batch);
    column_of_row.push_back(at->second);
  }
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> labels;
  for (std::size_t f = 0; f < table.batches.size(); ++f) {
    names.push_back(table.batches[f].name);
    labels.emplace_back();
    for (const auto& key : keys) labels.back().push_back(table.batches[f].levels[static_cast<std::size_t>(key[f])]);
  }
  return nest_levels(names, labels);
}

VarianceComponents variance_components(const screen::Levels& table) {
  VarianceComponents result;
  std::vector<int> column;
  result.levels = columns_of(table, column);
  const auto level_count = static_cast<Index>(result.levels.levels());
  const auto conditions = static_cast<Index>(table.conditions.size());
  const Index columns = std::max<Index>(1, result.levels.columns());  // without a batch column all is in one

  std::map<std::vector<Index>, Estimability> known;  // most genes use the same groups
  struct Part {
    Reml reml;
    double expression;
  };
  std::vector<Part> parts;
  std::size_t most_rows = 0;
  for (Index i = 0; i < table.x.rows(); ++i) {
    GeneComponents gene;
    gene.sb2 = gene.sb2_se = Vector::Constant(level_count, nan);
    gene.sg2 = gene.sg2_se = nan;
    fill_cells(table, i, gene);
    const UsableRows used = usable_rows(table, column, i);
    auto at = known.find(used.row);
    if (at == known.end()) {
      const Matrix present = weights_of(used, conditions, columns, nullptr, 0);
      at = known.emplace(used.row, estimability_of(result.levels, present)).first;
    }
    const Estimability& e = at->second;
    if (used.row.size() >= most_rows) {
      most_rows = used.row.size();
      result.estimability = e;
    }
    gene.df = static_cast<double>(e.df);
    gene.reason = reason_of(e, result.levels);
    if (e.group) {
      Vector variance;
      const Reml reml = reml_of(table, result.levels, used, i, variance);
      const RemlFit fit = fit_reml(reml, held_at_zero(e));
      for (Index f = 0; f < level_count; ++f) {
        if (e.level[static_cast<std::size_t>(f)]) gene.sb2[f] = fit.theta[f];
      }
      gene.sg2 = fit.theta[level_count];
      const Matrix weights = weights_of(used, conditions, columns, &variance, gene.sg2);
      fill_errors(result.levels, weights, fit.theta, e, gene);
      parts.push_back({reml, gene.mean});
    }
    result.genes.push_back(std::move(gene));
  }

  // One set of variances for all genes: the sum of their likelihoods.
  GeneComponents& pooled = result.pooled;
  pooled.sb2 = pooled.sb2_se = Vector::Constant(level_count, nan);
  pooled.sg2 = pooled.sg2_se = pooled.sw2 = pooled.mean = nan;
  pooled.df = static_cast<double>(result.estimability.df);
  pooled.reason = reason_of(result.estimability, result.levels);
  if (result.estimability.group && !parts.empty()) {
    if (parts.size() > genes_pooled) {
      std::nth_element(parts.begin(), parts.begin() + genes_pooled, parts.end(),
                       [](const Part& a, const Part& b) { return a.expression > b.expression; });
      parts.erase(parts.begin() + genes_pooled, parts.end());
    }
    std::vector<double> scales;
    for (const Part& part : parts) scales.push_back(part.reml.scale());
    std::nth_element(scales.begin(), scales.begin() + static_cast<std::ptrdiff_t>(scales.size() / 2), scales.end());
    const auto joint = [&](const Vector& theta, bool derivatives) {
      Likelihood sum = parts.front().reml.evaluate(theta, derivatives);
      for (std::size_t k = 1; k < parts.size(); ++k) {
        const Likelihood one = parts[k].reml.evaluate(theta, derivatives);
        sum.minus_two_log += one.minus_two_log;
        if (!derivatives) continue;
        sum.gradient += one.gradient;
        sum.average_information += one.average_information;
      }
      return sum;
    };
    const RemlFit fit =
        minimise_reml(joint, level_count + 1, scales[scales.size() / 2], held_at_zero(result.estimability), nan);
    for (Index f = 0; f < level_count; ++f) {
      if (result.estimability.level[static_cast<std::size_t>(f)]) pooled.sb2[f] = fit.theta[f];
    }
    pooled.sg2 = fit.theta[level_count];
  }
  std::vector<double> between_cells;
  for (const GeneComponents& gene : result.genes) {
    if (!std::isnan(gene.sw2)) between_cells.push_back(gene.sw2);
  }
  if (!between_cells.empty()) {
    const auto middle = between_cells.begin() + static_cast<std::ptrdiff_t>(between_cells.size() / 2);
    std::nth_element(between_cells.begin(), middle, between_cells.end());
    pooled.sw2 = *middle;
  }

  for (std::size_t f = 0; f < result.levels.levels(); ++f) {
    const std::size_t groups = result.levels.labels[f].size();
    if (groups < 2 || groups > 4 || !result.estimability.level[f]) continue;
    char ratio[32];
    std::snprintf(ratio, sizeof ratio, "%.2f", std::sqrt(2.0 / static_cast<double>(groups - 1)));
    result.weak.push_back("weak: " + number_word(groups) + " batches at level " + result.levels.names[f] +
                          ": the standard error of their variance is at least " + ratio +
                          " times the variance itself; use the value pooled over genes, or treat them as fixed.");
  }
  return result;
}

}  // namespace groundwork::measurement
