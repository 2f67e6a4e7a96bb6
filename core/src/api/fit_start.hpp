// What the jobs that fit a model have in common.
#pragma once

#include <string>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/fit/problem.hpp"

namespace groundwork::api {

/** All that a record holds apart from its members and its evaluation. `stored`: the edits of the stored parameters. */
FitRecord empty_record(const fit::Problem& problem, const fit::EditModel& stored, const std::string& screen);

}  // namespace groundwork::api
