#pragma once

#include <map>
#include <string>
#include <string_view>

#include "groundwork/screen/cell_table.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::screen {

/** Roles guessed from names, types and levels, and one sentence why for each role that was guessed. */
struct RoleProposal {
  Roles roles;
  std::map<std::string, std::string> why;  ///< by the role's key in documents: "perturbation", "control", …
};

RoleProposal propose_roles(const CellTable&);

/** True for the usual labels of unedited cells: non-targeting, NTC, control, safe-targeting, scrambled, DMSO, … */
bool names_control(std::string_view label);

/** "+", or another separator, when most labels that hold it split into labels that also occur alone; else "". */
std::string propose_separator(const Column&, const std::vector<std::string>& control);

}  // namespace groundwork::screen
