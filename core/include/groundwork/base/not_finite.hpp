#pragma once

#include <limits>

namespace groundwork {

/** What is not known: a quantity that the data do not determine. JSON shows it as null. */
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

inline constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace groundwork
