#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/screen/delimited_text.hpp"
#include "groundwork/screen/name_index.hpp"

namespace groundwork::screen {

/** One metadata column: a level for each cell. */
struct Column {
  std::string name;
  std::vector<int> code;            ///< a level for each cell; −1 = missing
  std::vector<std::string> levels;  ///< in order of first appearance
  bool crowded = false;             ///< more levels than a role can have: levels and codes are not kept
};

/** The cells of a screen and what is known of each. Row i is cell i of the counts once aligned. */
struct CellTable {
  std::string file;                ///< for messages
  std::vector<std::string> cells;  ///< names; may be empty where the source has none
  std::vector<Column> columns;
  std::int64_t rows = 0;
  std::vector<char> listed;  ///< 0: the cell is in the counts only, nothing is known of it; empty = all are listed

  const Column* find(std::string_view name) const;
};

/** Fills a column value by value. "", NA, NaN and N/A are missing. */
class ColumnBuilder {
 public:
  explicit ColumnBuilder(std::string name) : name_(std::move(name)) {}
  void add(std::string_view value);
  int level_count() const { return levels_.size(); }
  Column finish();

 private:
  std::string name_;
  NameIndex levels_;
  std::vector<int> code_;
  bool crowded_ = false;
};

bool is_missing(std::string_view value);

/** `text` as a finite number, blanks around it allowed. */
std::optional<double> number_in(std::string_view text);

/** Cells per level, in the order of the levels. */
std::vector<std::int64_t> cells_per_level(const Column&);

/**
 * Reads a cell table from delimited text: the first column names the cell. Throws `text.…`, `cells.duplicate` (two
 * lines with the same cell), `text.duplicate_column`.
 */
class CellTableReader {
 public:
  explicit CellTableReader(std::string file) : text_(std::move(file)) {}
  void push(std::string_view bytes, bool last);
  CellTable finish();

 private:
  void take(std::int64_t line, std::span<const std::string_view> fields);

  DelimitedText text_;
  NameIndex cells_;
  std::vector<std::int64_t> line_of_;
  std::vector<ColumnBuilder> columns_;
};

/**
 * The rows of `table` in the order of `cells`, the names in the counts. Cells without a row get missing values. Says in
 * `warnings` how many there are on either side; throws `cells.no_overlap` when no name is common, and
 * `counts.orientation` when `table` names what the counts call genes.
 */
CellTable align(const CellTable& table, const std::vector<std::string>& cells, const std::vector<std::string>& genes,
                const std::string& counts_name, std::vector<std::string>& warnings);

}  // namespace groundwork::screen
