#pragma once

#include <memory>

#include "groundwork/api/job.hpp"

namespace groundwork::api {

/**
 * The job `next` (docs/schemas/next.json): what to measure next under a fitted model. `{"fit": DOC, "screen"|"states":
 * DOC, "edits", "media", "times", "targets": {"edits", "media", "times"}, "choose", "repeats", "replicates"}`:
 * candidates are all edits × media × times. Edits as in a state table: `A`, `A+B`, `NAME:dose`, "" for unedited cells.
 */
std::unique_ptr<Job> start_next(const Message& request);

}  // namespace groundwork::api
