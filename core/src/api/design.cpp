#include "groundwork/api/design.hpp"

#include <cmath>
#include <limits>

#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/contrast_presets.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/verdict.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

Json component_to_json(const measurement::GraphComponent& part, const design::Layout& layout) {
  Json conditions = Json::array(), batches = Json::array();
  for (const int c : part.conditions) conditions.push_back(layout.conditions[static_cast<std::size_t>(c)]);
  for (const int b : part.batches) batches.push_back(layout.batches[static_cast<std::size_t>(b)]);
  return {{"conditions", std::move(conditions)}, {"batches", std::move(batches)}};
}

double variance_from(const Json& value, const std::string& key, bool infinite_allowed) {
  if (infinite_allowed && value.is_string() && value.get<std::string>() == "inf") {
    return std::numeric_limits<double>::infinity();
  }
  if (!value.is_number()) {
    throw Error("request.value",
                "The value of \"" + key + "\" is not a number" + (infinite_allowed ? " or \"inf\"." : "."));
  }
  return value.get<double>();
}

double goal_from(const Json& request, const char* key, double otherwise) {
  if (!request.contains(key)) return otherwise;
  if (!request[key].is_number())
    throw Error("request.value", std::string("The value of \"") + key + "\" is not a number.");
  return request[key].get<double>();
}

}  // namespace

design::Assumptions assumptions_from_json(const Json& variances, bool fixed, const measurement::BatchLevels& levels) {
  refuse_unknown(variances, {"sb2", "sg2", "sw2", "sw2_control", "depth", "clones", "guides"}, "variances");
  design::Assumptions a;
  const auto count = static_cast<Index>(levels.levels());
  for (const char* key : {"sg2", "sw2"}) {
    if (!variances.contains(key)) {
      throw Error("request.missing_key", std::string("The key \"") + key + "\" of variances is missing.");
    }
  }
  a.sg2 = variance_from(variances["sg2"], "variances.sg2", false);
  a.sw2 = variance_from(variances["sw2"], "variances.sw2", false);
  if (variances.contains("sw2_control") && !variances["sw2_control"].is_null()) {
    a.sw2_control = variance_from(variances["sw2_control"], "variances.sw2_control", false);
    if (a.sw2_control < 0) {
      throw Error("design.variance", "The variance sw2_control is negative.",
                  "Variances are squares of standard deviations on the natural log scale.");
    }
  }
  a.level_variances = Vector::Constant(count, std::numeric_limits<double>::infinity());
  if (fixed) return a;
  if (!variances.contains("sb2")) {
    throw Error("request.missing_key", "The key \"sb2\" of variances is missing.",
                "Give the variance between batches, or treat batches as fixed.");
  }
  const Json& sb2 = variances["sb2"];
  if (!sb2.is_object()) {
    const double value = variance_from(sb2, "variances.sb2", true);
    if (count > 1 && std::isfinite(value) && value != 0) {
      std::string names;
      for (const std::string& name : levels.names) names += (names.empty() ? "" : ", ") + name;
      throw Error("design.level_variances", "One variance is given for several batch levels (" + names + ").",
                  "Give each level its own: " + levels.names.front() + "=0.02 and so on.");
    }
    a.level_variances.setConstant(value);
    return a;
  }
  for (const auto& [name, value] : sb2.items()) {
    bool known = false;
    for (const std::string& level : levels.names) known = known || level == name;
    if (known) continue;
    std::string names;
    for (const std::string& level : levels.names) names += (names.empty() ? "" : ", ") + level;
    throw Error("design.unknown_level",
                "A variance is given for \"" + name + "\", which is no batch level; there are " + names + ".",
                "The columns themselves are the level \"" + levels.names.back() + "\".");
  }
  for (Index f = 0; f < count; ++f) {
    const std::string& name = levels.names[static_cast<std::size_t>(f)];
    if (!sb2.contains(name)) {
      throw Error("design.level_variances", "No variance is given for the batch level \"" + name + "\".",
                  "Give each level one, 0 if it does not vary, inf if it is fixed.");
    }
    a.level_variances[f] = variance_from(sb2[name], "variances.sb2." + name, true);
  }
  return a;
}

design::Plan plan_from_request(const Message& request) {
  const Json& r = request.json;
  refuse_unknown(
      r,
      {"layout", "control", "variances", "fixed_batches", "contrasts", "contrast_preset", "confidence", "alpha",
       "power", "power_question", "effect_sd", "repair", "suggest", "allocation", "methods", "buffers"},
      "design");
  for (const char* key : {"layout", "variances"}) {
    if (!r.contains(key)) throw Error("request.missing_key", std::string("The key \"") + key + "\" is missing.");
  }
  design::Layout layout = get_layout(request, r["layout"]);
  std::vector<int> controls;
  if (r.contains("control") && !r["control"].is_null()) {
    controls = design::control_indices(layout, names_from_json(r["control"], "control"));
  }
  std::vector<measurement::Contrast> contrasts;
  if (r.contains("contrasts") && !r["contrasts"].is_null()) contrasts = contrasts_from_json(r["contrasts"], layout);
  design::PresetContrasts preset;
  if (r.contains("contrast_preset") && !r["contrast_preset"].is_null()) {
    if (!contrasts.empty())
      throw Error("request.value", "Both contrasts and a preset of contrasts are given.", "Give one of them.");
    preset = design::contrasts_of_preset(
        layout, controls, design::contrast_preset_of(text_from_json(r, "contrast_preset", "", "design")));
    contrasts = std::move(preset.contrasts);
  }
  design::Goals goals;
  goals.confidence = goal_from(r, "confidence", goals.confidence);
  goals.alpha = goal_from(r, "alpha", goals.alpha);
  goals.power = goal_from(r, "power", goals.power);
  bool fixed = false;
  if (r.contains("fixed_batches")) {
    if (!r["fixed_batches"].is_boolean())
      throw Error("request.value", "The value of \"fixed_batches\" is not true or false.");
    fixed = r["fixed_batches"].get<bool>();
  }
  design::Plan plan(std::move(layout), std::move(controls), std::move(contrasts), goals);
  plan.set_words(std::move(preset.meanings), std::move(preset.left_out));
  design::Assumptions assumptions = assumptions_from_json(r["variances"], fixed, plan.levels());
  refine_assumptions(r["variances"], plan.layout().conditions, assumptions);
  take_guides_of_layout(plan.layout(), assumptions);
  plan.set_assumptions(assumptions);
  return plan;
}

Json answer_to_json(design::Plan& plan, std::size_t k) {
  const design::Layout& layout = plan.layout();
  const measurement::Contrast& contrast = plan.contrasts()[k];
  const design::ContrastAnswer a = plan.answer(k);
  // The one condition that a contrast is about, where there is one.
  int about = -1;
  for (const auto& [c, coefficient] : contrast.terms) {
    if (coefficient == 0) continue;
    bool control = false;
    for (const int other : plan.controls()) control = control || other == c;
    if (control) continue;
    about = about == -1 || about == c ? c : -2;
  }
  Json confounded = Json::array();
  for (const int part : a.confounded_with) {
    Json entry{{"component", part}};
    entry.update(component_to_json(plan.floating()[static_cast<std::size_t>(part)], layout));
    confounded.push_back(std::move(entry));
  }
  return {{"condition", about >= 0 ? Json(layout.conditions[static_cast<std::size_t>(about)]) : Json(nullptr)},
          {"name", contrast.name},
          {"estimate_of", design::description_of(contrast, layout.conditions)},
          {"meaning", plan.meanings().empty() ? Json(nullptr) : Json(plan.meanings()[k])},
          {"variance", number_or_null(a.variance)},
          {"se", number_or_null(a.se)},
          {"df", number_or_null(a.df)},
          {"estimable", a.estimable},
          {"reason", a.reason.empty() ? Json(nullptr) : Json(a.reason)},
          {"half_width", number_or_null(a.half_width)},
          {"mdlfc", number_or_null(a.mdlfc)},
          {"mdfc", number_or_null(a.mdfc)},
          {"confounded_with", std::move(confounded)}};
}

Message run_design(const Message& request) {
  design::Plan plan = plan_from_request(request);
  const design::Layout& layout = plan.layout();
  Message message;
  Json& out = message.json;
  out["kind"] = "design";
  out["contrasts"] = Json::array();
  for (std::size_t k = 0; k < plan.contrasts().size(); ++k) out["contrasts"].push_back(answer_to_json(plan, k));
  out["components"] = Json::array();
  for (const auto& part : plan.components()) out["components"].push_back(component_to_json(part, layout));
  out["batches_without_controls"] = Json::array();
  for (const int b : plan.batches_without_controls()) {
    out["batches_without_controls"].push_back(layout.batches[static_cast<std::size_t>(b)]);
  }
  out["verdict"] = design::verdict_of(plan);
  if (!plan.left_out().empty()) out["left_out"] = plan.left_out();
  add_design_parts(request.json, plan, message);
  return message;
}

}  // namespace groundwork::api
