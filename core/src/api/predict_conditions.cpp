#include "groundwork/api/predict_conditions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/screen/state_table.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

std::string text_in(const Json& request, const char* key, const std::string& otherwise) {
  if (!request.contains(key) || request[key].is_null()) return otherwise;
  if (!request[key].is_string())
    throw Error("request.value", std::string("predict_conditions: \"") + key + "\" is not a text.");
  return request[key].get<std::string>();
}

/** A field of a CSV line, quoted where it has to be (RFC 4180). */
std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n\r;\t") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

void put_number(std::string& out, double value) {
  char text[32];
  if (std::isfinite(value)) std::snprintf(text, sizeof text, ",%.8g", value);
  out += std::isfinite(value) ? text : ",";
}

std::string csv_of(const screen::StateTable& list, const std::vector<std::string>& genes, const Matrix& states,
                   const Matrix& sd) {
  std::string out = "condition,edits,medium,time,batch,variance";
  for (const auto& gene : genes) out += "," + csv_field(gene);
  for (const auto& gene : genes) out += "," + csv_field(gene + "_sd");
  out += "\n";
  for (std::size_t r = 0; r < list.rows.size(); ++r) {
    const auto& row = list.rows[r];
    out += csv_field(row.name);
    for (const std::string* field : {&row.edits, &row.medium, &row.time, &row.batch, &row.variance})
      out += "," + csv_field(*field);
    for (const Matrix* part : {&states, &sd})
      for (const double value : part->col(static_cast<Index>(r))) put_number(out, value);
    out += "\n";
  }
  return out;
}

}  // namespace

std::string usual_medium(const FitRecord& fit) {
  std::map<std::string, int> count;
  for (const auto& condition : fit.evaluation.conditions) ++count[condition.medium];
  std::string usual = fit.edits.media.front();
  if (count.empty() || count.contains(usual)) return usual;
  int most = 0;
  for (const auto& [medium, conditions] : count)
    if (conditions > most) {
      most = conditions;
      usual = medium;
    }
  return usual;
}

fit::DynamicFit dynamic_fit_of(const FitRecord& record) {
  if (record.recommended)
    throw Error("fit.recommended", "This asks for the flow of one dynamic model, and the fit is a mixture of several.",
                "Fit a model by its name.");
  fit::DynamicFit dynamic;
  dynamic.options = record.options;
  dynamic.field = field_options_of(record);
  dynamic.edits = record.edits;
  dynamic.times = record.times;
  dynamic.single_time = record.single_time;
  dynamic.differentiating = record.differentiating;
  dynamic.usual_medium = usual_medium(record);
  for (const auto& condition : record.evaluation.conditions)
    dynamic.pairs = dynamic.pairs || condition.edits.size() > 1;
  dynamic.control = record.control;
  dynamic.unit = record.unit;
  std::vector<Matrix> effects;
  for (const auto& member : record.members) {
    dynamic.members.push_back(member.training.stored);
    effects.push_back(member.effects);
  }
  dynamic.residual = fit::residual_variance(record.evaluation, effects);
  return dynamic;
}

std::unique_ptr<fit::Predictor> predictor_of(const FitRecord& record) {
  if (!record.recommended) return fit::dynamic_predictor(dynamic_fit_of(record));
  fit::StackedFit stacked;
  stacked.model = *record.recommended;
  stacked.edits = record.edits;
  stacked.times = record.times;
  stacked.single_time = record.single_time;
  stacked.usual_medium = usual_medium(record);
  stacked.control = record.control;
  stacked.unit = record.unit;
  return fit::stacked_predictor(std::move(stacked));
}

Message run_predict_conditions(const Message& request) {
  const Json& json = request.json;
  refuse_unknown(json, {"fit", "text", "file", "time_unit", "csv"}, "predict_conditions");
  const FitRecord fit = fit_of_request(request, "predict_conditions");
  if (!json.contains("text")) throw Error("request.missing", "predict_conditions: the request has no \"text\".");
  const auto predictor = predictor_of(fit);

  screen::StateTableForm form;
  form.states = false;
  form.modality = fit.edits.modality;
  form.time_unit = text_in(json, "time_unit", "d");
  form.genes = fit.genes;
  // An input that is called like a gene was given a longer name when the data were read.
  const std::string mark = " (dose)";
  for (const auto& entry : fit.edits.edits)
    if (entry.name.ends_with(mark)) form.genes.push_back(entry.name.substr(0, entry.name.size() - mark.size()));
  screen::StateTable list =
      screen::read_state_table(text_in(json, "file", "the list of conditions"), text_in(json, "text", ""), form);
  std::vector<screen::Condition> conditions;
  for (const auto& row : list.rows) conditions.push_back(row.condition);
  fit::Prediction prediction = predictor->predict(conditions);
  std::vector<std::string> warnings = list.warnings;
  warnings.insert(warnings.end(), prediction.warnings.begin(), prediction.warnings.end());

  Message message;
  message.json["kind"] = "predictions";
  message.json["schema"] = 1;
  message.json["version"] = GROUNDWORK_VERSION;
  message.json["buffers"] = Json::object();
  Json body;
  body["file"] = list.file;
  body["scale"] = screen::name_of(fit.scale);
  body["members"] = fit.members.size();
  body["genes"] = predictor->genes();
  Json rows = Json::array();
  for (std::size_t r = 0; r < list.rows.size(); ++r) {
    const auto& row = list.rows[r];
    Json edits = Json::array();
    for (const auto& edit : row.condition.edits) edits.push_back({{"name", edit.name}, {"dose", edit.dose}});
    rows.push_back({{"name", row.name},
                    {"label", screen::label_of(row.condition)},
                    {"edits", std::move(edits)},
                    {"medium", row.medium},
                    {"time", prediction.times[r]},
                    {"batch", row.batch},
                    {"unseen", prediction.unseen[r] != 0}});
  }
  body["rows"] = std::move(rows);
  put_columns(message, body, "states", "states", prediction.state.mean);
  put_columns(message, body, "effects", "effects", prediction.effect.mean);
  put_columns(message, body, "sd", "sd", prediction.sd);
  body["warnings"] = warnings;
  if (json.contains("csv") && json["csv"] == true)
    body["csv"] = csv_of(list, predictor->genes(), prediction.state.mean, prediction.sd);
  for (auto& [key, value] : body.items()) message.json[key] = std::move(value);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

}  // namespace groundwork::api
