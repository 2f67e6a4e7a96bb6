#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::design {

/**
 * What guides add to the error of an effect, shared over batches (framework, "Error analysis of a design"): per
 * condition (Δ² s_e² + s_o²)/G_eff. Efficacy scales with the effect Δ, off-target effects do not; non-targeting guides
 * have off-target effects too.
 */
struct GuideTerms {
  double guides = 0;              ///< G_eff of every perturbation; 0: no guide term at all
  double control_guides = 0;      ///< of the control; 0: as `guides`
  double efficacy_sd = 0;         ///< s_e: standard deviation of a guide's effect as a share of Δ
  double off_target_sd = 0;       ///< s_o: natural log scale
  std::vector<double> effective;  ///< G_eff of each condition of the layout, where known (0: not); else empty
};

/** (Σn)²/Σn²: how many guides of equal cells are as good. Throws `design.guides` without cells. */
double effective_guides(const std::vector<double>& cells);

/** Throws `design.guides` for negative values or fewer than one guide. */
void check_guides(const GuideTerms&, const Layout&);

/** Variance that guides add to a contrast when nothing has an effect: Σ l² s_o²/G. */
double off_target_variance(const GuideTerms&, const measurement::Contrast&, const std::vector<bool>& is_control);
/** What s_e adds per squared effect: Σ l² s_e²/G over conditions that are no controls. */
double efficacy_variance(const GuideTerms&, const measurement::Contrast&, const std::vector<bool>& is_control);

/** Reads `condition,guide,cells` into G_eff per condition of the layout. `file` names it in errors (`guides.…`). */
std::vector<double> read_guides(std::string_view text, const std::string& file, const Layout&);

}  // namespace groundwork::design
