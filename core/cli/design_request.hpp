#pragma once

#include <vector>

#include "command.hpp"
#include "groundwork/api/message.hpp"

namespace groundwork::cli {

/** Flags of commands that judge a layout: the layout, its controls and its variances. */
std::vector<Option> layout_options();

/** "layout", "control", "variances" and "fixed_batches" of the command `design`. */
api::Message design_request(const Arguments&);

}  // namespace groundwork::cli
