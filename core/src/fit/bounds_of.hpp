#pragma once

#include <vector>

#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {

/**
 * The censored values among `rows` (indices into data.levels; parts.rows is made of them in this order) as bounds
 * against the controls of the same batch, medium and time, or, where unedited cells rest, of another time. There is
 * none where a row has no such controls, and none of a clamped edit's own target, which has no weight either.
 */
std::vector<Bound> bounds_of(const ObjectiveParts& parts, const Problem& problem, const TrainingData& data,
                             const std::vector<int>& rows, const std::vector<int>& conditions);

}  // namespace groundwork::fit
