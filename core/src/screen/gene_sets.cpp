#include "groundwork/screen/gene_sets.hpp"

#include <map>
#include <set>

#include "groundwork/base/error.hpp"

namespace groundwork::screen {
namespace {

constexpr const char* gmt_expected =
    "GMT has one set a line: its name, a description (may be empty) and its genes, separated by tabs.";

std::vector<std::string> fields_between_tabs(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t end = std::min(line.find('\t', start), line.size());
    std::string_view field = line.substr(start, end - start);
    while (!field.empty() && field.front() == ' ') field.remove_prefix(1);
    while (!field.empty() && field.back() == ' ') field.remove_suffix(1);
    fields.emplace_back(field);
    start = end + 1;
  }
  return fields;
}

}  // namespace

std::vector<GeneSet> read_gene_sets(const std::string& file, std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  std::vector<GeneSet> sets;
  std::map<std::string, int> line_of;
  int line = 0;
  while (!text.empty()) {
    ++line;
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view record = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!record.empty() && record.back() == '\r') record.remove_suffix(1);
    if (record.find_first_not_of(" \t") == std::string_view::npos) continue;
    const std::string where = file + ", line " + std::to_string(line);
    if (record.find('\0') != std::string_view::npos)
      throw Error("gene_sets.line", where + ": this is not text.", gmt_expected);
    const std::vector<std::string> fields = fields_between_tabs(record);
    if (fields.size() < 3)
      throw Error("gene_sets.line",
                  where + ": found " + std::to_string(fields.size()) + (fields.size() == 1 ? " field" : " fields") +
                      " between tabs (\"" + std::string(record.substr(0, 40)) + "\"); expected at least three.",
                  gmt_expected);
    if (fields[0].empty()) throw Error("gene_sets.line", where + ": the set has no name.", gmt_expected);
    const auto [first, fresh] = line_of.emplace(fields[0], line);
    if (!fresh)
      throw Error("gene_sets.line",
                  where + ": the set \"" + fields[0] + "\" is on line " + std::to_string(first->second) + " already.",
                  "Give each set a name of its own.");
    GeneSet set{fields[0], fields[1], {}};
    std::set<std::string> seen;
    for (std::size_t i = 2; i < fields.size(); ++i)
      if (!fields[i].empty() && seen.insert(fields[i]).second) set.genes.push_back(fields[i]);
    if (set.genes.empty())
      throw Error("gene_sets.line", where + ": the set \"" + set.name + "\" has no genes.", gmt_expected);
    sets.push_back(std::move(set));
  }
  if (sets.empty()) throw Error("gene_sets.empty", file + " holds no gene set.", gmt_expected);
  return sets;
}

}  // namespace groundwork::screen
