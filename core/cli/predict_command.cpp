
#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/predict.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/screen/condition.hpp"
#include "state_table_file.hpp"

namespace groundwork::cli {
namespace {

void run_predict(const Arguments& arguments) {
  if (arguments.has("conditions")) {
    predict_table(arguments);
    return;
  }
  if (arguments.has("output") && !arguments.text("output").ends_with(".json"))  // said before any work is done
    throw Error("usage.value", "-o: found '" + arguments.text("output") + "', expected a name that ends in .json",
                "A table of predictions is written with --conditions.");
  const double unit = screen::days_per(arguments.text("time-unit", "d"));
  api::Message request;
  api::embed(request, request.json, "fit", "fit", read_message(arguments.text("fit"), "fit"));
  request.json["edits"] = api::Json::array();
  for (const std::string& text : arguments.repeated("edit")) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) {
      request.json["edits"].push_back(text);
    } else {
      const double dose = number_from(text.substr(colon + 1), "--edit " + text + ": the dose");
      request.json["edits"].push_back({{"name", text.substr(0, colon)}, {"dose", dose}});
    }
  }
  if (arguments.has("medium")) request.json["medium"] = arguments.text("medium");
  if (arguments.has("times")) {
    request.json["times"] = api::Json::array();
    for (const double t : arguments.numbers("times")) request.json["times"].push_back(t * unit);
  }
  if (arguments.has("genes")) request.json["genes"] = arguments.list("genes");
  const api::Message result = with_document(arguments.text("fit"), [&] { return api::run_predict(request); });
  warn_all(result.json);
  write_result(arguments, result);
}

}  // namespace

Command predict_command() {
  return {
      "predict",
      "Predict what edits do, from a fit",
      {{"fit", "FILE", "the document that fit wrote", true},
       {"conditions", "FILE.csv",
        "predict every row of a list instead: the columns condition, edits, medium, time, batch and variance of a "
        "state table, .gz or not; with -o NAME.csv the answer is a table of the same form"},
       {"edit", "NAME[:DOSE]", "an edit; repeat for several at once; none: unedited cells"},
       {"medium", "NAME",
        "the medium after the edit (default: the baseline medium, or the one that cells were observed in)"},
       {"times", "T,T,…", "times after the edit (default: those of the screen)"},
       {"time-unit", "UNIT", "of --times, and of the times in --conditions: s, min, h, d or w (default: d)"},
       {"genes", "A,B,…", "genes to answer for (default: all that are modelled)"},
       {"output", "NAME.json|NAME.csv",
        "write the result here; arrays over 4,096 values go to NAME.bin beside NAME.json; NAME.csv with --conditions"}},
      "edits, medium, times (days), genes; states free of batch effects, of a screen as natural log of "
      "depth-normalised counts,\n"
      "of a state table on its own scale, arrays times x genes: control, mean, sd, low and high; effect {mean, low, "
      "high} against the control; top [{gene, "
      "time,\n"
      "effect, low, high}] by size, each gene at its largest; members (low and high are 1.96 standard deviations "
      "over them,\n"
      "not a calibrated interval; null with one member), unseen (true: an edit that the fit did not train on), "
      "warnings.\n"
      "A fit of a screen with a single time answers at that time only, and says so when others were asked for. An "
      "edit whose\n"
      "target is not modelled and that was not trained gets the shared effect of the trained ones, with a warning.\n"
      "With --conditions: file, scale, genes, rows [{name, label, edits, medium, time (days), batch, unseen}], and "
      "arrays rows x\n"
      "genes: states, effects against the control, sd. As NAME.csv: the six columns as they came, a column a gene, "
      "then NAME_sd.\n"
      "sd is that of a new measurement without its batch effect: the spread over members and the mean square that "
      "the fit leaves\n"
      "on the conditions that it is scored on (held-out ones, or without a split those that trained, which is too "
      "little for unseen\n"
      "edits). It is not calibrated. An input that was never seen gets the shared effect per usual dose, its usual "
      "dose being the\n"
      "median of its doses in the list.",
      run_predict};
}

}  // namespace groundwork::cli
