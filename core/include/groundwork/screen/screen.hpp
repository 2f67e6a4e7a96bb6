#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::screen {

/** Which column of the cell table plays which part; "" = absent. */
struct Roles {
  std::string perturbation;
  std::string separator = "+";       ///< joins the edits of a pair within the perturbation column
  std::vector<std::string> control;  ///< levels that mean unedited
  bool no_control = false;           ///< the screen is declared to have no unedited cells
  Modality modality = Modality::knockout;
  std::vector<std::string> batch;  ///< columns, coarse to fine
  std::string host;                ///< a batch level before all others
  std::string time;
  std::string time_unit = "h";
  std::string medium;
  std::string guide;
  std::string cell_type;
  std::vector<std::string> drop;                      ///< perturbation levels left out
  std::vector<std::string> exclude_from_size_factor;  ///< genes that depth does not count
};

/** One batch column and its levels. Levels of a finer column are nested: its keys include the coarser ones'. */
struct BatchLevel {
  std::string name;
  std::vector<std::string> levels;
};

/**
 * Condition × batch levels (× half, for controls): the unit that streaming keeps. ℓ is the depth of a cell over the
 * genes not excluded, divided by its mean over the kept cells.
 */
struct Group {
  int condition = 0;       ///< index into Screen::conditions
  std::vector<int> batch;  ///< a level index for each of Screen::batches
  int half = -1;  ///< controls only: 0 = training, 1 = held-out, by a seeded hash of the cell's index; else −1
  std::int64_t cells = 0;
  double sum_size = 0;          ///< Σℓ
  double sum_size_sq = 0;       ///< Σℓ²
  double sum_inverse_size = 0;  ///< Σ1/ℓ
};

/** Genes × groups; a column is one group. Exact sums over its cells of y (counts) and y/ℓ. */
struct GroupStatistics {
  Matrix sum;        ///< Σ y
  Matrix sum_sq;     ///< Σ y²
  Matrix scaled;     ///< Σ y/ℓ
  Matrix scaled_sq;  ///< Σ (y/ℓ)²
  Matrix log1p;      ///< Σ log1p(y/ℓ)
  Matrix log1p_sq;   ///< Σ log1p(y/ℓ)²
  Matrix detected;   ///< cells with y > 0
};

/** The finer level below groups: one guide within one group. */
struct GuideGroup {
  std::string guide;
  int group = 0;
  std::int64_t cells = 0;
  double sum_size = 0;
};

/**
 * At most 200 cells of each group kept whole, for questions about distributions: those with the lowest seeded hash of
 * their index, so that the choice does not depend on the order of the file's parts. Sparse, one row a cell.
 */
struct Reservoir {
  std::vector<int> group;    ///< of each cell, ascending: an index into Screen::groups
  std::vector<int> cell;     ///< its index in the counts
  std::vector<float> size;   ///< its ℓ
  std::vector<int> start;    ///< where its entries begin in `gene` and `count`; one more than there are cells
  std::vector<int> gene;     ///< ascending within a cell
  std::vector<float> count;  ///< y > 0
};

/** How often each count of one gene occurs among the cells of one group: kept for targets in their own groups. */
struct CountHistogram {
  int gene = 0, group = 0;
  std::vector<int> count;  ///< ascending, from those that occur
  std::vector<int> cells;
};

/** What is left of the expression of an edit's own target, Σy/Σℓ against controls (screen/target_left.hpp). */
struct TargetLeft {
  std::string edit;
  std::string guide;  ///< "" = all guides of the edit
  int gene = -1;      ///< −1: the target is not among the genes
  double fraction = std::numeric_limits<double>::quiet_NaN();
  double low = fraction, high = fraction;  ///< 95 % interval
  std::int64_t cells = 0, control_cells = 0;
  std::string reason;  ///< a sentence where there is no fraction
};

/** A question that this screen cannot answer, and why. */
struct Impossible {
  std::string what, why;
};

/** A summarised screen: all that the later rooms need; counts themselves are not kept. */
struct Screen {
  std::string counts_name, cells_name;  ///< file names, for people
  Roles roles;
  std::uint64_t seed = 1;  ///< of the halves and the reservoir
  std::vector<std::string> genes;
  std::int64_t cells_read = 0, cells_kept = 0;
  double mean_depth = 0;  ///< what ℓ = 1 stands for, in UMI
  std::vector<Condition> conditions;
  std::vector<BatchLevel> batches;  ///< coarse to fine; empty: the screen has no batch column
  std::vector<Group> groups;
  GroupStatistics statistics;
  Matrix depth_histogram;  ///< bins × groups: cells by ℓ, log-spaced; edges in depth_edges
  Vector depth_edges;
  std::vector<GuideGroup> guides;
  Matrix guide_sum;        ///< genes × guides: Σ y
  Matrix guide_scaled_sq;  ///< genes × guides: Σ (y/ℓ)²
  Reservoir reservoir;
  std::vector<CountHistogram> target_histograms;
  std::vector<TargetLeft> target_left;  ///< edits, then their guides
  std::vector<Impossible> impossible;
  std::vector<std::string> warnings;  ///< sentences, worst first
};

}  // namespace groundwork::screen
