#include "command.hpp"
#include "design_request.hpp"
#include "files.hpp"
#include "groundwork/api/rehearse.hpp"
#include "groundwork/screen/condition.hpp"
#include "jobs.hpp"
#include "training_flags.hpp"

namespace groundwork::cli {
namespace {

void run_rehearse(const Arguments& arguments) {
  design::Layout layout;
  api::Message request = layout_request(arguments, layout);
  api::Json own = api::Json::object();
  put_numbers(arguments,
              {{"genes", "genes"},
               {"effects", "effect_sd"},
               {"holdout", "held_out"},
               {"seed", "seed"},
               {"replicates", "replicates"}},
              own);
  if (const auto time = arguments.number("sampling-time"))
    own["time"] = *time * screen::days_per(arguments.text("time-unit", "d"));
  request.json["rehearsal"] = std::move(own);
  const api::Message result = finished(api::start_rehearse(request));
  warn_all(result.json);
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command rehearse_command() {
  std::vector<Option> options = layout_options();
  for (Option option :
       {Option{"effects", "SD", "root mean square of true effects over edits and genes, natural log (default: 0.2)"},
        Option{"genes", "N", "modelled genes, at least one an edit (default: 40, at most 100)"},
        Option{"holdout", "SHARE", "of the edits that no model sees (default: 0.25)"},
        Option{"sampling-time", "T", "from the edit to the harvest (default: 7 d)"},
        Option{"time-unit", "UNIT", "of --sampling-time: s, min, h, d or w (default: d)"},
        Option{"replicates", "N", "networks and experiments (default: 5)"},
        Option{"seed", "N", "the networks depend on it alone, so layouts meet the same ones (default: 1)"},
        output_option()})
    options.push_back(std::move(option));
  return {
      "rehearse",
      "Simulate a layout, fit every loss, and hold what models say against the truth and the layout's floor",
      std::move(options),
      "edits that were drawn; floor: mean variance that the layout gives a measured effect (against half of the "
      "unedited\n"
      "cells: the other half trains); measured, no_change, ridge (mean square errors against the truth) and losses "
      "[{name, words, truth\n"
      "(error of the predicted effects of held-out edits against the truth), seen (against their measured effects), "
      "fitted (of\n"
      "the edits that trained it, against the truth), drift of unedited cells}], each {mean, low, high}: 95 % over "
      "replicates by Student's t; replicates one by one; verdict; "
      "warnings.",
      run_rehearse};
}

}  // namespace groundwork::cli
