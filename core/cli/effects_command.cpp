#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/effects.hpp"

namespace groundwork::cli {
namespace {

void run_effects(const Arguments& arguments) {
  api::Message request;
  api::embed(request, request.json, "screen", "screen", read_message(arguments.text("screen"), "screen"));
  if (arguments.has("genes")) request.json["genes"] = arguments.list("genes");
  if (const auto fdr = arguments.number("fdr")) request.json["fdr"] = *fdr;
  if (arguments.flag("no-guides")) request.json["guides"] = false;
  if (arguments.has("gene-sets"))
    request.json["gene_sets"] = {{"name", arguments.text("gene-sets")},
                                 {"text", read_text(arguments.text("gene-sets"))}};
  const api::Message result = api::run_effects(request);
  warn_all(result.json);
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command effects_command() {
  return {
      "effects",
      "Test every edit of a screen against its controls, gene by gene, and its guides beside each other",
      {{"screen", "FILE", "the document that summarise wrote", true},
       {"genes", "A,B,…", "genes to test (default: all whose counts can be trusted in the controls)"},
       {"fdr", "X", "false discovery rate at which hits are counted (default: 0.05)"},
       {"gene-sets", "FILE", "gene sets to test against all other genes: a GMT file (may be .gz)"},
       {"no-guides", "", "leave out the guides and the false-positive rate"},
       output_option()},
      "genes; conditions [{condition, edits, control, cells, control_cells, basis, tested, up, down}], basis is "
      "batches "
      "(the usual\n"
      "case), across_batches (no batch is shared with the control), cells (one batch: measurement noise alone) or "
      "none; "
      "estimate\n"
      "(natural log fold change), se, low and high (95 % interval), df (null = infinite), p (two-sided t), q "
      "(Benjamini and Hochberg over all "
      "tests), "
      "each\n"
      "conditions × genes, null where not tested; below_detection (1: some group of the edit has too few counts; the "
      "estimate is an\n"
      "upper bound), conditions × genes, flat; variances {sg2: between conditions within batches, shared by all genes; "
      "sg2_spread:\n"
      "its standard deviation between genes}; guides [{guide, condition, cells, efficacy (share of the other guides' "
      "effect),\n"
      "efficacy_se, concordance, hits, verdict}]; left_out {guides, share_below_five, hits}: non-targeting guides "
      "tested "
      "as if they\n"
      "were edits; gene_sets (null without --gene-sets) {source, sets [{name, description, genes (in the file), "
      "measured "
      "(tested in\n"
      "this screen), correlation (between replicates; of its genes), correlation_from (replicates or preset), reason "
      "(why "
      "not\n"
      "tested)}], and conditions × sets: estimate (mean log fold change inside less outside), score (competitive t of "
      "CAMERA;\n"
      "its sign is the direction), df, p, q (over all edits and sets)}; verdict; warnings.",
      run_effects};
}

}  // namespace groundwork::cli
