#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `typical`: how variances lie over the genes of each of several screens (docs/schemas/typical.json). */
Message run_typical(const Message& request);

}  // namespace groundwork::api
