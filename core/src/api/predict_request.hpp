#pragma once

#include <string>
#include <vector>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * `"edits"` of a request, names or objects with name and dose, sorted by name; none where the key is absent. `where`
 * begins the sentence of a refusal. Throws `request.value`, `edit.empty`, `edit.twice`.
 */
std::vector<screen::Edit> edits_from(const Json& request, const std::string& where);

/** `"genes"` of a request as places among the fit's; all where the key is absent. Throws `genes.unknown`. */
std::vector<Index> genes_from(const Json& request, const FitRecord& fit, const std::string& where);

}  // namespace groundwork::api
