#pragma once

#include <vector>

#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/**
 * Adds to `theta` the gene–gene weights and inputs at which the field's steady states are those of a ridge regression:
 * δ_i = Σ_{j≠i} G_ij δ̃_j + Σ H_iu u over the effects in `rows`, with clamped genes at their level, and the penalty
 * chosen by leaving conditions out. Near rest
 *
 * - `linear`            A = −rate (I − G), B = rate H
 * - `saturating`        W = G α/ε, B = H α/ε
 * - `production_decay`  W = G M/(M − 1), B likewise, on the log scale (log s(a) ≈ a (1 − 1/M)); divided by c_i on the
 * linear one, less where effects are larger than c_i
 *
 * `neural` and `neural_decay` have no such weights: nothing is added. Nor where `rows` hold fewer than two edited
 * conditions.
 */
void add_linear_response(const Problem& problem, const TrainingData& data, const std::vector<int>& rows,
                         const dynamics::VectorField<double>& field, Vector& theta);

}  // namespace groundwork::fit
