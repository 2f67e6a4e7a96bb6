#pragma once

#include <vector>

#include "command.hpp"
#include "groundwork/api/message.hpp"
#include "groundwork/design/layout.hpp"

namespace groundwork::cli {

/** Flags that say what is laid out, with which variances, and what is to be
 * estimated: `design` and `pilot`. */
std::vector<Option> design_request_options();

/** The request of the command `design` from them; `layout` receives the layout.
 */
api::Message design_request(const Arguments&, design::Layout& layout);

}  // namespace groundwork::cli
