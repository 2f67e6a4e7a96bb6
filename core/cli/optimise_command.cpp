#include <filesystem>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/optimise.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/layout.hpp"
#include "jobs.hpp"

namespace groundwork::cli {
namespace {

void run_optimise(const Arguments& arguments) {
  const std::string path = arguments.text("spec");
  api::Message request;
  request.json = parse_json(read_text(path), path);
  // A result can be run again: its spec is in it.
  if (request.json.is_object() && request.json.value("kind", "") == "optimise" && request.json.contains("spec")) {
    const api::Json spec = request.json["spec"];
    request.json = spec;
  }
  if (!request.json.is_object())
    throw Error("request.not_object", path + ": expected an object", "See docs/schemas/optimise_spec.json.");
  // An existing layout may be named as a file, beside the spec.
  if (request.json.contains("existing") && request.json["existing"].is_string()) {
    const std::filesystem::path file =
        std::filesystem::path(path).parent_path() / request.json["existing"].get<std::string>();
    api::Json form = api::Json::object();
    api::put_layout(request, form, design::read_layout(read_text(file.string()), file.string()));
    request.json["existing"] = std::move(form);
  }
  if (arguments.has("seed")) request.json["seed"] = arguments.integer("seed", 1);
  if (arguments.has("starts")) request.json["starts"] = arguments.integer("starts", 4);
  const api::Message result = finished(api::start_optimise(request));
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  if (arguments.has("csv"))
    write_bytes(arguments.text("csv"), design::write_layout(api::get_layout(result, result.json["layout"])));
  write_result(arguments, result);
}

}  // namespace

Command optimise_command() {
  return {
      "optimise",
      "The best layout for a budget or a target error, under constraints",
      {{"spec", "FILE", "what is searched: docs/schemas/optimise_spec.json; or an earlier result, to run it again",
        true},
       {"seed", "N", "of the random starts (default: that of the spec, or 1)"},
       {"starts", "N", "descents for each number of batches (default: that of the spec, or 4)"},
       {"csv", "FILE", "also write the layout as design reads it"},
       output_option()},
      "layout {conditions, batches, levels, cells}, control; batches, cells, cost and control_share of what is new; "
      "criterion A (weighted\n"
      "mean variance of the contrasts) or D (log det of their covariance), value, se (root of the mean), bound below "
      "which "
      "no layout of so\n"
      "many batches and cells can get, gap to it in standard errors; median_se, largest_se, estimable of contrasts; "
      "curve "
      "[[step, value]],\n"
      "start that led there, verdict: sentences, also on standard error; spec, with the seed.\n"
      "The spec: conditions or perturbations, control, contrasts, weights, criterion, variances {sb2, sg2, sw2, …}, "
      "levels, "
      "prices {preset,\n"
      "batch, cell, read}, budget or target_se, batches {min, max, capacity, per_day}, replicates {min, max}, "
      "min_group, "
      "controls "
      "{forced, max_share},\n"
      "must_link, cannot_link, existing (a layout, or the name of its file), depth, starts, seed.",
      run_optimise};
}

}  // namespace groundwork::cli
