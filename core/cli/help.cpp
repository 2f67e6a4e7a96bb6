#include "help.hpp"

#include <algorithm>

namespace groundwork::cli {
namespace {

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string usage_of(const Option& o) {
  return (o.name == "output" ? "-o" : "--" + o.name) + (o.value.empty() ? "" : " " + o.value);
}

}  // namespace

Option output_option() {
  return {"output", "NAME.json", "write the result here; arrays over 4,096 values go to NAME.bin beside it"};
}

std::string overview(const std::vector<Command>& commands) {
  std::string text = "groundwork " GROUNDWORK_VERSION
                     ": a modelling workbench for perturbation screens\n\n"
                     "usage: groundwork COMMAND [flags]\n\n";
  for (const Command& c : commands) text += "  " + padded(c.name, 12) + c.summary + "\n";
  return text +
         "\n  groundwork help COMMAND   flags and output fields of a command\n  groundwork --version\n\n"
         "Standard output carries JSON only; messages go to standard error.\n"
         "Exit status: 0 done, 1 the input was refused, 2 the call was malformed.\n";
}

std::string help_of(const Command& command) {
  std::string text = "groundwork " + command.name + ": " + command.summary + "\n\nflags:\n";
  std::size_t width = 0;
  for (const Option& o : command.options) width = std::max(width, usage_of(o).size());
  for (const Option& o : command.options)
    text += "  " + padded(usage_of(o), width + 2) + o.help + (o.required ? " (required)" : "") + "\n";
  return text + "\noutput:\n" + command.output + "\n";
}

}  // namespace groundwork::cli
