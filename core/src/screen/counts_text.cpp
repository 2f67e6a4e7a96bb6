#include "groundwork/screen/counts_text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>

#include "groundwork/base/error.hpp"
#include "groundwork/screen/summary.hpp"

namespace groundwork::screen {
namespace {

constexpr std::size_t candidate_columns = 16;
constexpr int candidate_levels = 32;

bool looks_like_barcode(const std::string& name) {
  std::size_t run = 0, longest = 0;
  for (char c : name) {
    run = c == 'A' || c == 'C' || c == 'G' || c == 'T' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest >= 12;
}

/** True when `column` has one level within every combination of levels of `others`, and more than one in all. */
bool is_constant_within(const Column& column, const std::vector<const Column*>& others) {
  if (column.levels.size() < 2) return false;
  std::map<std::vector<int>, int> level_of;
  std::vector<int> key(others.size());
  for (std::size_t i = 0; i < column.code.size(); ++i) {
    for (std::size_t o = 0; o < others.size(); ++o) key[o] = others[o]->code[i];
    const auto [entry, is_new] = level_of.emplace(key, column.code[i]);
    if (!is_new && entry->second != column.code[i]) return false;
  }
  // Where hardly any combination has two cells, everything is constant within them.
  return 2 * level_of.size() <= column.code.size();
}

}  // namespace

bool names_metadata(std::string_view column) {
  static constexpr std::string_view known[] = {
      "time",    "timepoint", "hour",       "hours",  "day",      "days",   "minute",   "batch",
      "lane",    "rep",       "replicate",  "donor",  "host",     "animal", "plate",    "well",
      "library", "sample",    "guide",      "guides", "grna",     "sgrna",  "target",   "perturbation",
      "label",   "condition", "treatment",  "medium", "media",    "dose",   "celltype", "cluster",
      "total",   "umi",       "umis",       "ncount", "nfeature", "counts", "features", "genes",
      "percent", "pct",       "pseudotime", "phase",  "score",    "doublet"};
  std::string token;
  for (std::size_t i = 0; i <= column.size(); ++i) {
    const char c = i < column.size() ? column[i] : '_';
    if (std::isalnum(static_cast<unsigned char>(c))) {
      token += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      continue;
    }
    if (std::find(std::begin(known), std::end(known), token) != std::end(known)) return true;
    token.clear();
  }
  return false;
}

int count_in(std::string_view text) {
  if (!text.empty() && text.size() <= 8) {
    int value = 0;
    bool digits = true;
    for (char c : text) {
      if (c < '0' || c > '9') {
        digits = false;
        break;
      }
      value = value * 10 + (c - '0');
    }
    if (digits) return value <= largest_count ? value : -1;
  }
  const auto value = number_in(text);
  if (!value || *value < 0 || *value != std::floor(*value) || *value > largest_count) return -1;
  return static_cast<int>(*value);
}

void CountsTextDescription::push(std::string_view bytes, bool last) {
  text_.push(bytes, last, [this](std::int64_t line, std::span<const std::string_view> fields) { take(line, fields); });
}

void CountsTextDescription::take(std::int64_t line, std::span<const std::string_view> fields) {
  if (line == 1) {
    names_.assign(fields.begin(), fields.end());
    return;
  }
  if (kind_.empty()) {
    kind_.assign(fields.size(), Kind::gene);
    builder_of_.assign(fields.size(), -1);
    kind_[0] = Kind::cell;
    for (std::size_t i = 1; i < fields.size(); ++i) {
      const bool named = std::find(metadata_.begin(), metadata_.end(), names_[i]) != metadata_.end();
      if (named || names_metadata(names_[i]) || (!is_missing(fields[i]) && !number_in(fields[i])))
        kind_[i] = Kind::metadata;
      else if (i <= candidate_columns)
        kind_[i] = Kind::candidate;
      if (kind_[i] == Kind::gene) continue;
      builder_of_[i] = static_cast<int>(builders_.size());
      builders_.emplace_back(names_[i]);
    }
  }
  if (const int cell = cells_.find(fields[0]); cell >= 0)
    throw Error("cells.duplicate", text_.file() + ", line " + std::to_string(line) + ": cell '" +
                                       std::string(fields[0]) + "' is on line " +
                                       std::to_string(line_of_[static_cast<std::size_t>(cell)]) + " already");
  cells_.add(fields[0]);
  line_of_.push_back(line);
  for (std::size_t i = 1; i < fields.size(); ++i) {
    if (builder_of_[i] >= 0) {
      ColumnBuilder& builder = builders_[static_cast<std::size_t>(builder_of_[i])];
      builder.add(fields[i]);
      if (kind_[i] == Kind::candidate && builder.level_count() > candidate_levels) {
        kind_[i] = Kind::gene;
        builder_of_[i] = -1;
      }
    }
    if (kind_[i] != Kind::metadata && count_in(fields[i]) < 0)
      throw Error("counts.not_counts",
                  text_.file() + ", line " + std::to_string(line) + ", cell '" + std::string(fields[0]) + "', gene '" +
                      names_[i] + "': found '" + std::string(fields[i].substr(0, 40)) +
                      "', expected a count (a whole number from 0 to 16,777,216)",
                  "Give raw counts, not normalised or log values; a column that is no gene must be named in a role or "
                  "removed.");
  }
}

void CountsTextDescription::adopt_candidates(std::vector<Column>& columns) {
  std::vector<const Column*> metadata;
  for (std::size_t i = 0; i < kind_.size(); ++i)
    if (kind_[i] == Kind::metadata && !columns[static_cast<std::size_t>(builder_of_[i])].crowded)
      metadata.push_back(&columns[static_cast<std::size_t>(builder_of_[i])]);
  if (metadata.empty()) return;
  const auto adopt = [&](std::size_t i, std::size_t neighbour) {
    if (kind_[i] != Kind::candidate || neighbour >= kind_.size() || kind_[neighbour] != Kind::metadata) return;
    const Column& column = columns[static_cast<std::size_t>(builder_of_[i])];
    if (is_constant_within(column, metadata)) kind_[i] = Kind::metadata;
  };
  for (std::size_t i = 1; i < kind_.size(); ++i) adopt(i, i - 1);
  for (std::size_t i = kind_.size() - 1; i >= 1; --i) adopt(i, i + 1);
}

CellTable CountsTextDescription::finish(CountsLayout& layout) {
  std::vector<Column> columns;
  for (ColumnBuilder& b : builders_) columns.push_back(b.finish());
  adopt_candidates(columns);
  CellTable table;
  table.file = text_.file();
  table.cells = cells_.names();
  table.rows = cells_.size();
  layout = {};
  layout.gene_of_column.assign(kind_.size(), -1);
  NameIndex genes;
  for (std::size_t i = 1; i < kind_.size(); ++i) {
    if (kind_[i] == Kind::metadata) {
      table.columns.push_back(std::move(columns[static_cast<std::size_t>(builder_of_[i])]));
      continue;
    }
    if (genes.find(names_[i]) >= 0)
      throw Error("counts.duplicate_gene", text_.file() + ", line 1: gene '" + names_[i] +
                                               "' is there twice, the second time in column " + std::to_string(i + 1));
    layout.gene_of_column[i] = genes.add(names_[i]);
  }
  layout.genes = genes.names();
  if (layout.genes.empty()) throw Error("counts.no_genes", text_.file() + " has no column of counts");
  const auto barcodes = std::count_if(layout.genes.begin(), layout.genes.end(), looks_like_barcode);
  if (2 * static_cast<std::size_t>(barcodes) > layout.genes.size())
    throw Error(
        "counts.orientation",
        text_.file() +
            " has genes in its rows and cells in its columns, expected cells × genes: its columns are called '" +
            layout.genes.front() + "' and so on",
        "Transpose the table: one line a cell, one column a gene.");
  return table;
}

void CountsTextReader::push(std::string_view bytes, bool last, const Receive& receive) {
  text_.push(bytes, last, [&](std::int64_t line, std::span<const std::string_view> fields) {
    if (line == 1) return;
    if (fields.size() != layout_->gene_of_column.size())
      throw Error("counts.changed",
                  text_.file() + " is not the file that was described: it has another number of columns");
    genes_.clear();
    counts_.clear();
    for (std::size_t i = 1; i < fields.size(); ++i) {
      const int gene = layout_->gene_of_column[i];
      if (gene < 0 || fields[i] == "0") continue;
      const int count = count_in(fields[i]);
      if (count < 0)
        throw Error("counts.changed",
                    text_.file() + ", line " + std::to_string(line) + ": the file is not the one that was described");
      if (count == 0) continue;
      genes_.push_back(gene);
      counts_.push_back(static_cast<float>(count));
    }
    receive(cells_++, genes_, counts_);
  });
}

}  // namespace groundwork::screen
