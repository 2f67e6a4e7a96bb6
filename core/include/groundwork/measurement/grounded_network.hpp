#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::measurement {

/**
 * A symmetric M-matrix given as an electrical network: M = diag(ground + Σ_j conductance_ij) − conductance. It is
 * factorised without a single subtraction (Grassmann, Taksar and Heyman 1985), so that every digit of the answer is
 * good however large or small the conductances are: batch variances from 0 to infinity are ordinary inputs.
 *
 * Where a connected part of the network has no way to the ground, M is singular; the factor then stands for the inverse
 * on vectors that sum to zero over that part.
 */
class GroundedNetwork {
 public:
  /** `conductance`: n × n, symmetric, ≥ 0, diagonal ignored. `ground`: n, ≥ 0. */
  void factorise(Matrix conductance, Vector ground);

  /** F, lower triangular, with M⁻¹ = FᵀF (rows of floating nodes are zero). All entries are ≥ 0. */
  const Matrix& inverse_factor() const { return factor_; }

 private:
  Matrix factor_;
};

}  // namespace groundwork::measurement
