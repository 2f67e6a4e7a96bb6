#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/batch_levels.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::measurement {

/** Which variances a set of (condition, batch) groups can tell, and why not the others. */
struct Estimability {
  std::vector<bool> level;                ///< per batch level: s_f² can be estimated
  std::vector<std::string> level_reason;  ///< "" where it can
  bool group = false;                     ///< s_g²
  std::string group_reason;
  Index df = 0;  ///< groups − conditions − batches + components: what is left to judge s_g² by
};

/** `present`: conditions × columns, > 0 where there is a group. A finer level takes over what a coarser one, with which
 * it coincides, would have explained. */
Estimability estimability_of(const BatchLevels&, const Matrix& present);

/** Variance components of one gene; NaN where not estimable. Natural-log scale squared. */
struct GeneComponents {
  Vector sb2, sb2_se;  ///< per level, coarse to fine
  double sg2 = 0, sg2_se = 0;
  double sw2 = 0;      ///< between cells of controls: σ²_cb ≈ sw2/n
  double mean = 0;     ///< state of the controls, averaged over their cells
  double df = 0;       ///< as Estimability::df
  std::string reason;  ///< "" where everything could be estimated
};

struct VarianceComponents {
  BatchLevels levels;
  std::vector<GeneComponents> genes;  ///< in the order of Levels::genes
  GeneComponents pooled;              ///< one set of variances for all genes together, by their joint likelihood
  Estimability estimability;          ///< of the whole table
  std::vector<std::string> weak;      ///< sentences about what rests on few batches
};

/** Batches of a table: its distinct combinations of levels as columns, and each row's column. */
BatchLevels columns_of(const screen::Levels&, std::vector<int>& column_of_row);

/**
 * REML of every gene from its trusted states with their known measurement variances, and pooled over genes. The two
 * halves of the controls must have been joined. Standard errors are from the expected information at the estimate.
 */
VarianceComponents variance_components(const screen::Levels&);

}  // namespace groundwork::measurement
