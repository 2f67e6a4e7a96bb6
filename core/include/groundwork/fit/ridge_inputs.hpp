#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::fit {

/**
 * Ridge of effects on inputs, for each time of the data: every edit is a column that holds its dose. `shared`: doses in
 * units of the usual one, z, and one more column s Σ z, so that edits have an effect in common (s = ½: the common part
 * is a priori a quarter as variable as an edit's own) and an input that was never seen has it.
 */
struct RidgeInputs {
  bool shared = false;
  std::vector<std::string> names;    ///< of the columns
  std::vector<double> usual;         ///< dose that counts 1; all 1 unless shared
  std::vector<double> times;         ///< increasing
  std::vector<Matrix> coefficients;  ///< for each time: genes × columns (one more where shared)
  std::vector<double> strength;      ///< λ of each time, by leaving one condition out

  /** Effects, genes × conditions, by the coefficients of the nearest time. A dose of an unknown input counts in units
   * of the median of its doses among these conditions. */
  Matrix predict(const std::vector<screen::Condition>& conditions, const std::vector<double>& when) const;
};

/** `effects`: genes × conditions, NaN counted as 0; `when`: the time of each condition. */
RidgeInputs ridge_on_inputs(const std::vector<screen::Condition>& conditions, const std::vector<double>& when,
                            const Matrix& effects, bool shared);

}  // namespace groundwork::fit
