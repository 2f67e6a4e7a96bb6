#pragma once

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * The command `portrait` (docs/schemas/portrait.json): `{"fit": DOC, "genes": [A, B], "edits": [NAME, …], "paths":
 * [[NAME, …], …], "medium", "member", "points", "starts", "seed"}` → a plane of states with the field of one condition
 * on a grid, nullclines, the ways of edits and steady states. Without "genes" the plane of the first two principal
 * components of the trained states; without "paths" up to six observed edits. Throws `portrait.…`, `links.no_field`,
 * `fit.recommended`, `request.…`, `edit.…`, `medium.unknown`.
 */
Message run_portrait(const Message& request);

}  // namespace groundwork::api
