// Guides as groups of a smaller screen, so that they can be tested as conditions are.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "groundwork/screen/screen.hpp"

namespace groundwork::measurement {

/** Sums of some cells, as one group of a smaller screen. */
struct GuidePart {
  screen::Group group;
  Vector sum, scaled, scaled_sq;
};

/**
 * One guide within its group. Σy, Σ(y/ℓ)² and Σℓ are its own; Σℓ², Σ1/ℓ and Σy/ℓ are not kept for guides and taken in
 * proportion to cells and counts.
 */
GuidePart part_of_guide(const screen::Screen&, std::size_t guide);

/** Indices of the guide groups of each (condition, guide). */
std::map<std::pair<int, std::string>, std::vector<std::size_t>> guides_by_condition(const screen::Screen&);

double cells_of_guides(const screen::Screen&, const std::vector<std::size_t>& guides);

/** Adds the groups of a condition, without those cells of the given guides, as condition `as` of a smaller screen. */
void add_rest(const screen::Screen&, int condition, const std::vector<std::size_t>& guides, int as,
              std::vector<std::pair<int, GuidePart>>& parts);

/** A screen of these parts: condition 0 is unedited, the others are called after `names`. */
screen::Screen screen_of_parts(const screen::Screen&, const std::vector<std::string>& names,
                               const std::vector<std::pair<int, GuidePart>>& parts);

}  // namespace groundwork::measurement
