#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `states` (docs/schemas/states.json): `{"text": CSV, "file": NAME, "scale": "log"|"log2"|"linear",
 * "modality", "time_unit"}` → the document of a state table, with what was found in it. Without "scale" the proposed
 * one is taken. With `"states": DOC` instead of a text: the same table with another scale or modality.
 */
Message run_states(const Message& request);

}  // namespace groundwork::api
