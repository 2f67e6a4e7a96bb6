#pragma once

#include <memory>

#include "groundwork/api/job.hpp"

namespace groundwork::api {

/**
 * The job `fit` with the model `recommended` (docs/schemas/fit.json). Its tasks are independent, so they can run in
 * several workers: `"part": {"index": k, "count": n}` runs every n-th from k on and answers `{"kind": "fit_part",
 * "tasks": [{"task", "values"}]}`; `"parts": [those documents]` takes their results instead of running the tasks.
 * However they are divided, the fit is the same. start_fit() leads here.
 */
std::unique_ptr<Job> start_recommended(const Message& request);

}  // namespace groundwork::api
