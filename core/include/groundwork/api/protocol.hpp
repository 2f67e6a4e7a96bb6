#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `protocol` (docs/schemas/protocol.json): `{"fit": DOC, "protocols": [{"name", "time_unit", "stages":
 * [{"medium", "edits", "duration"}]}], "points", "genes"}` → trajectories along the stages, end states, the commutator
 * of every two stages, differences between protocols and the properties of the operator, measured for this fit. A stage
 * without a medium keeps the one before it. Throws `protocol.…`, `edit.…`, `medium.unknown`, `genes.unknown`,
 * `flow.diverged`, each with the protocol and the stage.
 */
Message run_protocol(const Message& request);

}  // namespace groundwork::api
