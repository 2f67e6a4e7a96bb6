#pragma once

#include <vector>

#include "command.hpp"
#include "groundwork/api/message.hpp"
#include "groundwork/design/layout.hpp"

namespace groundwork::cli {

/** Flags of `design` beyond the layout and its variances: guides, depth, clones, power, and what would help. */
std::vector<Option> design_power_options();

/** Puts them into the request, whose "variances" must be there already. */
void take_design_power(const Arguments&, const design::Layout&, api::Json& request);

}  // namespace groundwork::cli
