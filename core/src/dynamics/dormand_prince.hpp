#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include "groundwork/base/matrix.hpp"

/** The embedded pair of Dormand and Prince (1980), RK5(4)7M, for flows that predict and flows that train. */
namespace groundwork::dynamics::dormand_prince {

constexpr int stages = 7;
/** The last row is the fifth-order solution: its stage is the next step's first. */
constexpr double a[stages][stages - 1] = {{},
                                          {1.0 / 5},
                                          {3.0 / 40, 9.0 / 40},
                                          {44.0 / 45, -56.0 / 15, 32.0 / 9},
                                          {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                                          {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                                          {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}};
/** Fifth-order minus fourth-order weights. */
constexpr double e[stages] = {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40};

/** The columns' largest root mean square of error over tolerance; infinite if anything is not finite. */
template <typename S>
double error_norm(const MatrixOf<S>& error, const MatrixOf<S>& from, const MatrixOf<S>& to, double absolute,
                  double relative) {
  double worst = 0;
  for (Index j = 0; j < error.cols(); ++j) {
    const auto scale =
        static_cast<S>(absolute) + static_cast<S>(relative) * from.col(j).array().abs().max(to.col(j).array().abs());
    const double norm = std::sqrt(static_cast<double>((error.col(j).array() / scale).square().mean()));
    if (!std::isfinite(norm)) return std::numeric_limits<double>::infinity();
    worst = std::max(worst, norm);
  }
  return worst;
}

/** What the next step, or the next attempt, is longer by. */
inline double step_factor(double norm) {
  return std::isinf(norm) ? 0.1 : std::clamp(0.9 * std::pow(std::max(norm, 1e-10), -0.2), 0.2, 5.0);
}

/** The first step: Euler's method would move by a hundredth of the state (Hairer, Nørsett and Wanner II.4). */
inline double first_step(double size, double slope) { return size < 1e-5 || slope < 1e-5 ? 1e-3 : 0.01 * size / slope; }

}  // namespace groundwork::dynamics::dormand_prince
