#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/dispersion.hpp"
#include "groundwork/screen/levels.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::measurement {

/** How the state of a group is read off its counts. */
enum class StateKind {
  log_pooled,  ///< log((Σy + ½)/Σℓ), the default
  mean_log1p,  ///< mean over cells of log1p(y/ℓ): for comparison only, it is not the log of the mean
};

struct LevelsOptions {
  StateKind state = StateKind::log_pooled;
  bool merge_halves = false;   ///< true: the two halves of the controls become one row (components, design)
  double largest_theta = 0.2;  ///< beyond this θ a value is censored
};

/** Indices into Screen::genes. Throws `genes.unknown` with the name that the screen does not have. */
std::vector<int> gene_indices(const screen::Screen&, const std::vector<std::string>& names);

/**
 * Genes (indices) whose counts can be trusted in the controls: θ ≤ largest_theta in control groups (halves joined) that
 * hold at least half of all control cells. Edited groups have no say: a strong knock-down must not remove its gene. A
 * screen without controls is judged on all its groups.
 */
std::vector<int> genes_above_noise(const screen::Screen&, double largest_theta = 0.2);

/**
 * The states of the given genes in every group, as levels, with their measurement variance (docs/model.md, "From counts
 * to states").
 *
 * `log_pooled`: θ = 1/(μ Σℓ) + φ Σℓ²/(Σℓ)², σ² = trigamma(1/θ). φ is shrunken to its trend over all genes of the
 * screen; μ is the control rate times a batch and a condition factor, each shrunken to 1 by its estimated spread, so
 * that no value is weighted by its own count. θ > largest_theta: censored. What such a level is known to lie
 * below (Levels::limit) is the rate at which θ would be largest_theta: log(1/(Σℓ (largest_theta − φ Σℓ²/(Σℓ)²))).
 * `mean_log1p`: σ² = variance between cells / n, moderated to that of the controls with 10 degrees of freedom; values
 * of groups where the gene was never seen are censored.
 *
 * Rows: the screen's groups in their order; with merge_halves, the first group of each (condition, batch) stands for
 * both halves. Groups without cells or without depth are missing (x and variance NaN).
 */
screen::Levels levels_of(const screen::Screen&, const std::vector<int>& genes, const LevelsOptions& = {});

/**
 * θ of the given genes, genes × rows as levels_of makes them; infinite where nothing can be known. `dispersion` must be
 * that of the screen.
 */
Matrix noise_of(const screen::Screen&, const std::vector<int>& genes, const Dispersion&, bool merge_halves);

/**
 * The same if no edit did anything: θ at the rate of the controls of the row's batch. What a test of "no effect" may
 * use where an edit leaves too little of a gene for θ at its own rate to be trusted.
 */
Matrix unperturbed_noise_of(const screen::Screen&, const std::vector<int>& genes, const Dispersion&, bool merge_halves);

}  // namespace groundwork::measurement
