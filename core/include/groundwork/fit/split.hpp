#pragma once

#include <string>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/fit/options.hpp"
#include "groundwork/fit/source.hpp"

namespace groundwork::fit {

/** Which conditions train and which are predicted. Decided on names and times, never on states. */
struct Split {
  SplitKind kind = SplitKind::none;
  std::vector<char> held_out;        ///< per condition; by batch: none, because the rows of a condition are divided
  std::vector<std::string> edits;    ///< held-out edits
  std::vector<double> times;         ///< held-out times, days
  std::string level;                 ///< by batch: the column
  std::vector<std::string> batches;  ///< by batch: the held-out levels of that column
  Index batch_column = -1;           ///< by batch: its place among the screen's batch columns
  std::vector<char> held_out_batch;  ///< by batch: per level of that column
};

/**
 * - perturbation: every condition that contains a held-out edit is held out. Drawn edits are such whose target is in
 *   `speakable` (genes a model can speak about unseen), if there are at least four; otherwise any.
 * - time: all conditions, controls included, at held-out times. Drawn times are neither 0 nor, when there is a choice
 *   left, the first or the last.
 * - combination: every condition of two or more edits; singles and controls train.
 * - batch: the rows of some levels of a batch column (a host is such a level), controls included. Every condition may
 *   train on its other rows; no cell is on both sides, so the halves of the controls are merged on each.
 *
 * Throws `split.holdout` (an unknown edit or batch, a time that the screen does not have, nothing left to train on),
 * `split.time` (a split by time where there is one time), `split.perturbation` (fewer than two edits),
 * `split.combination` (no condition of several edits, or none of one), `split.batch` (no column with two batches).
 */
Split split_of(const StateSource& source, const std::vector<std::string>& speakable, const FitOptions& options);

/** The same for what needs conditions only: every kind but batch. */
Split split_conditions(const std::vector<screen::Condition>& conditions, const std::vector<std::string>& speakable,
                       const FitOptions& options);

/** A part of the units set aside, at least one and never all: 0 … n−1 in random order, the first ⌈share n⌉. */
std::vector<std::size_t> draw_part(std::size_t n, double share, Random& random);

/** Names of all edits in the conditions, sorted, each once. */
std::vector<std::string> edits_in(const std::vector<screen::Condition>& conditions);

/** The batch column that a split by batch divides: the named one, or the coarsest with at least two batches in use.
 * Throws `split.batch`. */
Index batch_column_of(const StateSource& source, const std::string& name);

/** Rows for training (held_out false) or for the held-out targets (true): of each split the controls' own half. */
std::vector<int> rows_for(const StateSource& source, const Split& split, bool held_out);

}  // namespace groundwork::fit
