#pragma once

#include <string>
#include <vector>

#include "arguments.hpp"

namespace groundwork::cli {

/** One command of the command line: what help says about it and what it does. */
struct Command {
  std::string name;
  std::string summary;          ///< one line, for the list of commands
  std::vector<Option> options;  ///< printed by help, in this order
  std::string output;           ///< what help says about the output: its fields, with units
  void (*run)(const Arguments&);
};

/** `-o NAME.json`, for every command that ends in write_result(). */
Option output_option();

// One line a command; each is defined in <name>_command.cpp and listed in main.cpp.
Command summarise_command();
Command states_command();
Command project_command();
Command components_command();
Command typical_command();
Command audit_command();
Command effects_command();
Command abundance_command();
Command fit_command();
Command compare_command();
Command predict_command();
Command protocol_command();
Command links_command();
Command portrait_command();
Command design_command();
Command layout_command();
Command optimise_command();
Command allocation_command();
Command next_command();
Command prices_command();
Command pilot_command();
Command sampling_times_command();
Command rehearse_command();
Command sheet_command();
Command simulate_command();

}  // namespace groundwork::cli
