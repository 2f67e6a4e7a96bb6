#include "groundwork/screen/matrix_market.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/screen/name_index.hpp"

namespace groundwork::screen {
namespace {

/** Calls `take` for each line that is not empty, without its line end. */
template <typename Take>
void for_each_line(std::string_view text, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!line.empty()) take(line);
  }
}

std::string_view field_of(std::string_view line, int index) {
  for (; index > 0; --index) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string_view::npos) return {};
    line.remove_prefix(tab + 1);
  }
  return line.substr(0, line.find('\t'));
}

/** Takes a whole number off the front of `text`; false when there is none. */
bool take_integer(std::string_view& text, std::int64_t& value) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

}  // namespace

Features features_from_text(const std::string& file, std::string_view text) {
  Features features;
  NameIndex names;
  int others = 0, renamed = 0;
  for_each_line(text, [&](std::string_view line) {
    const std::string_view id = field_of(line, 0), type = field_of(line, 2);
    std::string_view name = field_of(line, 1);
    if (name.empty()) name = id;
    if (!type.empty() && type != "Gene Expression") {
      features.gene_of_row.push_back(-1);
      ++others;
      return;
    }
    if (names.find(name) >= 0) {
      name = id;
      ++renamed;
    }
    const int count = names.size();
    if (names.add(name) != count)
      throw Error("counts.duplicate_gene", file + ": gene '" + std::string(name) + "' is there twice");
    features.gene_of_row.push_back(count);
  });
  features.genes = names.names();
  if (features.genes.empty()) throw Error("features.empty", file + " names no gene");
  if (others > 0)
    features.warnings.push_back(std::to_string(others) + " features of " + file +
                                " are no genes (guides, antibodies) and are left out.");
  if (renamed > 0)
    features.warnings.push_back(std::to_string(renamed) + " genes of " + file +
                                " share their name with another and go by their id.");
  return features;
}

std::vector<std::string> barcodes_from_text(const std::string& file, std::string_view text) {
  std::vector<std::string> barcodes;
  for_each_line(text, [&](std::string_view line) { barcodes.emplace_back(field_of(line, 0)); });
  if (barcodes.empty()) throw Error("barcodes.empty", file + " names no cell");
  return barcodes;
}

void MatrixMarket::push(std::string_view bytes, bool last, const Receive& receive) {
  pending_.append(bytes);
  const std::string_view text = pending_;
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t end = text.find('\n', start);
    if (end == std::string_view::npos) {
      if (!last) break;
      end = text.size();
    }
    ++line_;
    std::string_view line = text.substr(start, end - start);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    take(line, receive);
    start = end + 1;
  }
  pending_.erase(0, std::min(start, pending_.size()));
  if (!last) return;
  if (!has_shape_) throw Error("mtx.header", file_ + ": found no MatrixMarket header and shape");
  if (entries_read_ != entries_)
    throw Error("mtx.entries",
                file_ + ": found " + std::to_string(entries_read_) + " entries, expected " + std::to_string(entries_) +
                    " as its header says",
                "The file may be cut short.");
  end_columns(columns_, receive);
}

void MatrixMarket::take(std::string_view line, const Receive& receive) {
  const auto at = [&] { return file_ + ", line " + std::to_string(line_); };
  if (!has_banner_) {
    if (line.substr(0, 32) != "%%MatrixMarket matrix coordinate")
      throw Error(
          "mtx.header",
          at() + ": found no '%%MatrixMarket matrix coordinate', expected a sparse matrix in MatrixMarket form");
    if (line.find("general") == std::string_view::npos || line.find("complex") != std::string_view::npos)
      throw Error("mtx.header",
                  at() + ": found '" + std::string(line) + "', expected integer, real or pattern, general");
    is_pattern_ = line.find("pattern") != std::string_view::npos;
    has_banner_ = true;
    return;
  }
  if (line.empty() || line.front() == '%') return;
  std::int64_t first = 0, second = 0;
  if (!take_integer(line, first) || !take_integer(line, second))
    throw Error("mtx.entry", at() + ": found no row and column");
  if (!has_shape_) {
    if (!take_integer(line, entries_) || first < 1 || second < 1 || first > 2147483647 || entries_ < 0)
      throw Error("mtx.header", at() + ": found no shape, expected rows, columns and entries");
    rows_ = first;
    columns_ = second;
    has_shape_ = true;
    return;
  }
  if (first < 1 || first > rows_ || second < 1 || second > columns_)
    throw Error("mtx.entry", at() + ": found row " + std::to_string(first) + " and column " + std::to_string(second) +
                                 ", expected at most " + std::to_string(rows_) + " and " + std::to_string(columns_));
  std::int64_t whole = 0;
  std::string_view rest = line;
  float value = 0;
  if (is_pattern_) {
    value = 1;
  } else if (take_integer(rest, whole) && rest.empty()) {
    value = static_cast<float>(whole);
  } else {
    const std::string copy(line);
    char* end = nullptr;
    value = std::strtof(copy.c_str(), &end);
    while (*end == ' ' || *end == '\t') ++end;
    if (end == copy.c_str() || *end != '\0')
      throw Error("mtx.entry", at() + ": found '" + copy + "', expected a number");
  }
  if (second - 1 < column_)
    throw Error("mtx.order",
                at() + ": found column " + std::to_string(second) + " after column " + std::to_string(column_ + 1) +
                    ", expected entries in the order of their columns",
                "Sort the entries by their second number.");
  end_columns(second - 1, receive);
  row_.push_back(static_cast<int>(first - 1));
  value_.push_back(value);
  ++entries_read_;
}

void MatrixMarket::end_columns(std::int64_t until, const Receive& receive) {
  for (; column_ < until; ++column_) {
    receive(column_, row_, value_);
    row_.clear();
    value_.clear();
  }
}

}  // namespace groundwork::screen
