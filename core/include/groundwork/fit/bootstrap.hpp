#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/** Training rows of batches that were drawn with replacement. */
struct Resample {
  TrainingData data;                 ///< variances, row scales and edits as they were
  std::vector<std::string> batches;  ///< as drawn, sorted; of the coarsest level with two batches or more
};

/**
 * The bootstrap of batches, the unit that varies independently (docs/model.md, "Training"): as many as there are, drawn
 * with replacement, a batch that is drawn twice being two. No condition is lost: a batch that alone holds one is always
 * drawn, and the others are drawn again until every condition is there. Equal seeds give equal draws.
 * Throws `fit.bootstrap` where there are not two batches, or each holds a condition that no other does.
 */
Resample resample_batches(const TrainingData& data, std::uint64_t seed);

}  // namespace groundwork::fit
