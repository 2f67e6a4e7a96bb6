#pragma once

#include <memory>

#include "groundwork/api/job.hpp"

namespace groundwork::api {

/**
 * The job `rehearse` (docs/schemas/rehearsal.json): a layout carried through to a model, on simulated networks with
 * known truth. The request is that of `design` (layout, control, variances, fixed_batches) with `"rehearsal": {"genes",
 * "effect_sd", "time", "held_out", "seed", "replicates"}`.
 */
std::unique_ptr<Job> start_rehearse(const Message& request);

}  // namespace groundwork::api
