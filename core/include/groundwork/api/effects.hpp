#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `effects` (docs/schemas/effects.json): log fold change, standard error, degrees of freedom, p and
 * Benjamini–Hochberg q of every edited condition against its control, in every gene that the controls can be trusted
 * for; its guides beside each other; the false-positive rate of non-targeting guides left out one at a time; and gene
 * sets against all other genes.
 * `{"screen": DOC, "genes": [NAME…], "fdr": 0.05, "guides": true, "gene_sets": {"name": FILE, "text": GMT}}`. Throws
 * `effects.no_controls`, `effects.no_edits`, `effects.no_genes`, `gene_sets.…`, `genes.unknown`, `request.value`.
 */
Message run_effects(const Message& request);

}  // namespace groundwork::api
