#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace groundwork::screen {

/** The rows of a count matrix that are genes, from a features table (tab-separated, no header: id, name, type). */
struct Features {
  std::vector<std::string> genes;
  std::vector<int> gene_of_row;  ///< −1: a guide, an antibody or another feature that is no gene
  std::vector<std::string> warnings;
};

/**
 * Names are those of the second column where there is one; of features with the same name the later ones take their id.
 * With a third column only "Gene Expression" is read. Throws `features.empty`.
 */
Features features_from_text(const std::string& file, std::string_view text);

/** The first column of each line. Throws `barcodes.empty`. */
std::vector<std::string> barcodes_from_text(const std::string& file, std::string_view text);

/**
 * Reads a matrix in coordinate form (MatrixMarket) that comes in chunks of bytes, as Cell Ranger writes it: entries in
 * the order of their columns. Errors name file and line: `mtx.header`, `mtx.entry`, `mtx.order`, `mtx.entries`.
 */
class MatrixMarket {
 public:
  /** Each column once and in order, also those without an entry. Rows count from 0. Good during the call only. */
  using Receive = std::function<void(std::int64_t column, std::span<const int> rows, std::span<const float> values)>;

  explicit MatrixMarket(std::string file) : file_(std::move(file)) {}
  void push(std::string_view bytes, bool last, const Receive&);

  /** Known from the third line on; 0 before. */
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }

 private:
  void take(std::string_view line, const Receive&);
  void end_columns(std::int64_t until, const Receive&);

  std::string file_, pending_;
  std::int64_t line_ = 0, rows_ = 0, columns_ = 0, entries_ = 0, entries_read_ = 0;
  bool has_banner_ = false, has_shape_ = false;
  bool is_pattern_ = false;  ///< entries have no value: each is 1
  std::int64_t column_ = 0;  ///< the column whose entries are being collected
  std::vector<int> row_;
  std::vector<float> value_;
};

}  // namespace groundwork::screen
