#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `predict` (docs/schemas/predict.json): `{"fit": DOC, "edits": [NAME or {"name","dose"}…], "medium",
 * "times": [days], "genes"}` → states and effects with their spread over the members, free of batch effects. An edit
 * that was never trained and whose target is not modelled gets the shared effect, with a warning. A fit of a screen
 * with a single time answers at that time only, with a warning when others were asked for. Throws `edit.…`,
 * `medium.unknown`, `genes.unknown`, `predict.times`.
 */
Message run_predict(const Message& request);

}  // namespace groundwork::api
