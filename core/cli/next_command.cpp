#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/next_experiment.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/screen/condition.hpp"
#include "jobs.hpp"
#include "state_table_file.hpp"

namespace groundwork::cli {
namespace {

/** --edits, --media, --times, or the same of --target-…; nothing is put where none is given. */
void put_conditions(const Arguments& arguments, const std::string& prefix, double unit, api::Json& into) {
  for (const char* name : {"edits", "media"})
    if (const auto list = arguments.list(prefix + name); !list.empty()) into[name] = list;
  if (!arguments.has(prefix + "times")) return;
  into["times"] = api::Json::array();
  for (const double time : arguments.numbers(prefix + "times")) into["times"].push_back(time * unit);
}

void run_next(const Arguments& arguments) {
  const double unit = screen::days_per(arguments.text("time-unit", "d"));
  api::Message request;
  api::embed(request, request.json, "fit", "fit", read_message(arguments.text("fit"), "fit"));
  embed_data(request, read_data(arguments));
  put_conditions(arguments, "", unit, request.json);
  api::Json targets = api::Json::object();
  put_conditions(arguments, "target-", unit, targets);
  if (!targets.empty()) request.json["targets"] = std::move(targets);
  if (arguments.has("choose")) request.json["choose"] = arguments.integer("choose", 1);
  if (arguments.has("replicates")) request.json["replicates"] = arguments.integer("replicates", 1);
  if (arguments.flag("repeats")) request.json["repeats"] = true;
  const api::Message result = with_document(arguments.text("fit"), [&] { return finished(api::start_next(request)); });
  warn_all(result.json);
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command next_command() {
  return {
      "next",
      "What to measure next: edits, media and times ranked by what they would tell a fitted model",
      {{"fit", "FILE", "the document that fit wrote, of one dynamic model", true},
       {"screen", "FILE", "the screen document that it was fitted to; either this or --states"},
       states_option(),
       scale_option(),
       modality_option(),
       {"edits", "A,A+B,NAME:DOSE,…",
        "candidates (default: the modelled genes that were never edited, or else the edits that were trained)"},
       {"media", "A,B,…", "media of the candidates (default: the usual one)"},
       {"times", "T,T,…", "times of the candidates (default: the last one of the data)"},
       {"time-unit", "UNIT", "of --times and --target-times: s, min, h, d or w (default: d)"},
       {"target-edits", "A,A+B,…",
        "rank by what would be learned about the effects of these instead of by what about all parameters"},
       {"target-media", "A,…", "their media"},
       {"target-times", "T,…", "their times"},
       {"choose", "N", "how many to choose, so that together they tell most (default: 1, at most 48)"},
       {"repeats", "", "a candidate may be chosen more than once"},
       {"replicates", "N", "groups that each is measured with, each with its controls (default: 1)"},
       output_option()},
      "criterion: parameters, or prediction with --target-edits; conditions [{edits, medium, time (days), unseen, "
      "effect\n"
      "(root mean square over genes, at the fitted parameters), sd (of the predicted effect, root mean over genes), "
      "prior_sd\n"
      "(the same before any data), information (bits about all parameters: half the log2 determinant of 1 + R^-1/2 Q "
      "R^-1/2,\n"
      "Q the covariance of the predicted effects and R the variance of measuring them once, with controls, in a new "
      "batch),\n"
      "target_sd (of the targets' predicted effects once it is measured)}]; targets, the same without information; "
      "chosen\n"
      "[{condition (its place in conditions), information (what it adds to those before it), target_sd}]; value and "
      "bound of\n"
      "all chosen, bits; target_sd as it is now; even: as many times spread evenly and the share of the value that "
      "they "
      "have,\n"
      "where only times are chosen; verdict; warnings.",
      run_next};
}

}  // namespace groundwork::cli
