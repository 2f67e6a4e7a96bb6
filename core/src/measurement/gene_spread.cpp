#include "groundwork/measurement/gene_spread.hpp"

#include <algorithm>
#include <cmath>

#include "gene_reml.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"

namespace groundwork::measurement {
namespace {

constexpr Index grid_points = 61;
constexpr double grid_decades_below = 4, grid_decades_above = 3;
constexpr std::size_t most_genes = 2000;

/** Median and spread of a log-normal by EM; `likelihood` is genes × grid, each row scaled to a maximum of 1. */
void fit_lognormal(const Matrix& likelihood, const Vector& grid, GeneSpread& out) {
  double mean = grid[grid.size() * 4 / 7], sd = 2;
  Vector prior(grid.size());
  for (int round = 0; round < 3000; ++round) {
    prior = (-0.5 * ((grid.array() - mean) / sd).square()).exp();
    prior /= prior.sum();
    double first = 0, second = 0;
    for (Index g = 0; g < likelihood.rows(); ++g) {
      const Vector posterior = likelihood.row(g).transpose().cwiseProduct(prior);
      const double all = posterior.sum(), centre = posterior.dot(grid) / all;
      first += centre;
      second += posterior.dot((grid.array() - mean).square().matrix()) / all;
    }
    const auto n = static_cast<double>(likelihood.rows());
    const double next = first / n, variance = second / n - (next - mean) * (next - mean);
    // A spread below half a step of the grid cannot be told from none.
    const double wide = std::max(std::sqrt(std::max(0.0, variance)), 0.5 * (grid[1] - grid[0]));
    const bool done = std::abs(next - mean) + std::abs(wide - sd) < 1e-7;
    mean = next;
    sd = wide;
    if (done) break;
  }
  out.log_median = mean;
  out.log_sd = sd;
}

}  // namespace

double GeneSpread::quantile(double p) const { return std::exp(log_median + log_sd * normal_quantile(p)); }

std::vector<GeneSpread> spread_between_genes(const screen::Levels& table, const VarianceComponents& components) {
  std::vector<int> column;
  const BatchLevels levels = columns_of(table, column);
  const auto parameters = static_cast<Index>(levels.levels()) + 1;
  std::vector<GeneSpread> out(static_cast<std::size_t>(parameters));
  // The best counted genes, where there are too many.
  std::vector<Index> genes;
  for (Index g = 0; g < table.x.rows(); ++g)
    if (std::isfinite(components.genes[static_cast<std::size_t>(g)].sg2)) genes.push_back(g);
  std::stable_sort(genes.begin(), genes.end(), [&](Index a, Index b) {
    return components.genes[static_cast<std::size_t>(a)].mean > components.genes[static_cast<std::size_t>(b)].mean;
  });
  genes.resize(std::min(genes.size(), most_genes));
  const auto estimate = [&](const GeneComponents& of, Index i) { return i + 1 == parameters ? of.sg2 : of.sb2[i]; };
  for (Index i = 0; i < parameters; ++i) {
    GeneSpread& spread = out[static_cast<std::size_t>(i)];
    spread.log_median = spread.log_sd = nan;
    const double pooled = estimate(components.pooled, i);
    if (!std::isfinite(pooled) || genes.empty()) continue;
    const double centre = std::log(std::max(pooled, 1e-6));
    const Vector grid = Vector::LinSpaced(grid_points, centre - grid_decades_below * std::log(10.0),
                                          centre + grid_decades_above * std::log(10.0));
    Matrix likelihood(static_cast<Index>(genes.size()), grid_points);
    Index row = 0;
    double flat = 0;
    for (const Index g : genes) {
      const GeneComponents& own = components.genes[static_cast<std::size_t>(g)];
      if (!std::isfinite(estimate(own, i))) continue;
      const UsableRows used = usable_rows(table, column, g);
      Vector variance;
      const Reml reml = reml_of(table, levels, used, g, variance);
      Vector theta(parameters);
      for (Index j = 0; j < parameters; ++j) {
        const double value = estimate(own, j), otherwise = estimate(components.pooled, j);
        theta[j] = value > 0 ? value : std::isfinite(otherwise) ? otherwise : 0;
        if (!std::isfinite(value)) theta[j] = 0;  // held at 0 where this gene's groups cannot tell it
      }
      Vector minus_two_log(grid_points);
      for (Index k = 0; k < grid_points; ++k) {
        theta[i] = std::exp(grid[k]);
        minus_two_log[k] = reml.evaluate(theta, false).minus_two_log;
      }
      const double least = minus_two_log.minCoeff();
      likelihood.row(row++) = (-0.5 * (minus_two_log.array() - least)).exp().matrix().transpose();
      flat += minus_two_log[0] - least < 2 * std::log(2.0) ? 1 : 0;
    }
    if (row == 0) continue;
    spread.genes = static_cast<int>(row);
    spread.may_be_zero = flat >= 0.5 * static_cast<double>(row);
    fit_lognormal(likelihood.topRows(row), grid, spread);
  }
  return out;
}

}  // namespace groundwork::measurement
