#include "groundwork/screen/delimited_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "groundwork/base/error.hpp"

namespace groundwork::screen {
namespace {

constexpr std::size_t longest_record = std::size_t{1} << 26;

std::string at(const std::string& file, std::int64_t line) { return file + ", line " + std::to_string(line); }

/** The separator that occurs most often outside quotes; '\0' when none does. */
char sniff(std::string_view record) {
  constexpr char candidates[] = {'\t', ',', ';'};
  std::size_t counts[3] = {0, 0, 0};
  bool quoted = false;
  for (char c : record) {
    if (c == '"') quoted = !quoted;
    for (int i = 0; i < 3; ++i)
      if (!quoted && c == candidates[i]) ++counts[i];
  }
  const auto most = std::max_element(counts, counts + 3);
  return *most == 0 ? '\0' : candidates[most - counts];
}

/** Length of the UTF-8 character that `text` begins with; 0 when it begins with none. */
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first < 0xe0   ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  // Overlong forms, surrogates, and what lies beyond the last character.
  if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) || (first == 0xf0 && byte(1) < 0x90) ||
      (first == 0xf4 && byte(1) > 0x8f))
    return 0;
  return length;
}

/** Names end up in JSON, which is UTF-8: another encoding is refused where it shows first. */
void require_utf8(std::string_view record, const std::string& where) {
  std::size_t i = 0;
  for (std::uint64_t eight = 0; i + 8 <= record.size(); i += 8) {
    std::memcpy(&eight, record.data() + i, 8);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  while (i < record.size()) {
    const std::size_t length = character_length(record.substr(i));
    if (length == 0) {
      std::size_t start = i < 20 ? 0 : i - 20;
      while (start < i && (static_cast<unsigned char>(record[start]) & 0xc0) == 0x80) ++start;
      throw Error(
          "text.encoding",
          where + ": found a byte that is not UTF-8 text after '" + std::string(record.substr(start, i - start)) + "'",
          "Save the table as UTF-8 (in a spreadsheet: CSV UTF-8).");
    }
    i += length;
  }
}

}  // namespace

void DelimitedText::begin() {
  begun_ = true;
  const std::string_view start = pending_;
  if (start.substr(0, 2) == "\x1f\x8b")
    throw Error("text.compressed", file_ + " is compressed, expected text",
                "Decompress it first, or give it the ending .gz.");
  if (start.substr(0, 4) == "\x89HDF")
    throw Error("text.hdf5", file_ + " is an HDF5 file, expected delimited text",
                "HDF5 is read in the page; export the counts as csv or mtx for the command line.");
  if (start.size() > 2 && start.substr(0, 2) == "PK" && start[2] < 9)
    throw Error("text.zip", file_ + " is a zip archive, expected text", "Unpack it, and give the table inside.");
  // Text has no control characters but tab, line ends and their kin.
  const std::string_view sample = start.substr(0, 4096);
  const auto odd = std::find_if(sample.begin(), sample.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 9 || (byte > 13 && byte < 32);
  });
  if (odd != sample.end())
    throw Error("text.binary",
                file_ + " is not UTF-8 text: its byte " + std::to_string(odd - sample.begin() + 1) +
                    " is a control character (" + std::to_string(static_cast<unsigned char>(*odd)) + ")",
                "Export it as csv or tsv in UTF-8.");
  if (start.substr(0, 3) == "\xef\xbb\xbf") pending_.erase(0, 3);
}

void DelimitedText::push(std::string_view bytes, bool last, const Receive& receive) {
  pending_.append(bytes);
  if (!begun_) {
    if (pending_.size() < 4096 && !last) return;
    begin();
  }
  const std::string_view text = pending_;
  std::size_t start = 0, search = 0;
  while (start < text.size()) {
    std::size_t end = text.find('\n', search);
    const bool ended = end != std::string_view::npos;
    if (!ended) {
      if (!last) break;
      end = text.size();
    }
    const std::string_view record = text.substr(start, end - start);
    if (record.find('"') != std::string_view::npos && std::count(record.begin(), record.end(), '"') % 2 != 0) {
      if (!ended || record.size() > longest_record)
        throw Error("text.unclosed_quote", at(file_, record_line_ + 1) + ": a quote is opened and never closed");
      ++line_;
      search = end + 1;
      continue;
    }
    ++line_;
    take(record, receive);
    record_line_ = line_;
    start = search = end + 1;
  }
  // An open record is looked at again from its start when more bytes come.
  line_ = record_line_;
  pending_.erase(0, std::min(start, pending_.size()));
  if (pending_.size() > longest_record)
    throw Error("text.unclosed_quote", at(file_, record_line_ + 1) + ": the line does not end within " +
                                           std::to_string(longest_record >> 20) + " MB");
  if (!last) return;
  if (record_line_ == 0 || (width_ == 0 && !header_waits_)) throw Error("text.empty", file_ + " is empty");
  if (width_ == 0) throw Error("text.no_rows", file_ + " has a header but no line after it");
}

void DelimitedText::take(std::string_view record, const Receive& receive) {
  if (!record.empty() && record.back() == '\r') record.remove_suffix(1);
  if (record.empty()) return;
  const std::int64_t line = record_line_ + 1;
  require_utf8(record, at(file_, line));
  if (width_ == 0 && !header_waits_) {
    separator_ = sniff(record);
    if (separator_ == '\0')
      throw Error("text.no_separator", at(file_, line) + ": found no comma, tab or semicolon in the header");
    split(record);
    header_.assign(fields_.begin(), fields_.end());
    header_waits_ = true;
    return;
  }
  split(record);
  if (header_waits_) {
    if (fields_.size() == header_.size() + 1) header_.insert(header_.begin(), "");
    width_ = header_.size();
    header_waits_ = false;
    if (fields_.size() == width_) {
      const std::vector<std::string_view> names(header_.begin(), header_.end());
      receive(1, names);
    }
  }
  if (fields_.size() != width_)
    throw Error("text.ragged_line",
                at(file_, line) + ": found " + std::to_string(fields_.size()) + " values, expected " +
                    std::to_string(width_) + " as in the header",
                "Every line needs as many values as the header; a missing one stays empty between two separators.");
  receive(line, fields_);
}

void DelimitedText::split(std::string_view record) {
  fields_.clear();
  if (record.find('"') == std::string_view::npos) {
    const char* start = record.data();
    const char* const end = start + record.size();
    while (true) {
      const void* found = std::memchr(start, separator_, static_cast<std::size_t>(end - start));
      const char* stop = found ? static_cast<const char*>(found) : end;
      fields_.emplace_back(start, static_cast<std::size_t>(stop - start));
      if (!found) return;
      start = stop + 1;
    }
  }
  unquoted_.assign(1, "");
  std::string* field = &unquoted_.back();
  bool quoted = false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const char c = record[i];
    if (c == '"') {
      if (quoted && i + 1 < record.size() && record[i + 1] == '"') {
        *field += '"';
        ++i;
      } else {
        quoted = !quoted;
      }
    } else if (c == separator_ && !quoted) {
      field = &unquoted_.emplace_back();
    } else {
      *field += c;
    }
  }
  fields_.assign(unquoted_.begin(), unquoted_.end());
}

}  // namespace groundwork::screen
