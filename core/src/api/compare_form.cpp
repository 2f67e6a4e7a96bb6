#include "groundwork/api/compare_form.hpp"

#include <algorithm>
#include <cmath>

#include "compare_form_parts.hpp"
#include "fit_form_parts.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

Json holdout_to_json(Message& message, const fit::HoldoutRecord& record, const std::string& name) {
  Json json;
  json["genes"] = record.genes;
  json["labels"] = record.labels;
  json["edits"] = record.edits;
  json["times"] = record.times;
  put_columns(message, json, "observed", name + "/observed", record.observed);
  put_columns(message, json, "variance", name + "/variance", record.variance);
  put_columns(message, json, "shared", name + "/shared", record.shared);
  put_vector(message, json, "mean", name + "/mean", record.mean);
  put_vector(message, json, "control", name + "/control", record.control);
  json["rival_labels"] = record.rival_labels;
  put_columns(message, json, "rivals", name + "/rivals", record.rivals);
  Json baselines = Json::array();
  for (const auto& baseline : record.baselines) {
    Json own = {{"name", baseline.name}, {"what", baseline.what}};
    put_columns(message, own, "effects", name + "/" + baseline.name, baseline.effects);
    baselines.push_back(std::move(own));
  }
  json["baselines"] = std::move(baselines);
  json["warnings"] = record.warnings;
  return json;
}

fit::HoldoutRecord holdout_from_json(const Message& message, const Json& json) {
  fit::HoldoutRecord record;
  record.genes = json.at("genes").get<std::vector<std::string>>();
  record.labels = json.at("labels").get<std::vector<std::string>>();
  record.edits = json.at("edits").get<std::vector<std::string>>();
  record.times = json.at("times").get<std::vector<double>>();
  const Index genes = static_cast<Index>(record.genes.size()), scored = static_cast<Index>(record.labels.size());
  record.observed = get_matrix(message, json, "observed", genes, scored);
  record.variance = get_matrix(message, json, "variance", genes, scored);
  record.shared = get_matrix(message, json, "shared", genes, scored);
  record.mean = get_vector(message, json, "mean");
  record.control = get_vector(message, json, "control");
  record.rival_labels = json.at("rival_labels").get<std::vector<std::string>>();
  record.rivals = get_matrix(message, json, "rivals", genes, static_cast<Index>(record.rival_labels.size()));
  for (const Json& own : json.at("baselines"))
    record.baselines.push_back({own.at("name").get<std::string>(), own.at("what").get<std::string>(),
                                get_matrix(message, own, "effects", genes, scored)});
  record.warnings = json.at("warnings").get<std::vector<std::string>>();
  if (record.mean.size() != genes || record.control.size() != genes || record.edits.size() != record.labels.size())
    throw Error("compare.damaged", "A holdout of the comparison does not fit its genes or conditions.");
  return record;
}

Json unit_to_json(Message& message, const fit::UnitRecord& unit, const std::string& name) {
  Json json = {{"holdout", unit.holdout}, {"contender", unit.contender}, {"seed", unit.seed}};
  put_columns(message, json, "effects", name + "/effects", unit.effects);
  json["drift"] = number_or_null(unit.drift);
  json["epochs"] = unit.epochs;
  put_vector(message, json, "parameters", name + "/parameters", unit.parameters);
  json["warnings"] = unit.warnings;
  return json;
}

fit::UnitRecord unit_from_json(const Message& message, const Json& json, const fit::ModelComparison& comparison) {
  fit::UnitRecord unit;
  unit.holdout = json.at("holdout").get<int>();
  unit.contender = json.at("contender").get<int>();
  unit.seed = json.at("seed").get<int>();
  if (unit.holdout < 0 || unit.holdout >= static_cast<int>(comparison.holdouts.size()) || unit.contender < 0 ||
      unit.contender >= static_cast<int>(comparison.contenders.size()) || unit.seed < 0 ||
      unit.seed >= comparison.seeds)
    throw Error("compare.damaged", "A unit of the comparison was not planned.");
  unit.effects = get_columns(message, json, "effects");
  unit.drift = json.at("drift").is_null() ? NAN : json.at("drift").get<double>();
  unit.epochs = json.at("epochs").get<int>();
  unit.parameters = get_vector(message, json, "parameters");
  unit.warnings = json.at("warnings").get<std::vector<std::string>>();
  return unit;
}

fit::FoldPlan fold_plan_from_json(const Json& json) {
  fit::FoldPlan plan;
  plan.kind = fit::split_kind_of(json.at("kind").get<std::string>());
  plan.level = json.at("level").is_null() ? "" : json.at("level").get<std::string>();
  for (const Json& own : json.at("holdouts"))
    plan.holdouts.push_back(
        {own.at("names").get<std::vector<std::string>>(), own.at("times").get<std::vector<double>>()});
  for (const Json& own : json.at("folds")) {
    plan.folds.push_back({own.at("holdout").get<int>(), own.at("labels").get<std::vector<std::string>>()});
    if (plan.folds.back().holdout < 0 || plan.folds.back().holdout >= static_cast<int>(plan.holdouts.size()))
      throw Error("compare.damaged", "A fold of the comparison belongs to no holdout.");
  }
  plan.notes = json.at("notes").get<std::vector<std::string>>();
  return plan;
}

}  // namespace

Json fold_plan_to_json(const fit::FoldPlan& plan) {
  Json json;
  json["kind"] = fit::name_of(plan.kind);
  json["level"] = plan.level.empty() ? Json(nullptr) : Json(plan.level);
  Json holdouts = Json::array(), folds = Json::array();
  for (const auto& own : plan.holdouts) holdouts.push_back({{"names", own.names}, {"times", own.times}});
  for (const auto& own : plan.folds) folds.push_back({{"holdout", own.holdout}, {"labels", own.labels}});
  json["holdouts"] = std::move(holdouts);
  json["folds"] = std::move(folds);
  json["notes"] = plan.notes;
  return json;
}

Message comparison_to_message(const ComparisonRecord& record) {
  const fit::ModelComparison& comparison = record.comparison;
  Message message;
  message.json["kind"] = "comparison";
  message.json["schema"] = comparison_schema;
  message.json["version"] = GROUNDWORK_VERSION;
  message.json["buffers"] = Json::object();
  const auto complete = comparison.complete_folds();
  Json body;
  body["complete"] = std::find(complete.begin(), complete.end(), 0) == complete.end();
  body["screen"] = record.screen;
  body["scale"] = screen::name_of(record.scale);
  body["time_unit"] = record.time_unit;
  body["experiment"] = record.experiment ? Json("steady_state") : Json(nullptr);
  body["seed"] = comparison.seed;
  body["seeds"] = comparison.seeds;
  body["settings"] = fit_options_to_json(comparison.common);
  body["split"] = fold_plan_to_json(comparison.plan);
  Json contenders = Json::array(), holdouts = Json::array(), units = Json::array();
  for (const auto& contender : comparison.contenders)
    contenders.push_back({{"name", contender.name}, {"settings", fit_options_to_json(contender.options)}});
  body["contenders"] = std::move(contenders);
  for (std::size_t h = 0; h < comparison.holdouts.size(); ++h)
    holdouts.push_back(comparison.holdouts[h]
                           ? holdout_to_json(message, *comparison.holdouts[h], "holdout" + std::to_string(h))
                           : Json(nullptr));
  body["holdouts"] = std::move(holdouts);
  std::vector<std::string> warnings = comparison.plan.notes;
  const auto warn = [&](const std::string& sentence) {
    if (std::find(warnings.begin(), warnings.end(), sentence) == warnings.end()) warnings.push_back(sentence);
  };
  for (const auto& holdout : comparison.holdouts)
    if (holdout)
      for (const auto& sentence : holdout->warnings) warn(sentence);
  for (const auto& unit : comparison.units) {
    const std::string name =
        "unit" + std::to_string(unit.holdout) + "." + std::to_string(unit.contender) + "." + std::to_string(unit.seed);
    units.push_back(unit_to_json(message, unit, name));
    for (const auto& sentence : unit.warnings)
      warn(comparison.contenders[static_cast<std::size_t>(unit.contender)].name + ": " + sentence);
  }
  body["units"] = std::move(units);
  body["results"] = std::find(complete.begin(), complete.end(), 1) == complete.end()
                        ? Json(nullptr)
                        : comparison_results(message, record);
  body["warnings"] = std::move(warnings);
  for (auto& [key, value] : body.items()) message.json[key] = std::move(value);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

ComparisonRecord comparison_from_message(const Message& message) {
  require_kind(message.json, "comparison", comparison_schema, "comparison");
  const Json& json = message.json;
  ComparisonRecord record;
  fit::ModelComparison& comparison = record.comparison;
  try {
    record.screen = json.at("screen").get<std::string>();
    record.scale = screen::scale_of(json.value("scale", "log"));
    record.time_unit = json.at("time_unit").get<std::string>();
    record.experiment = !json.at("experiment").is_null();
    comparison.seed = json.at("seed").get<std::uint64_t>();
    comparison.seeds = json.at("seeds").get<int>();
    comparison.common = fit_options_from_json(json.at("settings"));
    comparison.plan = fold_plan_from_json(json.at("split"));
    for (const Json& own : json.at("contenders"))
      comparison.contenders.push_back({own.at("name").get<std::string>(), fit_options_from_json(own.at("settings"))});
    for (const Json& own : json.at("holdouts")) {
      comparison.holdouts.emplace_back();
      if (!own.is_null()) comparison.holdouts.back() = holdout_from_json(message, own);
    }
    if (comparison.holdouts.size() != comparison.plan.holdouts.size())
      throw Error("compare.damaged", "The comparison has another number of holdouts than planned.");
    for (const Json& own : json.at("units")) comparison.units.push_back(unit_from_json(message, own, comparison));
  } catch (const nlohmann::json::exception& e) {
    throw Error("compare.damaged", std::string("The comparison document is incomplete: ") + e.what() + ".",
                "Compare again, or open the document that compare wrote.");
  }
  for (const auto& unit : comparison.units) {
    const auto& holdout = comparison.holdouts[static_cast<std::size_t>(unit.holdout)];
    if (holdout && (unit.effects.rows() != holdout->observed.rows() || unit.effects.cols() != holdout->observed.cols()))
      throw Error("compare.damaged", "A unit of the comparison does not fit the conditions that it predicts.");
  }
  return record;
}

}  // namespace groundwork::api
