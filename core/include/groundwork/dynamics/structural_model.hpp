#pragma once

#include <vector>

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

/**
 * Coefficients of the cyclic linear structural causal model at a rest δ* of a vector field with the Jacobian J there:
 * y = δ − δ* obeys 0 = J y + push, gene by gene y_i = Σ_{j ≠ i} c_ij y_j − push_i / J_ii with c_ij = −J_ij / J_ii
 * (j → i; Mooij, Janzing and Schölkopf 2013, doi 10.48550/arXiv.1304.7920). Rows are the genes that are acted on; the
 * diagonal is 0. A row is NaN where J_ii ≥ 0: that gene alone does not settle, so that it has no equation. The
 * correspondence is one of means: nothing is said about variances, or about what happens on the way.
 */
Matrix structural_coefficients(const Matrix& jacobian);

/** What a structural model answers; deviations y from the rest. */
struct StructuralResponse {
  Vector change;        ///< y, one a gene, the held ones at their levels; NaN where `stable` is false
  double abscissa = 0;  ///< largest real part of the eigenvalues of J_{−S,−S}, 1/day; −∞ when all are held
  bool stable = false;  ///< abscissa < 0: only then does the system go to what the equations say
};

/**
 * Genes S = `held` at the deviations `levels` (one a held gene), all others under `push` (1/day, one a gene):
 * y_{−S} = −J_{−S,−S}⁻¹ (J_{−S,S} y_S + push_{−S}). With one held gene and no push it is the knock-out
 * δ_{−g} = −A_{−g,−g}⁻¹ A_{−g,g} δ_g; with none held the reduced form −J⁻¹ push. Throws `links.held` when a gene is
 * held twice or does not exist.
 */
StructuralResponse structural_response(const Matrix& jacobian, const std::vector<Index>& held, const Vector& levels,
                                       const Vector& push);

}  // namespace groundwork::dynamics
