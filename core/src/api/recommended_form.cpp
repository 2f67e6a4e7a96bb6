#include "recommended_form.hpp"

#include <cmath>

#include "fit_form_parts.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

using fit::CandidateKind;

const std::vector<std::pair<CandidateKind, std::string>>& kinds() {
  static const std::vector<std::pair<CandidateKind, std::string>> list = {
      {CandidateKind::no_change, "no_change"},   {CandidateKind::mean_effect, "mean_effect"},
      {CandidateKind::ridge, "ridge"},           {CandidateKind::ridge_shared, "ridge_shared"},
      {CandidateKind::gene_ridge, "gene_ridge"}, {CandidateKind::field, "field"}};
  return list;
}

Json field_to_json(const fit::Candidate& candidate) {
  return {{"kind", dynamics::name_of(candidate.field)},
          {"clamps", candidate.clamps},
          {"relaxation", candidate.relaxation},
          {"hidden", candidate.hidden},
          {"step", candidate.step},
          {"epochs", candidate.epochs},
          {"learning_rate", candidate.rate},
          {"l2", candidate.l2},
          {"tempered", candidate.tempered}};
}

void field_from(const Json& json, fit::Candidate& candidate) {
  candidate.field = dynamics::field_kind_of(json.at("kind").get<std::string>());
  candidate.clamps = json.at("clamps").get<bool>();
  candidate.relaxation = json.at("relaxation").get<double>();
  candidate.hidden = json.at("hidden").get<Index>();
  candidate.step = json.at("step").get<double>();
  candidate.epochs = json.at("epochs").get<int>();
  candidate.rate = json.at("learning_rate").get<double>();
  candidate.l2 = json.at("l2").get<double>();
  candidate.tempered = json.at("tempered").get<bool>();
}

Json candidate_to_json(Message& message, const fit::CandidateFit& fit) {
  const std::string prefix = "recommended/" + fit.candidate.name + "/";
  Json json;
  json["name"] = fit.candidate.name;
  json["what"] = fit.candidate.what;
  for (const auto& [kind, name] : kinds())
    if (kind == fit.candidate.kind) json["kind"] = name;
  json["dynamic"] = fit.candidate.dynamic();
  if (fit.candidate.dynamic()) {
    json["field"] = field_to_json(fit.candidate);
    Matrix members(fit.members.empty() ? 0 : fit.members.front().size(), static_cast<Index>(fit.members.size()));
    for (std::size_t m = 0; m < fit.members.size(); ++m) members.col(static_cast<Index>(m)) = fit.members[m];
    put_columns(message, json, "members", prefix + "members", members);
  }
  if (!fit.ridge.names.empty()) {
    Json ridge = {{"inputs", fit.ridge.names},
                  {"usual_doses", fit.ridge.usual},
                  {"times", fit.ridge.times},
                  {"strength", fit.ridge.strength}};
    ridge["coefficients"] = Json::array();
    for (std::size_t t = 0; t < fit.ridge.coefficients.size(); ++t) {
      Json holder;
      put_columns(message, holder, "at", prefix + "coefficients" + std::to_string(t), fit.ridge.coefficients[t]);
      ridge["coefficients"].push_back(std::move(holder));
    }
    json["ridge"] = std::move(ridge);
  }
  if (fit.gene_weights.size() > 0) put_columns(message, json, "weights", prefix + "weights", fit.gene_weights);
  if (fit.mean.size() > 0) {
    json["times"] = fit.times;
    put_columns(message, json, "mean", prefix + "mean", fit.mean);
  }
  if (fit.control.size() > 0) put_vector(message, json, "control", prefix + "control", fit.control);
  return json;
}

fit::CandidateFit candidate_from(const Message& message, const Json& json, const fit::EditModel& edits) {
  fit::CandidateFit fit;
  fit.candidate.name = json.at("name").get<std::string>();
  fit.candidate.what = json.at("what").get<std::string>();
  for (const auto& [kind, name] : kinds())
    if (json.at("kind") == name) fit.candidate.kind = kind;
  if (fit.candidate.dynamic()) field_from(json.at("field"), fit.candidate);
  fit.edits = fit::edits_read_by(fit.candidate, edits);
  if (fit.candidate.dynamic()) {
    const Matrix members = get_columns(message, json, "members");
    for (Index m = 0; m < members.cols(); ++m) fit.members.emplace_back(members.col(m));
  }
  if (json.contains("ridge")) {
    const Json& ridge = json.at("ridge");
    fit.ridge.shared = fit.candidate.kind == CandidateKind::ridge_shared;
    fit.ridge.names = ridge.at("inputs").get<std::vector<std::string>>();
    fit.ridge.usual = ridge.at("usual_doses").get<std::vector<double>>();
    fit.ridge.times = ridge.at("times").get<std::vector<double>>();
    fit.ridge.strength = ridge.at("strength").get<std::vector<double>>();
    for (const Json& holder : ridge.at("coefficients"))
      fit.ridge.coefficients.push_back(get_columns(message, holder, "at"));
  }
  if (json.contains("weights")) fit.gene_weights = get_columns(message, json, "weights");
  if (json.contains("mean")) {
    fit.times = json.at("times").get<std::vector<double>>();
    fit.mean = get_columns(message, json, "mean");
  }
  if (json.contains("control")) fit.control = get_vector(message, json, "control");
  const Index size = fit.candidate.dynamic() ? dynamics::make_field<double>(fit::field_of(fit))->layout().size() : 0;
  for (const auto& member : fit.members)
    if (member.size() != size)
      throw Error("fit.damaged", "The candidate " + fit.candidate.name + " has " + std::to_string(member.size()) +
                                     " parameters; expected " + std::to_string(size) + ".");
  return fit;
}

Json list_of(const Vector& values) {
  Json list = Json::array();
  for (const double v : values) list.push_back(number_or_null(v));
  return list;
}

Vector vector_from(const Json& list) {
  Vector out(static_cast<Index>(list.size()));
  for (std::size_t i = 0; i < list.size(); ++i)
    out(static_cast<Index>(i)) = list[i].is_null() ? NAN : list[i].get<double>();
  return out;
}

double number_from(const Json& value) { return value.is_null() ? NAN : value.get<double>(); }

Json choice_to_json(Message& message, const fit::Choice& choice, const fit::Recommended& model) {
  const std::string prefix = "recommended/" + fit::name_of(choice.novelty) + "/";
  Json json;
  json["novelty"] = fit::name_of(choice.novelty);
  json["words"] = fit::words_of(choice.novelty);
  json["imitated"] = choice.imitated;
  json["units"] = choice.units;
  json["errors"] = list_of(choice.error);
  json["stacking"] = list_of(choice.stacking);
  json["weights"] = list_of(choice.weights);
  json["stacked_error"] = number_or_null(choice.stacked);
  json["baseline"] = model.candidates[static_cast<std::size_t>(choice.baseline)].candidate.name;
  json["gain"] = {{"mean", number_or_null(choice.gain)}, {"se", number_or_null(choice.gain_se)}};
  json["returns_baseline"] = choice.returns_baseline;
  json["sentence"] = choice.sentence;
  const fit::Calibration& c = choice.calibration;
  json["calibration"] = {{"units", c.units},
                         {"needed", c.needed},
                         {"calibrated", c.calibrated},
                         {"quantile", number_or_null(c.quantile)},
                         {"factor", number_or_null(c.factor)},
                         {"attainable", {number_or_null(c.attainable_low), number_or_null(c.attainable_high)}}};
  put_vector(message, json, "residual", prefix + "residual", choice.residual);
  put_vector(message, json, "noise", prefix + "noise", choice.noise);
  return json;
}

fit::Choice choice_from(const Message& message, const Json& json, const fit::Recommended& model) {
  fit::Choice choice;
  for (const auto kind : fit::novelties)
    if (json.at("novelty") == fit::name_of(kind)) choice.novelty = kind;
  choice.imitated = json.at("imitated").get<bool>();
  choice.units = json.at("units").get<int>();
  choice.error = vector_from(json.at("errors"));
  choice.stacking = vector_from(json.at("stacking"));
  choice.weights = vector_from(json.at("weights"));
  choice.stacked = number_from(json.at("stacked_error"));
  for (std::size_t c = 0; c < model.candidates.size(); ++c)
    if (json.at("baseline") == model.candidates[c].candidate.name) choice.baseline = static_cast<int>(c);
  choice.gain = number_from(json.at("gain").at("mean"));
  choice.gain_se = number_from(json.at("gain").at("se"));
  choice.returns_baseline = json.at("returns_baseline").get<bool>();
  choice.sentence = json.at("sentence").get<std::string>();
  const Json& c = json.at("calibration");
  choice.calibration.units = c.at("units").get<int>();
  choice.calibration.needed = c.at("needed").get<int>();
  choice.calibration.calibrated = c.at("calibrated").get<bool>();
  choice.calibration.quantile = number_from(c.at("quantile"));
  choice.calibration.factor = number_from(c.at("factor"));
  choice.calibration.attainable_low = number_from(c.at("attainable").at(0));
  choice.calibration.attainable_high = number_from(c.at("attainable").at(1));
  choice.residual = get_vector(message, json, "residual");
  choice.noise = get_vector(message, json, "noise");
  return choice;
}

}  // namespace

void put_recommended(Message& message, Json& parent, const fit::Recommended& model) {
  Json json;
  json["candidates"] = Json::array();
  for (const auto& candidate : model.candidates) json["candidates"].push_back(candidate_to_json(message, candidate));
  json["choices"] = Json::array();
  for (const auto& choice : model.choices) json["choices"].push_back(choice_to_json(message, choice, model));
  json["seen"] = std::vector<std::string>(model.experience.seen.begin(), model.experience.seen.end());
  json["together"] = std::vector<std::string>(model.experience.together.begin(), model.experience.together.end());
  put_vector(message, json, "control_variance", "recommended/control_variance", model.control_variance);
  json["noise_known"] = model.noise_known;
  parent["recommended"] = std::move(json);
}

void put_reasons(Json& parent, const fit::Recommended& model) {
  Json verdict = Json::array();
  for (const auto& choice : model.choices)
    if (choice.imitated) verdict.push_back(choice.sentence);
  for (const auto& sentence : parent.at("verdict")) verdict.push_back(sentence);
  parent["verdict"] = std::move(verdict);
}

fit::Recommended get_recommended(const Message& message, const Json& parent, const fit::EditModel& edits) {
  const Json& json = parent.at("recommended");
  fit::Recommended model;
  for (const Json& item : json.at("candidates")) model.candidates.push_back(candidate_from(message, item, edits));
  for (const Json& item : json.at("choices")) model.choices.push_back(choice_from(message, item, model));
  if (model.candidates.empty() || model.choices.size() != fit::novelties.size())
    throw Error("fit.damaged", "The recommended model of the fit document has no candidates or not all choices.");
  for (const auto& choice : model.choices)
    if (choice.weights.size() != static_cast<Index>(model.candidates.size()))
      throw Error("fit.damaged", "A choice of the recommended model has another number of weights than candidates.");
  for (const Json& name : json.at("seen")) model.experience.seen.insert(name.get<std::string>());
  for (const Json& name : json.at("together")) model.experience.together.insert(name.get<std::string>());
  model.control_variance = get_vector(message, json, "control_variance");
  model.noise_known = json.at("noise_known").get<bool>();
  return model;
}

}  // namespace groundwork::api
