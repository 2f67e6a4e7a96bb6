#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/fit/evaluation.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::fit {

/**
 * Probabilistic principal components without a mean (Tipping and Bishop 1999, doi 10.1111/1467-9868.00196): columns
 * x = W z + ε, z ~ N(0, I_k), ε ~ N(0, noise I).
 */
struct LatentComponents {
  Matrix loadings;   ///< W, genes × k
  double noise = 0;  ///< variance
  /** Posterior mean of z of each column; NaN entries of `x` are not observed. */
  Matrix codes(const Matrix& x) const;
  /** Log density of each column's observed entries; 0 where it has none. */
  Vector log_density(const Matrix& x) const;
};

/** Maximum likelihood by expectation–maximisation, entries that are NaN left out; k = 0 is noise alone. */
LatentComponents latent_components(const Matrix& x, Index k);

/**
 * A latent shift, what the family of variational autoencoders for perturbations assumes in its plainest form: every
 * edit moves cells by one vector W z_e, whatever the time and what else was done; edits that act together add.
 */
struct LatentShift {
  LatentComponents components;
  std::vector<std::string> edits;  ///< trained, sorted by name
  Matrix codes;                    ///< z_e, k × edits, for a dose of 1
  std::vector<double>
      held_out_fit;  ///< for k = 0, 1, … until three do no better: mean log density per value of edits left out in turn
};

/**
 * Fitted to the training conditions of an evaluation (all, where nothing is held out): conditions with the same edits
 * and doses are averaged, k maximises the log density of a fifth of them left out in turn, the codes of edits are the
 * least-norm solution of Σ dose z_e = the posterior mean of their condition. Fewer than 3 such sets: k = 0.
 */
LatentShift latent_shift(const Evaluation& evaluation);

/** Effects of conditions, genes × conditions; an edit that was not trained gets the mean of those that were. */
Matrix shifted_effects(const LatentShift& shift, const std::vector<screen::Condition>& conditions);

}  // namespace groundwork::fit
