#pragma once

#include <string>
#include <vector>

namespace groundwork::api {

/** Names for genes that a recipe only counts: regulators and markers of human pluripotent cells, then GENE1, GENE2, …
 */
std::vector<std::string> pluripotency_genes(int count);
/** Genes whose transcripts are abundant and steady: ACTB, GAPDH, …; then HK1, HK2, … */
std::vector<std::string> housekeeping_genes(int count);
/** Targets outside the measured genes: chromatin and signalling factors; then TARGET1, TARGET2, … */
std::vector<std::string> outside_targets(int count);

}  // namespace groundwork::api
