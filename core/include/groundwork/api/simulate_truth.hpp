#pragma once

#include <string>
#include <vector>

#include "groundwork/api/recipe.hpp"
#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/draw_counts.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::api {

/** The label of unedited cells in simulated cell tables. */
inline constexpr const char* control_label = "non-targeting";

/** A guide as it was drawn. */
struct SimulatedGuide {
  std::string name;
  int perturbation = -1;  ///< index into Truth::perturbations; −1: non-targeting
  double efficacy = 1;
  Vector off_target;  ///< all genes: its own log effect
};

/** A condition of the layout. */
struct SimulatedCondition {
  screen::Condition condition;  ///< time NaN where the recipe has one time only
  int perturbation = -1;        ///< −1: control
  int medium = 0;
  int time = 0;       ///< index into Recipe::times
  std::string label;  ///< of the perturbation, as in the cell table
};

/**
 * All that a simulated screen is drawn from: what an analysis would want to find. Rows are genes, those of the network
 * first, then housekeeping genes. States are natural logs of expression relative to an unedited cell at t = 0.
 */
struct Truth {
  Recipe recipe;
  std::vector<std::string> genes;
  std::vector<std::string> perturbations;
  Vector expression;  ///< UMI in an unedited cell of size 1
  measurement::CountLaw law;
  Matrix weights;     ///< W, network genes × network genes: column acts on row
  Matrix inputs;      ///< B, network genes × outside edits
  Matrix intercepts;  ///< b_m, network genes × media
  Vector gamma;       ///< network genes, 1/day
  std::vector<SimulatedCondition> conditions;
  Matrix state;     ///< genes × conditions: of wholly edited cells, free of batches
  Matrix unedited;  ///< genes × conditions: of unedited cells in the same medium at the same time
  std::vector<screen::BatchLevel> levels;
  std::vector<std::vector<int>> batch_levels;  ///< for each batch, its level indices, coarse to fine
  std::vector<Vector> sb2;                     ///< for each level, s_b² of each gene
  Vector sg2;                                  ///< s_g² of each gene
  std::vector<Matrix> batch_effect;            ///< for each level, genes × labels
  std::vector<SimulatedGuide> guides;
  Eigen::MatrixXi cells;  ///< conditions × batches

  /** True log-fold effects against unedited cells of the same medium and time, genes × conditions. */
  Matrix effect() const { return state - unedited; }
  /** log of the expected depth over that of unedited cells, one a condition: depth-normalised effects are effect −
   * composition. */
  Vector composition() const;
  /** γ of one condition in one batch (genes): the same whenever it is asked for. */
  Vector interaction(int condition, int batch) const;
  /** Indices of the guides that a condition's cells carry; empty without guides. */
  std::vector<int> guides_of(int condition) const;
};

/** Draws the truth of a recipe, equal for equal seeds. Throws `recipe.unstable` where the unedited state is no stable
 * steady state. */
Truth draw_truth(const Recipe&);

/** kind "truth": network, rates, effects, variances, batch effects, guides, layout (as `design` takes it) and roles. */
Message truth_to_message(const Truth&);

/** The roles of the cell table's columns, in the form of a screen document. */
Json simulated_roles(const Truth&);

}  // namespace groundwork::api
