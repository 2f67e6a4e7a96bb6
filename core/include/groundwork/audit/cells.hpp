#pragma once

#include <vector>

#include "groundwork/audit/evidence.hpp"

namespace groundwork::audit {

/** Genes (indices) that single cells say most about: at most `most`, highest rates first, without `left_out`. */
std::vector<int> genes_for_cells(const Evidence&, std::size_t most, const std::vector<int>& left_out = {});

/**
 * Cells of some groups kept whole, as Pearson residuals (y − μℓ)/√(μℓ + φ(μℓ)²), within ± 6; genes × cells. `rate` is
 * μ of the genes. Depth is taken out by construction.
 */
Matrix cell_residuals(const Evidence&, const std::vector<int>& groups, const std::vector<int>& genes,
                      const Vector& rate);
/** Σy/Σℓ over groups, for the genes. */
Vector rates_of(const Evidence&, const std::vector<int>& groups, const std::vector<int>& genes);

/** An edited condition in one place with its controls there. */
struct Meeting {
  int condition = 0;
  std::vector<int> edited, controls;  ///< groups
};
/** Meetings with at least `fewest` kept cells on either side. */
std::vector<Meeting> meetings_of(const Evidence&, int fewest);

}  // namespace groundwork::audit
