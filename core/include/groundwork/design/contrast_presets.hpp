#pragma once

#include <string>
#include <vector>

#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::design {

/**
 * Contrasts that follow from the columns of a layout (Layout::about); c(p, m, t) is the mean of the conditions of
 * perturbation p, medium m and time t, and ∅ the unedited ones.
 */
enum class ContrastPreset {
  effect,  ///< c(p,m,t) − c(∅,m,t)
  rate,  ///< Σ_t a_t [c(p,m,t) − c(∅,m,t)], a_t = (t − t̄)/Σ(t − t̄)²: the slope, per day, over the times of both
  difference,   ///< the effect at a later time less that at the first, and in a medium less that in the first medium
  interaction,  ///< Σ_{S ⊆ p} (−1)^{|p|−|S|} c(S,m,t) for p of several edits: A+B − A − B + ∅ for a pair
  order         ///< medium X>Y less medium Y>X; of an edit, less the same of ∅ where that is there
};

/** Throws `contrasts.preset` naming those that there are. */
ContrastPreset contrast_preset_of(const std::string& name);

struct PresetContrasts {
  std::vector<measurement::Contrast> contrasts;
  std::vector<std::string> meanings;  ///< one a contrast: what it is, in words
  std::vector<std::string> left_out;  ///< sentences: what could have been asked, and which condition is missing
};

/**
 * Unedited are conditions whose perturbation is empty, or that of a condition named as control. Without a column of
 * perturbations the names of the conditions stand for them. Coefficients do not depend on cells or variances. Throws
 * `contrasts.preset` where the layout has none of these contrasts, with what its columns lack.
 */
PresetContrasts contrasts_of_preset(const Layout&, const std::vector<int>& controls, ContrastPreset);

}  // namespace groundwork::design
