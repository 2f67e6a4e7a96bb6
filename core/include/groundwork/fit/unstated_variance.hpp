#pragma once

#include <string>

#include "groundwork/screen/levels.hpp"

namespace groundwork::fit {

/** The variance, without batch, of rows that do not state one. */
struct UnstatedVariance {
  Vector value;             ///< genes; NaN where nothing can be said
  bool replicates = false;  ///< from replicates; else from what a regression on the inputs leaves
  double df = 0;            ///< degrees of freedom of each gene's own estimate
};

/**
 * From rows whose variance is NaN. With replicates: the residuals of `condition + batch` over conditions with several
 * rows. Without: of kernel ridge on edits, medium, time and batch (strength by leaving one out), or from the spread of
 * each gene over edited rows by its median absolute deviation, as if most edits did nothing, whichever is smaller over
 * all genes; both take effects that they miss for noise. Each gene's estimate is moderated by their mean, which stands
 * for 4 degrees of freedom.
 */
UnstatedVariance unstated_variance(const screen::Levels& levels);

/** Degrees of freedom that replicates leave for each gene: rows − conditions − batches + connected parts; 0: none. */
int replicate_df(const screen::Levels& levels);

}  // namespace groundwork::fit
