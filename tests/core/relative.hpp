// doctest::Approx adds its scale (1) to the tolerance, which hides errors in small numbers: these tests say what they
// mean.
#pragma once

#include <algorithm>
#include <cmath>

/** |found − expected| / |expected|; 0 when both are the same number (also both 0 or infinite), NaN stays NaN. */
inline double relative_error(double found, double expected) {
  if (found == expected) return 0;
  return std::abs(found - expected) / std::abs(expected);
}
