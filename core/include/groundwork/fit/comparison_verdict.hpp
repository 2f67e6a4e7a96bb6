#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/comparison_scores.hpp"

namespace groundwork::fit {

/**
 * What a comparison says, in sentences: how many folds and what the intervals mean, whether the best model beats no
 * change and the best baseline, and what is missing. A difference counts where the 95 % interval of the paired
 * difference excludes 0; over no change it must exceed what training and held-out controls share.
 */
std::vector<std::string> comparison_verdict(const ModelComparison& comparison, const Summary& summary);

/** How the intervals were made, one sentence for the folds of this comparison. */
std::string interval_note(const ModelComparison& comparison, const Summary& summary);

/** "5 folds", "1 fold". */
std::string counted(int n, const std::string& singular);

/** "lowered … by 7 % (95 % interval 4 to 10)", "raised …", or "made no difference to … that these folds can tell: 2 %
 * lower (95 % interval 9 % lower to 5 % higher)"; `ratio` is new / old. */
std::string change_in_words(const Estimate& ratio, const std::string& what);

}  // namespace groundwork::fit
