#pragma once

#include <cstdint>
#include <vector>

#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/**
 * Parts of the training rows that are set aside in turn to decide when to stop: one flag a row of the training data in
 * each fold; no folds where nothing can be set aside. Each edit, time or row is set aside once, in a random order that
 * the seed decides. What a fold sets aside is like what the split holds out:
 *
 * - split by time, or no edits: one training time, neither the first nor the last when there is a choice;
 * - split by batch, where edits have rows in several: a fifth of the rows, as below;
 * - a field with at least four clamped edits: a quarter of those, with all their conditions;
 * - else, split by perturbation: a quarter of all edits;
 * - else a fifth of the rows (condition × batch) of edits that keep another row.
 */
std::vector<std::vector<char>> inner_folds(const Problem& problem, std::uint64_t seed);

}  // namespace groundwork::fit
