// What a request for a comparison asks for.
#pragma once

#include <vector>

#include "groundwork/api/compare_form.hpp"
#include "groundwork/fit/source.hpp"

namespace groundwork::api {

struct CompareRequest {
  fit::StateSource source;
  ComparisonRecord record;          ///< planned, nothing done
  std::vector<fit::Unit> all, own;  ///< units of the comparison, and those of this part
};

/** Throws `request.…`, `model.unknown`, `compare.…`, `experiment.…`, and what plan_folds() throws. */
CompareRequest compare_request_from(const Message& request);

}  // namespace groundwork::api
