// Values of core as values of JSON.
#pragma once

#include <cmath>

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/** JSON has no NaN and no infinity: what is not known is null. */
inline Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace groundwork::api
