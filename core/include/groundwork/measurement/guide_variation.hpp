#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/effect_tests.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::measurement {

/** How far the guides of one edit differ in efficacy. */
struct EditEfficacy {
  int condition = 0;
  int guides = 0;
  double strength = 0;  ///< mean product of the effects of two of its guides, in units of their noise; 1: as large
  double variance = 0;  ///< estimate of s_e² from this edit alone; may be negative; NaN where its effect is not clear
};

/** Variation between the guides of a screen, as GuideTerms of design take it; NaN where it cannot be estimated. */
struct GuideVariation {
  double efficacy_variance = 0;  ///< s_e²: variance of a guide's efficacy, mean 1 within an edit; may be negative
  double efficacy_se = 0;        ///< its standard error, by the jackknife over edits
  std::vector<EditEfficacy> edits;
  std::string efficacy_reason;     ///< why not; "" where estimated
  double off_target_variance = 0;  ///< s_o² of non-targeting guides, over all genes; may be negative
  double off_target_se = 0;        ///< by the jackknife over guides
  Vector off_target;               ///< s_o² of each gene; may be negative
  int control_guides = 0;
  std::string off_target_reason;
};

/**
 * Guides of at least `least_cells` cells. Effects d of a guide on gene g follow d = e_q Δ_g + o_qg + noise, mean e 1.
 *
 * s_o²: non-targeting guides have no Δ; d is taken against the other controls, which carry 1/(guides − 1) of s_o²
 * themselves, so that s_o² = Σ w (d² − se²)/(1 + 1/(guides − 1))/Σ w, w = 1/se⁴.
 *
 * s_e²: over the guides q ≠ r of an edit E Σ w (d_q d_r − shared noise) = ΣwΔ², and E Σ w (d_q² − se²) = (1 + s_e²)
 * ΣwΔ² + s_o² Σ w; numerators and denominators are summed over edits before they are divided, so that weak edits, whose
 * own ratio is wild, do no harm. `shared`: what the control puts into both.
 *
 * Noise is that of the counts: what batches add to a condition (s_g²) is shared by its guides and cancels between them;
 * in d_q d_r it stands twice, once for the edit and once for the control, and is taken off.
 */
GuideVariation guide_variation(const screen::Screen&, const std::vector<int>& genes, const ModeratedVariances&,
                               double least_cells = 50);

}  // namespace groundwork::measurement
