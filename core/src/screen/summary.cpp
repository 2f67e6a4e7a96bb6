#include "groundwork/screen/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/limits.hpp"
#include "groundwork/screen/name_index.hpp"
#include "groundwork/screen/target_left.hpp"

namespace groundwork::screen {
namespace {

constexpr int depth_bins = 48;

/** Edges of the histogram of ℓ: quarters of an octave from 1/64 to 64; the outer bins also take what lies beyond. */
double depth_edge(int i) { return std::exp2(-6 + 0.25 * i); }

bool is_count(float value) {
  return value >= 0 && value <= static_cast<float>(largest_count) && value == std::floor(value);
}

}  // namespace

Summary::Summary(const CountsSource& source, Grouping grouping, Roles roles, std::uint64_t seed)
    : source_(&source),
      grouping_(std::move(grouping)),
      roles_(std::move(roles)),
      seed_(seed),
      cells_(static_cast<std::int64_t>(grouping_.group_of_cell.size())),
      genes_(static_cast<std::int64_t>(source.genes.size())) {
  NameIndex genes;
  for (const std::string& gene : source.genes) genes.add(gene);
  excluded_.assign(source.genes.size(), 0);
  for (const std::string& gene : roles_.exclude_from_size_factor) {
    const int at = genes.find(gene);
    if (at < 0)
      throw Error("roles.unknown_gene", "gene '" + gene + "', which depth is not to count, is not in " + source.file);
    excluded_[static_cast<std::size_t>(at)] = 1;
  }
  depth_.assign(static_cast<std::size_t>(cells_), 0);
}

void Summary::refuse_value(std::int64_t cell, std::int64_t gene, float value) const {
  const auto c = static_cast<std::size_t>(cell);
  const std::string found = significant(static_cast<double>(value), 6);
  throw Error("counts.not_counts",
              source_->file + ", cell '" + (c < source_->cells.size() ? source_->cells[c] : std::to_string(cell + 1)) +
                  "', gene '" + source_->genes[static_cast<std::size_t>(gene)] + "': found " + found +
                  ", expected a count (a whole number from 0 to 16,777,216)",
              "Give raw counts, not normalised or log values.");
}

void Summary::sort_entries(std::span<const int>& indices, std::span<const float>& counts, std::int64_t limit,
                           const char* what) {
  bool ascending = true;
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= limit)
      throw Error("counts.slice", source_->file + ": found an entry for " + what + " " + std::to_string(indices[i]) +
                                      ", expected 0 to " + std::to_string(limit - 1));
    ascending = ascending && (i == 0 || indices[i - 1] < indices[i]);
  }
  if (ascending) return;
  std::vector<std::size_t> order(indices.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return indices[a] < indices[b]; });
  sorted_indices_.clear();
  sorted_counts_.clear();
  for (std::size_t i : order) {
    if (!sorted_indices_.empty() && sorted_indices_.back() == indices[i]) {
      sorted_counts_.back() += counts[i];
    } else {
      sorted_indices_.push_back(indices[i]);
      sorted_counts_.push_back(counts[i]);
    }
  }
  indices = sorted_indices_;
  counts = sorted_counts_;
}

inline void Summary::add(std::size_t cell, int gene, float count, double inverse_size) {
  const int group = grouping_.group_of_cell[cell];
  const double y = count, scaled = y * inverse_size, logged = std::log1p(scaled);
  statistics_.sum(gene, group) += y;
  statistics_.sum_sq(gene, group) += y * y;
  statistics_.scaled(gene, group) += scaled;
  statistics_.scaled_sq(gene, group) += scaled * scaled;
  statistics_.log1p(gene, group) += logged;
  statistics_.log1p_sq(gene, group) += logged * logged;
  statistics_.detected(gene, group) += 1;
  if (!guide_group_.empty() && guide_group_[cell] >= 0) {
    guide_sum_(gene, guide_group_[cell]) += y;
    guide_scaled_sq_(gene, guide_group_[cell]) += scaled * scaled;
  }
  if (reservoir_slot_[cell] >= 0) reservoir_.push_back({reservoir_slot_[cell], gene, count});
  for (int target : targets_[static_cast<std::size_t>(group)])
    if (target == gene) ++target_counts_[{group, gene}][static_cast<int>(count)];
}

void Summary::push_cell(std::int64_t cell, std::span<const int> genes, std::span<const float> counts) {
  if (cell < 0 || cell >= cells_ || genes.size() != counts.size())
    throw Error("counts.slice", source_->file + ": found cell " + std::to_string(cell + 1) + ", expected 1 to " +
                                    std::to_string(cells_));
  ++pushed_cells_;
  sort_entries(genes, counts, genes_, "gene");
  const auto at = static_cast<std::size_t>(cell);
  const int group = grouping_.group_of_cell[at];
  if (pass_ == 0) {
    double depth = 0;
    for (std::size_t i = 0; i < genes.size(); ++i) {
      if (!is_count(counts[i])) refuse_value(cell, genes[i], counts[i]);
      if (!excluded_[static_cast<std::size_t>(genes[i])]) depth += static_cast<double>(counts[i]);
      entries_ += counts[i] > 0 && group >= 0;
    }
    if (depth > std::numeric_limits<std::uint32_t>::max()) refuse_value(cell, genes[0], static_cast<float>(depth));
    depth_[at] = static_cast<std::uint32_t>(depth);
  } else if (group >= 0) {
    const double inverse_size = mean_depth_ / depth_[at];
    for (std::size_t i = 0; i < genes.size(); ++i)
      if (counts[i] > 0) add(at, genes[i], counts[i], inverse_size);
  }
}

void Summary::add_gene(std::int64_t gene, std::span<const int> cells, std::span<const float> counts) {
  ++pushed_genes_;
  sort_entries(cells, counts, cells_, "cell");
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto at = static_cast<std::size_t>(cells[i]);
    const int group = grouping_.group_of_cell[at];
    if (pass_ == 0) {
      if (!is_count(counts[i])) refuse_value(cells[i], gene, counts[i]);
      if (!excluded_[static_cast<std::size_t>(gene)]) {
        const auto count = static_cast<std::uint32_t>(counts[i]);
        if (depth_[at] > std::numeric_limits<std::uint32_t>::max() - count) refuse_value(cells[i], gene, counts[i]);
        depth_[at] += count;
      }
      entries_ += counts[i] > 0 && group >= 0;
    } else if (group >= 0 && counts[i] > 0) {
      add(at, static_cast<int>(gene), counts[i], mean_depth_ / depth_[at]);
    }
  }
}

void Summary::push_rows(std::int64_t first_cell, std::span<const std::int64_t> starts, std::span<const int> genes,
                        std::span<const float> counts) {
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const std::int64_t begin = starts[i] - starts[0], end = starts[i + 1] - starts[0];
    if (end < begin || end > static_cast<std::int64_t>(genes.size()) || genes.size() != counts.size())
      throw Error("counts.slice", source_->file + ": the row pointers do not fit the entries of the slice at cell " +
                                      std::to_string(first_cell + 1));
    const auto from = static_cast<std::size_t>(begin), length = static_cast<std::size_t>(end - begin);
    push_cell(first_cell + static_cast<std::int64_t>(i), genes.subspan(from, length), counts.subspan(from, length));
  }
}

void Summary::push_columns(std::int64_t first_gene, std::span<const std::int64_t> starts, std::span<const int> cells,
                           std::span<const float> counts) {
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    const std::int64_t begin = starts[i] - starts[0], end = starts[i + 1] - starts[0],
                       gene = first_gene + static_cast<std::int64_t>(i);
    if (end < begin || end > static_cast<std::int64_t>(cells.size()) || cells.size() != counts.size() || gene < 0 ||
        gene >= genes_)
      throw Error("counts.slice", source_->file + ": the column pointers do not fit the entries of the slice at gene " +
                                      std::to_string(first_gene + 1));
    const auto from = static_cast<std::size_t>(begin), length = static_cast<std::size_t>(end - begin);
    add_gene(gene, cells.subspan(from, length), counts.subspan(from, length));
  }
}

void Summary::push_dense(std::int64_t first_cell, std::int64_t cells, std::span<const float> counts) {
  if (cells < 0 || static_cast<std::int64_t>(counts.size()) != cells * genes_)
    throw Error("counts.slice", source_->file + ": found " + std::to_string(counts.size()) + " values for " +
                                    std::to_string(cells) + " cells, expected " + std::to_string(cells * genes_));
  std::vector<int> genes;
  std::vector<float> values;
  for (std::int64_t c = 0; c < cells; ++c) {
    genes.clear();
    values.clear();
    for (std::int64_t g = 0; g < genes_; ++g) {
      const float value = counts[static_cast<std::size_t>(c * genes_ + g)];
      if (value == 0) continue;
      genes.push_back(static_cast<int>(g));
      values.push_back(value);
    }
    push_cell(first_cell + c, genes, values);
  }
}

void Summary::require_complete() const {
  const bool by_rows = pushed_cells_ == cells_ && pushed_genes_ == 0,
             by_columns = pushed_genes_ == genes_ && pushed_cells_ == 0;
  if (!by_rows && !by_columns)
    throw Error("counts.incomplete", source_->file + ": found counts of " + std::to_string(pushed_cells_) +
                                         " cells and " + std::to_string(pushed_genes_) +
                                         " genes in one reading, expected all " + std::to_string(cells_) +
                                         " cells or all " + std::to_string(genes_) + " genes");
}

bool Summary::next_pass() {
  require_complete();
  pushed_cells_ = pushed_genes_ = 0;
  if (++pass_ == 1) {
    end_depths();
    return true;
  }
  return false;
}

void Summary::end_depths() {
  double total = 0;
  for (std::size_t i = 0; i < depth_.size(); ++i) {
    int& group = grouping_.group_of_cell[i];
    if (group < 0) continue;
    if (depth_[i] == 0) {
      group = -1;
      ++without_depth_;
      continue;
    }
    total += depth_[i];
    ++kept_;
  }
  if (kept_ == 0)
    throw Error("counts.no_depth",
                source_->file + ": no cell that is kept has a single count" +
                    (roles_.exclude_from_size_factor.empty() ? "" : " outside the genes that depth does not count"));
  mean_depth_ = total / static_cast<double>(kept_);
  compact(grouping_);
  plan_guides();
  const auto groups = static_cast<Index>(grouping_.groups.size()), guides = static_cast<Index>(guides_.size());
  const Index genes = static_cast<Index>(genes_);
  try {
    for (Matrix* m : {&statistics_.sum, &statistics_.sum_sq, &statistics_.scaled, &statistics_.scaled_sq,
                      &statistics_.log1p, &statistics_.log1p_sq, &statistics_.detected})
      m->setZero(genes, groups);
    guide_sum_.setZero(genes, guides);
    guide_scaled_sq_.setZero(genes, guides);
  } catch (const std::bad_alloc&) {
    const double bytes =
        8.0 * static_cast<double>(genes) * (7.0 * static_cast<double>(groups) + 2.0 * static_cast<double>(guides));
    throw Error("memory.statistics",
                "the sums of " + std::to_string(genes) + " genes over " + std::to_string(groups) + " groups take " +
                    std::to_string(static_cast<std::int64_t>(bytes / 1e6)) + " MB, more than there is",
                "Use fewer batch columns, leave the guide column out, or give fewer genes.");
  }
  plan_reservoir();
  NameIndex names;
  for (const std::string& gene : source_->genes) names.add(gene);
  targets_.resize(grouping_.groups.size());
  for (std::size_t g = 0; g < targets_.size(); ++g)
    for (const Edit& e : grouping_.conditions[static_cast<std::size_t>(grouping_.groups[g].condition)].edits)
      if (const int gene = names.find(e.name); gene >= 0) targets_[g].push_back(gene);
}

void Summary::plan_guides() {
  if (grouping_.guide_of_cell.empty()) return;
  std::map<std::pair<int, int>, int> index;
  for (std::size_t i = 0; i < grouping_.group_of_cell.size(); ++i)
    if (grouping_.group_of_cell[i] >= 0 && grouping_.guide_of_cell[i] >= 0)
      index[{grouping_.group_of_cell[i], grouping_.guide_of_cell[i]}] = 0;
  std::vector<std::pair<int, int>> order;
  for (const auto& entry : index) order.push_back(entry.first);
  const auto name = [&](int guide) -> const std::string& { return grouping_.guides[static_cast<std::size_t>(guide)]; };
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : comes_before(name(a.second), name(b.second));
  });
  for (const auto& [group, guide] : order) {
    index[{group, guide}] = static_cast<int>(guides_.size());
    guides_.push_back({name(guide), group, 0, 0});
  }
  guide_group_.assign(grouping_.group_of_cell.size(), -1);
  for (std::size_t i = 0; i < guide_group_.size(); ++i) {
    if (grouping_.group_of_cell[i] < 0 || grouping_.guide_of_cell[i] < 0) continue;
    guide_group_[i] = index[{grouping_.group_of_cell[i], grouping_.guide_of_cell[i]}];
    GuideGroup& g = guides_[static_cast<std::size_t>(guide_group_[i])];
    ++g.cells;
    g.sum_size += depth_[i] / mean_depth_;
  }
  grouping_.guide_of_cell = {};
}

void Summary::plan_reservoir() {
  const double per_cell = std::max(1.0, static_cast<double>(entries_) / static_cast<double>(kept_));
  const double affordable =
      static_cast<double>(reservoir_entries) / (per_cell * static_cast<double>(grouping_.groups.size()));
  reservoir_limit_ = static_cast<int>(std::clamp(affordable, 1.0, static_cast<double>(reservoir_cells)));
  std::vector<std::vector<std::pair<std::uint64_t, std::int64_t>>> lowest(grouping_.groups.size());
  for (std::size_t i = 0; i < grouping_.group_of_cell.size(); ++i) {
    if (grouping_.group_of_cell[i] < 0) continue;
    auto& heap = lowest[static_cast<std::size_t>(grouping_.group_of_cell[i])];
    const std::pair<std::uint64_t, std::int64_t> entry{hash_of(seed_, i), static_cast<std::int64_t>(i)};
    if (static_cast<int>(heap.size()) == reservoir_limit_) {
      if (entry > heap.front()) continue;
      std::pop_heap(heap.begin(), heap.end());
      heap.back() = entry;
    } else {
      heap.push_back(entry);
    }
    std::push_heap(heap.begin(), heap.end());
  }
  reservoir_slot_.assign(grouping_.group_of_cell.size(), -1);
  for (auto& heap : lowest) {
    std::sort(heap.begin(), heap.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const auto& [hash, cell] : heap) {
      reservoir_slot_[static_cast<std::size_t>(cell)] = static_cast<int>(reservoir_cell_.size());
      reservoir_cell_.push_back(cell);
    }
  }
}

Screen Summary::finish() {
  if (pass_ != 2)
    throw Error("counts.incomplete", source_->file + ": the counts have to be read twice before there is a result");
  Screen s;
  s.counts_name = source_->file;
  s.roles = roles_;
  s.seed = seed_;
  s.genes = source_->genes;
  s.cells_read = cells_;
  s.cells_kept = kept_;
  s.mean_depth = mean_depth_;
  s.conditions = std::move(grouping_.conditions);
  s.batches = std::move(grouping_.batches);
  finish_groups(s);
  s.statistics = std::move(statistics_);
  s.guides = std::move(guides_);
  s.guide_sum = std::move(guide_sum_);
  s.guide_scaled_sq = std::move(guide_scaled_sq_);
  finish_reservoir(s);
  finish_histograms(s);
  s.warnings = std::move(grouping_.warnings);
  if (without_depth_ > 0)
    s.warnings.push_back((without_depth_ == 1 ? "1 cell has no count in the genes that depth counts and is"
                                              : std::to_string(without_depth_) +
                                                    " cells have no count in the genes that depth counts and are") +
                         std::string(" left out."));
  if (reservoir_limit_ < reservoir_cells)
    s.warnings.push_back("Only " + std::to_string(reservoir_limit_) +
                         " cells of each group are kept whole for questions about distributions, to save memory.");
  warn_of_dominant_gene(s);
  s.target_left = target_left(s);
  s.impossible = limits_of(s);
  return s;
}

void Summary::finish_groups(Screen& s) const {
  for (const GroupKey& key : grouping_.groups) {
    Group g;
    g.condition = key.condition;
    g.batch = key.batch;
    g.half = key.half;
    s.groups.push_back(std::move(g));
  }
  s.depth_edges.resize(depth_bins + 1);
  for (int i = 0; i <= depth_bins; ++i) s.depth_edges[i] = depth_edge(i);
  s.depth_histogram.setZero(depth_bins, static_cast<Index>(s.groups.size()));
  for (std::size_t i = 0; i < depth_.size(); ++i) {
    const int group = grouping_.group_of_cell[i];
    if (group < 0) continue;
    Group& g = s.groups[static_cast<std::size_t>(group)];
    const double size = depth_[i] / mean_depth_;
    ++g.cells;
    g.sum_size += size;
    g.sum_size_sq += size * size;
    g.sum_inverse_size += 1 / size;
    const auto bin = std::upper_bound(s.depth_edges.begin(), s.depth_edges.end(), size) - s.depth_edges.begin() - 1;
    s.depth_histogram(std::clamp<Index>(bin, 0, depth_bins - 1), group) += 1;
  }
}

void Summary::finish_reservoir(Screen& s) {
  std::sort(reservoir_.begin(), reservoir_.end(),
            [](const Entry& a, const Entry& b) { return a.slot != b.slot ? a.slot < b.slot : a.gene < b.gene; });
  Reservoir& r = s.reservoir;
  std::size_t at = 0;
  for (std::size_t slot = 0; slot < reservoir_cell_.size(); ++slot) {
    const auto cell = static_cast<std::size_t>(reservoir_cell_[slot]);
    r.group.push_back(grouping_.group_of_cell[cell]);
    r.cell.push_back(static_cast<int>(cell));
    r.size.push_back(static_cast<float>(depth_[cell] / mean_depth_));
    r.start.push_back(static_cast<int>(at));
    for (; at < reservoir_.size() && reservoir_[at].slot == static_cast<int>(slot); ++at) {
      r.gene.push_back(reservoir_[at].gene);
      r.count.push_back(reservoir_[at].count);
    }
  }
  r.start.push_back(static_cast<int>(at));
  reservoir_ = {};
}

void Summary::finish_histograms(Screen& s) const {
  for (std::size_t group = 0; group < targets_.size(); ++group) {
    for (int gene : targets_[group]) {
      CountHistogram h{gene, static_cast<int>(group), {}, {}};
      const auto counts = target_counts_.find({static_cast<int>(group), gene});
      std::int64_t zeros = s.groups[group].cells;
      if (counts != target_counts_.end())
        for (const auto& [count, cells] : counts->second) zeros -= cells;
      if (zeros > 0) {
        h.count.push_back(0);
        h.cells.push_back(static_cast<int>(zeros));
      }
      if (counts != target_counts_.end()) {
        for (const auto& [count, cells] : counts->second) {
          h.count.push_back(count);
          h.cells.push_back(cells);
        }
      }
      s.target_histograms.push_back(std::move(h));
    }
  }
}

void Summary::warn_of_dominant_gene(Screen& s) const {
  const Vector totals = s.statistics.sum.rowwise().sum();
  const double all = mean_depth_ * static_cast<double>(kept_);
  for (Index g = 0; g < totals.size(); ++g) {
    if (excluded_[static_cast<std::size_t>(g)] || totals[g] < 0.2 * all || totals.size() < 10) continue;
    s.warnings.push_back(
        "Gene " + s.genes[static_cast<std::size_t>(g)] + " alone holds " +
        std::to_string(static_cast<int>(100 * totals[g] / all)) +
        " % of all counts and so decides the depth of a cell: consider leaving it out of the size factor.");
  }
}

}  // namespace groundwork::screen
