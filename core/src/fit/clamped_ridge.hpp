#pragma once

#include <vector>

#include "groundwork/fit/panel.hpp"

namespace groundwork::fit {

/** The baseline `ridge` of a split by perturbation; `mean`: what an edit gets that nothing is known of. */
Matrix clamped_ridge(const Problem& problem, const Panel& panel, const std::vector<std::size_t>& train,
                     const Matrix& mean);

/** What the penalty on a column of gene–gene weights is multiplied by where no condition edits that gene. */
inline constexpr double never_edited_factor = 5;

/** For each gene, whether some condition clamps it. */
std::vector<char> edited_genes(const EditModel& edits, const std::vector<screen::Condition>& conditions);

/**
 * The same without a panel: weights (genes × genes, zero diagonal) from effects of conditions, columns of genes that
 * nothing edits shrunk more, strength by leaving a fifth of the edits out in turn; and what they say of a condition's
 * clamps. `control`: on the linear scale, else empty.
 */
Matrix gene_ridge_weights(const EditModel& edits, const Vector& control,
                          const std::vector<screen::Condition>& conditions, const Matrix& effects);
Vector gene_ridge_effect(const Matrix& weights, const EditModel& edits, const Vector& control,
                         const screen::Condition& condition);

}  // namespace groundwork::fit
