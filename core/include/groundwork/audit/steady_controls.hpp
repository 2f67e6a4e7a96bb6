#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A1: unedited cells do not respond to their baseline medium. Drift of the controls of each medium (and cell type)
 * from their first time, or from the controls at t = 0, root mean square over genes of the natural log of expression,
 * within batches that hold both times; against the median effect of the edits (at least log 1.05), without edits
 * against log 1.25. Where every batch holds one time, drift of batches and of cells cannot be told apart.
 */
Row audit_steady_controls(const Evidence&);

}  // namespace groundwork::audit
