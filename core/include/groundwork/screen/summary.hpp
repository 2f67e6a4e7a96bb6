#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "groundwork/screen/grouping.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::screen {

/** The largest count that is read: every whole number up to here is exact in single precision. */
inline constexpr int largest_count = 1 << 24;

/** At most this many cells of a group are kept whole … */
inline constexpr int reservoir_cells = 200;
/** … and about this many values in all: with more groups or genes, fewer cells of each. */
inline constexpr std::int64_t reservoir_entries = 8'000'000;

/** What counts are called in messages. */
struct CountsSource {
  std::string file;
  std::vector<std::string> genes;
  std::vector<std::string> cells;  ///< may be empty
};

/**
 * Sums counts over groups in two passes: the first takes depths, the second the rest. In each pass every cell (or, by
 * columns, every gene) is pushed exactly once, in any order and in slices of any size. Holds 16 bytes a cell besides
 * the sums and the reservoir. The result does not depend on the form or the order, except for rounding in the last
 * bits of sums of y/ℓ.
 *
 * Errors: `counts.not_counts` (file, cell, gene, value), `counts.slice` (indices out of range, a slice that does not
 * fit), `counts.incomplete` (a pass ends too early), `counts.no_depth`, `roles.unknown_gene`.
 */
class Summary {
 public:
  Summary(const CountsSource&, Grouping, Roles, std::uint64_t seed);

  /** One cell; `genes` need not be sorted, repeated entries add up. */
  void push_cell(std::int64_t cell, std::span<const int> genes, std::span<const float> counts);
  /** CSR slice: `starts` has one more entry than there are cells and begins anywhere (relative to its first entry). */
  void push_rows(std::int64_t first_cell, std::span<const std::int64_t> starts, std::span<const int> genes,
                 std::span<const float> counts);
  /** CSC slice: the same over genes. */
  void push_columns(std::int64_t first_gene, std::span<const std::int64_t> starts, std::span<const int> cells,
                    std::span<const float> counts);
  /** Row-major cells × genes. */
  void push_dense(std::int64_t first_cell, std::int64_t cells, std::span<const float> counts);

  /** After everything was pushed: true = push it all once more; false = done. */
  bool next_pass();
  Screen finish();

 private:
  void add_gene(std::int64_t gene, std::span<const int> cells, std::span<const float> counts);
  void end_depths();
  void plan_reservoir();
  void plan_guides();
  void add(std::size_t cell, int gene, float count, double inverse_size);
  void require_complete() const;
  [[noreturn]] void refuse_value(std::int64_t cell, std::int64_t gene, float value) const;
  void sort_entries(std::span<const int>& indices, std::span<const float>& counts, std::int64_t limit,
                    const char* what);
  void finish_groups(Screen&) const;
  void finish_reservoir(Screen&);
  void finish_histograms(Screen&) const;
  void warn_of_dominant_gene(Screen&) const;

  const CountsSource* source_;
  Grouping grouping_;
  Roles roles_;
  std::uint64_t seed_;
  int pass_ = 0;
  std::int64_t cells_ = 0, genes_ = 0;
  std::int64_t pushed_cells_ = 0, pushed_genes_ = 0;
  std::vector<char> excluded_;        ///< genes that depth does not count
  std::vector<std::uint32_t> depth_;  ///< by cell
  std::vector<int> guide_group_;      ///< by cell; −1 = none
  std::vector<int> reservoir_slot_;   ///< by cell; −1 = not kept
  std::int64_t entries_ = 0;          ///< counts > 0 in kept cells
  std::int64_t kept_ = 0, without_depth_ = 0;
  double mean_depth_ = 0;
  GroupStatistics statistics_;
  std::vector<GuideGroup> guides_;
  Matrix guide_sum_, guide_scaled_sq_;
  struct Entry {
    int slot, gene;
    float count;
  };
  std::vector<Entry> reservoir_;
  std::vector<std::int64_t> reservoir_cell_;  ///< by slot
  int reservoir_limit_ = reservoir_cells;
  std::vector<std::vector<int>> targets_;                            ///< by group: target genes of its edits
  std::map<std::pair<int, int>, std::map<int, int>> target_counts_;  ///< (group, gene) → count → cells, without zeros
  std::vector<int> sorted_indices_;
  std::vector<float> sorted_counts_;
};

}  // namespace groundwork::screen
