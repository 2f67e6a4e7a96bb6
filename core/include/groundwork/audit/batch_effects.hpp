#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A6: batch effects are additive and common to all conditions. s_g, the standard deviation of a condition within a
 * batch beyond its cells, pooled over genes, with the χ² interval of the residual sum of squares (degrees of freedom of
 * correlated genes); margin log 1.25. And the regression of each batch's effects on those of the other batches, about
 * the mean of all edits (so that shared controls drop out), corrected for noise; margin 0.8 to 1.25, jackknife over
 * edits.
 */
Row audit_batch_effects(const Evidence&);

/** A7: each batch holds controls, of the same medium, time and cell type as its edited cells. Read off the layout. */
Row audit_batch_controls(const Evidence&);

}  // namespace groundwork::audit
