#pragma once

#include <memory>

#include "groundwork/api/job.hpp"

namespace groundwork::api {

/**
 * The job `compare` (docs/schemas/compare.json): models and baselines on the same folds and seeds. Its units (holdout ×
 * model × seed) are independent: `"part": {"index": i, "of": n}` does every n-th of them, dealt so that parts end
 * together, and combine_comparisons joins the parts. result() is a comparison document at any time: with the units
 * finished so far, and with scores once a fold is complete.
 */
std::unique_ptr<Job> start_compare(const Message& request);

/**
 * The command `plan_comparison`: the request of `compare` → its folds and what they hold out, the models with their
 * settings, the number of units and their work, and the notes. Refuses what `compare` would refuse, at once.
 */
Message run_plan_comparison(const Message& request);

/**
 * The command `combine_comparisons`: `{"comparisons": [document, …]}`, parts of one comparison → one document, scored.
 * A unit that occurs twice counts once. Throws `combine.different`, and `compare.unfinished` where no fold is complete.
 */
Message run_combine_comparisons(const Message& request);

}  // namespace groundwork::api
