#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::api {

/** The schema version of screen documents that this version writes. */
inline constexpr int screen_schema = 1;

/** The screen document (docs/schemas/screen.json). */
Message screen_to_message(const screen::Screen&);

/** Reads it back. Throws `message.…`, or `screen.damaged` where its parts do not fit together. */
screen::Screen screen_from_message(const Message&);

/** Roles with every key, absent ones as "" or []. */
Json roles_to_json(const screen::Roles&);

/** Absent keys keep their defaults; unknown ones are refused, as are values of another type (`request.value`). */
screen::Roles roles_from_json(const Json&);

}  // namespace groundwork::api
