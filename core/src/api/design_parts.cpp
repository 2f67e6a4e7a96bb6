#include "groundwork/api/design_parts.hpp"

#include <cmath>
#include <limits>

#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/depth.hpp"
#include "groundwork/design/engraftment.hpp"
#include "groundwork/design/noise_floor.hpp"
#include "groundwork/design/optimise.hpp"
#include "groundwork/design/repair.hpp"
#include "groundwork/design/verdict.hpp"
#include "json_values.hpp"
#include "power_part.hpp"

namespace groundwork::api {
namespace {

std::string percent(double share) { return significant(100 * share, 3) + " %"; }

Json floor_part(double effect_sd, design::Plan& plan) {
  const design::NoiseFloor f = design::noise_floor(plan, effect_sd * effect_sd);
  std::string sentence = "No contrast can be estimated, so there is no floor to name.";
  if (!std::isnan(f.effect)) {
    sentence = "A perfect model of a typical gene is still " + significant(f.effect, 3) +
               " (mean squared error) away from effects measured with this layout, and correlates with them at " +
               significant(f.ceiling, 3) + " at most; no change scores " + significant(f.reference, 3) + ".";
    if (std::isfinite(f.other_batch) && f.other_batch > 1.005 * f.effect)
      sentence += " Against controls of another batch the floor would be " + significant(f.other_batch, 3) + ".";
  }
  return {{"effect", number_or_null(f.effect)},
          {"other_batch", number_or_null(f.other_batch)},
          {"no_change", number_or_null(f.reference)},
          {"ceiling", number_or_null(f.ceiling)},
          {"sentence", sentence}};
}

Json repairs_part(const Json& options, design::Plan& plan) {
  design::RepairOptions o;
  if (options.is_object()) {
    refuse_unknown(options, {"cells"}, "repair");
    o.cells = number_from_json(options, "cells", 0, "repair");
  }
  const design::Layout& layout = plan.layout();
  Json list = Json::array();
  for (const design::Repair& r : design::repairs_of(plan, o)) {
    Json names = Json::array(), batches = Json::array(), se = Json::array();
    for (const std::size_t k : r.contrasts) names.push_back(plan.contrasts()[k].name);
    for (const double value : r.se) se.push_back(number_or_null(value));
    Json entry{{"contrasts", std::move(names)}, {"possible", r.possible}};
    if (r.possible) {
      for (const int b : r.addition.batches) batches.push_back(layout.batches[static_cast<std::size_t>(b)]);
      entry["addition"] = {{"condition", layout.conditions[static_cast<std::size_t>(r.addition.condition)]},
                           {"batches", std::move(batches)},
                           {"cells", r.addition.cells}};
    } else {
      entry["addition"] = nullptr;
    }
    entry["se"] = std::move(se);
    entry["least_se"] = r.possible ? number_or_null(r.least_se) : Json(nullptr);
    entry["sentence"] = r.sentence;
    list.push_back(std::move(entry));
  }
  return list;
}

void add_suggestions(design::Plan& plan, Message& response) {
  Json list = Json::array();
  std::size_t number = 0;
  for (const design::Suggestion& s : design::suggestions_of(plan)) {
    Json entry{{"kind", s.kind},
               {"sentence", s.sentence},
               {"added_cells", s.added_cells},
               {"median_se", number_or_null(s.median_se)},
               {"median_mdlfc", number_or_null(s.median_mdlfc)},
               {"estimable", s.estimable}};
    Json layout = Json::object();
    layout["conditions"] = s.layout.conditions;
    layout["batches"] = s.layout.batches;
    layout["finest"] = s.layout.finest;
    layout["levels"] = Json::array();
    for (const auto& level : s.layout.coarser)
      layout["levels"].push_back({{"name", level.name}, {"of_batch", level.of_batch}});
    // put_layout() names its buffer "cells", of which a document holds one.
    put_columns(response, layout, "cells", "suggestions/" + std::to_string(number++), s.layout.cells.transpose());
    entry["layout"] = std::move(layout);
    list.push_back(std::move(entry));
  }
  response.json["suggestions"] = std::move(list);
}

/** How far the layout is from the best that its batches and cells allow. */
Json allocation_part(design::Plan& plan) {
  const design::Layout& layout = plan.layout();
  const Vector& variances = plan.variances();
  double used = 0;
  for (Index b = 0; b < layout.cells.cols(); ++b) used += layout.cells.col(b).maxCoeff() > 0 ? 1 : 0;
  if (used == 0 || variances.hasNaN()) return nullptr;
  design::OptimiseProblem problem;
  problem.conditions = layout.conditions;
  problem.controls = plan.controls();
  problem.contrasts = plan.contrasts();
  problem.weights = Vector::Ones(variances.size());
  problem.assumptions = plan.assumptions();
  const double cells = layout.cells.sum(), bound = design::mean_variance_bound(problem, used, cells);
  // Off-target effects of guides are in every layout: cells do not reduce them.
  double guides = 0;
  if (problem.assumptions.guides.guides > 0) {
    std::vector<bool> is_control(layout.conditions.size(), false);
    for (const int c : plan.controls()) is_control[static_cast<std::size_t>(c)] = true;
    for (const auto& contrast : plan.contrasts())
      guides += design::off_target_variance(problem.assumptions.guides, contrast, is_control);
    guides /= static_cast<double>(variances.size());
  }
  const double mean = variances.mean() - guides;
  double controls = 0, best_controls = 0;
  const Vector best = design::best_cells(problem, used, cells);
  for (const int c : plan.controls()) {
    controls += layout.cells.row(c).sum();
    best_controls += best[c];
  }
  const double gap = std::sqrt(mean / bound) - 1;
  return {{"mean_variance", mean},
          {"bound", bound},
          {"gap", gap},
          {"control_share", controls / cells},
          {"best_control_share", best_controls / cells},
          {"sentence",
           gap < 0.005 ? std::string("No sharing out of these cells over these batches gives smaller standard errors.")
                       : "Standard errors are " + percent(gap) +
                             " above the least that any sharing out of these cells over these batches could give; " +
                             percent(controls / cells) + " of the cells are controls, in the best case " +
                             percent(best_controls / cells) + "."}};
}

/** A paragraph for a methods section, with the numbers filled in. */
std::string methods_part(design::Plan& plan) {
  const design::Layout& layout = plan.layout();
  const design::Assumptions& a = plan.assumptions();
  std::vector<std::string> controls, variances;
  double control_cells = 0;
  for (const int c : plan.unedited()) {
    controls.push_back(layout.conditions[static_cast<std::size_t>(c)]);
    control_cells += layout.cells.row(c).sum();
  }
  bool fixed = false;
  for (std::size_t f = 0; f < plan.levels().levels(); ++f) {
    const double s = a.level_variances[static_cast<Index>(f)];
    fixed = fixed || std::isinf(s);
    variances.push_back(std::isinf(s) ? plan.levels().names[f] + " fixed"
                                      : "between " + plan.levels().names[f] + " groups " + significant(s, 3));
  }
  const design::PlanSummary s = design::summarise(plan);
  std::string text = std::to_string(layout.conditions.size() - plan.unedited().size()) + " conditions and " +
                     std::to_string(plan.unedited().size()) + " control" + (plan.unedited().size() == 1 ? "" : "s") +
                     (controls.empty() ? "" : " (" + joined(controls) + ")") + " were laid out over " +
                     std::to_string(layout.batches.size()) + " batches with " + whole_number(layout.cells.sum()) +
                     " cells in all, " + whole_number(control_cells) + " of them controls. ";
  text +=
      "Standard errors were predicted by generalised least squares on the natural log of expression, with variances " +
      joined(variances) + ", between conditions within a batch " + significant(a.sg2, 3) + ", and between cells " +
      significant(a.sw2, 3) + (fixed ? "; nothing was assumed about how fixed batches differ" : "") + ". ";
  text += std::to_string(s.estimable) + " of " + std::to_string(s.contrasts) + " contrasts are estimable";
  if (s.estimable > 0) {
    const design::ContrastAnswer typical = plan.answer(s.typical);
    text += ", with a median standard error of " + significant(s.median_se, 3);
    if (typical.df > 0 && !std::isnan(typical.mdfc))
      text += " and " + significant(typical.df, 3) + " Satterthwaite degrees of freedom; a " +
              significant(typical.mdfc, 3) + "-fold change is detected with " + percent(plan.goals().power) +
              " power at a two-sided level of " + significant(plan.goals().alpha, 3);
  }
  return text + ". The layout was evaluated with Groundwork " GROUNDWORK_VERSION ".";
}

}  // namespace

double number_from_json(const Json& object, const std::string& key, double otherwise, const std::string& where) {
  if (!object.is_object() || !object.contains(key) || object[key].is_null()) return otherwise;
  if (!object[key].is_number())
    throw Error("request.value", "The value of \"" + where + "." + key + "\" is not a number.");
  return object[key].get<double>();
}

std::string text_from_json(const Json& object, const std::string& key, const std::string& otherwise,
                           const std::string& where) {
  if (!object.is_object() || !object.contains(key) || object[key].is_null()) return otherwise;
  if (!object[key].is_string())
    throw Error("request.value", "The value of \"" + where + "." + key + "\" is not a name.");
  return object[key].get<std::string>();
}

design::GuideTerms guides_from_json(const Json& guides, const std::vector<std::string>& conditions) {
  refuse_unknown(guides, {"guides", "control_guides", "efficacy_sd", "off_target_sd", "effective"}, "guides");
  design::GuideTerms terms;
  terms.guides = number_from_json(guides, "guides", 0, "guides");
  terms.control_guides = number_from_json(guides, "control_guides", 0, "guides");
  terms.efficacy_sd = number_from_json(guides, "efficacy_sd", 0, "guides");
  terms.off_target_sd = number_from_json(guides, "off_target_sd", 0, "guides");
  if (!guides.contains("effective") || guides["effective"].is_null()) return terms;
  if (!guides["effective"].is_object())
    throw Error("request.value", "The value of \"guides.effective\" is not an object of numbers by condition.");
  terms.effective.assign(conditions.size(), 0.0);
  for (const auto& [name, value] : guides["effective"].items()) {
    std::size_t c = 0;
    while (c < conditions.size() && conditions[c] != name) ++c;
    if (c == conditions.size() || !value.is_number())
      throw Error("request.value",
                  "\"guides.effective\" names \"" + name + "\", which is no condition of the layout or has no number.");
    terms.effective[c] = value.get<double>();
  }
  return terms;
}

void refine_assumptions(const Json& variances, const std::vector<std::string>& conditions, design::Assumptions& a) {
  if (variances.contains("depth") && !variances["depth"].is_null()) {
    const Json& depth = variances["depth"];
    refuse_unknown(depth, {"reads", "reference_reads", "dispersion", "umis_per_read", "molecules"}, "variances.depth");
    design::ReadCurve curve;
    curve.umis_per_read = number_from_json(depth, "umis_per_read", curve.umis_per_read, "depth");
    curve.molecules = number_from_json(depth, "molecules", curve.molecules, "depth");
    const double dispersion = number_from_json(depth, "dispersion", 0, "depth");
    const double reads = number_from_json(depth, "reads", 0, "depth");
    const double reference = number_from_json(depth, "reference_reads", reads, "depth");
    a.sw2 = design::cell_variance_at(curve, a.sw2, dispersion, reference, reads);
    if (a.sw2_control >= 0)
      a.sw2_control = design::cell_variance_at(curve, a.sw2_control, dispersion, reference, reads);
  }
  if (variances.contains("clones") && !variances["clones"].is_null()) {
    const Json& form = variances["clones"];
    refuse_unknown(form, {"founders", "size_variation", "sc2"}, "variances.clones");
    design::Clones clones;
    clones.founders = number_from_json(form, "founders", clones.founders, "clones");
    clones.size_variation = number_from_json(form, "size_variation", clones.size_variation, "clones");
    clones.sc2 = number_from_json(form, "sc2", clones.sc2, "clones");
    if (a.sw2_control >= 0) a.sw2_control = design::clonal_parts(clones, a.sw2_control).per_cell;
    const design::ClonalParts parts = design::clonal_parts(clones, a.sw2);
    a.sg2 += parts.fixed;
    a.sw2 = parts.per_cell;
  }
  if (variances.contains("guides") && !variances["guides"].is_null())
    a.guides = guides_from_json(variances["guides"], conditions);
}

void take_guides_of_layout(const design::Layout& layout, design::Assumptions& a) {
  if (a.guides.guides > 0 && a.guides.effective.empty()) a.guides.effective = layout.about.guides;
}

void add_design_parts(const Json& request, design::Plan& plan, Message& response) {
  Json& out = response.json;
  const auto asked = [&](const char* key) {
    return request.contains(key) && !request[key].is_null() && request[key] != Json(false);
  };
  if (asked("power_question")) out["power"] = power_part(request["power_question"], plan);
  if (asked("effect_sd")) out["floor"] = floor_part(number_from_json(request, "effect_sd", 0, "design"), plan);
  if (asked("repair")) out["repairs"] = repairs_part(request["repair"], plan);
  if (asked("allocation")) out["allocation"] = allocation_part(plan);
  const Json variances = request.contains("variances") ? request["variances"] : Json::object();
  if (variances.contains("clones") && !variances["clones"].is_null()) {
    const Json& form = variances["clones"];
    const design::Clones clones{number_from_json(form, "founders", 10, "clones"),
                                number_from_json(form, "size_variation", 1, "clones"),
                                number_from_json(form, "sc2", 0, "clones")};
    const double sw2 = number_from_json(variances, "sw2", 0, "variances"), most = plan.layout().cells.maxCoeff();
    const std::string sentence = design::useful_cells_sentence(clones, sw2, most);
    out["in_vivo"] = {{"effective_founders", design::effective_founders(clones)},
                      {"useful_cells", number_or_null(design::useful_cells(clones, sw2))},
                      {"sentence", sentence.empty() ? Json(nullptr) : Json(sentence)}};
    if (!sentence.empty()) out["verdict"].push_back(sentence);
  }
  if (asked("methods")) out["methods"] = methods_part(plan);
  if (asked("suggest")) add_suggestions(plan, response);
}

}  // namespace groundwork::api
