#pragma once

#include <vector>

#include "command.hpp"
#include "groundwork/api/message.hpp"
#include "groundwork/design/layout.hpp"

namespace groundwork::cli {

/** Flags that say what is laid out, and with which variances: `rehearse`. */
std::vector<Option> layout_options();
/** Those, and what is to be estimated: `design` and `pilot`. */
std::vector<Option> design_request_options();

/** "layout", "control", "variances" and "fixed_batches" of the command `design`; `layout` receives the layout. */
api::Message layout_request(const Arguments&, design::Layout& layout);
/** The whole of it. */
api::Message design_request(const Arguments&, design::Layout& layout);

}  // namespace groundwork::cli
