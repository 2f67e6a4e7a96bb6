#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/abundance.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::cli {
namespace {

void run_abundance(const Arguments& arguments) {
  api::Message request;
  api::embed(request, request.json, "screen", "screen", read_message(arguments.text("screen"), "screen"));
  if (arguments.has("genes")) request.json["genes"] = arguments.list("genes");
  if (const auto fdr = arguments.number("fdr")) request.json["fdr"] = *fdr;
  if (arguments.has("medium")) request.json["medium"] = arguments.text("medium");
  if (arguments.has("input"))
    request.json["input"] = {{"name", arguments.text("input")}, {"text", read_text(arguments.text("input"))}};
  if (const auto time = arguments.number("sampling-time"))
    request.json["sampling_time"] = *time * screen::days_per(arguments.text("time-unit", "d"));
  const api::Message result = api::run_abundance(request);
  warn_all(result.json);
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command abundance_command() {
  return {
      "abundance",
      "Count the cells of every edit against unedited cells, host by host: growth, compartments, and what moved or "
      "changed",
      {{"screen", "FILE", "the document that summarise wrote; hosts are its --host or coarsest --batch", true},
       {"input", "FILE",
        "numbers at the start, a CSV edit,number with one row for every edit and one for \"control\": reads or cells "
        "of the "
        "library. Without it a single harvest says nothing of growth"},
       {"medium", "NAME", "count cells of this medium (needed where the screen has several)"},
       {"sampling-time", "X", "days from the start to the harvest, for screens without times (default: 7)"},
       {"time-unit", "UNIT", "of --sampling-time: s, min, h, d or w (default: d)"},
       {"genes", "A,B,…",
        "genes whose effect is split into cells that moved and cells that changed (default: all whose counts can be "
        "trusted "
        "in the controls); needs --cell-type"},
       {"fdr", "X", "false discovery rate of the sentence (default: 0.05)"},
       output_option()},
      "edits (the first, \"\", are unedited cells), compartments, hosts; basis of growth: input, times, "
      "input_and_times or\n"
      "none; effects [{edit, cells, control_cells, hosts, lost (hosts without a cell of it), fold (natural log of the\n"
      "ratio to unedited cells, less that of the input), growth (1/day, less that of unedited cells), variation "
      "(squared\n"
      "coefficient of variation between hosts beyond counting), share (per compartment: of the edit's cells less that "
      "of\n"
      "unedited cells)}], each estimate {value, se, df, low, high (95 %, Student's t over hosts), p, q}; samples "
      "[{host,\n"
      "time, cells: edits × compartments}]; split {genes, hosts, total, moved, changed {value, low, high}: edits × "
      "genes, on\n"
      "the linear depth-normalised scale, total = moved + changed; q of the total}, null without cell types; verdict;\n"
      "warnings.",
      run_abundance};
}

}  // namespace groundwork::cli
