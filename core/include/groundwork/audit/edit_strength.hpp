#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/** Share of edited cells that look like controls. */
struct Escapers {
  int condition = 0;
  double share = 0, standard_error = 0, df = 0;
};

/**
 * Of each edited condition with a signature, from its kept cells: on the axis between controls and edited cells (of the
 * other half of the cells) a mixture of a share e of controls and of responders that spread like controls has mean
 * (1 − e)δ and variance e(1 − e)δ² above the controls', so that e = V/(V + m²). Counting noise that changes with the
 * mean is taken off V. Spread between batches enters the standard error.
 */
std::vector<Escapers> escapers_of(const Evidence&);

/**
 * A3: edits are instantaneous and complete, at the first time. CRISPRi: what is left of the target, Σy/Σℓ against
 * controls of the same batch, at most 0.5; CRISPRa: at least 2. Knock-outs: the share of escapers, at most 0.25, of
 * edits with a downstream signature; never the transcript, which may stay when the protein is gone. An edit without a
 * signature is left out: one that does nothing and one that failed look alike.
 */
Row audit_edit_strength(const Evidence&);

/** A4: edits persist: the same at the last time against the first, within a factor of 1.5 (escapers: 0.2 more). */
Row audit_persistence(const Evidence&);

}  // namespace groundwork::audit
