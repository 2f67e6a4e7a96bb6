#pragma once

#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/abundance.hpp"

namespace groundwork::measurement {

/**
 * One host's cells of an edit and of unedited cells: shares π of each compartment, and mean expression x of the cells
 * in it on the linear scale (Σy/Σℓ). A compartment without cells of the edit takes the mean of unedited cells, and the
 * other way round: its share is zero, so the total does not depend on it.
 */
struct CompartmentMeans {
  Vector share, control_share;  ///< compartments; each sums to 1
  Matrix mean, control_mean;    ///< genes × compartments
};

/**
 * The total effect on the cell-weighted linear mean, split exactly (framework, in vivo):
 * Σ_k (π_pk − π_0k)(x̄_k − x̄) + Σ_k π̄_k (x_pk − x_0k), bars for the mean of edited and control, x̄ = Σ_k π̄_k x̄_k.
 */
struct CompositionSplit {
  Vector total;    ///< genes: Σ_k π_pk x_pk − Σ_k π_0k x_0k
  Vector moved;    ///< cells in other compartments
  Vector changed;  ///< cells that express differently within their compartment
};

CompositionSplit split_of(const CompartmentMeans&);

/** Of one edit: genes, each over hosts. */
struct SplitOverHosts {
  int edit = 0;
  int hosts = 0;  ///< with cells of the edit and unedited cells
  std::vector<HostEstimate> total, moved, changed;
};

/**
 * Every edit of a screen with several compartments, host by host, at the last time. `genes`: indices into the screen's
 * genes. `table`: what abundance_of() made of the screen.
 */
std::vector<SplitOverHosts> composition_splits(const screen::Screen&, const AbundanceTable& table,
                                               const std::vector<int>& genes);

}  // namespace groundwork::measurement
