#pragma once

#include <string>
#include <vector>

#include "groundwork/api/fit_form.hpp"

namespace groundwork::api {

/** `"medium"` of a request; where it is absent or null the one that predictions are made in. */
std::string medium_from(const Json& request, const FitRecord& fit, const std::string& where);

/** A list of sets of edits, none of them empty. Throws `request.value`, `edit.…`. */
std::vector<std::vector<screen::Edit>> edit_sets_from(const Json& list, const char* key, const std::string& where);

/** The sets of edits that a fit observed, without those that only differ in dose from an earlier one. */
std::vector<std::vector<screen::Edit>> observed_edit_sets(const FitRecord& fit);

Json edit_list(const std::vector<screen::Edit>& edits);
std::string label_of_edits(const std::vector<screen::Edit>& edits);  ///< "unedited" for none

/** Effects of the members on the evaluation's conditions. */
std::vector<Matrix> effects_of_members(const FitRecord& fit);

}  // namespace groundwork::api
