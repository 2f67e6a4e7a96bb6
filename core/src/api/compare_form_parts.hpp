// The scored part of the comparison document.
#pragma once

#include "groundwork/api/compare_form.hpp"

namespace groundwork::api {

/** "results" of a document with at least one complete fold. */
Json comparison_results(Message&, const ComparisonRecord&);

}  // namespace groundwork::api
