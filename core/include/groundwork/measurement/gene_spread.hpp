#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::measurement {

/** How a variance differs between genes: log-normal. */
struct GeneSpread {
  double log_median = 0;  ///< of the variance; NaN where not estimable
  double log_sd = 0;
  int genes = 0;
  /** Half of the genes or more may have any smaller variance as well: the median stands for "not told from 0". */
  bool may_be_zero = false;

  double quantile(double p) const;
};

/**
 * The spread of true variances over genes, for each batch level, coarse to fine, and then s_g². The quantiles of the
 * genes' own estimates are no answer where batches are few: an estimate on one degree of freedom is 0 or ten times too
 * large by chance. Here the likelihood of each gene as a function of one variance (the others at that gene's own
 * estimate, or at the pooled one where it is 0) is mixed over a log-normal distribution whose median and spread are
 * then estimated by maximum likelihood (EM on a grid). Genes count as independent. At most 2,000 genes.
 */
std::vector<GeneSpread> spread_between_genes(const screen::Levels&, const VarianceComponents&);

}  // namespace groundwork::measurement
