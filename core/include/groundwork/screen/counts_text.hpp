#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/screen/cell_table.hpp"
#include "groundwork/screen/delimited_text.hpp"

namespace groundwork::screen {

/** What the columns of a count table are; the first names the cell. */
struct CountsLayout {
  std::vector<std::string> genes;
  std::vector<int> gene_of_column;  ///< for each column of the file: a gene, or −1
};

/** True for names such as time_h, bio_rep, n_counts that no gene has. */
bool names_metadata(std::string_view column);

/**
 * First reading of a count table, cells × genes: which columns are genes and which are metadata, the cells, and the
 * levels of the metadata. A column is metadata when its name says so, when it is listed in `metadata`, when its first
 * value is no number, or when it stands beside a metadata column and is constant within the levels of those (a medium
 * written as 0 and 1). Every other value must be a count.
 *
 * Errors: those of DelimitedText, `counts.not_counts`, `counts.duplicate_gene`, `cells.duplicate`, `counts.no_genes`,
 * `counts.orientation`.
 */
class CountsTextDescription {
 public:
  CountsTextDescription(std::string file, std::vector<std::string> metadata)
      : text_(std::move(file)), metadata_(std::move(metadata)) {}
  void push(std::string_view bytes, bool last);
  /** The metadata columns, and the cells' names. Call once, after the last bytes. */
  CellTable finish(CountsLayout& layout);

 private:
  enum class Kind : unsigned char { cell, gene, candidate, metadata };
  void take(std::int64_t line, std::span<const std::string_view> fields);
  void adopt_candidates(std::vector<Column>& columns);

  DelimitedText text_;
  std::vector<std::string> metadata_;
  std::vector<std::string> names_;
  std::vector<Kind> kind_;
  std::vector<int> builder_of_;  ///< for each column: an index into builders_, or −1
  std::vector<ColumnBuilder> builders_;
  NameIndex cells_;
  std::vector<std::int64_t> line_of_;
};

/** Later readings: hands on the counts row by row. Each reading of the file takes a new one. */
class CountsTextReader {
 public:
  /** `genes` ascending, `counts` > 0. The spans are good during the call only. */
  using Receive = std::function<void(std::int64_t cell, std::span<const int> genes, std::span<const float> counts)>;

  CountsTextReader(std::string file, const CountsLayout& layout) : text_(std::move(file)), layout_(&layout) {}
  void push(std::string_view bytes, bool last, const Receive&);
  std::int64_t cells() const { return cells_; }

 private:
  DelimitedText text_;
  const CountsLayout* layout_;
  std::int64_t cells_ = 0;
  std::vector<int> genes_;
  std::vector<float> counts_;
};

/** A count of at most 2²⁴ (exact in single precision), or −1 where `text` is none. "3.0" is 3. */
int count_in(std::string_view text);

}  // namespace groundwork::screen
