#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `combine`: `{"fits": [fit document, …]}` → one fit document with the members of all, scored together.
 * The fits must be of one screen with equal settings but for "members" and "first_member", and no member may occur
 * twice; throws `combine.different` naming what differs.
 */
Message run_combine(const Message& request);

}  // namespace groundwork::api
