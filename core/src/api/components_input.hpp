// What `components` and `typical` estimate variances from.
#pragma once

#include <initializer_list>
#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/screen/levels.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::api {

/** States of the rows, replicates joined, with what the counts say of each gene's overdispersion. */
struct ComponentsInput {
  screen::Levels table;
  Vector phi;              ///< of the genes of `table`; NaN where there are no counts
  std::vector<int> genes;  ///< of the genes of `table` in the screen or state table
};

/**
 * A state table document: a replicate stands where a cell stands in a screen, so that sw2 is the variance of one row
 * and a group of n replicates adds sw2/n. On the table's scale. `options` may hold "genes". Throws `genes.unknown`.
 */
ComponentsInput components_input_of_states(const Message& states, const Json& options);

/**
 * `options` may hold "genes" and "level", the finest batch level to keep, to which the screen is coarsened. Throws
 * `genes.unknown`, `components.no_genes`, `components.level`.
 */
ComponentsInput components_input_of_screen(screen::Screen&, const Json& options);

/** Type 7 quantiles, as R and numpy have them, of the finite values: {"0.1": …}; null without any. */
Json quantiles_of(std::vector<double> values, std::initializer_list<double> shares);

}  // namespace groundwork::api
