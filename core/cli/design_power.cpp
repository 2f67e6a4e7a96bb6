#include "design_power.hpp"

#include <cmath>
#include <cstdlib>
#include <span>

#include "files.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/guides.hpp"
#include "groundwork/screen/delimited_text.hpp"

namespace groundwork::cli {
namespace {

/** Mean UMIs per control cell and dispersion of genes: `gene,umis,dispersion`. */
api::Json read_expression(const std::string& path) {
  const std::string text = read_text(path);
  api::Json genes = api::Json::array();
  int umis = -1, dispersion = -1;
  bool header = true;
  screen::DelimitedText reader(path);
  reader.push(text, true, [&](std::int64_t line, std::span<const std::string_view> fields) {
    const std::string where = path + ", line " + std::to_string(line);
    if (header) {
      header = false;
      for (std::size_t k = 0; k < fields.size(); ++k) {
        if (fields[k] == "umis") umis = static_cast<int>(k);
        if (fields[k] == "dispersion") dispersion = static_cast<int>(k);
      }
      if (umis < 0 || dispersion < 0)
        throw Error("expression.header", where + ": expected the columns gene, umis and dispersion",
                    "umis: mean per control cell; dispersion: of the negative binomial, 1/size.");
      return;
    }
    genes.push_back({number_from(std::string(fields[static_cast<std::size_t>(umis)]), where + ", umis"),
                     number_from(std::string(fields[static_cast<std::size_t>(dispersion)]), where + ", dispersion")});
  });
  return genes;
}

/** Genes of a screen by name, for the power question. */
void take_genes(const Arguments& arguments, api::Json& q) {
  if (arguments.has("gene-sets") != arguments.has("gene-set"))
    throw Error("usage.missing", "--gene-sets FILE and --gene-set NAME go together");
  for (const char* flag : {"genes", "gene-set"})
    if (arguments.has(flag) && !arguments.has("components"))
      throw Error("usage.missing", "--" + std::string(flag) + " needs --components, which knows the genes",
                  "Give the document that `groundwork components` wrote.");
  if (arguments.has("genes") && arguments.has("gene-set"))
    throw Error("usage.flag", "--genes and --gene-set both choose genes", "Give one of them.");
  if (!arguments.has("components")) return;
  const std::string path = arguments.text("components");
  const api::Json document = parse_json(read_text(path), path);
  if (!document.is_object() || document.value("kind", "") != "components" || !document.contains("genes"))
    throw Error("message.kind", path + ": this is no document of the command components",
                "Make one with: groundwork components --screen screen.json -o components.json");
  q["components"] = api::Json::array();
  for (const api::Json& gene : document["genes"]) {
    api::Json entry = api::Json::object();
    entry["gene"] = gene.value("gene", "");
    // A document of an older version has no drawn value; the plan's then stands for all genes.
    for (const auto& [from, to] : {std::pair{"sw2", "sw2"}, {"sg2_moderated", "sg2"}, {"phi", "phi"}})
      if (gene.contains(from) && !gene[from].is_null()) entry[to] = gene[from];
    q["components"].push_back(std::move(entry));
  }
  if (!q.contains("genes_tested")) q["genes_tested"] = q["components"].size();
  if (arguments.has("genes")) q["only"] = arguments.list("genes");
  if (arguments.has("gene-set"))
    q["gene_set"] = {{"name", arguments.text("gene-sets")},
                     {"text", read_text(arguments.text("gene-sets"))},
                     {"set", arguments.text("gene-set")}};
}

}  // namespace

std::vector<Option> design_power_options() {
  return {
      {"power", "WHAT",
       "a number: the power at the minimal detectable change (default: 0.8). screen, perturbplan or FILE.json: adds "
       "power over all pairs of gene and contrast; may be given beside the number"},
      {"effect", "VALUE", "power: mean log fold change of pairs with an effect (default: -0.22)"},
      {"effect-sd", "VALUE", "power: its standard deviation between pairs (default: 0)"},
      {"non-null", "SHARE", "power: share of pairs with an effect (default: 0.1)"},
      {"fdr", "SHARE", "power: false discovery rate, Benjamini and Hochberg (default: 0.1)"},
      {"side", "NAME", "power: left, right or both (default: left)"},
      {"expression", "FILE",
       "power: gene,umis,dispersion of the genes tested, per control cell; sw2 = 1/umis + dispersion"},
      {"components", "FILE",
       "power: the document that components wrote; each gene of the screen with its own sw2 and sg2, and how the "
       "answer "
       "differs between them"},
      {"genes", "A,B,…", "power, of --components: only these genes"},
      {"gene-sets", "FILE", "power, of --components: a GMT file, with --gene-set"},
      {"gene-set", "NAME", "power: only the genes of this set"},
      {"gene-spread", "VALUE", "power, without --expression: standard deviation of log sw2 between genes (default: 0)"},
      {"fold", "VALUE", "perturbplan: mean fold change (default: 0.85)"},
      {"fold-sd", "VALUE", "perturbplan: its standard deviation between guides (default: 0.13)"},
      {"gene-dispersion", "VALUE",
       "perturbplan, without genes: dispersion of genes around --sw2 = 1/umis + dispersion"},
      {"guides", "N|FILE", "guides per perturbation, or condition,guide,cells, which gives G = (sum n)^2/sum n^2"},
      {"control-guides", "N", "non-targeting guides (default: as --guides)"},
      {"guide-sd", "VALUE", "standard deviation between guides of efficacy, as a share of the effect"},
      {"guide-off-sd", "VALUE", "standard deviation between guides of off-target effects, natural log"},
      {"reads", "N", "reads per cell; sw2 is then that of --reference-reads, scaled to this depth"},
      {"reference-reads", "N", "reads per cell at which sw2 was measured"},
      {"dispersion", "VALUE", "with --reads: the part of sw2 that depth does not reduce (default: 0)"},
      {"umis-per-read", "VALUE", "with --reads: UMIs of the first reads of a cell (default: 0.5)"},
      {"molecules", "N", "with --reads: UMIs of a cell sequenced to the end (default: 20000)"},
      {"founders", "N", "in vivo: founder clones of a condition in a host (batch)"},
      {"clone-variation", "VALUE", "in vivo: squared coefficient of variation of clone sizes (default: 1)"},
      {"sc2", "VALUE", "in vivo: variance between clones"},
      {"effects", "SD", "standard deviation of true log fold changes: adds the floor that noise leaves to a model"},
      {"improve", "", "adds repairs of what is confounded, what would help most, and the bound of any sharing out"},
  };
}

void take_design_power(const Arguments& arguments, const design::Layout& layout, api::Json& request) {
  std::string question;
  for (const std::string& text : arguments.repeated("power")) {
    if (is_number(text)) {
      if (request.contains("power")) throw Error("usage.repeated", "--power is given two numbers");
      request["power"] = number_from(text, "--power");
    } else if (question.empty()) {
      question = text;
    } else {
      throw Error("usage.repeated", "--power is given both " + question + " and " + text);
    }
  }
  api::Json& variances = request["variances"];
  const bool perturbplan = question == "perturbplan";
  if (arguments.has("guides")) {
    const std::string text = arguments.text("guides");
    api::Json guides = api::Json::object();
    if (is_number(text)) {
      guides["guides"] = number_from(text, "--guides");
    } else {
      const std::vector<double> effective = design::read_guides(read_text(text), text, layout);
      double least = 0;
      guides["effective"] = api::Json::object();
      for (std::size_t c = 0; c < effective.size(); ++c) {
        if (effective[c] == 0) continue;
        guides["effective"][layout.conditions[c]] = effective[c];
        if (least == 0 || effective[c] < least) least = effective[c];
      }
      // Conditions that the file does not name are taken to have as few as any that it does.
      guides["guides"] = least;
    }
    if (arguments.has("control-guides")) guides["control_guides"] = arguments.number("control-guides", 0);
    guides["efficacy_sd"] = arguments.number("guide-sd", 0);
    guides["off_target_sd"] = arguments.number("guide-off-sd", 0);
    if (!perturbplan && !arguments.has("guide-sd") && !arguments.has("guide-off-sd"))
      throw Error("usage.missing", "--guides changes nothing without a standard deviation between guides",
                  "Give --guide-sd, --guide-off-sd, or both.");
    if (!perturbplan) variances["guides"] = guides;
  }
  if (arguments.has("reads")) {
    api::Json depth = {{"reads", arguments.number("reads", 0)}};
    if (!arguments.has("reference-reads"))
      throw Error("usage.missing", "--reads needs --reference-reads, the depth at which --sw2 was measured");
    depth["reference_reads"] = arguments.number("reference-reads", 0);
    depth["dispersion"] = arguments.number("dispersion", 0);
    if (arguments.has("umis-per-read")) depth["umis_per_read"] = arguments.number("umis-per-read", 0);
    if (arguments.has("molecules")) depth["molecules"] = arguments.number("molecules", 0);
    variances["depth"] = depth;
  }
  if (arguments.has("founders")) {
    variances["clones"] = {{"founders", arguments.number("founders", 0)},
                           {"size_variation", arguments.number("clone-variation", 1)},
                           {"sc2", arguments.number("sc2", 0)}};
  }
  if (arguments.has("effects")) request["effect_sd"] = arguments.number("effects", 0);
  if (arguments.flag("improve"))
    request["repair"] = request["suggest"] = request["allocation"] = request["methods"] = true;
  if (question.empty()) {
    if (arguments.has("components"))
      throw Error("usage.missing", "--components is for power over genes",
                  "Add --power screen or --power perturbplan.");
    return;
  }
  api::Json q = api::Json::object();
  if (question != "screen" && !perturbplan) q = parse_json(read_text(question), question);
  if (perturbplan) {
    q["preset"] = "perturbplan";
    if (arguments.has("guides")) q["guides"] = number_from(arguments.text("guides"), "--guides");
  }
  const std::pair<const char*, const char*> numbers[] = {{"effect", "effect_mean"}, {"effect-sd", "effect_sd"},
                                                         {"non-null", "non_null"},  {"fdr", "fdr"},
                                                         {"gene-spread", "spread"}, {"fold", "fold"},
                                                         {"fold-sd", "fold_sd"},    {"gene-dispersion", "dispersion"}};
  for (const auto& [flag, key] : numbers)
    if (const auto value = arguments.number(flag)) q[key] = *value;
  if (arguments.has("side")) q["side"] = arguments.text("side");
  if (arguments.has("expression")) {
    q["counted"] = read_expression(arguments.text("expression"));
    if (!q.contains("genes_tested")) q["genes_tested"] = q["counted"].size();
  }
  take_genes(arguments, q);
  request["power_question"] = q;
}

}  // namespace groundwork::cli
