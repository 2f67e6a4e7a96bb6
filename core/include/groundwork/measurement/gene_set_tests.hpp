#pragma once

#include <vector>

#include "groundwork/measurement/effect_tests.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::measurement {

/**
 * What is left of every gene between replicates: its rows less condition and batch (both fixed), in units of the
 * standard deviation of each row, scaled so that the sum of squares of a gene is its degrees of freedom.
 */
struct ReplicateResiduals {
  Matrix scaled;  ///< genes × rows; 0 where the row is not trusted
  Matrix extent;  ///< genes × rows: square root of 1 − leverage
  Vector df;      ///< genes: Σ (1 − leverage) over rows
};

ReplicateResiduals replicate_residuals(const screen::Levels&, const ModeratedVariances&);

/**
 * Mean correlation between the residuals of the genes of a set (Wu and Smyth 2012, equation for the variance inflation
 * factor 1 + (m − 1) ρ): (‖Σ r_g‖² − Σ d_g)/(‖Σ a_g‖² − Σ d_g), r scaled residuals, a their extent. With the same rows
 * and weights for all genes the denominator is m(m − 1)d and this is limma's estimate. NaN for fewer than two genes.
 */
double residual_correlation(const ReplicateResiduals&, const std::vector<int>& genes);

struct GeneSetOptions {
  double preset_correlation = 0.01;  ///< where replicates are too few: limma's preset
  double least_df = 10;              ///< residual degrees of freedom a gene, mean over the set, to estimate it
};

/** Contrasts × sets. NaN where a set has fewer than two tested genes, or fewer than two genes are outside it. */
struct GeneSetTests {
  Matrix estimate;                    ///< sets × contrasts: mean log fold change inside less outside
  Matrix score;                       ///< sets × contrasts: competitive t, > 0 = up against the other genes
  Matrix df;                          ///< sets × contrasts
  Matrix p;                           ///< sets × contrasts, two-sided
  Vector correlation;                 ///< sets: ρ that was used, ≥ 0; NaN where there is none
  std::vector<char> from_replicates;  ///< sets: ρ was estimated (else the preset)
};

/**
 * CAMERA (Wu and Smyth, Nucleic Acids Research 2012, 40:e133): the mean z-score of the genes of a set (indices into the
 * rows of EffectTests) against that of all other tested genes, a two-sample t with the variance of the set's mean
 * inflated by 1 + (m − 1) ρ. Degrees of freedom: the smaller of the residuals' and genes − 2; genes − 2 with the
 * preset.
 */
GeneSetTests test_gene_sets(const EffectTests&, const ReplicateResiduals&, const std::vector<std::vector<int>>& sets,
                            const GeneSetOptions& = {});

}  // namespace groundwork::measurement
