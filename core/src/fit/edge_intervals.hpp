// How well the structural model at rest is known, from the posterior of the parameters.
#pragma once

#include <Eigen/Eigenvalues>

#include "groundwork/dynamics/vector_field.hpp"
#include "groundwork/fit/gauss_newton.hpp"

namespace groundwork::fit {

/**
 * `curvature`: of the data in units of the prior's; `unit`: standard deviation a priori of each parameter θ. Costs a
 * steady state a parameter. Nothing where unedited cells in the baseline medium have no steady state.
 */
EdgeIntervals edge_intervals(const dynamics::FieldOptions& field, const Vector& theta,
                             const Eigen::SelfAdjointEigenSolver<Matrix>& curvature, const Vector& unit);

}  // namespace groundwork::fit
