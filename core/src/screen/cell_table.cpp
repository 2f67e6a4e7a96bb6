#include "groundwork/screen/cell_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "groundwork/base/error.hpp"

namespace groundwork::screen {

const Column* CellTable::find(std::string_view name) const {
  for (const Column& c : columns)
    if (c.name == name) return &c;
  return nullptr;
}

bool is_missing(std::string_view value) {
  return value.empty() || value == "NA" || value == "NaN" || value == "nan" || value == "na" || value == "N/A";
}

std::optional<double> number_in(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  char copy[64];
  if (text.empty() || text.size() >= sizeof copy) return std::nullopt;
  copy[text.copy(copy, sizeof copy - 1)] = '\0';
  char* end = nullptr;
  const double value = std::strtod(copy, &end);
  if (*end != '\0' || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::vector<std::int64_t> cells_per_level(const Column& column) {
  std::vector<std::int64_t> cells(column.levels.size(), 0);
  for (int code : column.code)
    if (code >= 0) ++cells[static_cast<std::size_t>(code)];
  return cells;
}

void ColumnBuilder::add(std::string_view value) {
  if (crowded_) return;
  code_.push_back(is_missing(value) ? -1 : levels_.add(value));
  // Names of cells and measured values are no roles; keeping a text for each would cost more than all the rest.
  if (levels_.size() > 65536 && static_cast<std::size_t>(levels_.size()) > code_.size() / 2) {
    crowded_ = true;
    levels_ = {};
    code_ = {};
  }
}

Column ColumnBuilder::finish() { return {std::move(name_), std::move(code_), levels_.names(), crowded_}; }

void CellTableReader::push(std::string_view bytes, bool last) {
  text_.push(bytes, last, [this](std::int64_t line, std::span<const std::string_view> fields) { take(line, fields); });
}

void CellTableReader::take(std::int64_t line, std::span<const std::string_view> fields) {
  if (line == 1) {
    NameIndex names;
    for (std::size_t i = 1; i < fields.size(); ++i) {
      if (names.add(fields[i]) != static_cast<int>(i) - 1)
        throw Error("text.duplicate_column",
                    text_.file() + ", line 1: two columns are called '" + std::string(fields[i]) + "'");
      columns_.emplace_back(std::string(fields[i]));
    }
    return;
  }
  if (const int cell = cells_.find(fields[0]); cell >= 0)
    throw Error("cells.duplicate", text_.file() + ", line " + std::to_string(line) + ": cell '" +
                                       std::string(fields[0]) + "' is on line " +
                                       std::to_string(line_of_[static_cast<std::size_t>(cell)]) + " already");
  cells_.add(fields[0]);
  line_of_.push_back(line);
  for (std::size_t i = 1; i < fields.size(); ++i) columns_[i - 1].add(fields[i]);
}

CellTable CellTableReader::finish() {
  CellTable table;
  table.file = text_.file();
  table.cells = cells_.names();
  table.rows = cells_.size();
  for (ColumnBuilder& c : columns_) table.columns.push_back(c.finish());
  return table;
}

CellTable align(const CellTable& table, const std::vector<std::string>& cells, const std::vector<std::string>& genes,
                const std::string& counts_name, std::vector<std::string>& warnings) {
  NameIndex index;
  for (const std::string& name : table.cells) index.add(name);
  std::vector<int> row(cells.size());
  std::int64_t common = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    row[i] = index.find(cells[i]);
    common += row[i] >= 0;
  }
  if (common == 0) {
    const auto named =
        std::count_if(genes.begin(), genes.end(), [&](const std::string& g) { return index.find(g) >= 0; });
    if (named > 0)
      throw Error("counts.orientation",
                  counts_name + " has genes in its rows and cells in its columns, expected cells × genes: " +
                      std::to_string(named) + " of its columns are cells of " + table.file,
                  "Transpose the table: one line a cell, one column a gene.");
    throw Error("cells.no_overlap",
                "no cell of " + counts_name + " is in " + table.file + ": the first are '" +
                    (cells.empty() ? "" : cells.front()) + "' and '" +
                    (table.cells.empty() ? "" : table.cells.front()) + "'",
                "The first column of both files must hold the same cell names.");
  }
  const std::int64_t without = static_cast<std::int64_t>(cells.size()) - common, extra = table.rows - common;
  if (without > 0)
    warnings.push_back(std::to_string(without) + " of " + std::to_string(cells.size()) + " cells of " + counts_name +
                       " are not in " + table.file + " and are left out.");
  if (extra > 0)
    warnings.push_back(std::to_string(extra) + " of " + std::to_string(table.rows) + " cells of " + table.file +
                       " are not in " + counts_name + ".");
  CellTable aligned;
  aligned.file = table.file;
  aligned.cells = cells;
  aligned.rows = static_cast<std::int64_t>(cells.size());
  if (without > 0)
    for (int r : row) aligned.listed.push_back(r >= 0);
  for (const Column& c : table.columns) {
    Column& column = aligned.columns.emplace_back(Column{c.name, {}, c.levels, c.crowded});
    if (c.crowded) continue;
    column.code.resize(cells.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      column.code[i] = row[i] < 0 ? -1 : c.code[static_cast<std::size_t>(row[i])];
  }
  return aligned;
}

}  // namespace groundwork::screen
