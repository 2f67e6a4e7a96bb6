#pragma once

#include <array>
#include <vector>

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

/** A plane of states {origin + u a₀ + v a₁}, a₀ and a₁ the columns of `axes` (genes × 2), which are orthonormal. */
struct PhasePlane {
  Vector origin;
  Matrix axes;

  /** (u, v) of the foot of the perpendicular from each column of `states`: 2 × columns. */
  Matrix coordinates(const Matrix& states) const;
};

/** The plane of two genes through `origin`, whose own values of them do not count: u and v are δ of the two. */
PhasePlane plane_of_genes(const Vector& origin, Index first, Index second);

/**
 * The plane through the mean of `states` (genes × states) along their first two principal components; the largest entry
 * of each is positive. `share`: of the variance around the mean along each. Throws `portrait.components` where the
 * states span no plane.
 */
PhasePlane plane_of_components(const Matrix& states, std::array<double, 2>& share);

/** A straight piece of a curve in the plane. */
struct PlaneSegment {
  double u0 = 0, v0 = 0, u1 = 0, v1 = 0;
};

/** The vector field of one condition on a grid of the plane, all that is off the plane held. */
struct PhaseGrid {
  Vector u, v;     ///< increasing
  Matrix du, dv;   ///< u × v, 1/day: the part of f along each axis
  Vector leaving;  ///< root mean square over genes of the part of f that leaves the plane, u × v column-major, 1/day
  std::vector<PlaneSegment> u_nullcline, v_nullcline;  ///< where du = 0 and where dv = 0, by linear interpolation
};

PhaseGrid phase_grid(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                     const PhasePlane& plane, const Vector& u, const Vector& v);

/** Where a function known on a grid (u × v) is zero: pieces between the edges of its cells. */
std::vector<PlaneSegment> zero_contour(const Vector& u, const Vector& v, const Matrix& values);

}  // namespace groundwork::dynamics
