#include "groundwork/fit/source.hpp"

#include <cmath>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "groundwork/measurement/count_noise.hpp"

namespace groundwork::fit {
namespace {

using screen::Trust;

Matrix columns_of(const Matrix& m, const std::vector<int>& columns) {
  if (m.size() == 0) return m;
  Matrix out(m.rows(), static_cast<Index>(columns.size()));
  for (std::size_t i = 0; i < columns.size(); ++i) out.col(static_cast<Index>(i)) = m.col(columns[i]);
  return out;
}

/** The screen as it would be had only these groups been summarised (sizes ℓ keep their unit). */
screen::Screen with_groups(const screen::Screen& all, const std::vector<int>& groups) {
  screen::Screen out;
  out.roles = all.roles;
  out.seed = all.seed;
  out.genes = all.genes;
  out.mean_depth = all.mean_depth;
  out.conditions = all.conditions;
  out.batches = all.batches;
  for (const int g : groups) out.groups.push_back(all.groups[static_cast<std::size_t>(g)]);
  const auto& s = all.statistics;
  out.statistics = {columns_of(s.sum, groups),       columns_of(s.sum_sq, groups), columns_of(s.scaled, groups),
                    columns_of(s.scaled_sq, groups), columns_of(s.log1p, groups),  columns_of(s.log1p_sq, groups),
                    columns_of(s.detected, groups)};
  for (const auto& group : out.groups) {
    out.cells_kept += group.cells;
    out.cells_read += group.cells;
  }
  return out;
}

/** Inverse-variance mean of rows that differ only in their half. */
screen::Levels merged(const screen::Levels& all) {
  std::map<std::pair<int, std::vector<int>>, std::vector<Index>> same;
  std::vector<std::pair<int, std::vector<int>>> order;
  for (std::size_t r = 0; r < all.rows.size(); ++r) {
    auto key = std::pair(all.rows[r].condition, all.rows[r].batch);
    if (all.rows[r].half < 0) key.second.push_back(-1 - static_cast<int>(r));  // replicates stay apart
    auto& list = same[key];
    if (list.empty()) order.push_back(key);
    list.push_back(static_cast<Index>(r));
  }
  screen::Levels out = all;
  const Index genes = all.x.rows(), rows = static_cast<Index>(order.size());
  out.rows.clear();
  out.x.resize(genes, rows);
  out.variance.resize(genes, rows);
  out.trust.resize(genes, rows);
  if (all.limit.size() > 0) out.limit.resize(genes, rows);
  for (Index i = 0; i < rows; ++i) {
    const auto& list = same[order[static_cast<std::size_t>(i)]];
    screen::LevelRow row = all.rows[static_cast<std::size_t>(list[0])];
    if (list.size() > 1) row.half = -1;
    row.cells = 0;
    for (const Index r : list) row.cells += all.rows[static_cast<std::size_t>(r)].cells;
    out.rows.push_back(row);
    for (Index g = 0; g < genes; ++g) {
      double weight = 0, sum = 0;
      Trust trust = all.trust(g, list[0]);
      for (const Index r : list) {
        if (all.trust(g, r) != Trust::trusted) continue;
        trust = Trust::trusted;
        weight += 1 / all.variance(g, r);
        sum += all.x(g, r) / all.variance(g, r);
      }
      out.trust(g, i) = trust;
      out.x(g, i) = weight > 0 ? sum / weight : all.x(g, list[0]);
      out.variance(g, i) = weight > 0 ? 1 / weight : all.variance(g, list[0]);
      if (all.limit.size() > 0) out.limit(g, i) = all.limit(g, list[0]);
    }
  }
  return out;
}

}  // namespace

StateSource source_of(screen::Screen given) {
  const auto all = std::make_shared<const screen::Screen>(std::move(given));
  StateSource source;
  source.modality = all->roles.modality;
  source.time_unit = all->roles.time_unit;
  source.genes = all->genes;
  source.conditions = all->conditions;
  source.batches = all->batches;
  for (const auto& group : all->groups)
    source.rows.push_back({group.condition, group.batch, group.half, static_cast<double>(group.cells)});
  source.levels = [all](const std::vector<int>& rows, const std::vector<int>& genes, bool merge) {
    measurement::LevelsOptions options;
    options.merge_halves = merge;
    return measurement::levels_of(with_groups(*all, rows), genes, options);
  };
  source.reliable_genes = [all](const std::vector<int>& rows) {
    return measurement::genes_above_noise(with_groups(*all, rows));
  };
  return source;
}

StateSource source_of(screen::Levels given) {
  const auto all = std::make_shared<const screen::Levels>(std::move(given));
  StateSource source;
  source.modality = all->modality;
  source.time_unit = all->time_unit;
  source.genes = all->genes;
  source.conditions = all->conditions;
  source.batches = all->batches;
  source.rows = all->rows;
  source.levels = [all](const std::vector<int>& rows, const std::vector<int>& genes, bool merge) {
    screen::Levels out;
    out.scale = all->scale;
    out.modality = all->modality;
    out.time_unit = all->time_unit;
    out.conditions = all->conditions;
    out.batches = all->batches;
    const Index d = static_cast<Index>(genes.size()), n = static_cast<Index>(rows.size());
    out.x.resize(d, n);
    out.variance.resize(d, n);
    out.trust.resize(d, n);
    if (all->limit.size() > 0) out.limit.resize(d, n);
    for (const int g : genes) out.genes.push_back(all->genes[static_cast<std::size_t>(g)]);
    for (Index r = 0; r < n; ++r) {
      const int from = rows[static_cast<std::size_t>(r)];
      out.rows.push_back(all->rows[static_cast<std::size_t>(from)]);
      for (Index g = 0; g < d; ++g) {
        const int gene = genes[static_cast<std::size_t>(g)];
        if (all->limit.size() > 0) out.limit(g, r) = all->limit(gene, from);
        out.x(g, r) = all->x(gene, from);
        out.variance(g, r) = all->variance(gene, from);
        out.trust(g, r) = all->trust(gene, from);
      }
    }
    return merge ? merged(out) : out;
  };
  source.reliable_genes = [all](const std::vector<int>& rows) {
    std::vector<int> genes;
    for (Index g = 0; g < all->x.rows(); ++g) {
      bool reliable = true, any = false;
      for (const int r : rows) {
        if (!all->conditions[static_cast<std::size_t>(all->rows[static_cast<std::size_t>(r)].condition)].is_control())
          continue;
        any = true;
        reliable = reliable && all->trust(g, r) == Trust::trusted && std::isfinite(all->x(g, r));
      }
      if (reliable || !any) genes.push_back(static_cast<int>(g));
    }
    return genes;
  };
  return source;
}

}  // namespace groundwork::fit
