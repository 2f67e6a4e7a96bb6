#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/gls.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::measurement {

/**
 * s_g² of every gene, drawn towards the value that all genes share by as much as its own estimate is uncertain:
 * ŝ_g² ~ N(σ_g², e_g²), σ_g² ~ N(s₀², τ²), with s₀² from the joint likelihood of all genes, e_g² = 1/information at s₀²
 * and τ² from the moments of ŝ_g² − s₀² (never below (s₀²/10)², so that no gene is taken to be known exactly).
 */
struct ModeratedVariances {
  Vector group;             ///< genes: s_g², natural-log scale squared; 0 where nothing can be estimated
  Vector pooled_level;      ///< batch levels, coarse to fine: s_f² pooled over genes; NaN where not estimable
  double prior_mean = 0;    ///< s₀²; NaN where not estimable
  double prior_spread = 0;  ///< τ²
  bool estimable = false;   ///< false: s_g² is unknown and tests rest on the cells alone
};

ModeratedVariances moderate(const screen::Levels&, const VarianceComponents&);

/** What one row of an EffectTests stands on. */
enum class ErrorBasis : unsigned char {
  batches,         ///< batches are fixed effects; s_g² from the layout
  across_batches,  ///< only estimable when batches are random: s_f² pooled over genes enters
  cells,           ///< s_g² cannot be estimated: measurement noise of the counts alone
  none,            ///< not estimable
};

/** Contrasts × genes, tested. NaN where a pair cannot be tested. */
struct EffectTests {
  Matrix estimate;  ///< genes × contrasts, natural log fold
  Matrix se;
  Matrix df;                      ///< Satterthwaite with the prior's information; infinite for ErrorBasis::cells
  Matrix p;                       ///< two-sided t
  std::vector<ErrorBasis> basis;  ///< per contrast: the weakest over its genes
};

/**
 * Every contrast in every gene by generalised least squares on the trusted rows of the table, with variances
 * s_g² + σ²_cb: batches fixed where the contrast is estimable so, else random with the pooled s_f². Degrees of freedom
 * are Satterthwaite's, 2 Var²/(gᵀ (I + I₀)⁻¹ g) with I₀ = 1/τ² for s_g².
 */
EffectTests test_contrasts(const screen::Levels&, const ModeratedVariances&, const std::vector<Contrast>&);

/** Benjamini and Hochberg's (1995) q over all finite values of `p`; NaN elsewhere. */
Matrix adjusted(const Matrix& p);

/** For every edited condition the control of the same medium, time and compartment; −1: there is none. */
std::vector<int> matched_controls(const std::vector<screen::Condition>&);

}  // namespace groundwork::measurement
