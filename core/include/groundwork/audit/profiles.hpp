#pragma once

#include <string>
#include <utility>
#include <vector>

#include "groundwork/audit/verdict.hpp"
#include "groundwork/base/matrix.hpp"
#include "groundwork/screen/levels.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::audit {

/** The screen with the batch columns after the first `depth` left out; groups that then coincide count as one. */
screen::Screen coarsened(const screen::Screen&, std::size_t depth);

/**
 * States of conditions × batches over many genes, and the noise between samples that they show: what rows about whole
 * profiles are judged with. Genes are correlated, so that a profile of G genes is worth fewer: with noise covariance Σ
 * over genes, a mean of squares has the degrees of freedom (tr Σ)²/tr Σ² (Box, Ann. Math. Stat. 25:290, 1954).
 */
struct Profiles {
  screen::Levels levels;    ///< halves of controls joined, genes above noise
  std::vector<int> column;  ///< batch of each row, all its levels together
  std::vector<std::string> batch_names;
  Vector group_variance;   ///< s_g² of each gene, moderated; 0 where it cannot be estimated
  bool estimated = false;  ///< s_g² comes from replicate batches of this screen
  std::string why_not;     ///< else
  double df = 0;           ///< groups − conditions − batches + components
  double dimension = 1;    ///< (tr Σ)²/tr Σ², between 1 and the number of genes

  Index genes() const { return levels.x.rows(); }
  double variance(Index gene, Index row) const { return levels.variance(gene, row) + group_variance[gene]; }
  /** Degrees of freedom of the noise of a whole profile; infinite where only counting noise is in it. */
  double noise_df() const;
};

Profiles profiles_of(const screen::Screen&);

/** A contrast of conditions, taken within each batch that holds all of them and pooled over those by precision. */
struct WithinBatches {
  Vector value;  ///< genes; NaN where no batch can tell
  Vector variance;
  std::size_t batches = 0;
  std::size_t genes = 0;  ///< with a value
};
using Terms = std::vector<std::pair<int, double>>;  ///< condition, coefficient; they sum to zero
WithinBatches within_batches(const Profiles&, const Terms&);
/** Columns of the batches that hold all these conditions. */
std::vector<int> batches_with(const Profiles&, const Terms&);

/** Root mean square over genes of an effect profile, corrected for noise, with its interval. */
struct Size {
  double estimate = 0;
  double raw = 0, noise = 0, d1 = 1, d2 = 1;
  Bounds bounds(double error) const;
};
Size size_of(const WithinBatches&, const Profiles&);

/** (tr Σ)²/tr Σ² of independent columns with covariance Σ; columns fewer than two give 1. */
double dimension_of(const Matrix& columns);

}  // namespace groundwork::audit
