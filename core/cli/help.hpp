#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace groundwork::cli {

/** The list of commands. */
std::string overview(const std::vector<Command>&);

/** Flags and output fields of one command. */
std::string help_of(const Command&);

}  // namespace groundwork::cli
