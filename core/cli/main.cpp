#include <exception>
#include <iostream>
#include <new>
#include <string>
#include <vector>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/base/error.hpp"
#include "help.hpp"

namespace groundwork::cli {
namespace {

std::vector<Command> commands() {
  return {
      // one line a command, in the order in which help lists them
      summarise_command(), states_command(),         project_command(),    components_command(), typical_command(),
      audit_command(),     effects_command(),        abundance_command(),  fit_command(),        compare_command(),
      predict_command(),   protocol_command(),       links_command(),      portrait_command(),   design_command(),
      layout_command(),    optimise_command(),       allocation_command(), prices_command(),     pilot_command(),
      next_command(),      sampling_times_command(), rehearse_command(),   sheet_command(),      simulate_command(),
  };
}

int dispatch(const std::vector<std::string>& words) {
  const std::vector<Command> list = commands();
  if (words.empty()) {
    std::cerr << overview(list);
    return 2;
  }
  const std::string& first = words.front();
  if (first == "--version" || first == "version") {
    std::cout << "groundwork " GROUNDWORK_VERSION "\n";
    return 0;
  }
  const bool wants_help = first == "help" || first == "--help" || first == "-h";
  if (wants_help && words.size() == 1) {
    std::cout << overview(list);
    return 0;
  }
  const std::string& name = wants_help ? words[1] : first;
  for (const Command& command : list) {
    if (command.name != name) continue;
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (wants_help || (!rest.empty() && (rest.front() == "--help" || rest.front() == "-h")))
      std::cout << help_of(command);
    else
      command.run(Arguments(command.name, command.options, rest));
    return 0;
  }
  throw Error("usage.command", "groundwork has no command '" + name + "'", "See: groundwork help");
}

int report(const std::string& message, const std::string& hint, int status) {
  std::cerr << "groundwork: " << message << "\n";
  if (!hint.empty()) std::cerr << "            " << hint << "\n";
  return status;
}

}  // namespace
}  // namespace groundwork::cli

int main(int count, char** words) {
  using namespace groundwork::cli;
  try {
    return dispatch(std::vector<std::string>(words + 1, words + count));
  } catch (const groundwork::Error& e) {
    return report(e.what() + (" [" + e.code() + "]"), e.hint(), e.is_usage() ? 2 : 1);
  } catch (const std::bad_alloc&) {
    return report("there is not enough memory for this [memory.exhausted]", "Use fewer genes or groups.", 1);
  } catch (const std::exception& e) {
    return report(std::string("failed unexpectedly: ") + e.what() + " [internal]", "", 1);
  }
}
