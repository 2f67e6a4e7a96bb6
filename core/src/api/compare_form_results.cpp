#include <algorithm>

#include "compare_form_parts.hpp"
#include "fit_form_parts.hpp"
#include "groundwork/fit/comparison_verdict.hpp"
#include "groundwork/fit/steady_state_experiment.hpp"

namespace groundwork::api {
namespace {

Json estimate_to_json(const fit::Estimate& e) {
  return {{"mean", number_or_null(e.mean)},
          {"low", number_or_null(e.low)},
          {"high", number_or_null(e.high)},
          {"folds", e.folds}};
}

Json metric_to_json(const fit::MetricSummary& metric) {
  Json json = estimate_to_json(metric.estimate);
  Json folds = Json::array();
  for (const double x : metric.by_fold) folds.push_back(number_or_null(x));
  json["by_fold"] = std::move(folds);
  return json;
}

Json model_to_json(Message& message, const fit::ModelSummary& model, const std::string& name) {
  Json json = {{"name", model.name}, {"trained", model.trained}, {"what", model.what}};
  Json scores = Json::object(), ensemble = Json::object();
  for (std::size_t m = 0; m < fit::metric_count; ++m) {
    scores[fit::metric_names()[m]] = metric_to_json(model.scores[m]);
    ensemble[fit::metric_names()[m]] = metric_to_json(model.ensemble[m]);
  }
  json["scores"] = std::move(scores);
  json["ensemble"] = std::move(ensemble);
  json["relative_to_no_change"] = estimate_to_json(model.relative);
  json["drift"] = model.trained ? metric_to_json(model.drift) : Json(nullptr);
  json["prediction_spread"] = model.trained ? metric_to_json(model.prediction_spread) : Json(nullptr);
  json["parameter_spread"] = model.trained ? metric_to_json(model.parameter_spread) : Json(nullptr);
  json["epochs"] = model.trained ? number_or_null(model.epochs) : Json(nullptr);
  Json coverage = Json::array();
  for (const double x : model.coverage) coverage.push_back(number_or_null(x));
  json["coverage"] = std::move(coverage);
  put_vector(message, json, "condition_mse", name + "/condition_mse", model.condition_mse);
  put_vector(message, json, "gene_mse", name + "/gene_mse", model.gene_mse);
  put_columns(message, json, "predicted", name + "/predicted", model.predicted);
  put_columns(message, json, "spread", name + "/spread", model.spread);
  return json;
}

Json experiment_to_json(const fit::ModelComparison& comparison, const fit::Summary& summary) {
  const fit::SteadyStateResult result = fit::steady_state_result(comparison, summary);
  Json rows = Json::array();
  for (const auto& row : result.rows)
    rows.push_back({{"variant", row.variant.key},
                    {"label", row.variant.label},
                    {"model", row.model},
                    {"error", estimate_to_json(row.error)},
                    {"difference", estimate_to_json(row.difference)},
                    {"runs", row.runs},
                    {"better", row.better},
                    {"drift", estimate_to_json(row.drift)},
                    {"prediction_spread", estimate_to_json(row.prediction_spread)},
                    {"parameter_spread", estimate_to_json(row.parameter_spread)},
                    {"spread_ratio", estimate_to_json(row.spread_ratio)}});
  return {{"rows", std::move(rows)}, {"sentence", result.sentence}, {"sentences", result.sentences}};
}

}  // namespace

Json comparison_results(Message& message, const ComparisonRecord& record) {
  const fit::ModelComparison& comparison = record.comparison;
  const fit::Summary summary = fit::summarise(comparison);
  Json json;
  Json folds = Json::array(), models = Json::array(), pairs = Json::array();
  for (const char counted : summary.folds) folds.push_back(counted != 0);
  json["folds_scored"] = std::move(folds);
  json["genes"] = summary.genes;
  json["conditions"] = summary.conditions;
  json["condition_fold"] = summary.condition_fold;
  put_columns(message, json, "observed", "results/observed", summary.observed);
  put_columns(message, json, "variance", "results/variance", summary.variance);
  Json floor = {{"mse", number_or_null(summary.floor)}, {"shared_with_training", number_or_null(summary.shared)}};
  put_vector(message, floor, "by_gene", "results/floor", summary.floor_by_gene);
  json["floor"] = std::move(floor);
  json["ceiling"] = {{"pearson", number_or_null(summary.ceiling)}};
  json["nominal_coverages"] = fit::nominal_coverages();
  for (std::size_t i = 0; i < summary.models.size(); ++i)
    models.push_back(model_to_json(message, summary.models[i], "model" + std::to_string(i)));
  json["models"] = std::move(models);
  for (const auto& pair : summary.pairs)
    pairs.push_back({{"model", summary.models[pair.model].name},
                     {"against", summary.models[pair.against].name},
                     {"difference", estimate_to_json(pair.difference)},
                     {"ratio", estimate_to_json(pair.ratio)},
                     {"runs", pair.runs},
                     {"better", pair.better}});
  json["pairs"] = std::move(pairs);
  json["verdict"] = fit::comparison_verdict(comparison, summary);
  json["intervals"] = fit::interval_note(comparison, summary);
  json["steady_state"] = record.experiment ? experiment_to_json(comparison, summary) : Json(nullptr);
  return json;
}

}  // namespace groundwork::api
