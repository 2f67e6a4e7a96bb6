#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * From files to a screen document. The door reads the files and pushes what is in them; core parses, joins, proposes
 * roles and sums.
 *
 * First what is there, then the counts, twice, in whichever form and order:
 *
 *     describe_counts_text | set_genes (+ set_cell_names) ; push_cells_text | add_column … → describe()
 *     begin(request) ; then do { push every count } while (next_pass()) ; finish()
 *
 * After begin() has thrown, or after finish(), begin() may be called again with other roles. What was described stays.
 */
class Ingest {
 public:
  Ingest();
  ~Ingest();
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  /** Columns of a count table that are no genes although they hold whole numbers; before describe_counts_text. */
  void expect_columns(std::vector<std::string> names);

  /** A separate cell table; its first column names the cell. In chunks of any size, decompressed. */
  void push_cells_text(std::string_view file, std::string_view bytes, bool last);
  /** A count table, cells × genes, possibly with metadata columns: first reading, for describe(). */
  void describe_counts_text(std::string_view file, std::string_view bytes, bool last);

  /** For counts that come as arrays: names of the columns … */
  void set_genes(std::vector<std::string>);
  /** … and of the rows; needed to join a separate cell table. */
  void set_cell_names(std::vector<std::string>);
  /** A features table (id, name, type) and a list of barcodes instead of these two, for push_matrix_market. */
  void set_features_text(std::string_view file, std::string_view text);
  void set_barcodes_text(std::string_view file, std::string_view text);
  /** Metadata in the order of the rows; code −1 = missing. A column of the same name is replaced. */
  void add_column(std::string name, std::span<const int> codes, std::vector<std::string> levels);

  /**
   * `{"cells", "genes": {"count", "first": […]}, "columns": [{"name", "kind": "categorical"|"numeric"|"unique",
   * "levels": [{"value", "cells"}…] (at most 200, most frequent first), "level_count", "missing"}], "proposed": {roles,
   * "why": {role: sentence}}, "memory_bytes", "warnings"}`. `memory_bytes` is what summing takes with the proposed
   * roles.
   */
  Json describe() const;

  /**
   * `{"roles": {…}, "seed": 1, "counts_name", "cells_name"}`; all but the roles may be absent. Without "separator" the
   * roles take the proposed one. Throws `roles.…`, `cells.no_overlap`, `counts.orientation`.
   */
  void begin(const Json& request);
  /** One reading of the count table that was described. */
  void push_counts_text(std::string_view bytes, bool last);
  /** One reading of a MatrixMarket file: genes × cells, or cells × genes where that is what the two lists fit. */
  void push_matrix_market(std::string_view file, std::string_view bytes, bool last);
  /** CSR slice: `starts` has one entry more than the slice has cells; its first entry may be any number. */
  void push_rows(std::int64_t first_cell, std::span<const std::int64_t> starts, std::span<const int> genes,
                 std::span<const float> counts);
  /** CSC slice: the same over genes. */
  void push_columns(std::int64_t first_gene, std::span<const std::int64_t> starts, std::span<const int> cells,
                    std::span<const float> counts);
  /** Row-major cells × genes. */
  void push_dense(std::int64_t first_cell, std::int64_t cells, std::span<const float> counts);
  /** True: push all counts once more. False: done. */
  bool next_pass();
  /** The screen document. */
  Message finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace groundwork::api
