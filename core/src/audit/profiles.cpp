#include "groundwork/audit/profiles.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "groundwork/audit/f_distribution.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "groundwork/measurement/variance_components.hpp"

namespace groundwork::audit {
namespace {

constexpr double prior_df = 4;  // what the estimate pooled over genes stands for beside a gene's own
constexpr std::size_t most_contrasts = 300;

bool usable(const screen::Levels& levels, Index gene, Index row) {
  return levels.trust(gene, row) == screen::Trust::trusted && std::isfinite(levels.x(gene, row)) &&
         std::isfinite(levels.variance(gene, row));
}

/** Rows of a condition by batch column. */
std::map<int, Index> rows_of(const Profiles& p, int condition) {
  std::map<int, Index> rows;
  for (std::size_t r = 0; r < p.levels.rows.size(); ++r)
    if (p.levels.rows[r].condition == condition) rows[p.column[r]] = static_cast<Index>(r);
  return rows;
}

/**
 * Independent samples of the noise, genes × samples, each gene in units of its own standard deviation: differences of
 * two conditions (each used once) between batches (Helmert contrasts), from which effects and batches have dropped out.
 */
Matrix noise_samples(const Profiles& p) {
  std::vector<std::map<int, Index>> by_condition;
  for (std::size_t c = 0; c < p.levels.conditions.size(); ++c) {
    auto rows = rows_of(p, static_cast<int>(c));
    if (rows.size() > 1) by_condition.push_back(std::move(rows));
  }
  std::vector<Vector> samples;
  for (std::size_t c = 0; c + 1 < by_condition.size() && samples.size() < most_contrasts; c += 2) {
    std::vector<Vector> difference, variance;
    for (const auto& [batch, row] : by_condition[c]) {
      const auto other = by_condition[c + 1].find(batch);
      if (other == by_condition[c + 1].end()) continue;
      difference.push_back(p.levels.x.col(row) - p.levels.x.col(other->second));
      variance.push_back(p.levels.variance.col(row) + p.levels.variance.col(other->second) + 2 * p.group_variance);
    }
    Vector sum = Vector::Zero(p.genes()), sum_variance = Vector::Zero(p.genes());
    for (std::size_t k = 0; k < difference.size(); ++k) {
      if (k > 0) {
        const double n = static_cast<double>(k);
        Vector sample = (sum / n - difference[k]).cwiseQuotient((sum_variance / (n * n) + variance[k]).cwiseSqrt());
        samples.push_back(sample.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; }));
      }
      sum += difference[k];
      sum_variance += variance[k];
    }
  }
  Matrix out(p.genes(), static_cast<Index>(samples.size()));
  for (std::size_t k = 0; k < samples.size(); ++k) out.col(static_cast<Index>(k)) = samples[k];
  return out;
}

/** The same from single controls, where there are no replicate batches: correlation of counting noise only. */
Matrix cell_samples(const screen::Screen& s, const std::vector<int>& genes) {
  std::vector<int> slot(s.genes.size(), -1);
  for (std::size_t k = 0; k < genes.size(); ++k) slot[static_cast<std::size_t>(genes[k])] = static_cast<int>(k);
  const auto& r = s.reservoir;
  std::vector<std::vector<int>> cells_of(s.groups.size());
  for (std::size_t i = 0; i < r.group.size(); ++i)
    cells_of[static_cast<std::size_t>(r.group[i])].push_back(static_cast<int>(i));
  std::vector<Vector> samples;
  for (std::size_t g = 0; g < s.groups.size() && samples.size() < most_contrasts; ++g) {
    if (!s.conditions[static_cast<std::size_t>(s.groups[g].condition)].is_control()) continue;
    const auto column = static_cast<Index>(g);
    for (const int cell : cells_of[g]) {
      if (samples.size() >= most_contrasts) break;
      const auto at = static_cast<std::size_t>(cell);
      Vector z = Vector::Zero(static_cast<Index>(genes.size()));
      for (int e = r.start[at]; e < r.start[at + 1]; ++e)
        if (const int k = slot[static_cast<std::size_t>(r.gene[static_cast<std::size_t>(e)])]; k >= 0)
          z[k] = static_cast<double>(r.count[static_cast<std::size_t>(e)]) / static_cast<double>(r.size[at]);
      for (Index k = 0; k < z.size(); ++k) {
        const Index gene = genes[static_cast<std::size_t>(k)];
        const double n = static_cast<double>(s.groups[g].cells), mean = s.statistics.scaled(gene, column) / n;
        const double variance = s.statistics.scaled_sq(gene, column) / n - mean * mean;
        z[k] = variance > 0 ? (z[k] - mean) / std::sqrt(variance) : 0;
      }
      samples.push_back(std::move(z));
    }
  }
  Matrix out(static_cast<Index>(genes.size()), static_cast<Index>(samples.size()));
  for (std::size_t k = 0; k < samples.size(); ++k) out.col(static_cast<Index>(k)) = samples[k];
  return out;
}

}  // namespace

double dimension_of(const Matrix& columns) {
  const Index n = columns.cols();
  if (n < 2) return 1;
  const Matrix gram = columns.transpose() * columns;
  const double trace = gram.trace() / static_cast<double>(n);
  const double pairs = static_cast<double>(n) * static_cast<double>(n - 1);
  const double square = (gram.squaredNorm() - gram.diagonal().squaredNorm()) / pairs;
  const double most = static_cast<double>(columns.rows());
  if (!(trace > 0)) return 1;
  // tr Σ² from few pairs is uncertain: take it a standard error high, which makes the dimension smaller.
  const double cautious = square * (1 + std::sqrt(2.0 / (pairs / 2)));
  return std::clamp(trace * trace / std::max(cautious, trace * trace / most), 1.0, std::max(1.0, most));
}

double Profiles::noise_df() const {
  return estimated ? std::max(1.0, dimension * df) : std::numeric_limits<double>::infinity();
}

screen::Screen coarsened(const screen::Screen& s, std::size_t depth) {
  screen::Screen out = s;
  out.batches.resize(std::min(depth, out.batches.size()));
  for (screen::Group& group : out.groups) group.batch.resize(out.batches.size());
  return out;
}

Profiles profiles_of(const screen::Screen& s) {
  Profiles p;
  const std::vector<int> genes = measurement::genes_above_noise(s);
  p.levels = measurement::levels_of(s, genes, {.merge_halves = true});
  const auto components = measurement::variance_components(p.levels);
  const auto batch_levels = measurement::columns_of(p.levels, p.column);
  p.batch_names.assign(static_cast<std::size_t>(std::max<Index>(1, batch_levels.columns())), "");
  for (std::size_t r = 0; r < p.levels.rows.size(); ++r) {
    std::string name;
    for (std::size_t f = 0; f < p.levels.batches.size(); ++f)
      name += (f ? " · " : "") + p.levels.batches[f].levels[static_cast<std::size_t>(p.levels.rows[r].batch[f])];
    p.batch_names[static_cast<std::size_t>(p.column[r])] = name;
  }
  p.group_variance = Vector::Zero(p.genes());
  p.estimated = components.estimability.group && std::isfinite(components.pooled.sg2);
  p.df = static_cast<double>(components.estimability.df);
  if (!p.estimated) {
    p.why_not = components.estimability.group_reason.empty() ? "no gene is counted well enough"
                                                             : components.estimability.group_reason;
    p.dimension = dimension_of(cell_samples(s, genes));
    return p;
  }
  for (Index g = 0; g < p.genes(); ++g) {
    const auto& own = components.genes[static_cast<std::size_t>(g)];
    p.group_variance[g] = std::isfinite(own.sg2)
                              ? (own.df * own.sg2 + prior_df * components.pooled.sg2) / (own.df + prior_df)
                              : components.pooled.sg2;
  }
  const Matrix samples = noise_samples(p);
  p.dimension = samples.cols() >= 2 ? dimension_of(samples) : std::min(4.0, dimension_of(cell_samples(s, genes)));
  return p;
}

std::vector<int> batches_with(const Profiles& p, const Terms& terms) {
  std::vector<int> shared;
  for (std::size_t k = 0; k < terms.size(); ++k) {
    const auto rows = rows_of(p, terms[k].first);
    if (k == 0) {
      for (const auto& [batch, row] : rows) shared.push_back(batch);
      continue;
    }
    shared.erase(std::remove_if(shared.begin(), shared.end(), [&](int b) { return !rows.contains(b); }), shared.end());
  }
  return shared;
}

WithinBatches within_batches(const Profiles& p, const Terms& terms) {
  WithinBatches out;
  out.value = out.variance = Vector::Constant(p.genes(), nan);
  const std::vector<int> shared = batches_with(p, terms);
  out.batches = shared.size();
  std::vector<std::map<int, Index>> rows;
  for (const auto& term : terms) rows.push_back(rows_of(p, term.first));
  for (Index g = 0; g < p.genes(); ++g) {
    double sum = 0, total = 0;
    for (const int batch : shared) {
      double value = 0, variance = 0;
      for (std::size_t k = 0; k < terms.size(); ++k) {
        const Index r = rows[k].at(batch);
        const double a = terms[k].second;
        value += usable(p.levels, g, r) ? a * p.levels.x(g, r) : nan;
        variance += a * a * p.variance(g, r);
      }
      if (!std::isfinite(value) || !(variance > 0)) continue;
      sum += value / variance;
      total += 1 / variance;
    }
    if (!(total > 0)) continue;
    out.value[g] = sum / total;
    out.variance[g] = 1 / total;
    ++out.genes;
  }
  return out;
}

Bounds Size::bounds(double error) const {
  Bounds square = mean_square_bounds(raw, noise, d1, d2, error);
  return {std::sqrt(square.low), std::sqrt(square.high)};
}

Size size_of(const WithinBatches& contrast, const Profiles& p) {
  Size size;
  double sum = 0, noise = 0, noise_square = 0, n = 0;
  for (Index g = 0; g < contrast.value.size(); ++g) {
    if (!std::isfinite(contrast.value[g])) continue;
    sum += contrast.value[g] * contrast.value[g];
    noise += contrast.variance[g];
    noise_square += contrast.variance[g] * contrast.variance[g];
    n += 1;
  }
  if (n == 0) return size;
  size.raw = sum / n;
  size.noise = noise / n;
  size.estimate = std::sqrt(std::max(0.0, size.raw - size.noise));
  // Genes of unequal noise count for fewer still.
  size.d1 =
      std::max(1.0, std::min(n, p.dimension * n / static_cast<double>(p.genes())) * noise * noise / (n * noise_square));
  size.d2 = p.noise_df();
  return size;
}

}  // namespace groundwork::audit
