#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/**
 * Observed effects that predictions are compared with. An edited condition is compared with the controls of its medium
 * and compartment (differentiating: of its time too); a control condition of a differentiating system with the controls
 * at t = 0. Held-out conditions use the controls' held-out half, training conditions the training half.
 */
struct Panel {
  std::vector<int> conditions;  ///< indices into Problem::conditions
  std::vector<char> held_out;   ///< per condition; without a split, none
  std::vector<int> subtract;    ///< a control condition whose prediction is taken off; −1: the reference is δ = 0
  Matrix observed;              ///< genes × conditions; NaN: not estimable, or the edited gene itself
  Matrix variance;              ///< of observed, from the variance components
  Matrix shared;                ///< the part of it that the controls' own s_g² is: common to train and test

  std::vector<std::size_t> scored() const;  ///< held-out conditions; all, if none is
};

Panel panel_of(const Problem& problem);

/** Effects that a field predicts for the panel, genes × conditions. */
Matrix predicted_effects(const Problem& problem, const Panel& panel, const EditModel& edits, const Vector& theta);

/** δ of unedited cells in the baseline medium at Problem::times, genes × times. */
Matrix predicted_drift(const Problem& problem, const EditModel& edits, const Vector& theta);

}  // namespace groundwork::fit
