#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

// Measures of one predicted effect beside the observed one. Both are genes long; genes whose observation is NaN are
// left out everywhere, and an answer is NaN where too little is left.

/** Mean square error over genes. */
double mean_square_error(const Vector& predicted, const Vector& observed);

/** Pearson correlation over genes after taking `shift` off both sides (0: effects against controls; the mean training
 * effect: effects against the mean of all perturbations). NaN below 3 genes and where a side is constant. */
double pearson(const Vector& predicted, const Vector& observed, const Vector& shift);

/**
 * Weights of genes by how clearly they changed, after Mejia et al. 2025 (arXiv 2506.22641): |x|/sd, scaled to 0 … 1
 * over genes, squared, summing to 1. Equal weights where all genes changed equally clearly.
 */
Vector change_weights(const Vector& observed, const Vector& variance);

/** Σ w (predicted − observed)². */
double weighted_square_error(const Vector& predicted, const Vector& observed, const Vector& weights);

/**
 * Share of the rivals (genes × rivals: observations of other conditions) that are nearer to the prediction than its own
 * observation, in mean square over the genes that are observed: 0 best, .5 chance. Ties by `tie_seed`. NaN without
 * rivals.
 */
double centroid_rank(const Vector& predicted, const Vector& observed, const Matrix& rivals, std::uint64_t tie_seed);

/** Mean over finite values; NaN without any. */
double mean_of_finite(const Vector& values);

/** A mean with its 95 % interval; NaN where there is none. */
struct Estimate {
  double mean = 0, low = 0, high = 0;
  int folds = 0;  ///< with a finite value
};

/**
 * Mean over folds of cross-validation with a t interval on K − 1 degrees of freedom. Folds share training data, so that
 * their scores are not independent: the variance of the mean is taken as (1/K + 1/(K − 1)) s² (Nadeau and Bengio 2003,
 * the share of test to training data being 1/(K − 1)), not s²/K. No interval below two folds.
 */
Estimate over_folds(const Vector& values);

/** Σ a / Σ b over the folds where both are finite, with the interval of over_folds() for a ratio of means (by its
 * linearisation: residuals a_k − r b_k, divided by the mean of b). */
Estimate ratio_over_folds(const Vector& a, const Vector& b);

}  // namespace groundwork::fit
