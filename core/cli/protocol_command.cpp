#include <filesystem>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/protocol.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::cli {
namespace {

void run_protocol(const Arguments& arguments) {
  api::Message request;
  api::embed(request, request.json, "fit", "fit", read_message(arguments.text("fit"), "fit"));
  request.json["protocols"] = api::Json::array();
  for (const std::string& path : arguments.repeated("protocol")) {
    api::Json protocol = parse_json(read_text(path), path);
    if (!protocol.is_object())
      throw Error("request.not_object", path + ": expected an object with stages", "See: groundwork help protocol");
    if (!protocol.contains("name")) protocol["name"] = std::filesystem::path(path).stem().string();
    request.json["protocols"].push_back(std::move(protocol));
  }
  if (arguments.has("genes")) request.json["genes"] = arguments.list("genes");
  if (arguments.has("points")) request.json["points"] = arguments.integer("points", 40);
  const api::Message result = with_document(arguments.text("fit"), [&] { return api::run_protocol(request); });
  warn_all(result.json);
  write_result(arguments, result);
}

}  // namespace

Command protocol_command() {
  return {
      "protocol",
      "What a sequence of media and edits does, from a fit",
      {{"fit", "FILE", "the document that fit wrote, of data with several times", true},
       {"protocol", "FILE",
        "{\"name\", \"time_unit\": \"d\", \"stages\": [{\"medium\", \"edits\": [NAME or {name, dose}], "
        "\"duration\"}]}; repeat for several protocols side by side",
        true},
       {"genes", "A,B,…", "genes to answer for (default: all that are modelled)"},
       {"points", "N", "times along a protocol at least, beside the ends of its stages (default: 40)"},
       output_option()},
      "An edit persists into the later stages; a stage without a medium keeps the one before it; durations in "
      "time_unit (s, min, h,\n"
      "d or w; default d). Answers are in days, on the scale of the data, free of batch effects.\n"
      "protocols [{name, stages [{medium, added, edits: at work, start, end, end_at: place in times, unseen}], "
      "duration, times;\n"
      "times x genes: mean, low, high, reference (unedited cells in the same media), effect {mean, low, high}; end "
      "{state, sd: of a new\n"
      "measurement, reference, effect, effect_sd}; commutators, one a pair of stages [{first, second: places from 1, "
      "norm: 2-norm over all\n"
      "modelled genes of the end less the end with the two stages exchanged, spread: the same over members, rms: a "
      "gene, relative: rms by\n"
      "the prediction error, top [{gene, difference, low, high}]}]}]; differences [{first, second, …}]: the same "
      "between ends of protocols;\n"
      "error {value, of: held_out or measurement, what, reason}: what relative is relative to, null with a reason; "
      "properties [{name,\n"
      "statement, value, tolerance, holds, sentence}]: identity, semigroup, commutator, order, baseline (do unedited "
      "cells rest) and steps\n"
      "(training steps against the exact flow), measured; warnings. low and high are 1.96 standard deviations over "
      "members, not calibrated.",
      run_protocol};
}

}  // namespace groundwork::cli
