#pragma once

#include <cmath>

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::fit {

/** δ of a gene at the clamp's κ: log κ, on the linear scale (κ − 1) c. `kappas`: the field's estimated ones. */
inline double level_of_clamp(const dynamics::FieldOptions& field, const dynamics::Clamp& clamp, const Vector& kappas) {
  const double kappa = clamp.estimated >= 0 ? kappas(clamp.estimated) : clamp.kappa;
  return field.scale == dynamics::Scale::linear ? (kappa - 1) * field.control[static_cast<std::size_t>(clamp.gene)]
                                                : std::log(kappa);
}

}  // namespace groundwork::fit
