#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A8: edits do not select cells. Cells of each edit at a later time against the first time, as a ratio to the median
 * edit of the same sample, with the over-dispersion of replicate samples; margin a factor of 1.5. Counts of a plasmid
 * pool would serve as well, but are no part of a screen file.
 */
Row audit_selection(const Evidence&);

/**
 * A11: the composition of unedited cells is constant over times and media: odds of each cell type among the controls,
 * with the over-dispersion of replicate samples; margin a factor of 1.5. Only with a column of cell types.
 */
Row audit_composition(const Evidence&);

}  // namespace groundwork::audit
