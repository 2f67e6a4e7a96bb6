#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::measurement {

/**
 * The batches of a layout or screen (its columns) and the nested levels above them: donor ▸ day ▸ lane. A group of a
 * finer level lies in exactly one group of the coarser: the label "1" in day d1 and the label "1" in day d2 are two
 * lanes.
 */
struct BatchLevels {
  std::vector<std::string> names;                ///< levels, coarse to fine; the last one is the columns themselves
  std::vector<std::vector<int>> of_column;       ///< level × column: index of the group that the column lies in
  std::vector<std::vector<std::string>> labels;  ///< level × group: the label as given, without those of its parents
  std::vector<std::vector<int>> parent;          ///< level × group: its group one level up; −1 at the coarsest
  std::vector<std::string> reused;               ///< levels in which a label occurs under several parents

  std::size_t levels() const { return names.size(); }
  Index columns() const { return names.empty() ? 0 : static_cast<Index>(of_column.back().size()); }
};

/**
 * `labels[level][column]`, coarse to fine. Throws `batches.duplicate` when two columns have the same labels throughout.
 */
BatchLevels nest_levels(const std::vector<std::string>& names, const std::vector<std::vector<std::string>>& labels);

}  // namespace groundwork::measurement
