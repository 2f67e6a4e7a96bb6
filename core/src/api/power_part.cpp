#include "power_part.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <optional>
#include <set>

#include "components_input.hpp"
#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/depth.hpp"
#include "groundwork/design/screen_power.hpp"
#include "groundwork/fit/options.hpp"
#include "groundwork/screen/gene_sets.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

std::string power_percent(double share) { return significant(100 * share, 3) + " %"; }

design::Side side_from(const std::string& name) {
  if (name == "left") return design::Side::left;
  if (name == "right") return design::Side::right;
  if (name == "both") return design::Side::both;
  throw Error("power.question", "There is no side called \"" + name + "\".", "A test looks left, right or to both.");
}

std::vector<double> numbers_from(const Json& list, const std::string& where) {
  if (!list.is_array()) throw Error("request.value", "The value of \"" + where + "\" is not a list of numbers.");
  std::vector<double> values;
  for (const Json& value : list) {
    if (!value.is_number()) throw Error("request.value", "The value of \"" + where + "\" is not a list of numbers.");
    values.push_back(value.get<double>());
  }
  return values;
}

Json power_to_json(const design::PowerAnswer& a, const design::PowerQuestion& q, const std::string& preset) {
  Json by_gene = Json::array();
  for (std::size_t g = 0; g < a.by_gene.size() && g < 1000; ++g) {
    Json entry{{"share", a.weights[g]}, {"power", a.by_gene[g]}};
    if (g < q.genes.size() && !q.genes[g].name.empty()) entry["gene"] = q.genes[g].name;
    if (g < q.genes.size()) entry["sw2"] = q.genes[g].sw2;
    if (g < q.genes.size() && q.genes[g].sg2 >= 0) entry["sg2"] = q.genes[g].sg2;
    if (g < a.se.size()) {
      entry["se"] = number_or_null(a.se[g]);
      entry["df"] = number_or_null(a.df[g]);
      entry["mdfc"] = number_or_null(a.mdfc[g]);
    }
    by_gene.push_back(std::move(entry));
  }
  std::string sentence;
  if (a.cutoff > 0) {
    sentence = "On average over genes and perturbations with an effect, " + power_percent(a.power) +
               " are found at a false discovery rate of " + power_percent(q.fdr) + " (p below " +
               significant(a.cutoff, 3) + ").";
  } else if (a.testable == 0) {
    sentence = "Nothing can be tested: no contrast is estimable with degrees of freedom.";
  } else {
    sentence = "Nothing is found at a false discovery rate of " + power_percent(q.fdr) +
               ": with so few degrees of freedom or so much noise no p value gets small enough among the nulls.";
  }
  if (a.testable > 0 && a.testable < 0.9995)
    sentence +=
        " Only " + power_percent(a.testable) + " of the contrasts can be tested; the others count as not found.";
  return {{"preset", preset.empty() ? Json(nullptr) : Json(preset)},
          {"power", a.power},
          {"cutoff", a.cutoff},
          {"single_test", a.single_test},
          {"testable", a.testable},
          {"median_df", number_or_null(a.median_df)},
          {"discoveries", number_or_null(a.discoveries)},
          {"by_gene", std::move(by_gene)},
          {"sentence", sentence}};
}

/** Genes of a screen by their own variances. */
struct ChosenGenes {
  std::vector<design::GeneStratum> genes;
  std::vector<double> dispersion;  ///< φ of each; NaN where unknown
  std::size_t of = 0;              ///< chosen; more than `genes` where they stand for others
  std::string what;                ///< "287 genes of the screen", "gene set X"
  std::size_t unknown = 0;         ///< genes of the set without components
};

/** Names of a gene set: {"name": FILE, "text": GMT, "set": NAME}. */
std::vector<std::string> names_of_set(const Json& form, std::string& what) {
  refuse_unknown(form, {"name", "text", "set"}, "power_question.gene_set");
  for (const char* key : {"name", "text", "set"})
    if (!form.contains(key) || !form[key].is_string())
      throw Error("request.value", std::string("The value of \"power_question.gene_set.") + key + "\" is not a text.");
  const std::string file = form["name"].get<std::string>(), wanted = form["set"].get<std::string>();
  const std::vector<screen::GeneSet> sets = screen::read_gene_sets(file, form["text"].get_ref<const std::string&>());
  std::vector<std::string> names;
  for (const auto& set : sets) {
    names.push_back(set.name);
    if (set.name != wanted) continue;
    what = "genes of the set " + wanted;
    return set.genes;
  }
  const std::vector<std::string> first(names.begin(), names.begin() + std::min<std::ptrdiff_t>(5, std::ssize(names)));
  throw Error("gene_sets.unknown", file + " has no set called \"" + wanted + "\".",
              "It has " + joined(first) + (names.size() > first.size() ? ", …" : "") + ".");
}

ChosenGenes chosen_genes(const Json& q, double groups) {
  if (!q["components"].is_array())
    throw Error("request.value", "The value of \"power_question.components\" is not a list of genes.");
  ChosenGenes out;
  out.what = "genes of the screen";
  std::vector<std::string> known, wanted;
  for (const Json& entry : q["components"]) known.push_back(text_from_json(entry, "gene", "", "components"));
  bool all = true;
  if (q.contains("gene_set") && !q["gene_set"].is_null()) {
    wanted = names_of_set(q["gene_set"], out.what);
    all = false;
  } else if (q.contains("only") && !q["only"].is_null()) {
    wanted = names_from_json(q["only"], "only");
    out.what = "chosen genes";
    all = wanted.empty();
    for (const std::string& name : wanted)
      if (!contains(known, name))
        throw Error("genes.unknown",
                    "The screen's components hold no gene \"" + name + "\"" + fit::near_matches(name, known) + ".",
                    "Genes that are counted too rarely in the controls have none.");
  }
  const std::set<std::string> keep(wanted.begin(), wanted.end());
  for (std::size_t k = 0; k < known.size(); ++k) {
    if (!all && !keep.contains(known[k])) continue;
    const Json& entry = q["components"][k];
    const double sw2 = number_from_json(entry, "sw2", nan, "components");
    if (!(sw2 > 0)) continue;
    // A gene whose s_g² could not be estimated takes that of the plan.
    const double sg2 = number_from_json(entry, "sg2", -1, "components");
    out.genes.push_back({1, sw2, sg2, known[k]});
    out.dispersion.push_back(number_from_json(entry, "phi", nan, "components"));
  }
  if (!all) out.unknown = keep.size() - std::min(keep.size(), out.genes.size());
  if (out.genes.empty())
    throw Error("gene_sets.no_overlap", "None of the " + out.what + " has variance components in this screen.",
                "Use sets that name genes as the screen does.");
  out.of = out.genes.size();
  // Every gene costs a layout: where that takes too long, genes evenly spaced by noise stand for all.
  const auto most = static_cast<std::size_t>(std::clamp(4e6 / groups, 24.0, 2000.0));
  if (out.of > most) {
    std::vector<std::size_t> order(out.of);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return out.genes[a].sw2 < out.genes[b].sw2; });
    ChosenGenes few = out;
    few.genes.clear();
    few.dispersion.clear();
    for (std::size_t k = 0; k < most; ++k) {
      const std::size_t at = order[(2 * k + 1) * out.of / (2 * most)];
      few.genes.push_back(out.genes[at]);
      few.dispersion.push_back(out.dispersion[at]);
    }
    return few;
  }
  return out;
}

/** UMIs of a cell are 1/(s_w² − φ); genes whose φ is unknown, or takes all of s_w², are left out. */
std::vector<design::CountedGene> counted_of(ChosenGenes& chosen) {
  std::vector<design::CountedGene> counted;
  std::vector<design::GeneStratum> kept;
  for (std::size_t k = 0; k < chosen.genes.size(); ++k) {
    const double poisson = chosen.genes[k].sw2 - chosen.dispersion[k];
    if (!(poisson > 0)) continue;
    counted.push_back({1 / poisson, chosen.dispersion[k], 1});
    kept.push_back(chosen.genes[k]);
  }
  if (counted.empty())
    throw Error("power.genes", "None of the " + chosen.what + " has a dispersion below its variance between cells.",
                "Components of a table of states know no counts.");
  chosen.genes = std::move(kept);
  return counted;
}

/** Genes around the plan's s_w²: its Poisson part spreads log-normally, the dispersion is common. */
std::vector<design::CountedGene> counted_around(const Json& q, double sw2) {
  const double dispersion = number_from_json(q, "dispersion", 0, "power_question");
  if (!(dispersion >= 0 && dispersion < sw2))
    throw Error("power.genes",
                "The dispersion " + significant(dispersion, 3) +
                    " is not from 0 to below the variance between cells, " + significant(sw2, 3) +
                    ", which is 1/UMIs + dispersion.",
                "Give the dispersion of a gene with that variance.");
  std::vector<design::CountedGene> counted;
  for (const auto& stratum :
       design::lognormal_strata(sw2 - dispersion, number_from_json(q, "spread", 0, "power_question")))
    counted.push_back({1 / stratum.sw2, dispersion, stratum.weight});
  return counted;
}

/** What the genes differ by: quantiles over genes. */
Json genes_to_json(const design::PowerAnswer& a, const ChosenGenes& chosen) {
  const auto over_genes = [](const std::vector<double>& values) {
    return quantiles_of(values, {0.1, 0.25, 0.5, 0.75, 0.9});
  };
  const Json power = over_genes(a.by_gene);
  std::string sentence = std::to_string(chosen.of) + " " + chosen.what + ": power is " +
                         power_percent(power["0.5"].get<double>()) + " for the median gene; one gene in ten has " +
                         power_percent(power["0.1"].get<double>()) + " or less.";
  if (chosen.of == 1) sentence = "Of " + chosen.genes[0].name + " alone.";
  if (chosen.genes.size() < chosen.of)
    sentence += " " + std::to_string(chosen.genes.size()) + " of them stand for all.";
  if (chosen.unknown > 0)
    sentence += " " + std::to_string(chosen.unknown) + " more have no variance components in this screen.";
  return {{"of", chosen.of},
          {"used", chosen.genes.size()},
          {"without_components", chosen.unknown},
          {"power", power},
          {"se", a.se.empty() ? Json(nullptr) : over_genes(a.se)},
          {"mdfc", a.mdfc.empty() ? Json(nullptr) : over_genes(a.mdfc)},
          {"sentence", sentence}};
}

}  // namespace

Json power_part(const Json& q, design::Plan& plan) {
  refuse_unknown(q,
                 {"preset", "effect_mean", "effect_sd", "non_null", "fdr", "side", "genes_tested", "sw2", "spread",
                  "dispersion", "counted", "fold", "fold_sd", "guides", "components", "only", "gene_set"},
                 "power_question");
  design::PowerQuestion question;
  const std::string where = "power_question", preset = text_from_json(q, "preset", "", where);
  question.effect_mean = number_from_json(q, "effect_mean", question.effect_mean, where);
  question.effect_sd = number_from_json(q, "effect_sd", question.effect_sd, where);
  question.non_null = number_from_json(q, "non_null", question.non_null, where);
  question.fdr = number_from_json(q, "fdr", question.fdr, where);
  question.genes_tested = number_from_json(q, "genes_tested", 0, where);
  question.side = side_from(text_from_json(q, "side", "left", where));
  std::vector<design::CountedGene> counted;
  if (q.contains("counted")) {
    if (!q["counted"].is_array()) throw Error("request.value", "The value of \"counted\" is not a list of pairs.");
    for (const Json& gene : q["counted"]) {
      const std::vector<double> pair = numbers_from(gene, "counted");
      if (pair.size() != 2)
        throw Error("request.value", "An entry of \"counted\" is not a pair of mean UMIs and dispersion.");
      counted.push_back({pair[0], pair[1]});
    }
  }
  std::optional<ChosenGenes> chosen;
  if (q.contains("components") && !q["components"].is_null()) {
    chosen = chosen_genes(q, static_cast<double>(plan.layout().cells.size()));
  } else if (q.contains("only") || q.contains("gene_set")) {
    throw Error("power.genes", "Genes are chosen, but nothing is known of any gene.",
                "Give the variance components of a screen, for example with --components.");
  }
  if (preset == "perturbplan") {
    if (chosen) counted = counted_of(*chosen);
    if (counted.empty() && q.contains("dispersion")) counted = counted_around(q, plan.assumptions().sw2);
    if (counted.empty()) {
      throw Error("power.genes", "PerturbPlan's setting needs expression: mean UMIs and dispersion of genes.",
                  "Give a table of genes, for example with --expression, or a dispersion.");
    }
    const design::PowerAnswer a =
        design::perturbplan_power(plan.layout(), plan.controls(), counted, number_from_json(q, "guides", 4, where),
                                  number_from_json(q, "fold", 0.85, where), number_from_json(q, "fold_sd", 0.13, where),
                                  question, plan.goals().alpha);
    if (chosen) question.genes = chosen->genes;
    Json out = power_to_json(a, question, preset);
    if (chosen) out["genes"] = genes_to_json(a, *chosen);
    return out;
  }
  if (!preset.empty())
    throw Error("power.question", "There is no preset called \"" + preset + "\".", "There is perturbplan.");
  if (chosen) {
    question.genes = chosen->genes;
    const design::PowerAnswer a = design::screen_power(plan, question);
    Json out = power_to_json(a, question, "");
    out["genes"] = genes_to_json(a, *chosen);
    return out;
  }
  if (!counted.empty()) {
    std::vector<double> sw2;
    for (const auto& gene : counted) sw2.push_back(design::cell_variance(gene.umis, gene.dispersion));
    question.genes = design::strata_of(std::move(sw2));
  } else if (q.contains("sw2")) {
    question.genes = design::strata_of(numbers_from(q["sw2"], "sw2"));
  } else if (const double spread = number_from_json(q, "spread", 0, where); spread > 0) {
    question.genes = design::lognormal_strata(plan.assumptions().sw2, spread);
  } else {
    question.genes = {{1, plan.assumptions().sw2, -1, ""}};
  }
  return power_to_json(design::screen_power(plan, question), question, "");
}

}  // namespace groundwork::api
