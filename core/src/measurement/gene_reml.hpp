// One gene of a table of levels as groups with known noise, for REML.
#pragma once

#include <vector>

#include "groundwork/measurement/reml.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::measurement {

/** The groups that a gene's estimate uses: trusted, with a finite state and variance. */
struct UsableRows {
  std::vector<int> condition, column;
  std::vector<Index> row;
};

UsableRows usable_rows(const screen::Levels&, const std::vector<int>& column, Index gene);

/** `variance` receives the measurement variance of each of those groups. */
Reml reml_of(const screen::Levels&, const BatchLevels&, const UsableRows&, Index gene, Vector& variance);

}  // namespace groundwork::measurement
