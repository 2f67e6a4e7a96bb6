#include "groundwork/api/protocol.hpp"

#include <algorithm>
#include <cmath>

#include "fit_form_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/protocols.hpp"
#include "groundwork/screen/state_table.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

constexpr std::size_t most_protocols = 12, most_stages = 12, top_count = 10;

std::string text_in(const Json& object, const char* key, const std::string& otherwise, const std::string& where) {
  if (!object.contains(key) || object[key].is_null()) return otherwise;
  if (!object[key].is_string())
    throw Error("request.value",
                where + ": \"" + key + "\" is " + object[key].dump().substr(0, 40) + "; expected a text.");
  return object[key].get<std::string>();
}

void require_length(std::size_t found, std::size_t most, const std::string& where, const std::string& what) {
  if (found == 0) throw Error("protocol.empty", where + ": there is no " + what + ".", "Give at least one.");
  if (found > most)
    throw Error("protocol.too_long",
                where + ": found " + std::to_string(found) + " " + what + "s; at most " + std::to_string(most) +
                    " are answered at once, because every two stages are exchanged.",
                "Ask in several calls.");
}

fit::ProtocolStage stage_from(const Json& json, const std::string& before, double unit, const std::string& where) {
  refuse_unknown(json, {"medium", "edits", "duration"}, where);
  fit::ProtocolStage stage;
  stage.medium = text_in(json, "medium", before, where);
  stage.added = edits_from(json, where);
  if (!json.contains("duration"))
    throw Error("protocol.duration", where + " has no \"duration\".", "Say how long it lasts.");
  const Json& duration = json["duration"];
  stage.duration = duration.is_number() ? duration.get<double>() * unit : NAN;
  if (!(stage.duration >= 0) || std::isinf(stage.duration))
    throw Error("protocol.duration",
                where + ": the duration is " + duration.dump().substr(0, 40) + "; expected a number from 0 on.");
  return stage;
}

fit::NamedProtocol protocol_from(const Json& json, std::size_t index, const FitRecord& fit) {
  std::string where = "protocol " + std::to_string(index + 1);
  if (json.is_object() && json.contains("kind") && json["kind"] != "protocol_stages")
    throw Error("protocol.kind",
                where + ": found a document of kind " + json["kind"].dump().substr(0, 40) +
                    "; expected \"protocol_stages\", or none.",
                "Give an object with \"stages\".");
  refuse_unknown(json, {"kind", "schema", "name", "time_unit", "stages"}, where);
  fit::NamedProtocol protocol;
  protocol.name = text_in(json, "name", where, where);
  where = "protocol \"" + protocol.name + "\"";
  const double unit = screen::days_per(text_in(json, "time_unit", "d", where));
  if (!json.contains("stages") || !json["stages"].is_array())
    throw Error("request.value", where + ": \"stages\" is not a list.", "Give the stages in order.");
  require_length(json["stages"].size(), most_stages, where, "stage");
  std::string medium = usual_medium(fit);
  for (std::size_t s = 0; s < json["stages"].size(); ++s) {
    protocol.stages.push_back(stage_from(json["stages"][s], medium, unit, where + ", stage " + std::to_string(s + 1)));
    medium = protocol.stages.back().medium;
  }
  return protocol;
}

std::vector<fit::NamedProtocol> protocols_from(const Json& request, const FitRecord& fit) {
  if (!request["protocols"].is_array())
    throw Error("request.value", "protocol: \"protocols\" is not a list.", "Give a list of protocols.");
  require_length(request["protocols"].size(), most_protocols, "protocol", "protocol");
  std::vector<fit::NamedProtocol> protocols;
  for (std::size_t p = 0; p < request["protocols"].size(); ++p) {
    protocols.push_back(protocol_from(request["protocols"][p], p, fit));
    for (std::size_t q = 0; q < p; ++q)
      if (protocols[q].name == protocols[p].name)
        throw Error("protocol.name", "Two protocols are called \"" + protocols[p].name + "\".",
                    "Give each a name of its own: answers are told apart by it.");
  }
  return protocols;
}

Json edits_form(const std::vector<screen::Edit>& edits) {
  Json list = Json::array();
  for (const auto& edit : edits) list.push_back({{"name", edit.name}, {"dose", edit.dose}});
  return list;
}

/** What two ends differ by: over all genes, and the genes that differ most. */
void put_difference(Json& json, const fit::Ensemble& difference, const fit::PredictionError& error,
                    const std::vector<std::string>& genes) {
  const Vector mean = difference.mean.col(0), spread = difference.spread.col(0);
  const double rms = mean.norm() / std::sqrt(static_cast<double>(mean.size()));
  json["norm"] = mean.norm();
  json["spread"] = number_or_null(spread.norm());
  json["rms"] = rms;
  json["relative"] = number_or_null(rms / error.value);
  std::vector<Index> order;
  for (Index g = 0; g < mean.size(); ++g) order.push_back(g);
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return std::abs(mean[a]) > std::abs(mean[b]); });
  if (order.size() > top_count) order.resize(top_count);
  Json top = Json::array();
  for (const Index g : order)
    top.push_back({{"gene", genes[static_cast<std::size_t>(g)]},
                   {"difference", mean[g]},
                   {"low", number_or_null(mean[g] - 1.96 * spread[g])},
                   {"high", number_or_null(mean[g] + 1.96 * spread[g])}});
  json["top"] = std::move(top);
}

class Answer {
 public:
  Answer(const FitRecord& fit, const fit::ProtocolRunner& runner, std::vector<Index> genes)
      : fit_(fit), runner_(runner), genes_(std::move(genes)) {
    message_.json["kind"] = "protocol";
    message_.json["schema"] = 1;
    message_.json["version"] = GROUNDWORK_VERSION;
    message_.json["buffers"] = Json::object();
  }

  Json course_form(const fit::NamedProtocol& protocol, const fit::ProtocolCourse& course, std::size_t index) {
    Json json = {{"name", protocol.name}};
    Json stages = Json::array();
    double start = 0;
    for (std::size_t s = 0; s < protocol.stages.size(); ++s) {
      const auto& stage = protocol.stages[s];
      stages.push_back({{"medium", stage.medium},
                        {"added", edits_form(stage.added)},
                        {"edits", edits_form(course.acting[s])},
                        {"start", start},
                        {"end", start + stage.duration},
                        {"end_at", course.ends[s]},
                        {"unseen", course.unseen[s] != 0}});
      start += stage.duration;
    }
    json["stages"] = std::move(stages);
    json["duration"] = start;
    json["times"] = course.times;
    const std::string prefix = "protocols/" + std::to_string(index) + "/";
    const auto put = [&](Json& parent, const std::string& key, const std::string& name, const Matrix& m) {
      put_columns(message_, parent, key, prefix + name, m(genes_, Eigen::all));
    };
    put(json, "mean", "mean", course.state.mean);
    put(json, "low", "low", fit::range_end(course.state, -1));
    put(json, "high", "high", fit::range_end(course.state, 1));
    put(json, "reference", "reference", course.reference.mean);
    Json effect = Json::object();
    put(effect, "mean", "effect/mean", course.effect.mean);
    put(effect, "low", "effect/low", fit::range_end(course.effect, -1));
    put(effect, "high", "effect/high", fit::range_end(course.effect, 1));
    json["effect"] = std::move(effect);

    const Index last = static_cast<Index>(course.times.size()) - 1;
    const Vector spread =
        fit_.members.size() > 1 ? Vector(course.state.spread.col(last)) : Vector::Zero(course.state.mean.rows());
    const Vector sd = (spread.array().square() + runner_.fit().residual.array()).sqrt();
    Json end = Json::object();
    const auto put_end = [&](const std::string& key, const Vector& v) {
      put_vector(message_, end, key, prefix + "end/" + key, v(genes_));
    };
    put_end("state", course.state.mean.col(last));
    put_end("sd", sd);
    put_end("reference", course.reference.mean.col(last));
    put_end("effect", course.effect.mean.col(last));
    put_end("effect_sd", course.effect.spread.col(last));
    json["end"] = std::move(end);
    return json;
  }

  Json swaps_form(const std::vector<fit::StageSwap>& swaps, const fit::PredictionError& error) const {
    Json list = Json::array();
    for (const auto& swap : swaps) {
      Json json = {{"first", swap.first + 1}, {"second", swap.second + 1}};
      put_difference(json, swap.difference, error, fit_.genes);
      list.push_back(std::move(json));
    }
    return list;
  }

  Message finish(Json body) {
    for (auto& [key, value] : body.items()) message_.json[key] = std::move(value);
    if (message_.json["buffers"].empty()) message_.json.erase("buffers");
    return std::move(message_);
  }

 private:
  const FitRecord& fit_;
  const fit::ProtocolRunner& runner_;
  std::vector<Index> genes_;
  Message message_;
};

Json error_form(const fit::PredictionError& error) {
  return {{"value", number_or_null(error.value)},
          {"of", !std::isfinite(error.value) ? Json(nullptr) : Json(error.held_out ? "held_out" : "measurement")},
          {"what", error.what},
          {"reason", error.reason.empty() ? Json(nullptr) : Json(error.reason)}};
}

}  // namespace

Message run_protocol(const Message& request) {
  const Json& json = request.json;
  refuse_unknown(json, {"fit", "protocols", "points", "genes"}, "protocol");
  const FitRecord fit = fit_of_request(request, "protocol");
  if (!json.contains("protocols")) throw Error("request.missing", "protocol: the request has no \"protocols\".");
  const fit::ProtocolRunner runner(dynamic_fit_of(fit));
  const std::vector<fit::NamedProtocol> protocols = protocols_from(json, fit);
  const std::vector<Index> genes = genes_from(json, fit, "protocol");
  int points = 40;
  if (json.contains("points") && !json["points"].is_null()) {
    const Json& asked = json["points"];
    if (!asked.is_number_integer() || asked.get<std::int64_t>() < 1 || asked.get<std::int64_t>() > 1000)
      throw Error("request.value", "protocol: \"points\" is " + asked.dump().substr(0, 40) + "; expected 1 to 1000.");
    points = asked.get<int>();
  }

  std::vector<Matrix> effects;
  for (const auto& member : fit.members) effects.push_back(member.effects);
  const fit::PredictionError error = fit::prediction_error(fit.evaluation, effects);
  Answer answer(fit, runner, genes);
  Json list = Json::array(), differences = Json::array(), properties = Json::array(), names = Json::array();
  std::vector<std::vector<fit::StageSwap>> swaps;
  for (std::size_t p = 0; p < protocols.size(); ++p) {
    Json form = answer.course_form(protocols[p], runner.run(protocols[p], points), p);
    swaps.push_back(runner.swaps(protocols[p]));
    form["commutators"] = answer.swaps_form(swaps.back(), error);
    list.push_back(std::move(form));
  }
  for (std::size_t p = 0; p < protocols.size(); ++p)
    for (std::size_t q = p + 1; q < protocols.size(); ++q) {
      Json form = {{"first", protocols[p].name}, {"second", protocols[q].name}};
      put_difference(form, runner.difference(protocols[p], protocols[q]), error, fit.genes);
      differences.push_back(std::move(form));
    }
  for (const auto& property : runner.properties(protocols, swaps, error)) {
    const bool test = std::isfinite(property.tolerance);
    properties.push_back({{"name", property.name},
                          {"statement", property.statement},
                          {"value", number_or_null(property.value)},
                          {"tolerance", number_or_null(property.tolerance)},
                          {"holds", test ? Json(property.value <= property.tolerance) : Json(nullptr)},
                          {"sentence", property.sentence}});
  }
  for (const Index g : genes) names.push_back(fit.genes[static_cast<std::size_t>(g)]);

  Json body;
  body["screen"] = fit.screen;
  body["model"] = dynamics::name_of(fit.options.model);
  body["scale"] = screen::name_of(fit.scale);
  body["members"] = fit.members.size();
  body["genes"] = std::move(names);
  body["differentiating"] = fit.differentiating;
  body["error"] = error_form(error);
  body["protocols"] = std::move(list);
  body["differences"] = std::move(differences);
  body["properties"] = std::move(properties);
  body["warnings"] = runner.warnings(protocols);
  return answer.finish(std::move(body));
}

}  // namespace groundwork::api
