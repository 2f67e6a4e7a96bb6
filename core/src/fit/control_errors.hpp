#pragma once

#include <vector>

#include "groundwork/fit/panel.hpp"
#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/** Variance of the mean of the control rows, from their spread; moderated over genes. One row: its own variance. */
Vector control_variance(const Problem&, const TrainingData&);

/**
 * What the effects in some columns of the panel have in common because they are measured against the same controls,
 * averaged over genes: the measurement variance of the pooled controls and, from the panel, their share of s_g².
 */
double shared_variance(const Problem&, const Panel&, const std::vector<Index>& columns);

}  // namespace groundwork::fit
