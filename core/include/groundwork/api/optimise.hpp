#pragma once

#include <memory>

#include "groundwork/api/job.hpp"
#include "groundwork/design/optimise.hpp"

namespace groundwork::api {

/** The command `optimise`: a search for the best layout under constraints (docs/schemas/optimise.json). */
std::unique_ptr<Job> start_optimise(const Message& request);

/** A spec in its JSON form (docs/schemas/optimise_spec.json). Throws `request.…`, `optimise.…`, `layout.…`. */
design::OptimiseProblem problem_from_spec(const Message& spec);

}  // namespace groundwork::api
