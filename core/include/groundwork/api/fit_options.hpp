#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/fit/options.hpp"

namespace groundwork::api {

/**
 * The options of a `fit` request (docs/schemas/fit.json, "request"); keys that are absent keep their defaults. Other
 * keys than these and "screen" are refused, as are values of another type (`request.value`).
 */
fit::FitOptions fit_options_from_json(const Json& request);

/** Every option under the request's keys, as stored in "settings": reading it back gives the same options. */
Json fit_options_to_json(const fit::FitOptions&);

}  // namespace groundwork::api
