#pragma once

#include <vector>

#include "groundwork/fit/panel.hpp"

namespace groundwork::fit {

/** The baseline `ridge` of a split by perturbation; `mean`: what an edit gets that nothing is known of. */
Matrix clamped_ridge(const Problem& problem, const Panel& panel, const std::vector<std::size_t>& train,
                     const Matrix& mean);

}  // namespace groundwork::fit
