#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `allocation`: closed forms for controls, cells, batches, depth and clones
 * (docs/schemas/allocation.json). */
Message run_allocation(const Message& request);

}  // namespace groundwork::api
