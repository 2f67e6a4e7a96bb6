#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `pilot`: how well pilots of a layout would know its variances (docs/schemas/pilot.json). */
Message run_pilot(const Message& request);

}  // namespace groundwork::api
