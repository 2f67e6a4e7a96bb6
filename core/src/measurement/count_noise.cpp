#include "groundwork/measurement/count_noise.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"

namespace groundwork::measurement {
namespace {

/** The groups behind each row of the table: one, or the two halves of the controls. */
std::vector<std::vector<Index>> rows_of(const screen::Screen& screen, bool merge_halves) {
  std::vector<std::vector<Index>> rows;
  std::map<std::pair<int, std::vector<int>>, std::size_t> seen;
  for (std::size_t g = 0; g < screen.groups.size(); ++g) {
    const screen::Group& group = screen.groups[g];
    if (merge_halves) {
      const auto [at, added] = seen.try_emplace({group.condition, group.batch}, rows.size());
      if (!added) {
        rows[at->second].push_back(static_cast<Index>(g));
        continue;
      }
    }
    rows.push_back({static_cast<Index>(g)});
  }
  return rows;
}

/** A row's depth, and its batch as one running number over all combinations of levels. */
struct RowSize {
  int condition = 0;
  int batch = 0;
  bool control = false;
  double cells = 0, size = 0, size_sq = 0;
};

std::vector<RowSize> sizes_of(const screen::Screen& screen, const std::vector<std::vector<Index>>& rows, int& batches) {
  std::vector<RowSize> sizes;
  std::map<std::vector<int>, int> batch_number;
  for (const auto& groups : rows) {
    const screen::Group& first = screen.groups[static_cast<std::size_t>(groups.front())];
    RowSize row;
    row.condition = first.condition;
    row.control = screen.conditions[static_cast<std::size_t>(first.condition)].is_control();
    row.batch = batch_number.try_emplace(first.batch, static_cast<int>(batch_number.size())).first->second;
    for (const Index g : groups) {
      const screen::Group& group = screen.groups[static_cast<std::size_t>(g)];
      row.cells += static_cast<double>(group.cells);
      row.size += group.sum_size;
      row.size_sq += group.sum_size_sq;
    }
    sizes.push_back(row);
  }
  batches = static_cast<int>(batch_number.size());
  return sizes;
}

Vector summed(const Matrix& statistic, Index gene, const std::vector<std::vector<Index>>& rows) {
  Vector sum(static_cast<Index>(rows.size()));
  for (std::size_t r = 0; r < rows.size(); ++r) {
    double total = 0;
    for (const Index g : rows[r]) total += statistic(gene, g);
    sum[static_cast<Index>(r)] = total;
  }
  return sum;
}

/** Observed over expected counts of a factor's levels, shrunken to 1 by the spread that noise does not explain. */
Vector shrunken_ratios(const Vector& counts, const Vector& expected, const Vector& clumping, double dispersion) {
  const Index levels = counts.size();
  Vector ratio = Vector::Ones(levels);
  double spread = 0, used = 0;
  for (Index k = 0; k < levels; ++k) {
    if (!(expected[k] > 0)) continue;
    ratio[k] = counts[k] / expected[k];
    spread += (ratio[k] - 1) * (ratio[k] - 1) - (1 / expected[k] + dispersion * clumping[k]);
    used += 1;
  }
  const double variance = used > 0 ? std::max(0.0, spread / used) : 0;
  for (Index k = 0; k < levels; ++k) {
    if (!(expected[k] > 0)) continue;
    const double noise = 1 / expected[k] + dispersion * clumping[k];
    ratio[k] = std::max(1 + (ratio[k] - 1) * variance / (variance + noise), 0.5 / (expected[k] + 0.5));
  }
  return ratio;
}

/** Sums over the rows of one factor (batch or condition) that shrunken_ratios needs. */
struct Tally {
  Vector counts, expected, size, size_sq;
  explicit Tally(Index levels)
      : counts(Vector::Zero(levels)),
        expected(Vector::Zero(levels)),
        size(Vector::Zero(levels)),
        size_sq(Vector::Zero(levels)) {}
  void add(Index k, double count, double expectation, const RowSize& row) {
    counts[k] += count;
    expected[k] += expectation;
    size[k] += row.size;
    size_sq[k] += row.size_sq;
  }
  Vector ratios(double dispersion) const {
    const Vector clumping = (size.array() > 0).select(size_sq.array() / size.array().square().max(1e-300), 0.0);
    return shrunken_ratios(counts, expected, clumping, dispersion);
  }
};

/** `unperturbed`: as if every condition had the rate of the controls of its batch. */
Matrix theta_of_rows(const screen::Screen& screen, const std::vector<int>& genes, const Dispersion& dispersion,
                     const std::vector<std::vector<Index>>& rows, bool unperturbed = false) {
  int batches = 0;
  const std::vector<RowSize> sizes = sizes_of(screen, rows, batches);
  const bool has_controls = std::any_of(sizes.begin(), sizes.end(), [](const auto& row) { return row.control; });
  Matrix theta(static_cast<Index>(genes.size()), static_cast<Index>(rows.size()));
  for (std::size_t k = 0; k < genes.size(); ++k) {
    const auto gene = static_cast<Index>(genes[k]);
    const auto out = static_cast<Index>(k);
    const double rate = dispersion.rate[gene], phi = dispersion.shrunken[gene];
    if (!(rate > 0)) {
      theta.row(out).setConstant(infinity);
      continue;
    }
    const Vector counts = summed(screen.statistics.sum, gene, rows);
    Tally by_batch(batches), by_condition(static_cast<Index>(screen.conditions.size()));
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (sizes[r].control || !has_controls) {
        by_batch.add(sizes[r].batch, counts[static_cast<Index>(r)], rate * sizes[r].size, sizes[r]);
      }
    }
    const Vector batch_factor = by_batch.ratios(phi);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const double expectation = rate * batch_factor[sizes[r].batch] * sizes[r].size;
      by_condition.add(sizes[r].condition, counts[static_cast<Index>(r)], expectation, sizes[r]);
    }
    const Vector condition_factor = by_condition.ratios(phi);
    for (std::size_t r = 0; r < rows.size(); ++r) {
      const RowSize& row = sizes[r];
      const double factor = unperturbed ? 1 : condition_factor[row.condition];
      const double mean = rate * batch_factor[row.batch] * factor * row.size;
      theta(out, static_cast<Index>(r)) =
          row.size > 0 ? 1 / mean + phi * row.size_sq / (row.size * row.size) : infinity;
    }
  }
  return theta;
}

void fill_log_pooled(const screen::Screen& screen, const std::vector<int>& genes, const LevelsOptions& options,
                     const std::vector<std::vector<Index>>& rows, screen::Levels& levels) {
  const Dispersion dispersion = dispersion_of(screen);
  const Matrix theta = theta_of_rows(screen, genes, dispersion, rows);
  levels.limit = Matrix::Constant(levels.x.rows(), levels.x.cols(), nan);
  for (Index r = 0; r < levels.x.cols(); ++r) {
    double size = 0, size_sq = 0;
    for (const Index g : rows[static_cast<std::size_t>(r)]) {
      size += screen.groups[static_cast<std::size_t>(g)].sum_size;
      size_sq += screen.groups[static_cast<std::size_t>(g)].sum_size_sq;
    }
    if (!(size > 0)) continue;
    for (Index k = 0; k < levels.x.rows(); ++k) {
      double count = 0;
      for (const Index g : rows[static_cast<std::size_t>(r)]) {
        count += screen.statistics.sum(genes[static_cast<std::size_t>(k)], g);
      }
      levels.x(k, r) = std::log((count + 0.5) / size);
      levels.variance(k, r) = std::isinf(theta(k, r)) ? infinity : trigamma(1 / theta(k, r));
      levels.trust(k, r) = theta(k, r) <= options.largest_theta ? screen::Trust::trusted : screen::Trust::censored;
      // The rate at which θ would be the largest that is trusted; none where cells vary too much for any rate to do.
      const double room =
          options.largest_theta - dispersion.shrunken[genes[static_cast<std::size_t>(k)]] * size_sq / (size * size);
      if (levels.trust(k, r) == screen::Trust::censored && std::isfinite(theta(k, r)) && room > 0)
        levels.limit(k, r) = -std::log(size * room);
    }
  }
}

void fill_mean_log1p(const screen::Screen& screen, const std::vector<int>& genes,
                     const std::vector<std::vector<Index>>& rows, screen::Levels& levels) {
  constexpr double prior_df = 10;
  const bool has_controls = std::any_of(screen.groups.begin(), screen.groups.end(), [&](const screen::Group& g) {
    return screen.conditions[static_cast<std::size_t>(g.condition)].is_control();
  });
  for (Index k = 0; k < levels.x.rows(); ++k) {
    const auto gene = static_cast<Index>(genes[static_cast<std::size_t>(k)]);
    const Vector sum = summed(screen.statistics.log1p, gene, rows);
    const Vector square = summed(screen.statistics.log1p_sq, gene, rows);
    const Vector detected = summed(screen.statistics.detected, gene, rows);
    Vector within(levels.x.cols());
    double reference = 0, reference_df = 0;
    for (Index r = 0; r < levels.x.cols(); ++r) {
      const screen::LevelRow& row = levels.rows[static_cast<std::size_t>(r)];
      within[r] = row.cells > 0 ? std::max(0.0, square[r] - sum[r] * sum[r] / row.cells) : 0;
      if (row.cells < 2) continue;
      if (has_controls && !screen.conditions[static_cast<std::size_t>(row.condition)].is_control()) continue;
      reference += within[r];
      reference_df += row.cells - 1;
    }
    const double prior = reference_df > 0 ? reference / reference_df : nan;
    for (Index r = 0; r < levels.x.cols(); ++r) {
      const double n = levels.rows[static_cast<std::size_t>(r)].cells;
      if (!(n > 0)) continue;
      levels.x(k, r) = sum[r] / n;
      levels.variance(k, r) = (within[r] + prior_df * prior) / (n - 1 + prior_df) / n;
      levels.trust(k, r) = detected[r] > 0 ? screen::Trust::trusted : screen::Trust::censored;
    }
  }
}

}  // namespace

std::vector<int> gene_indices(const screen::Screen& screen, const std::vector<std::string>& names) {
  std::map<std::string, int> index;
  for (std::size_t i = 0; i < screen.genes.size(); ++i) index.try_emplace(screen.genes[i], static_cast<int>(i));
  std::vector<int> found;
  for (const std::string& name : names) {
    const auto at = index.find(name);
    if (at == index.end()) {
      throw Error("genes.unknown", "The screen has no gene called \"" + name + "\".",
                  "Use a name from the screen's list of genes; capital letters count.");
    }
    found.push_back(at->second);
  }
  return found;
}

Matrix noise_of(const screen::Screen& screen, const std::vector<int>& genes, const Dispersion& dispersion,
                bool merge_halves) {
  return theta_of_rows(screen, genes, dispersion, rows_of(screen, merge_halves));
}

Matrix unperturbed_noise_of(const screen::Screen& screen, const std::vector<int>& genes, const Dispersion& dispersion,
                            bool merge_halves) {
  return theta_of_rows(screen, genes, dispersion, rows_of(screen, merge_halves), true);
}

std::vector<int> genes_above_noise(const screen::Screen& screen, double largest_theta) {
  std::vector<int> all(screen.genes.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
  const std::vector<std::vector<Index>> rows = rows_of(screen, true);
  int batches = 0;
  const std::vector<RowSize> sizes = sizes_of(screen, rows, batches);
  const bool has_controls = std::any_of(sizes.begin(), sizes.end(), [](const auto& row) { return row.control; });
  const Matrix theta = theta_of_rows(screen, all, dispersion_of(screen), rows);
  std::vector<int> kept;
  for (const int gene : all) {
    double trusted = 0, total = 0;
    for (std::size_t r = 0; r < rows.size(); ++r) {
      if (has_controls && !sizes[r].control) continue;
      total += sizes[r].cells;
      if (theta(gene, static_cast<Index>(r)) <= largest_theta) trusted += sizes[r].cells;
    }
    if (total > 0 && trusted >= 0.5 * total) kept.push_back(gene);
  }
  return kept;
}

screen::Levels levels_of(const screen::Screen& screen, const std::vector<int>& genes, const LevelsOptions& options) {
  const std::vector<std::vector<Index>> rows = rows_of(screen, options.merge_halves);
  screen::Levels levels;
  levels.scale = screen::Scale::log;
  levels.modality = screen.roles.modality;
  levels.time_unit = screen.roles.time_unit;
  levels.conditions = screen.conditions;
  levels.batches = screen.batches;
  for (const int gene : genes) levels.genes.push_back(screen.genes.at(static_cast<std::size_t>(gene)));
  for (const auto& groups : rows) {
    const screen::Group& first = screen.groups[static_cast<std::size_t>(groups.front())];
    screen::LevelRow row;
    row.condition = first.condition;
    row.batch = first.batch;
    row.half = options.merge_halves ? -1 : first.half;
    for (const Index g : groups) row.cells += static_cast<double>(screen.groups[static_cast<std::size_t>(g)].cells);
    levels.rows.push_back(row);
  }
  const auto height = static_cast<Index>(genes.size()), width = static_cast<Index>(rows.size());
  levels.x = Matrix::Constant(height, width, nan);
  levels.variance = Matrix::Constant(height, width, nan);
  levels.trust.resize(height, width);
  levels.trust.setConstant(screen::Trust::missing);
  if (options.state == StateKind::log_pooled) {
    fill_log_pooled(screen, genes, options, rows, levels);
  } else {
    fill_mean_log1p(screen, genes, rows, levels);
  }
  return levels;
}

}  // namespace groundwork::measurement
