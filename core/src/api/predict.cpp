#include "groundwork/api/predict.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/state_table.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

constexpr int most_changes = 50;

std::vector<double> answered_times(const Json& request, const FitRecord& fit, std::vector<std::string>& warnings) {
  std::vector<double> times = times_from(request, "predict");
  if (times.empty()) times = fit.times;
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  if (fit.single_time) {
    const double only = fit.times.back();
    if (times.size() != 1 || std::abs(times.front() - only) > 1e-9)
      warnings.push_back(
          "The screen has a single time after the edit (" + significant(only) +
          " d), so the fit knows end states only: the answer is for that time, not for the times asked for.");
    return {only};
  }
  if (times.back() > fit.times.back() * (1 + 1e-9))
    warnings.push_back("The screen ends at " + significant(fit.times.back()) +
                       " d; predictions beyond are extrapolated.");
  return times;
}

}  // namespace

Message run_predict(const Message& request) {
  refuse_unknown(request.json, {"fit", "edits", "medium", "times", "genes"}, "predict");
  const FitRecord fit = fit_of_request(request, "predict");
  std::vector<std::string> warnings;
  const std::vector<screen::Edit> edits = edits_from(request.json, "predict");
  const auto predictor = predictor_of(fit);
  screen::Condition condition;
  condition.edits = edits;
  if (request.json.contains("medium") && !request.json["medium"].is_null()) {
    if (!request.json["medium"].is_string()) throw Error("request.value", "predict: \"medium\" is not a name.");
    condition.medium = request.json["medium"].get<std::string>();
    fit.edits.read({}, condition.medium);  // one question at a time: a misspelt medium is refused
  } else {
    condition.medium = usual_medium(fit);
  }
  const std::string medium = condition.medium;
  const std::vector<double> times = answered_times(request.json, fit, warnings);
  const std::vector<Index> genes = genes_from(request.json, fit, "predict");
  const auto edited = fit.edits.read(edits, medium);
  std::vector<screen::Condition> conditions;
  for (const double t : times) {
    condition.time = t;
    conditions.push_back(condition);
  }
  fit::Prediction prediction = predictor->predict(conditions);
  if (fit.recommended) {
    // Its intervals are calibrated on conditions left out; its members differ by their starts alone.
    prediction.state.spread = prediction.sd;
    prediction.effect.spread =
        edits.empty() ? Matrix(Matrix::Zero(prediction.sd.rows(), prediction.sd.cols())) : prediction.sd;
  }
  for (const auto& sentence : prediction.warnings)
    if (std::find(warnings.begin(), warnings.end(), sentence) == warnings.end()) warnings.push_back(sentence);
  const auto chosen = [&](const fit::Ensemble& all) {
    return fit::Ensemble{all.mean(genes, Eigen::all), all.spread(genes, Eigen::all)};
  };
  const fit::Ensemble state = chosen(prediction.state), effect = chosen(prediction.effect),
                      control = chosen(prediction.control);
  const Matrix effect_low = fit::range_end(effect, -1), effect_high = fit::range_end(effect, 1);

  Message message;
  message.json["kind"] = "predict";
  message.json["buffers"] = Json::object();
  Json body;
  Json names = Json::array(), listed = Json::array(), own = Json::array();
  for (const auto& edit : edits) names.push_back(edit.name);
  for (const Index g : genes) listed.push_back(fit.genes[static_cast<std::size_t>(g)]);
  body["edits"] = std::move(names);
  body["medium"] = medium;
  body["times"] = times;
  body["genes"] = std::move(listed);
  body["scale"] = screen::name_of(fit.scale);
  body["members"] = fit.members.size();
  body["single_time"] = fit.single_time;
  body["unseen"] = edited.unseen;
  body["warnings"] = warnings;
  put_columns(message, body, "control", "control", control.mean);
  put_columns(message, body, "mean", "mean", state.mean);
  put_columns(message, body, "low", "low", fit::range_end(state, -1));
  put_columns(message, body, "high", "high", fit::range_end(state, 1));
  put_columns(message, body, "sd", "sd", state.spread);
  Json against = Json::object();
  put_columns(message, against, "mean", "effect/mean", effect.mean);
  put_columns(message, against, "low", "effect/low", effect_low);
  put_columns(message, against, "high", "effect/high", effect_high);
  body["effect"] = std::move(against);

  // The edited transcript of a knock-out says nothing about regulation, so it is not among the top changes.
  struct Change {
    double size;
    Index row, time;
  };
  std::vector<Change> changes;
  for (Index i = 0; i < effect.mean.rows(); ++i) {
    const Index gene = genes[static_cast<std::size_t>(i)];
    const bool clamped = std::any_of(edited.inputs.clamps.begin(), edited.inputs.clamps.end(), [&](const auto& clamp) {
      return clamp.gene == gene && clamp.kind == dynamics::ClampKind::activity;
    });
    if (clamped) continue;
    Index at = 0;
    const double size = effect.mean.row(i).cwiseAbs().maxCoeff(&at);
    changes.push_back({size, i, at});
  }
  std::stable_sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.size > b.size; });
  if (changes.size() > static_cast<std::size_t>(most_changes)) changes.resize(most_changes);
  Json top = Json::array();
  const auto value = [](double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); };
  for (const Change& change : changes)
    top.push_back({{"gene", fit.genes[static_cast<std::size_t>(genes[static_cast<std::size_t>(change.row)])]},
                   {"time", times[static_cast<std::size_t>(change.time)]},
                   {"effect", value(effect.mean(change.row, change.time))},
                   {"low", value(effect_low(change.row, change.time))},
                   {"high", value(effect_high(change.row, change.time))}});
  body["top"] = std::move(top);
  for (auto& [key, item] : body.items()) message.json[key] = std::move(item);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

}  // namespace groundwork::api
