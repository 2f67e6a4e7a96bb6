#pragma once

#include "groundwork/api/simulate_truth.hpp"

namespace groundwork::api {

/** The names of the edits behind a perturbation (index into Recipe::perturbations(), −1: none), sorted. */
std::vector<std::string> edits_of(const Recipe&, int perturbation);

/** W: random edges, then modules, then given edges. The random edges into a gene add up to at most 1.5 in absolute
 * value. */
Matrix draw_weights(const Recipe&);
/** B: for each outside edit the given responses, or `genes` random ones. */
Matrix draw_inputs(const Recipe&);
Matrix intercepts_of(const Recipe&);

/** Fills `state` and `unedited` with the flow of `production_decay` from the control. */
void evolve_conditions(Truth&);

}  // namespace groundwork::api
