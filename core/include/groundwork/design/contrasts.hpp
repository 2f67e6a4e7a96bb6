#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::design {

/** Conditions of the layout that are controls. Throws `layout.no_control` naming what the layout does have. */
std::vector<int> control_indices(const Layout&, const std::vector<std::string>& controls);

/** Every condition that is no control, against the mean of the controls; named after the condition. */
std::vector<measurement::Contrast> contrasts_to_controls(const Layout&, const std::vector<int>& controls);

/**
 * Reads `name,condition,coefficient`: lines of one name make one contrast. `file` names it in errors (`contrasts.…`).
 */
std::vector<measurement::Contrast> read_contrasts(std::string_view text, const std::string& file, const Layout&);

/** Throws `contrasts.…` for a contrast that is empty or whose coefficients are all 0 or not finite. */
void check_contrast(const measurement::Contrast&);

/** "A − control", "0.5 A + 0.5 B − control": what is estimated, for people. */
std::string description_of(const measurement::Contrast&, const std::vector<std::string>& conditions);

}  // namespace groundwork::design
