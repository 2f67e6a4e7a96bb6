// The part of the command `effects` that is about gene sets.
#pragma once

#include <string>
#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/measurement/effect_tests.hpp"
#include "groundwork/measurement/gene_set_tests.hpp"
#include "groundwork/screen/gene_sets.hpp"

namespace groundwork::api {

/** Sets as they are tested: their genes as rows of the tests. */
struct MeasuredSets {
  std::string file;
  std::vector<screen::GeneSet> sets;
  std::vector<std::vector<int>> rows;
};

/**
 * `{"name": FILE, "text": GMT}` against the tested genes. Throws `gene_sets.empty`, `gene_sets.line`,
 * `gene_sets.no_overlap` (no gene of any set is tested), `gene_sets.too_few` (no set has two), `request.value`.
 */
MeasuredSets measured_sets(const Json& given, const std::vector<std::string>& genes);

/** The key "gene_sets" of the answer, with its warnings and a sentence of the finding added. */
Json gene_sets_to_json(Message&, const MeasuredSets&, const measurement::GeneSetTests&, double fdr, Json& verdict,
                       Json& warnings);

}  // namespace groundwork::api
