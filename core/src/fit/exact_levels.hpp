#pragma once

#include <vector>

#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {

/**
 * Exact control rows say two things: what the free level μ₀ is, without error, and that the field should reproduce it,
 * which it is held to like any other row (s_g² + τ²), or the fit would be about nothing else. Where unedited cells rest
 * in the baseline medium, such a row is therefore split into a row of the level alone, which stays exact, and a row of
 * the field. `rows` are those that `parts.rows` came from, in order, and `conditions` its states.
 */
void pin_exact_levels(ObjectiveParts& parts, const Problem& problem, const TrainingData& data,
                      const std::vector<int>& rows, const std::vector<int>& conditions);

}  // namespace groundwork::fit
