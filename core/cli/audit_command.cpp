#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/audit.hpp"

namespace groundwork::cli {
namespace {

void run_audit(const Arguments& arguments) {
  api::Message request;
  api::embed(request, request.json, "screen", "screen", read_message(arguments.text("screen"), "screen"));
  const auto job = api::start_audit(request);
  while (!job->advance(1000)) {
  }
  const api::Message result = job->result();
  for (const auto& row : result.json["rows"])
    if (!row["flag"].is_null()) warn(row["id"].get<std::string>() + ": " + row["flag"].get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command audit_command() {
  return {
      "audit",
      "Which silent assumptions of models a screen supports",
      {{"screen", "FILE", "the document that summarise wrote", true}, output_option()},
      "summary: \"4 supported, 1 violated, …\"; rows, A1 … A11: {id, assumption, verdict: supported, violated, "
      "undecided, "
      "not testable\n"
      "or no data; sentence: the finding; conditional: what the verdict rests on untested; quantity and logarithmic: "
      "of the "
      "items;\n"
      "margin {low, high, why}; items [{label, estimate, interval: 95 %, simultaneous: of all rows and items together, "
      "verdict, note}];\n"
      "items_left_out; would_decide: the sample that would settle an undecided row; extra_sample: what would make it "
      "testable;\n"
      "consequence; choice {model, loss, centred}: what follows for a fit; flag: something to look at; evidence: what "
      "was "
      "compared};\n"
      "families [{name, assumes: ids of rows, besides, verdict}]: what each family of models takes for granted. A row "
      "is "
      "violated where\n"
      "a simultaneous interval lies outside the margin (at most 5 % of screens on which all hold show any), supported "
      "where "
      "all 95 %\n"
      "intervals lie inside. Sizes of effects are natural logs of depth-normalised expression.",
      run_audit};
}

}  // namespace groundwork::cli
