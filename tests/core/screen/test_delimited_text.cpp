#include "error_code.hpp"
#include "groundwork/screen/delimited_text.hpp"

using groundwork::screen::DelimitedText;

namespace {

using Table = std::vector<std::vector<std::string>>;

Table read(const std::string& text, std::size_t chunk = 0) {
  Table table;
  DelimitedText reader("t.csv");
  const auto take = [&](std::int64_t, std::span<const std::string_view> fields) {
    table.emplace_back(fields.begin(), fields.end());
  };
  if (chunk == 0) chunk = text.size() + 1;
  for (std::size_t at = 0; at < text.size(); at += chunk)
    reader.push(std::string_view(text).substr(at, chunk), false, take);
  reader.push({}, true, take);
  return table;
}

}  // namespace

TEST_CASE("text: commas, tabs and semicolons, CRLF, a byte order mark, quotes, no line end at the end") {
  const Table expected = {{"cell", "a", "b"}, {"c1", "1", "2"}, {"c2", "", "4"}};
  CHECK(read("cell,a,b\nc1,1,2\nc2,,4\n") == expected);
  CHECK(read("cell\ta\tb\r\nc1\t1\t2\r\nc2\t\t4") == expected);
  CHECK(read("\xef\xbb\xbf"
             "cell;a;b\n\nc1;1;2\nc2;;4\n\n") == expected);
  CHECK(read("\"cell\",\"a\",\"b\"\n\"c1\",\"1\",2\n\"c2\",\"\",4\n") == expected);
  const Table odd = {{"cell", "a,b"}, {"say \"x\"", "two\nlines"}, {"c2", "3"}};
  CHECK(read("cell,\"a,b\"\n\"say \"\"x\"\"\",\"two\nlines\"\nc2,3\n") == odd);
}

TEST_CASE("text: the same table for every size of chunks") {
  std::string text = "cell,a,b\r\n";
  for (int i = 0; i < 500; ++i)
    text += "\"c" + std::to_string(i) + "\"," + std::to_string(i * 7) + ",\"x,\n" + std::to_string(i) + "\"\r\n";
  const Table whole = read(text);
  REQUIRE(whole.size() == 501);
  for (std::size_t chunk : {1, 2, 3, 7, 64, 1000, 5000}) CHECK(read(text, chunk) == whole);
}

TEST_CASE("text: a header without a name for the first column") {
  const Table table = read("a\tb\nc1\t1\t2\n");
  CHECK(table[0] == std::vector<std::string>{"", "a", "b"});
}

TEST_CASE("text: refusals name file and line") {
  CHECK(refusal([] { read("cell,a,b\nc1,1,2\nc2,1\n"); }) ==
        "text.ragged_line: t.csv, line 3: found 2 values, expected 3 as in the header");
  CHECK(refusal([] { read("cell,a,b\n\"c\n1\",1,2\nc2,1\n"); }) ==
        "text.ragged_line: t.csv, line 4: found 2 values, expected 3 as in the header");
  CHECK(refusal([] { read("cell,a,b\nc1\n"); }) ==
        "text.ragged_line: t.csv, line 2: found 1 values, expected 3 as in the header");
  CHECK(refusal([] { read(""); }) == "text.empty: t.csv is empty");
  CHECK(refusal([] { read("\n\n"); }) == "text.empty: t.csv is empty");
  CHECK(refusal([] { read("cell,a\n"); }) == "text.no_rows: t.csv has a header but no line after it");
  CHECK(refusal([] { read("cell a b\n"); }).rfind("text.no_separator: t.csv, line 1", 0) == 0);
  CHECK(refusal([] { read("cell,a\nc1,1\n\"c2,3\nc3,4\n"); }) ==
        "text.unclosed_quote: t.csv, line 3: a quote is opened and never closed");
  CHECK(refusal([] { read("\x1f\x8b\x08 and so on"); }).rfind("text.compressed", 0) == 0);
  CHECK(refusal([] { read("\x89HDF\r\n"); }).rfind("text.hdf5", 0) == 0);
  CHECK(refusal([] {
          read(std::string("c\0e\0l\0", 6));
        }).rfind("text.binary: t.csv is not UTF-8 text: its byte 2", 0) == 0);
  CHECK(refusal([] { read("PK\x03\x04 and so on"); }).rfind("text.zip", 0) == 0);
  CHECK(refusal([] { read("PKD1,a\nc1,2\n"); }) == "");
  CHECK(refusal([] { read("cell,a\nc1,Zelle \xe4\n"); }) ==
        "text.encoding: t.csv, line 2: found a byte that is not UTF-8 text after 'c1,Zelle '");
  CHECK(refusal([] { read("cell,a\nc1,\xed\xa0\x80\n"); }).rfind("text.encoding", 0) == 0);
  CHECK(read("cell,a\nβ,日本\nc2,🧬\n").size() == 3);
}
