// The fixed list of commands. Each has its own header under groundwork/api; adding one is one line here.
#include <string>
#include <utility>
#include <vector>

#include "groundwork/api/abundance.hpp"
#include "groundwork/api/allocation.hpp"
#include "groundwork/api/audit.hpp"
#include "groundwork/api/combine.hpp"
#include "groundwork/api/compare.hpp"
#include "groundwork/api/components.hpp"
#include "groundwork/api/design.hpp"
#include "groundwork/api/effects.hpp"
#include "groundwork/api/fit.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/layout.hpp"
#include "groundwork/api/links.hpp"
#include "groundwork/api/next_experiment.hpp"
#include "groundwork/api/optimise.hpp"
#include "groundwork/api/pilot.hpp"
#include "groundwork/api/portrait.hpp"
#include "groundwork/api/predict.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/api/prices.hpp"
#include "groundwork/api/protocol.hpp"
#include "groundwork/api/rehearse.hpp"
#include "groundwork/api/sampling_times.hpp"
#include "groundwork/api/sheet.hpp"
#include "groundwork/api/simulate.hpp"
#include "groundwork/api/states.hpp"
#include "groundwork/api/typical.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

using Call = Message (*)(const Message& request);
using Start = std::unique_ptr<Job> (*)(const Message& request);

const std::vector<std::pair<std::string_view, Call>>& calls() {
  static const std::vector<std::pair<std::string_view, Call>> list = {
      {"abundance", run_abundance},
      {"allocation", run_allocation},
      {"combine", run_combine},
      {"combine_comparisons", run_combine_comparisons},
      {"components", run_components},
      {"design", run_design},
      {"effects", run_effects},
      {"layout", run_layout},
      {"pilot", run_pilot},
      {"plan_comparison", run_plan_comparison},
      {"portrait", run_portrait},
      {"predict", run_predict},
      {"predict_conditions", run_predict_conditions},
      {"prices", run_prices},
      {"protocol", run_protocol},
      {"sampling_times", run_sampling_times},
      {"sheet", run_sheet},
      {"states", run_states},
      {"typical", run_typical},
  };
  return list;
}

const std::vector<std::pair<std::string_view, Start>>& starts() {
  static const std::vector<std::pair<std::string_view, Start>> list = {
      {"audit", start_audit}, {"compare", start_compare},   {"fit", start_fit},           {"links", start_links},
      {"next", start_next},   {"optimise", start_optimise}, {"rehearse", start_rehearse}, {"simulate", start_simulate},
  };
  return list;
}

template <typename List>
auto find(const List& list, std::string_view command, const char* what) {
  std::string known;
  for (const auto& [name, function] : list) {
    if (name == command) return function;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw Error("usage.command",
              std::string("no ") + what + " is called '" + std::string(command) + "'; there are: " + known);
}

}  // namespace

Message call(std::string_view command, const Message& request) { return find(calls(), command, "command")(request); }

std::unique_ptr<Job> start(std::string_view command, const Message& request) {
  return find(starts(), command, "job")(request);
}

void refuse_unknown(const Json& object, std::initializer_list<std::string_view> known, const std::string& where) {
  if (!object.is_object()) throw Error("request.not_object", where + ": expected an object");
  for (const auto& [key, value] : object.items()) {
    bool found = false;
    std::string list;
    for (std::string_view name : known) {
      found = found || name == key;
      list += (list.empty() ? "" : ", ") + std::string(name);
    }
    if (!found && key != "buffers")
      throw Error("request.unknown_key", where + ": unknown key '" + key + "'; known are: " + list);
  }
}

}  // namespace groundwork::api
