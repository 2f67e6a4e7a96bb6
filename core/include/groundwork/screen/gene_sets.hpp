#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace groundwork::screen {

/** Genes that belong together, by a name. */
struct GeneSet {
  std::string name, description;
  std::vector<std::string> genes;  ///< each once, in the order of the file
};

/**
 * Reads GMT: one set a line, its name, a description (may be empty) and its genes, separated by tabs; LF or CRLF, a
 * byte order mark and empty lines are skipped. Errors name file and line: `gene_sets.empty`, `gene_sets.line`.
 */
std::vector<GeneSet> read_gene_sets(const std::string& file, std::string_view text);

}  // namespace groundwork::screen
