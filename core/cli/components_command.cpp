#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/components.hpp"
#include "state_table_file.hpp"

namespace groundwork::cli {
namespace {

void run_components(const Arguments& arguments) {
  api::Message request;
  const api::Message data = read_data(arguments);
  const std::string kind = data.json["kind"].get<std::string>();
  api::embed(request, request.json, kind, kind, data);
  if (arguments.has("genes")) request.json["genes"] = arguments.list("genes");
  if (arguments.has("level")) request.json["level"] = arguments.text("level");
  const api::Message result = with_document(arguments.text(kind), [&] { return api::run_components(request); });
  for (const auto& sentence : result.json["weak"]) warn(sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command components_command() {
  return {
      "components",
      "Variance components of a screen or of a table of states, per gene and pooled",
      {{"screen", "FILE", "the document that summarise wrote; either this or --states"},
       states_option(),
       scale_option(),
       modality_option(),
       {"time-unit", "UNIT", "of the times of a state table (default: d)"},
       {"genes", "A,B,…", "genes to answer for (default: all whose counts can be trusted in the controls)"},
       {"level", "NAME", "finest batch level to keep; groups of finer ones are joined (default: all levels)"},
       output_option()},
      "levels: batch levels, coarse to fine; genes [{gene, sb2 and sb2_se {LEVEL: variance between batches of that "
      "level and its\n"
      "standard error}, sg2 and sg2_se (between conditions within batches), sg2_moderated (drawn to what all genes "
      "share by "
      "its error), sw2 (between cells: a group of n cells "
      "adds "
      "sw2/n), phi\n"
      "(overdispersion of the counts), mean (state of the controls), df (groups − conditions − batches + components), "
      "reason}]; pooled:\n"
      "{sb2, sg2} one set for all genes by their joint likelihood, sw2 and phi medians, reason {LEVEL or sg2: why it "
      "is "
      "null}, quantiles\n"
      "over genes; weak: sentences about what rests on few batches. States are natural logs of depth-normalised pooled "
      "counts, variances\n"
      "their squares; null where not estimable, with the reason. In a state table a replicate stands where a cell "
      "stands in a "
      "screen, and\n"
      "everything is on the scale of the table.",
      run_components};
}

}  // namespace groundwork::cli
