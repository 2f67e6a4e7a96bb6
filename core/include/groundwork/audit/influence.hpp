#pragma once

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/**
 * A10: cells do not influence each other. Only batches (wells) with different shares of edited cells can tell: change
 * of the controls' profile from the least to the most edited batch, by regression over batches whose residuals are the
 * noise; margin as A1. With fewer than five batches or shares within 0.3 of each other it is an assumption in force.
 */
Row audit_influence(const Evidence&);

}  // namespace groundwork::audit
