#pragma once

#include <memory>

#include "groundwork/api/job.hpp"

namespace groundwork::api {

/**
 * The command `links` (docs/schemas/links.json): `{"fit": DOC, "medium", "edits": [[NAME or {name, dose}, …], …],
 * "starts", "seed"}` → the structural model that a fitted field implies at the rest of unedited cells, its
 * interventions beside the field's own steady states, and the steady states found from many starts. Without "edits" all
 * that were observed. Throws `links.no_field`, `fit.recommended`, `request.…`, `edit.…`, `medium.unknown`.
 */
std::unique_ptr<Job> start_links(const Message& request);

}  // namespace groundwork::api
