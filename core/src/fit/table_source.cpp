// A state table as the source of a fit.
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "groundwork/fit/source.hpp"
#include "groundwork/fit/unstated_variance.hpp"

namespace groundwork::fit {
namespace {

using screen::Trust;

/** What stands in where a table is too small to tell its own noise: 5 %. */
constexpr double fallback_variance = 0.0025;

/** Rows of one condition in one batch averaged with weights 1/variance; exact ones settle it alone. */
screen::Levels averaged(const screen::Levels& all) {
  std::map<std::pair<int, std::vector<int>>, std::vector<Index>> same;
  std::vector<std::pair<int, std::vector<int>>> order;
  for (std::size_t r = 0; r < all.rows.size(); ++r) {
    auto& list = same[{all.rows[r].condition, all.rows[r].batch}];
    if (list.empty()) order.emplace_back(all.rows[r].condition, all.rows[r].batch);
    list.push_back(static_cast<Index>(r));
  }
  screen::Levels out = all;
  const Index genes = all.x.rows(), rows = static_cast<Index>(order.size());
  out.rows.clear();
  out.x.resize(genes, rows);
  out.variance.resize(genes, rows);
  out.trust.resize(genes, rows);
  for (Index i = 0; i < rows; ++i) {
    const auto& list = same.at(order[static_cast<std::size_t>(i)]);
    out.rows.push_back(all.rows[static_cast<std::size_t>(list.front())]);
    for (Index g = 0; g < genes; ++g) {
      bool exact = false;
      for (const Index r : list) exact = exact || (all.trust(g, r) == Trust::trusted && all.variance(g, r) == 0);
      double weight = 0, sum = 0;
      for (const Index r : list) {
        if (all.trust(g, r) != Trust::trusted || (exact && all.variance(g, r) != 0)) continue;
        const double w = exact ? 1 : 1 / all.variance(g, r);
        weight += w;
        sum += w * all.x(g, r);
      }
      const bool any = weight > 0;
      out.trust(g, i) = any ? Trust::trusted : all.trust(g, list.front());
      out.x(g, i) = any ? sum / weight : all.x(g, list.front());
      out.variance(g, i) = !any ? all.variance(g, list.front()) : exact ? 0 : 1 / weight;
    }
  }
  return out;
}

screen::Levels part_of(const screen::Levels& all, const std::vector<int>& rows, const std::vector<int>& genes) {
  screen::Levels out;
  out.scale = all.scale;
  out.modality = all.modality;
  out.time_unit = all.time_unit;
  out.conditions = all.conditions;
  out.batches = all.batches;
  for (const int g : genes) out.genes.push_back(all.genes[static_cast<std::size_t>(g)]);
  for (const int r : rows) out.rows.push_back(all.rows[static_cast<std::size_t>(r)]);
  out.x = all.x(genes, rows);
  out.variance = all.variance(genes, rows);
  out.trust = all.trust(genes, rows);
  return out;
}

/** Fills what is not stated; `settled` (genes of the part; empty: from the part's own rows). */
void fill(screen::Levels& levels, const Vector& settled) {
  if (!levels.variance.array().isNaN().any()) return;
  const Vector value = settled.size() > 0 ? settled : unstated_variance(levels).value;
  for (Index r = 0; r < levels.x.cols(); ++r)
    for (Index g = 0; g < levels.x.rows(); ++g)
      if (std::isnan(levels.variance(g, r)))
        levels.variance(g, r) = std::isfinite(value(g)) && value(g) > 0 ? value(g) : fallback_variance;
}

std::string note_of(const screen::StateTable& table, const screen::Levels& levels) {
  int open = 0;
  for (Index r = 0; r < levels.x.cols(); ++r) open += std::isnan(levels.variance(0, r)) ? 1 : 0;
  if (open == 0) return "";
  const int df = replicate_df(levels);
  const std::string rows =
      std::to_string(open) + " of " + std::to_string(table.rows.size()) + " rows give no variance: ";
  return df > 0 ? rows + "it is estimated from replicates, " + std::to_string(df) + (df == 1 ? " degree" : " degrees") +
                      " of freedom a gene over the whole table, shared between genes where they are few."
                : rows +
                      "there are no replicates, so it is estimated from what a regression on the inputs leaves, which "
                      "takes effects that it misses for noise.";
}

StateSource source_from(const std::shared_ptr<const screen::Levels>& all,
                        const std::shared_ptr<const Vector>& settled) {
  StateSource source;
  source.modality = all->modality;
  source.time_unit = all->time_unit;
  source.genes = all->genes;
  source.conditions = all->conditions;
  source.batches = all->batches;
  source.rows = all->rows;
  source.is_table = true;
  source.scale = all->scale;
  source.levels = [all, settled](const std::vector<int>& rows, const std::vector<int>& genes, bool) {
    screen::Levels part = part_of(*all, rows, genes);
    fill(part, settled ? Vector((*settled)(genes)) : Vector());
    return averaged(part);
  };
  source.reliable_genes = [all](const std::vector<int>& rows) {
    std::vector<int> genes;
    for (Index g = 0; g < all->x.rows(); ++g) {
      bool measured = false;
      for (const int r : rows)
        measured =
            measured ||
            (all->trust(g, r) == Trust::trusted &&
             all->conditions[static_cast<std::size_t>(all->rows[static_cast<std::size_t>(r)].condition)].is_control());
      if (measured) genes.push_back(static_cast<int>(g));
    }
    return genes;
  };
  return source;
}

}  // namespace

StateSource source_of(const screen::StateTable& table) {
  const auto all = std::make_shared<const screen::Levels>(screen::levels_of(table));
  StateSource source = source_from(all, nullptr);
  source.table_scale = table.scale;
  source.unit = screen::table_unit(table);
  source.notes = table.warnings;
  if (const std::string note = note_of(table, *all); !note.empty()) {
    source.notes.push_back(note);
    source.noise_known = false;
  }
  StateSource bare = source;
  source.settled_on = [all, bare](const std::vector<int>& rows) {
    std::vector<int> genes(all->genes.size());
    for (std::size_t g = 0; g < genes.size(); ++g) genes[g] = static_cast<int>(g);
    const auto settled = std::make_shared<const Vector>(unstated_variance(part_of(*all, rows, genes)).value);
    StateSource fixed = source_from(all, settled);
    fixed.table_scale = bare.table_scale;
    fixed.unit = bare.unit;
    fixed.notes = bare.notes;
    fixed.noise_known = bare.noise_known;
    return fixed;
  };
  return source;
}

}  // namespace groundwork::fit
