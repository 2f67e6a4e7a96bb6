#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/batch_levels.hpp"

namespace groundwork::design {

/** A level above the batches: the label of each batch (column), e.g. its day. */
struct CoarseLevel {
  std::string name;
  std::vector<std::string> of_batch;
};

/** What is known of each condition: one entry a condition, and an empty list where the column is not there. */
struct ConditionColumns {
  std::vector<std::string> perturbation;  ///< edits joined by +; "" = unedited
  std::vector<std::string> medium;        ///< stages joined by > in their order; "" = not stated
  std::vector<double> time;               ///< days; NaN = not stated
  std::vector<double> guides;             ///< guides that share the condition's cells evenly; 0 = not stated

  bool any() const { return !(perturbation.empty() && medium.empty() && time.empty() && guides.empty()); }
};

/** How many cells of each condition each batch holds. */
struct Layout {
  std::vector<std::string> conditions;
  std::vector<std::string> batches;
  std::string finest = "batch";      ///< what the columns are called as a level
  std::vector<CoarseLevel> coarser;  ///< coarse to fine
  Matrix cells;                      ///< conditions × batches; whole numbers, 0 = absent
  ConditionColumns about;            ///< for contrasts and guides; cells and batches do not depend on it
};

/**
 * Reads `condition,<batch names…>`, optional rows `#day,d1,d1,d2` (coarse to fine) and one row a condition. Between
 * `condition` and the batches may stand any of the columns `#perturbation`, `#medium`, `#time` (days) and `#guides`;
 * a column whose name begins with # is never a batch. `file` names it in errors: `layout.…` and `text.…`, with line
 * and column.
 */
Layout read_layout(std::string_view text, const std::string& file);

/** The same form, which read_layout reads back. */
std::string write_layout(const Layout&);

/** Throws `layout.…` where names repeat, sizes do not fit, a number is no cell count, or nothing holds cells. */
void check_layout(const Layout&);

/** The part of check_layout that is about numbers of cells. */
void check_cells(const Layout&);
/** Of one cell, when the others are known to be good. */
void check_cell(const Layout&, Index condition, Index batch);

/**
 * Conditions without an edit: those named as controls and, where the layout has a column of perturbations, those in
 * which it is empty or that of a named control. Ascending.
 */
std::vector<int> unedited_of(const Layout&, const std::vector<int>& controls);

/** The columns and the levels above them, nested. */
measurement::BatchLevels batch_levels_of(const Layout&);

/** Index of a condition; −1 when the layout has none of that name. */
int condition_index(const Layout&, const std::string& name);

}  // namespace groundwork::design
