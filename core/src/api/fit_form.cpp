#include "groundwork/api/fit_form.hpp"

#include <cmath>
#include <utility>

#include "fit_form_parts.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/screen/state_table.hpp"
#include "recommended_form.hpp"

namespace groundwork::api {
namespace {

Json edit_model_to_json(const fit::EditModel& model) {
  Json json;
  json["clamps"] = model.clamps;
  json["kappa_activity"] = model.kappa_activity;
  json["pooled_kappa"] = model.pooled_kappa;
  json["estimates_activity"] = model.estimates_activity;
  if (!model.synthesis_ceiling.empty()) json["synthesis_ceiling"] = model.synthesis_ceiling;
  json["edits"] = Json::array();
  for (const auto& edit : model.edits)
    json["edits"].push_back(
        {{"name", edit.name},
         {"target", edit.target < 0 ? Json(nullptr) : Json(model.genes[static_cast<std::size_t>(edit.target)])},
         {"input", edit.input < 0 ? Json(nullptr) : Json(edit.input)},
         {"kappa", number_or_null(edit.kappa)},
         {"estimated", edit.estimated < 0 ? Json(nullptr) : Json(edit.estimated)},
         {"usual_dose", edit.usual_dose},
         {"trained", edit.trained}});
  return json;
}

/** Of the parameters of a member; empty for `recommended`, whose candidates have their own. */
dynamics::Layout layout_of(const FitRecord& record) {
  if (record.recommended) return {};
  return dynamics::make_field<double>(field_options_of(record))->layout();
}

Json members_to_json(Message& message, const FitRecord& record) {
  const dynamics::Layout layout = layout_of(record);
  Json list = Json::array();
  for (const auto& member : record.members) {
    const std::string prefix = "members/" + std::to_string(member.training.number) + "/";
    Json json;
    json["number"] = member.training.number;
    json["seed"] = member.training.seed;
    json["best_epoch"] = member.training.best_epoch;
    Json parameters = Json::object();
    for (const auto& block : layout.blocks()) {
      const Matrix values = dynamics::Layout::view_of(member.training.stored, block);
      put_columns(message, parameters, block.name, prefix + block.name, values.transpose());
    }
    json["parameters"] = std::move(parameters);
    Json history = Json::object();
    put_series(history, "epoch", member.training.history.epoch);
    put_series(history, "train", member.training.history.train);
    put_series(history, "inner", member.training.history.inner);
    put_series(history, "drift", member.training.history.drift);
    json["history"] = std::move(history);
    put_columns(message, json, "effects", prefix + "effects", member.effects);
    put_columns(message, json, "drift", prefix + "drift", member.drift);
    json["intervals"] = member.intervals;
    json["batches"] = record.options.bootstrap ? Json(member.training.batches) : Json(nullptr);
    list.push_back(std::move(json));
  }
  return list;
}

Json drift_to_json(Message& message, const FitRecord& record) {
  Matrix mean = Matrix::Zero(static_cast<Index>(record.genes.size()), static_cast<Index>(record.times.size()));
  for (const auto& member : record.members) mean += member.drift / static_cast<double>(record.members.size());
  Json json;
  json["times"] = record.times;
  put_columns(message, json, "mean", "drift/mean", mean);
  Json rms = Json::array();
  for (Index t = 0; t < mean.cols(); ++t)
    rms.push_back(std::sqrt(mean.col(t).squaredNorm() / static_cast<double>(mean.rows())));
  json["rms"] = std::move(rms);
  return json;
}

}  // namespace

dynamics::FieldOptions field_options_of(const FitRecord& record) {
  dynamics::FieldOptions options;
  options.kind = record.options.model;
  options.genes = static_cast<Index>(record.genes.size());
  options.media = static_cast<Index>(record.edits.media.size());
  options.inputs = record.edits.inputs();
  options.centred = record.options.centred;
  options.hidden = record.options.hidden;
  if (record.scale == screen::Scale::linear) {
    options.scale = dynamics::Scale::linear;
    for (const double c : record.control) options.control.push_back(c / record.unit);
  }
  options.synthesis_ceiling = record.edits.synthesis_ceiling;
  options.kappas = static_cast<Index>(record.edits.estimated_kappas().size());
  options.kappa_floor = fit::floor_of_kappas(record.options, record.edits);
  return options;
}

void put_in_units(fit::Evaluation& evaluation, double unit) {
  evaluation.observed *= unit;
  evaluation.variance *= unit * unit;
  evaluation.shared *= unit * unit;
  for (auto& baseline : evaluation.baselines) baseline.effects *= unit;
}

Message fit_to_message(const FitRecord& record) {
  Message message;
  message.json["kind"] = "fit";
  message.json["schema"] = fit_schema;
  message.json["version"] = GROUNDWORK_VERSION;
  message.json["buffers"] = Json::object();

  Json body;
  body["complete"] = record.complete;
  body["screen"] = record.screen;
  body["model"] = record.recommended ? "recommended" : dynamics::name_of(record.options.model);
  body["loss"] = fit::name_of(record.options.loss);
  body["centred"] = record.options.centred;
  body["lambda"] = record.options.lambda;
  body["modality"] = screen::name_of(record.edits.modality);
  body["scale"] = screen::name_of(record.scale);
  body["unit"] = record.unit;
  body["seed"] = record.options.seed;
  body["settings"] = fit_options_to_json(record.options);
  body["genes"] = record.genes;
  Json edits = Json::array(), clamped = Json::array(), free_inputs = Json::array();
  for (const auto& edit : record.edits.edits) {
    edits.push_back(edit.name);
    (edit.input < 0 ? clamped : free_inputs).push_back(edit.name);
  }
  body["edits"] = std::move(edits);
  body["clamped"] = std::move(clamped);
  body["free_inputs"] = std::move(free_inputs);
  body["edit_model"] = edit_model_to_json(record.edits);
  body["media"] = record.edits.media;
  body["times"] = record.times;
  body["single_time"] = record.single_time;
  body["differentiating"] = record.differentiating;
  body["time_unit"] = record.time_unit;
  body["sampling_time"] = record.options.sampling_time;
  body["split"] = {{"kind", fit::name_of(record.options.split)},
                   {"train", record.train},
                   {"test", record.test},
                   {"edits", record.held_out_edits},
                   {"times", record.held_out_times}};
  put_vector(message, body, "state_zero", "state_zero", record.control);
  body["members"] = members_to_json(message, record);
  if (record.recommended) put_recommended(message, body, *record.recommended);
  put_evaluation(message, body, record);
  if (record.recommended) put_reasons(body, *record.recommended);
  body["drift"] = drift_to_json(message, record);
  Json warnings = Json::array();
  for (const auto& sentence : record.warnings) warnings.push_back(sentence);
  for (const auto& member : record.members)
    for (const auto& sentence : member.training.warnings) warnings.push_back(sentence);
  body["warnings"] = std::move(warnings);
  body["censored"] = record.censored;
  body["bounded"] = record.bounded;

  for (auto& [key, value] : body.items()) message.json[key] = std::move(value);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

namespace {

fit::EditModel edit_model_from(const Json& json, const FitRecord& record) {
  fit::EditModel model;
  model.modality = screen::modality_of(json.at("modality").get<std::string>());
  model.media = json.at("media").get<std::vector<std::string>>();
  model.genes = record.genes;
  const Json& stored = json.at("edit_model");
  model.clamps = stored.at("clamps").get<bool>();
  model.kappa_activity = stored.at("kappa_activity").get<double>();
  model.pooled_kappa = stored.at("pooled_kappa").get<double>();
  model.estimates_activity = stored.value("estimates_activity", false);
  if (stored.contains("synthesis_ceiling"))
    model.synthesis_ceiling = stored["synthesis_ceiling"].get<std::vector<double>>();
  if (!model.synthesis_ceiling.empty() && model.synthesis_ceiling.size() != record.genes.size())
    throw Error("fit.damaged", "The fit has " + std::to_string(model.synthesis_ceiling.size()) +
                                   " synthesis ceilings for " + std::to_string(record.genes.size()) + " genes.");
  for (const Json& item : stored.at("edits")) {
    fit::EditEntry entry;
    entry.name = item.at("name").get<std::string>();
    if (!item.at("target").is_null()) {
      const auto target = item.at("target").get<std::string>();
      for (std::size_t g = 0; g < record.genes.size(); ++g)
        if (record.genes[g] == target) entry.target = static_cast<Index>(g);
    }
    if (!item.at("input").is_null()) entry.input = item.at("input").get<Index>();
    if (item.contains("estimated") && !item["estimated"].is_null()) entry.estimated = item["estimated"].get<Index>();
    entry.kappa = item.at("kappa").is_null() ? NAN : item.at("kappa").get<double>();
    entry.usual_dose = item.at("usual_dose").get<double>();
    entry.trained = item.at("trained").get<bool>();
    model.edits.push_back(std::move(entry));
  }
  return model;
}

FitRecord::Member member_from(const Message& message, const Json& json, const dynamics::Layout& layout,
                              const FitRecord& record) {
  FitRecord::Member member;
  member.training.number = json.at("number").get<int>();
  member.training.seed = json.at("seed").get<std::uint64_t>();
  member.training.best_epoch = json.at("best_epoch").get<int>();
  member.training.stored = Vector::Zero(layout.size());
  for (const auto& block : layout.blocks()) {
    const Matrix values = get_columns(message, json.at("parameters"), block.name);
    if (values.size() != block.size() || (block.size() > 0 && values.cols() != block.rows))
      throw Error("fit.damaged", "Member " + std::to_string(member.training.number) + ": the parameters \"" +
                                     block.name + "\" have " + std::to_string(values.size()) + " values; expected " +
                                     std::to_string(block.rows) + " x " + std::to_string(block.cols) + ".");
    if (block.size() > 0) dynamics::Layout::view_of(member.training.stored, block) = values.transpose();
  }
  member.training.parameters = member.training.stored;
  const Json& history = json.at("history");
  member.training.history = {get_series(history, "epoch"), get_series(history, "train"), get_series(history, "inner"),
                             get_series(history, "drift")};
  const Index genes = static_cast<Index>(record.genes.size());
  member.effects = get_matrix(message, json, "effects", genes, record.evaluation.observed.cols());
  if (json.contains("batches") && !json["batches"].is_null())
    member.training.batches = json["batches"].get<std::vector<std::string>>();
  if (json.contains("intervals")) member.intervals = json["intervals"];
  member.drift = get_matrix(message, json, "drift", genes, static_cast<Index>(record.times.size()));
  return member;
}

}  // namespace

FitRecord fit_from_message(const Message& message) {
  require_kind(message.json, "fit", fit_schema, "fit");
  const Json& json = message.json;
  FitRecord record;
  try {
    record.options = fit_options_from_json(json.at("settings"));
    // Documents from before there was a choice were trained in fixed steps.
    if (!json.at("settings").contains("solver")) record.options.solver = fit::SolverKind::steps;
    record.complete = json.at("complete").get<bool>();
    record.screen = json.at("screen").get<std::string>();
    record.scale = screen::scale_of(json.value("scale", "log"));
    record.unit = json.value("unit", 1.0);
    record.time_unit = json.at("time_unit").get<std::string>();
    record.genes = json.at("genes").get<std::vector<std::string>>();
    record.edits = edit_model_from(json, record);
    record.times = json.at("times").get<std::vector<double>>();
    record.single_time = json.at("single_time").get<bool>();
    record.differentiating = json.at("differentiating").get<bool>();
    record.train = json.at("split").at("train").get<std::vector<std::string>>();
    record.test = json.at("split").at("test").get<std::vector<std::string>>();
    record.held_out_edits = json.at("split").at("edits").get<std::vector<std::string>>();
    record.held_out_times = json.at("split").at("times").get<std::vector<double>>();
    record.control = get_vector(message, json, "state_zero");
    record.censored = json.at("censored").get<int>();
    record.bounded = json.value("bounded", 0);
    record.warnings = json.at("warnings").get<std::vector<std::string>>();
    if (json.contains("recommended")) record.recommended = get_recommended(message, json, record.edits);
    get_evaluation(message, record);
    const dynamics::Layout layout = layout_of(record);
    for (const Json& member : json.at("members"))
      record.members.push_back(member_from(message, member, layout, record));
  } catch (const nlohmann::json::exception& e) {
    throw Error("fit.damaged", std::string("The fit document is incomplete: ") + e.what() + ".",
                "Fit again, or open the document that the fit wrote.");
  }
  if (record.members.empty() || record.control.size() != static_cast<Index>(record.genes.size()))
    throw Error("fit.damaged", "The fit document has no members, or a control state of another length than its genes.");
  return record;
}

}  // namespace groundwork::api
