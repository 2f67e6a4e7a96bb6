#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/screen/cell_table.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::screen {

/** A group of cells before depths are known; the fields are those of Group. */
struct GroupKey {
  int condition = 0;
  std::vector<int> batch;
  int half = -1;
};

/** Which cell belongs to which group. Conditions, levels and groups may still turn out to have no cell. */
struct Grouping {
  std::vector<Condition> conditions;
  std::vector<BatchLevel> batches;
  std::vector<GroupKey> groups;
  std::vector<std::string> guides;
  std::vector<int> group_of_cell;  ///< −1 = left out
  std::vector<int> guide_of_cell;  ///< an index into `guides`, or −1; empty without a guide column
  std::vector<std::string> warnings;
};

/**
 * Reads the roles off the cell table. Errors: `roles.unknown_column`, `roles.no_control` (lists the most frequent
 * labels), `roles.unknown_level`, `roles.time_not_numeric`, `roles.crowded_column`, `roles.column_twice`,
 * `roles.no_cells`. When `roles.control` is empty and one of the labels is a usual name of controls, that one is taken
 * and said. Fills `roles` accordingly.
 */
Grouping group_cells(const CellTable&, Roles& roles, std::uint64_t seed);

/** The edits that a label of the perturbation column means: none for a control; control labels within a pair drop out.
 */
std::vector<Edit> edits_of(const std::string& label, const Roles&);

/** Digits compare as numbers: d2 before d10. */
bool comes_before(const std::string& a, const std::string& b);

/**
 * Leaves out groups, guides, conditions and batch levels without a cell and puts the rest in order: controls first,
 * then by edits, medium, time, compartment, batch and half, so that the order of the cells does not matter.
 */
void compact(Grouping&);

}  // namespace groundwork::screen
