#include "groundwork/api/fit_options.hpp"

#include <cmath>

#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

const std::string recommended_model = "recommended";

[[noreturn]] void refuse(const std::string& key, const Json& found, const std::string& expected) {
  throw Error("request.value",
              "fit: \"" + key + "\" is " + found.dump().substr(0, 60) + "; expected " + expected + ".");
}

bool given(const Json& request, const std::string& key) { return request.contains(key) && !request.at(key).is_null(); }

void read(const Json& request, const std::string& key, double& value) {
  if (!given(request, key)) return;
  if (!request.at(key).is_number()) refuse(key, request.at(key), "a number");
  value = request.at(key).get<double>();
}

template <typename Whole>
void read_whole(const Json& request, const std::string& key, Whole& value) {
  if (!given(request, key)) return;
  const Json& found = request.at(key);
  const double x = found.is_number() ? found.get<double>() : NAN;
  if (!(x >= 0 && x <= 9007199254740992.0 && x == std::floor(x))) refuse(key, found, "a whole number from 0 on");
  value = static_cast<Whole>(x);
}

void read(const Json& request, const std::string& key, bool& value) {
  if (!given(request, key)) return;
  if (!request.at(key).is_boolean()) refuse(key, request.at(key), "true or false");
  value = request.at(key).get<bool>();
}

void read(const Json& request, const std::string& key, std::string& value) {
  if (!given(request, key)) return;
  if (!request.at(key).is_string()) refuse(key, request.at(key), "a text");
  value = request.at(key).get<std::string>();
}

std::vector<std::string> names(const Json& list, const std::string& key) {
  std::vector<std::string> out;
  for (const Json& name : list) {
    if (!name.is_string()) refuse(key, name, "a name");
    out.push_back(name.get<std::string>());
  }
  return out;
}

}  // namespace

fit::FitOptions fit_options_from_json(const Json& request) {
  refuse_unknown(request,
                 {"screen",
                  "states",
                  "model",
                  "centred",
                  "loss",
                  "lambda",
                  "genes",
                  "split",
                  "holdout",
                  "level",
                  "seed",
                  "members",
                  "first_member",
                  "refit_all",
                  "sampling_time",
                  "differentiating",
                  "baseline_medium",
                  "kappa_activity",
                  "kappa_floor",
                  "synthesis_ceiling",
                  "discrepancy",
                  "epochs",
                  "learning_rate",
                  "l2",
                  "hidden",
                  "step",
                  "part",
                  "parts",
                  "solver",
                  "optimiser",
                  "schedule",
                  "start",
                  "starts",
                  "estimate_kappa",
                  "bootstrap"},
                 "fit");
  std::string model = dynamics::name_of(dynamics::FieldKind::production_decay), loss, split;
  read(request, "model", model);
  std::vector<std::string> known;
  for (const auto kind : dynamics::field_kinds()) known.push_back(dynamics::name_of(kind));
  known.push_back(recommended_model);
  bool found = false;
  for (const auto& name : known) found = found || name == model;
  if (!found) {
    std::string list;
    for (const auto& name : known) list += (list.empty() ? "" : ", ") + name;
    throw Error("model.unknown", "There is no model \"" + model + "\"" + fit::near_matches(model, known) +
                                     "; expected one of " + list + ".");
  }
  fit::FitOptions options;
  options.recommended = model == recommended_model;
  if (!options.recommended) options.model = dynamics::field_kind_of(model);
  read(request, "centred", options.centred);
  read(request, "loss", loss);
  if (!loss.empty()) options.loss = fit::loss_kind_of(loss);
  read(request, "lambda", options.lambda);
  if (given(request, "genes")) {
    if (request.at("genes").is_array()) {
      options.genes = names(request.at("genes"), "genes");
      if (options.genes.empty()) refuse("genes", request.at("genes"), "at least one gene");
    } else {
      read_whole(request, "genes", options.gene_count.emplace());
    }
  }
  read(request, "split", split);
  if (!split.empty()) options.split = fit::split_kind_of(split);
  if (given(request, "holdout")) {
    const Json& holdout = request.at("holdout");
    if (options.split == fit::SplitKind::none)
      throw Error("request.value", "fit: \"holdout\" is given without a split.", "Give a split beside it.");
    if (options.split == fit::SplitKind::combination)
      throw Error("request.value",
                  "fit: \"holdout\" is given with split combination, which holds out every condition of several edits.",
                  "Leave holdout out, or split by perturbation.");
    if (!holdout.is_array()) {
      read(request, "holdout", options.holdout);
    } else if (holdout.empty()) {
      refuse("holdout", holdout, "a share or a list with at least one entry");
    } else if (options.split != fit::SplitKind::time) {
      options.held_out = names(holdout, "holdout");
    } else {
      for (const Json& time : holdout) {
        if (!time.is_number()) refuse("holdout", time, "a time in days");
        options.held_out_times.push_back(time.get<double>());
      }
    }
  }
  read(request, "level", options.batch_level);
  if (!options.batch_level.empty() && options.split != fit::SplitKind::batch)
    throw Error("request.value", "fit: \"level\" names a batch column, but the split is not by batch.",
                "Give split batch beside it.");
  read_whole(request, "seed", options.seed);
  read_whole(request, "members", options.members);
  read_whole(request, "first_member", options.first_member);
  read(request, "refit_all", options.refit_all);
  read(request, "sampling_time", options.sampling_time);
  if (given(request, "differentiating")) {
    bool value = false;
    read(request, "differentiating", value);
    options.differentiating = value;
  }
  read(request, "baseline_medium", options.baseline_medium);
  read(request, "kappa_activity", options.kappa_activity);
  read(request, "kappa_floor", options.kappa_floor);
  read(request, "discrepancy", options.discrepancy);
  read_whole(request, "epochs", options.epochs);
  for (const auto& [key, value] : {std::pair{"learning_rate", &options.learning_rate}, std::pair{"l2", &options.l2},
                                   std::pair{"synthesis_ceiling", &options.synthesis_ceiling}})
    if (given(request, key)) read(request, key, value->emplace());
  read_whole(request, "hidden", options.hidden);
  read(request, "step", options.step);
  std::string solver, optimiser, schedule, start;
  read(request, "solver", solver);
  if (!solver.empty()) options.solver = fit::solver_kind_of(solver);
  read(request, "optimiser", optimiser);
  if (!optimiser.empty()) options.optimiser = fit::optimiser_kind_of(optimiser);
  read(request, "schedule", schedule);
  if (!schedule.empty()) options.schedule = fit::schedule_kind_of(schedule);
  read(request, "start", start);
  if (!start.empty()) options.start = fit::start_kind_of(start);
  read_whole(request, "starts", options.starts);
  read(request, "estimate_kappa", options.estimate_kappa);
  read(request, "bootstrap", options.bootstrap);
  fit::check(options);
  return options;
}

Json fit_options_to_json(const fit::FitOptions& o) {
  Json json;
  json["model"] = o.recommended ? recommended_model : dynamics::name_of(o.model);
  json["centred"] = o.centred;
  json["loss"] = fit::name_of(o.loss);
  json["lambda"] = o.lambda;
  if (o.genes.empty())
    json["genes"] = o.gene_count ? Json(*o.gene_count) : Json(nullptr);
  else
    json["genes"] = o.genes;
  json["split"] = fit::name_of(o.split);
  if (!o.held_out.empty())
    json["holdout"] = o.held_out;
  else if (!o.held_out_times.empty())
    json["holdout"] = o.held_out_times;
  else if (o.split != fit::SplitKind::none && o.split != fit::SplitKind::combination)
    json["holdout"] = o.holdout;
  if (!o.batch_level.empty()) json["level"] = o.batch_level;
  json["seed"] = o.seed;
  json["members"] = o.members;
  json["first_member"] = o.first_member;
  json["refit_all"] = o.refit_all;
  json["sampling_time"] = o.sampling_time;
  json["differentiating"] = o.differentiating ? Json(*o.differentiating) : Json(nullptr);
  json["baseline_medium"] = o.baseline_medium;
  json["kappa_activity"] = o.kappa_activity;
  json["kappa_floor"] = o.kappa_floor;
  json["synthesis_ceiling"] = o.synthesis_ceiling ? Json(*o.synthesis_ceiling) : Json(nullptr);
  json["discrepancy"] = o.discrepancy;
  json["epochs"] = o.epochs;
  json["learning_rate"] = o.learning_rate ? Json(*o.learning_rate) : Json(nullptr);
  json["l2"] = o.l2 ? Json(*o.l2) : Json(nullptr);
  json["hidden"] = o.hidden;
  json["step"] = o.step;
  json["solver"] = fit::name_of(o.solver);
  json["optimiser"] = fit::name_of(o.optimiser);
  json["schedule"] = fit::name_of(o.schedule);
  json["start"] = fit::name_of(o.start);
  json["starts"] = o.starts;
  json["estimate_kappa"] = o.estimate_kappa;
  json["bootstrap"] = o.bootstrap;
  return json;
}

}  // namespace groundwork::api
