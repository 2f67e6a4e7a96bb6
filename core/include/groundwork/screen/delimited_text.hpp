#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace groundwork::screen {

/**
 * Reads delimited text that comes in chunks of bytes. Comma, tab or semicolon, whichever the first line has most of;
 * quotes as in RFC 4180 (also around line ends); LF or CRLF; a UTF-8 byte order mark is skipped, as are empty lines. A
 * first line with one field less than the others, as R writes it, gets an empty first field.
 *
 * Errors name file and line: `text.empty`, `text.no_rows`, `text.ragged_line`, `text.no_separator`,
 * `text.unclosed_quote`, `text.compressed`, `text.hdf5`, `text.zip`,
 * `text.binary`, `text.encoding`.
 */
class DelimitedText {
 public:
  /** `line` counts from 1; the first record is the header. The views are good during the call only. */
  using Receive = std::function<void(std::int64_t line, std::span<const std::string_view> fields)>;

  explicit DelimitedText(std::string file) : file_(std::move(file)) {}

  /** `last`: nothing follows these bytes. */
  void push(std::string_view bytes, bool last, const Receive&);

  const std::string& file() const { return file_; }

 private:
  void begin();
  void take(std::string_view record, const Receive&);
  void split(std::string_view record);

  std::string file_;
  std::string pending_;  ///< bytes that do not yet make a whole record
  bool begun_ = false;
  char separator_ = ',';
  std::int64_t line_ = 0;  ///< lines that ended so far
  std::int64_t record_line_ = 0;
  std::vector<std::string> header_;  ///< until the first data record tells whether it lacks a field
  bool header_waits_ = false;
  std::size_t width_ = 0;  ///< fields a record has; 0 before the first data record
  std::vector<std::string_view> fields_;
  std::vector<std::string> unquoted_;
};

}  // namespace groundwork::screen
