#pragma once

#include <vector>

#include "groundwork/fit/batch_loss.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::fit {

/** Variances beyond measurement, for each gene. */
struct LevelVariances {
  Matrix batch;  ///< genes × batch levels: s_f²; infinite = fixed
  Vector group;  ///< genes: s_g²
};

/**
 * s_f² and s_g² by REML from these rows, each gene's own moderated by the estimate pooled over genes. Where s_f² is not
 * estimable: one batch → 0 (its effect is part of the level), several → fixed. Where s_g² is not estimable it is 0.
 */
LevelVariances variances_of(const screen::Levels& levels);

/**
 * The rows of a table as the loss takes them; `state` is the condition, all rows share one free level. An exact row
 * (variance 0) gets a variance so small beside the others' that they cannot move it.
 */
LossRows loss_rows(const screen::Levels& levels, const LevelVariances& variances, double discrepancy);

/** A condition against the mean of others, its references. */
struct Comparison {
  int condition = 0;
  std::vector<int> references;
};

/** Genes × comparisons; NaN where not estimable. */
struct Effects {
  Matrix value;
  Matrix variance;  ///< of the estimate: both sides' s_g² + σ²_cb, batches as in V
  Matrix
      shared;  ///< the part of it that is s_g² of the references, which other comparisons share (tables: all of theirs)
};

/** Effects by generalised least squares from the rows of both sides only. */
Effects effects_of(const screen::Levels& levels, const LevelVariances& variances,
                   const std::vector<Comparison>& comparisons);

/**
 * Mean square of the effects of every gene above their noise, from differences to the controls of the same batch (of a
 * coarser batch, of all, where there are none); without edited rows, from differences between the control rows. Less
 * `caution` standard errors that it would have without any effect; never below 0. Rows without a trusted value count as
 * no effect.
 */
Vector excess_of(const screen::Levels& levels, double caution);

}  // namespace groundwork::fit
