#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A5: effects add. For each pair with both singles, Δ_AB − Δ_A − Δ_B within batches, root mean square over genes, over
 * that of Δ_A + Δ_B; margin a third. On the log scale for the verdict; on the linear scale and in the space of the main
 * components of all effects as notes. Singles are taken to be carried by the same vector as pairs.
 */
Row audit_additivity(const Evidence&);

}  // namespace groundwork::audit
