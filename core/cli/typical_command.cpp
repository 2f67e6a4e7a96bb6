#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/typical.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::cli {
namespace {

void run_typical(const Arguments& arguments) {
  const std::vector<std::string> screens = arguments.repeated("screen"), states = arguments.repeated("states");
  if (screens.empty() && states.empty())
    throw Error("usage.missing", "groundwork typical needs a screen or a table of states",
                "Give --screen FILE or --states FILE.json, once for each.");
  const std::size_t count = screens.size() + states.size();
  api::Message request;
  request.json["screens"] = api::Json::array();
  for (std::size_t k = 0; k < count; ++k) {
    const bool counted = k < screens.size();
    const char* kind = counted ? "screen" : "states";
    api::Json entry = api::Json::object();
    api::embed(request, entry, kind, std::to_string(k),
               read_message(counted ? screens[k] : states[k - screens.size()], kind));
    request.json["screens"].push_back(std::move(entry));
  }
  for (const char* key : {"name", "assay", "source"}) {
    if (!arguments.has(key)) continue;
    const std::vector<std::string> values = arguments.repeated(key);
    if (values.size() != count)
      throw Error("usage.value",
                  "--" + std::string(key) + " is given " + std::to_string(values.size()) + " times for " +
                      std::to_string(count) + " screens and tables",
                  "Give it once for each, in their order: screens, then tables of states.");
    for (std::size_t k = 0; k < count; ++k) request.json["screens"][k][key] = values[k];
  }
  if (arguments.has("date")) request.json["date"] = arguments.text("date");
  const api::Message result = api::run_typical(request);
  for (const auto& screen : result.json["screens"])
    for (const auto& sentence : screen["weak"])
      warn((screen["name"].is_string() ? screen["name"].get<std::string>() + ": " : "") + sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command typical_command() {
  return {
      "typical",
      "How the variances of a design lie over the genes of screens: quantiles, with assay and source",
      {{"screen", "FILE", "the document that summarise wrote; repeat for several screens"},
       {"states", "FILE", "the document that states wrote, for bulk; repeat for several"},
       {"name", "TEXT", "what to call a screen (default: its file); once for each, screens first"},
       {"assay", "TEXT", "how it was measured; once for each, screens first"},
       {"source", "TEXT", "where it is published; once for each, screens first"},
       {"date", "TEXT", "kept in the answer"},
       output_option()},
      "date; screens [{name, assay, source, modality, cells, rows (groups, or rows of the table), conditions, genes "
      "(trusted in the\n"
      "controls), levels [{level, groups}], df (what s_g2 rests on), sb2 {LEVEL: figure}, sg2, sw2 and phi: figures, "
      "guides, weak\n"
      "(sentences about what rests on few batches)}]. A figure: pooled (one value for all genes by their joint "
      "likelihood; sw2 and phi: the\n"
      "median), planned (what to plan with: pooled, or where that is next to nothing and most genes may have none, the "
      "0.9 "
      "quantile of the estimates), genes (how many have an estimate), estimates (quantiles 0.1 0.25 0.5 0.75 0.9 over "
      "genes of their own "
      "estimates, which\n"
      "are 0 or far too large by chance where batches are few), between_genes {quantiles, log_sd, genes, may_be_zero}: "
      "the same of\n"
      "the true variances, log-normal over genes, the error of estimation taken off; may_be_zero: at least half of the "
      "genes are as\n"
      "likely to have none; reason (why null). guides {efficacy (sd of a guide's effect as a share of its edit's; "
      "quantiles over edits\n"
      "whose effect is clear), off_target (sd of what non-targeting guides do, natural log; quantiles over genes), "
      "control_guides}:\n"
      "{sd, variance (may be negative), variance_se (jackknife), quantiles, of, reason}. Natural-log scale, variances "
      "its square.",
      run_typical};
}

}  // namespace groundwork::cli
