#pragma once

#include <optional>
#include <vector>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/fit/links.hpp"
#include "groundwork/fit/shift_and_limit.hpp"

namespace groundwork::api {

/** The document of the command `links`. */
Message links_to_message(const FitRecord&, const fit::Links&, const std::vector<fit::EditLink>&,
                         const std::vector<fit::RestCensus>&, const std::optional<fit::ShiftComparison>&,
                         bool complete);

}  // namespace groundwork::api
