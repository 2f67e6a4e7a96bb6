#include "compare_request.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "data_source.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/split.hpp"
#include "groundwork/fit/steady_state_experiment.hpp"

namespace groundwork::api {
namespace {

const std::vector<std::string> own_keys{"screen", "states",     "models", "experiment", "split",
                                        "level",  "candidates", "folds",  "seeds",      "part"};
const std::vector<std::string> baseline_names{"no_change", "mean_effect",   "ridge",
                                              "additive",  "other_batches", "interpolation"};
const std::vector<std::string> default_models{"production_decay:centred", "linear:centred", "neural:centred"};

[[noreturn]] void refuse(const std::string& key, const Json& found, const std::string& expected) {
  throw Error("request.value",
              "compare: \"" + key + "\" is " + found.dump().substr(0, 60) + "; expected " + expected + ".");
}

/** A whole number from `least` on, or `otherwise` where the key is absent. */
std::int64_t whole(const Json& request, const std::string& key, std::int64_t otherwise, std::int64_t least,
                   std::int64_t most) {
  if (!request.contains(key) || request.at(key).is_null()) return otherwise;
  const Json& found = request.at(key);
  const double x = found.is_number() ? found.get<double>() : NAN;
  if (!(x == std::floor(x) && x >= static_cast<double>(least) && x <= static_cast<double>(most)))
    refuse(key, found, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return static_cast<std::int64_t>(x);
}

std::string text(const Json& request, const std::string& key) {
  if (!request.contains(key) || request.at(key).is_null()) return "";
  if (!request.at(key).is_string()) refuse(key, request.at(key), "a text");
  return request.at(key).get<std::string>();
}

std::vector<std::string> texts(const Json& request, const std::string& key) {
  std::vector<std::string> out;
  if (!request.contains(key) || request.at(key).is_null()) return out;
  if (!request.at(key).is_array()) refuse(key, request.at(key), "a list of names");
  for (const Json& name : request.at(key)) {
    if (!name.is_string()) refuse(key, name, "a name");
    out.push_back(name.get<std::string>());
  }
  return out;
}

std::vector<std::string> pieces(const std::string& spec) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = spec.find(':', begin);
    out.push_back(spec.substr(begin, end == std::string::npos ? end : end - begin));
    if (end == std::string::npos) return out;
    begin = end + 1;
  }
}

bool number_of(const std::string& text, double& value) {
  char* end = nullptr;
  value = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0' && std::isfinite(value);
}

/** The settings of "FIELD:centred:LOSS:LAMBDA:key=value", in any order after the field, over those common to all. */
fit::FitOptions options_of(const std::string& spec, const Json& common) {
  const auto parts = pieces(spec);
  std::vector<std::string> known;
  for (const auto kind : dynamics::field_kinds()) known.push_back(dynamics::name_of(kind));
  known.push_back("recommended");
  known.insert(known.end(), baseline_names.begin(), baseline_names.end());
  if (!contains(known, parts[0])) {
    std::string list;
    for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
    throw Error("model.unknown", "There is no model \"" + parts[0] + "\"" + fit::near_matches(parts[0], known) +
                                     "; expected one of " + list + ".");
  }
  if (parts[0] == "recommended" && parts.size() > 1)
    throw Error("model.option", "The model in \"" + spec + "\" has no options: it chooses.", "Give its name alone.");
  Json own = common;
  own["model"] = parts[0];
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const std::string& part = parts[i];
    double value = 0;
    const std::size_t equals = part.find('=');
    if (part == "centred") {
      own["centred"] = true;
    } else if (equals != std::string::npos) {
      if (!number_of(part.substr(equals + 1), value))
        throw Error("model.option", "The model \"" + spec + "\" has \"" + part + "\"; expected key=number, as l2=10.");
      own[part.substr(0, equals)] = value;
    } else if (number_of(part, value)) {
      own["lambda"] = value;
    } else {
      fit::loss_kind_of(part);
      own["loss"] = part;
    }
  }
  return fit_options_from_json(own);
}

/** The kind of split that a screen allows, where none is named. */
fit::SplitKind default_split(const fit::StateSource& source) {
  if (fit::edits_in(source.conditions).size() >= 2) return fit::SplitKind::perturbation;
  std::set<double> times;
  for (const auto& condition : source.conditions)
    if (condition.has_time() && condition.time > 0) times.insert(condition.time);
  return times.size() >= 2 ? fit::SplitKind::time : fit::SplitKind::batch;
}

void add_contenders(const Json& json, const Json& common, CompareRequest& out) {
  fit::ModelComparison& comparison = out.record.comparison;
  auto specs = texts(json, "models");
  if (!json.contains("models") || json.at("models").is_null()) specs = default_models;
  std::set<std::string> seen;
  for (const auto& spec : specs) {
    if (contains(baseline_names, spec)) continue;  // baselines are always there
    if (contains(baseline_names, pieces(spec)[0]))
      throw Error("model.option", "The baseline in \"" + spec + "\" has no options.", "Give its name alone.");
    fit::Contender contender{spec, options_of(spec, common)};
    if (!seen.insert(spec).second)
      throw Error("compare.duplicate", "The model \"" + spec + "\" is named twice.", "Name every model once.");
    comparison.contenders.push_back(std::move(contender));
  }
}

void add_experiment(const Json& json, CompareRequest& out) {
  const std::string name = text(json, "experiment");
  if (name != "steady_state" && name != "steady-state")
    throw Error("experiment.unknown", "There is no experiment \"" + name + "\"; expected steady_state.");
  if (json.contains("models") && !json.at("models").is_null())
    throw Error("request.value", "compare: \"models\" is given beside an experiment, which has its own.",
                "Give \"model\", the field that the experiment trains.");
  fit::ModelComparison& comparison = out.record.comparison;
  bool edited = false;
  for (const auto& condition : out.source.conditions) edited = edited || !condition.is_control();
  if (comparison.common.differentiating.value_or(!edited))
    throw Error(
        "experiment.differentiating",
        "The steady-state experiment asks whether holding unedited cells at rest helps, but in this screen they "
        "are taken to differentiate.",
        "Compare models by time instead, or declare the system to be resting.");
  out.record.experiment = true;
  comparison.contenders = fit::steady_state_contenders(comparison.common);
}

}  // namespace

CompareRequest compare_request_from(const Message& request) {
  const Json& json = request.json;
  CompareRequest out;
  DataSource data = data_source_of(request, "compare");
  out.record.screen = std::move(data.name);
  out.source = std::move(data.source);
  out.record.time_unit = out.source.time_unit;
  out.record.scale = out.source.table_scale;

  Json common = Json::object();
  for (const auto& [key, value] : json.items())
    if (key != "buffers" && !contains(own_keys, key)) common[key] = value;
  const bool experiment = !text(json, "experiment").empty();
  for (const char* key : {"loss", "lambda", "centred", "members", "first_member", "refit_all", "holdout"})
    if (common.contains(key))
      throw Error("request.unknown_key", std::string("compare: unknown key '") + key + "'",
                  "Loss, lambda and centring belong to a model: \"neural:centred:steady_state:1\".");
  if (common.contains("model") && !experiment)
    throw Error("request.unknown_key", "compare: unknown key 'model'", "Name models in \"models\".");

  fit::ModelComparison& comparison = out.record.comparison;
  comparison.common = fit_options_from_json(common);
  comparison.seed = comparison.common.seed;
  comparison.seeds = static_cast<int>(whole(json, "seeds", 5, 1, 1000));
  if (experiment)
    add_experiment(json, out);
  else
    add_contenders(json, common, out);

  fit::FoldOptions folds;
  const std::string split = text(json, "split");
  folds.kind = split.empty() ? default_split(out.source) : fit::split_kind_of(split);
  folds.batch_level = text(json, "level");
  if (!folds.batch_level.empty() && folds.kind != fit::SplitKind::batch)
    throw Error("request.value", "compare: \"level\" names a batch column, but the split is not by batch.",
                "Give split batch beside it.");
  folds.candidates = texts(json, "candidates");
  folds.seed = comparison.seed;
  if (json.contains("folds") && json.at("folds") == "each")
    folds.count = 0;
  else
    folds.count = static_cast<int>(whole(json, "folds", 5, 1, 10000));
  comparison.plan = fit::plan_folds(out.source, folds);
  comparison.holdouts.resize(comparison.plan.holdouts.size());

  out.all = out.own = fit::units_of(comparison, out.source);
  if (json.contains("part") && !json.at("part").is_null()) {
    const Json& part = json.at("part");
    if (!part.is_object()) refuse("part", part, "an object with index and of");
    const auto of = whole(part, "of", 1, 1, 10000);
    out.own = fit::part_of(out.all, static_cast<int>(whole(part, "index", 0, 0, of - 1)), static_cast<int>(of));
  }
  return out;
}

}  // namespace groundwork::api
