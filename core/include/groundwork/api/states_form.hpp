#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/screen/state_table.hpp"

namespace groundwork::api {

/** The schema version of state table documents that this version writes. */
inline constexpr int states_schema = 1;

/** The document of a state table (docs/schemas/states.json): as given, on its own scale. */
Message states_to_message(const screen::StateTable&);

/** Reads it back. Throws `message.…`, or `states.damaged` where its parts do not fit together. */
screen::StateTable states_from_message(const Message&);

}  // namespace groundwork::api
