#pragma once

#include <memory>

#include "groundwork/api/job.hpp"

namespace groundwork::api {

/**
 * The job `fit` (docs/schemas/fit.json). The request carries the screen document and options; members are trained one
 * after the other. result() is a whole fit document at any time after the first advance(): with the members trained so
 * far and the best point of the one in training.
 */
std::unique_ptr<Job> start_fit(const Message& request);

}  // namespace groundwork::api
