// The medium and the time for which a fit answers, where a condition asks for others than it knows.
#pragma once

#include <string>
#include <vector>

#include "groundwork/screen/condition.hpp"

namespace groundwork::fit {

/** `media`: those of the fit, the start first; an unnamed medium is the `usual` one, an unknown one the start. */
std::string asked_medium(const screen::Condition&, const std::vector<std::string>& media, const std::string& usual,
                         std::vector<std::string>& warnings);

/** Days, `last` where none is asked for and wherever the fit has a `single_time`. Throws `predict.times`. */
double asked_time(const screen::Condition&, double last, bool single_time, std::vector<std::string>& warnings);

}  // namespace groundwork::fit
