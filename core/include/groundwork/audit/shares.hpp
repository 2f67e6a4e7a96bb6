#pragma once

#include <string>
#include <vector>

#include "groundwork/audit/verdict.hpp"
#include "groundwork/base/matrix.hpp"

namespace groundwork::audit {

/** Cells of categories (rows) in samples (columns), and the class (time, medium) of each sample. */
struct SampleCounts {
  std::vector<std::string> categories;
  Matrix cells;  ///< categories × samples
  std::vector<int> of_class;
  int classes = 0;
};

/** Change of a category's log odds from class 0 to another class. */
struct ShareChange {
  std::size_t category = 0;
  int to = 0;
  double log_change = 0, standard_error = 0, df = 0;
};

/**
 * Log ratios of each category to the median category of the sample (`centred`) or log odds (otherwise), compared
 * between classes with the over-dispersion of samples of one class: variance 1/n + τ², τ² by moments from replicate
 * samples, pooled over categories. Counting noise alone would call any difference between samples a change. Empty
 * without replicate samples.
 */
std::vector<ShareChange> share_changes(const SampleCounts&, bool centred);

}  // namespace groundwork::audit
