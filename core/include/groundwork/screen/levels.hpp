#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/screen/condition.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::screen {

/** The scale on which states are given and predicted (docs/model.md). */
enum class Scale { log, log2, linear };

/** How much a single value may be relied on. */
enum class Trust : unsigned char {
  trusted,
  censored,  ///< below what the counts can tell (θ > 0.2): an upper bound at best; weight 0 where a loss takes no bound
  missing,
};

/** One row of the table: a condition in one batch (and one half of its controls). */
struct LevelRow {
  int condition = 0;
  std::vector<int> batch;  ///< a level index for each of Levels::batches
  int half = -1;           ///< as Group::half
  double cells = 0;        ///< 0 where the rows do not stand for counted cells
};

/**
 * States as *levels* (not differences to a control), controls included: what losses and variance components work on.
 * Comes from a screen (measurement::levels_of) or from a state table.
 */
struct Levels {
  Scale scale = Scale::log;
  Modality modality = Modality::knockout;
  std::string time_unit = "d";  ///< for people; times inside are days
  std::vector<std::string> genes;
  std::vector<Condition> conditions;
  std::vector<BatchLevel> batches;  ///< coarse to fine
  std::vector<LevelRow> rows;
  Matrix x;         ///< genes × rows
  Matrix variance;  ///< genes × rows: measurement variance σ²_cb, without batch; NaN = unknown
  Eigen::Matrix<Trust, Eigen::Dynamic, Eigen::Dynamic> trust;  ///< genes × rows
  /** Genes × rows, or empty: what a censored level lies below, on the scale of x; NaN where no bound is known. */
  Matrix limit;
};

}  // namespace groundwork::screen
