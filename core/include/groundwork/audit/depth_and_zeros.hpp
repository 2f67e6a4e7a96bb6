#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A9: dropout and depth do not follow the condition. The verdict is about zeros: their share in each gene of the
 * controls beyond what a negative binomial with the gene's own mean and dispersion and the cells' depths gives, mean
 * over genes with 0.3 counts a cell or more; margin ± 0.05. Depth against controls of the same batch is a flag only:
 * biology may change how much RNA a cell holds.
 */
Row audit_depth_and_zeros(const Evidence&);

}  // namespace groundwork::audit
