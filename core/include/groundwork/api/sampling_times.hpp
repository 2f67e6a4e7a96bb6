#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** The command `sampling_times`: when to take samples of a decay, or of given sensitivities
 * (docs/schemas/sampling_times.json). */
Message run_sampling_times(const Message& request);

}  // namespace groundwork::api
