#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `components`: variance components of a screen, per gene and pooled (docs/schemas/components.json). */
Message run_components(const Message& request);

}  // namespace groundwork::api
