#include <cmath>
#include <limits>

#include "fit_form_parts.hpp"
#include "groundwork/base/error.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

Json score_to_json(const fit::Score& score) {
  Json json;
  json["name"] = score.name;
  json["mse"] = number_or_null(score.mse);
  json["mse_se"] = number_or_null(score.mse_se);
  json["relative_to_no_change"] = number_or_null(score.relative_to_no_change);
  json["difference"] = {{"mean", number_or_null(score.difference)},
                        {"low", number_or_null(score.difference_low)},
                        {"high", number_or_null(score.difference_high)}};
  json["pearson_delta"] = number_or_null(score.pearson_delta);
  json["pearson_vs_mean"] = number_or_null(score.pearson_vs_mean);
  json["centroid_rank"] = number_or_null(score.centroid_rank);
  Json each = Json::array();
  for (const double x : score.per_condition) each.push_back(number_or_null(x));
  json["per_condition"] = std::move(each);
  return json;
}

/** Mean and standard deviation over members of the predicted effects. */
void put_predicted(Message& message, Json& body, const FitRecord& record) {
  const Matrix& shape = record.evaluation.observed;
  const double n = static_cast<double>(record.members.size());
  Matrix mean = Matrix::Zero(shape.rows(), shape.cols()), square = mean;
  for (const auto& member : record.members) mean += member.effects / n;
  for (const auto& member : record.members) square += (member.effects - mean).cwiseAbs2();
  const Matrix sd = record.members.size() > 1 ? Matrix((square / (n - 1)).cwiseSqrt())
                                              : Matrix::Constant(shape.rows(), shape.cols(), NAN);
  Json json = Json::object();
  put_columns(message, json, "mean", "predicted/mean", mean);
  put_columns(message, json, "sd", "predicted/sd", sd);
  body["predicted"] = std::move(json);
}

}  // namespace

void put_series(Json& parent, const std::string& key, const std::vector<double>& values) {
  Json list = Json::array();
  for (const double x : values) list.push_back(number_or_null(x));
  parent[key] = std::move(list);
}

std::vector<double> get_series(const Json& parent, const std::string& key) {
  std::vector<double> values;
  for (const Json& x : parent.at(key)) values.push_back(x.is_null() ? NAN : x.get<double>());
  return values;
}

Matrix get_matrix(const Message& message, const Json& parent, const std::string& key, Index rows, Index cols) {
  Matrix m = get_columns(message, parent, key);
  if (cols == 0 && m.size() == 0) m.resize(rows, 0);
  if (m.rows() != rows || m.cols() != cols)
    throw Error("fit.damaged", "The fit document's \"" + key + "\" is " + std::to_string(m.cols()) + " x " +
                                   std::to_string(m.rows()) + "; expected " + std::to_string(cols) + " x " +
                                   std::to_string(rows) + ".");
  return m;
}

void put_evaluation(Message& message, Json& body, const FitRecord& record) {
  const fit::Evaluation& evaluation = record.evaluation;
  std::vector<Matrix> effects;
  for (const auto& member : record.members) effects.push_back(member.effects);
  const fit::Scores scores = fit::score(evaluation, effects);

  body["scored"] = evaluation.split == fit::SplitKind::none ? "training" : "held_out";
  Json list = Json::array(), scored = Json::array();
  for (const auto& score : scores.list) list.push_back(score_to_json(score));
  for (const std::size_t i : evaluation.scored()) scored.push_back(i);
  put_series(list.back(), "member_mse", scores.member_mse);
  body["scores"] = std::move(list);
  body["scored_conditions"] = std::move(scored);
  body["floor"] = {{"mse", number_or_null(scores.limits.floor)},
                   {"shared_with_training", number_or_null(scores.limits.shared)}};
  put_vector(message, body["floor"], "by_gene", "floor/by_gene", scores.limits.floor_by_gene);
  body["ceiling"] = {{"pearson", number_or_null(scores.limits.correlation)},
                     {"signal", number_or_null(scores.limits.signal)}};
  body["verdict"] = scores.verdict;

  Json observed = Json::object();
  Json labels = Json::array(), edits = Json::array(), media = Json::array(), compartments = Json::array(),
       held_out = Json::array();
  for (std::size_t i = 0; i < evaluation.conditions.size(); ++i) {
    const auto& condition = evaluation.conditions[i];
    labels.push_back(evaluation.labels[i]);
    Json own = Json::array();
    for (const auto& edit : condition.edits) own.push_back({{"name", edit.name}, {"dose", edit.dose}});
    edits.push_back(std::move(own));
    media.push_back(condition.medium);
    compartments.push_back(condition.compartment);
    held_out.push_back(evaluation.held_out[i] != 0);
  }
  observed["conditions"] = std::move(labels);
  observed["edits"] = std::move(edits);
  observed["media"] = std::move(media);
  observed["compartments"] = std::move(compartments);
  observed["times"] = evaluation.times;
  observed["held_out"] = std::move(held_out);
  put_columns(message, observed, "x", "observed/x", evaluation.observed);
  put_columns(message, observed, "variance", "observed/variance", evaluation.variance);
  put_columns(message, observed, "shared", "observed/shared", evaluation.shared);
  body["observed"] = std::move(observed);
  put_predicted(message, body, record);
  Json baselines = Json::array();
  for (const auto& baseline : evaluation.baselines) {
    Json json = {{"name", baseline.name}, {"what", baseline.what}};
    put_columns(message, json, "effects", "baselines/" + baseline.name, baseline.effects);
    baselines.push_back(std::move(json));
  }
  body["baselines"] = std::move(baselines);
}

void get_evaluation(const Message& message, FitRecord& record) {
  fit::Evaluation& evaluation = record.evaluation;
  evaluation.model = record.recommended ? "recommended" : dynamics::name_of(record.options.model);
  evaluation.split = record.options.split;
  evaluation.seed = record.options.seed;
  const Json& observed = message.json.at("observed");
  const std::size_t count = observed.at("edits").size();
  evaluation.times = observed.at("times").get<std::vector<double>>();
  for (std::size_t i = 0; i < count; ++i) {
    screen::Condition condition;
    for (const Json& edit : observed.at("edits")[i])
      condition.edits.push_back({edit.at("name").get<std::string>(), edit.at("dose").get<double>()});
    condition.medium = observed.at("media").at(i).get<std::string>();
    condition.compartment = observed.at("compartments").at(i).get<std::string>();
    condition.time = evaluation.times.at(i);
    evaluation.conditions.push_back(std::move(condition));
    evaluation.labels.push_back(observed.at("conditions").at(i).get<std::string>());
    evaluation.held_out.push_back(observed.at("held_out").at(i).get<bool>() ? 1 : 0);
  }
  const Index genes = static_cast<Index>(record.genes.size()), columns = static_cast<Index>(count);
  evaluation.observed = get_matrix(message, observed, "x", genes, columns);
  evaluation.variance = get_matrix(message, observed, "variance", genes, columns);
  evaluation.shared = get_matrix(message, observed, "shared", genes, columns);
  for (const Json& baseline : message.json.at("baselines"))
    evaluation.baselines.push_back({baseline.at("name").get<std::string>(), baseline.at("what").get<std::string>(),
                                    get_matrix(message, baseline, "effects", genes, columns)});
}

}  // namespace groundwork::api
