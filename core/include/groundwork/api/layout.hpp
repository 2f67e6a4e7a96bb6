#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `layout`: a ready layout from its parameters, or the layout in a text (docs/schemas/layout.json). */
Message run_layout(const Message& request);

}  // namespace groundwork::api
