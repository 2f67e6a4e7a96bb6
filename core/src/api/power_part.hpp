// The part "power" of a design document: power over all pairs of a gene and a contrast.
#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/design/plan.hpp"

namespace groundwork::api {

/** Answers a `power_question` (docs/schemas/design.json). Throws `power.…`, `genes.unknown`, `gene_sets.…`. */
Json power_part(const Json& question, design::Plan&);

}  // namespace groundwork::api
