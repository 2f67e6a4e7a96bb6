#pragma once

#include <cstdint>
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

/** The document under `"fit"`. Throws `request.missing` and what fit_from_message throws. */
FitRecord fit_of_request(const Message& request, const std::string& where);

/** `"times"` of a request in days, as they stand there; none where the key is absent. Throws `request.value`,
 * `predict.times` (negative or not finite). */
std::vector<double> times_from(const Json& request, const std::string& where);

/** A whole number of a request; `otherwise` where the key is absent. Throws `request.value`. */
std::int64_t whole_from(const Json& request, const char* key, std::int64_t otherwise, std::int64_t least,
                        std::int64_t most, const std::string& where);

/** `"genes"` of a request as places among the fit's; all where the key is absent. Throws `genes.unknown`. */
std::vector<Index> genes_from(const Json& request, const FitRecord& fit, const std::string& where);

}  // namespace groundwork::api
