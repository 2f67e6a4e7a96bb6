#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/fit/options.hpp"
#include "groundwork/fit/source.hpp"

namespace groundwork::fit {

/** How a screen is divided for cross-validation. */
struct FoldOptions {
  SplitKind kind = SplitKind::perturbation;
  int count = 5;                        ///< folds; 0: every unit is a fold of its own
  std::string batch_level;              ///< by batch: which column, as FitOptions::batch_level
  std::vector<std::string> candidates;  ///< not empty: only these edits or batches are held out in turn
  std::uint64_t seed = 1;               ///< of the deal
};

/** What is held out together while a model is trained on the rest. */
struct Holdout {
  std::vector<std::string> names;  ///< edits, times in days as text, or batches
  std::vector<double> times;       ///< by time: days
};

/**
 * K folds. Units (edits, times, batches) are dealt at random to the folds, each to one; a fold trains without its own
 * and is scored on them. By combination there is one training, on singles and controls, and the folds divide the
 * combinations that it predicts.
 */
struct FoldPlan {
  SplitKind kind = SplitKind::perturbation;
  std::string level;              ///< by batch: the column
  std::vector<Holdout> holdouts;  ///< trainings
  struct Fold {
    int holdout = 0;
    std::vector<std::string> labels;  ///< by combination: the edits of the conditions scored, "A+B"; else the units
  };
  std::vector<Fold> folds;
  std::vector<std::string> notes;  ///< sentences: what was left out and why
};

/**
 * - perturbation: the edits that a model can speak about unseen, those whose target the controls express reliably, if
 *   there are at least four; else all. The others train in every fold.
 * - time: all times after 0 but the first and the last, where there are others.
 * - batch: the levels of a batch column; controls of a batch go with it.
 *
 * There are at most as many folds as units. Throws what split_of() throws, `folds.count` below 0 or at 1 where there is
 * a choice, and `split.holdout` for an unknown candidate.
 */
FoldPlan plan_folds(const StateSource& source, const FoldOptions& options);

/** `options` with the split that holds out `holdout`. */
FitOptions with_holdout(FitOptions options, const FoldPlan& plan, int holdout);

}  // namespace groundwork::fit
