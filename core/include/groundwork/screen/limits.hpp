#pragma once

#include <vector>

#include "groundwork/screen/screen.hpp"

namespace groundwork::screen {

/** What this screen cannot answer: no perturbation, no controls, no batches, one time, batches without controls. */
std::vector<Impossible> limits_of(const Screen&);

}  // namespace groundwork::screen
