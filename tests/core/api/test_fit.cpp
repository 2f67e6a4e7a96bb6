#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "../measurement/simulated_screen.hpp"
#include "groundwork/api/combine.hpp"
#include "groundwork/api/fit.hpp"
#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/api/predict.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"

using namespace groundwork;
using namespace groundwork::api;

namespace {

/** 10 genes; edits of g1 … g5 and of a gene that is not counted; two batches; `timed`: days 1 and 3. */
screen::Screen draw_screen(bool timed) {
  Random random(17);
  screen::Screen s = simulated::empty_screen(10, 7, 2);
  for (int c = 1; c < 7; ++c)
    s.conditions[static_cast<std::size_t>(c)].edits[0].name = c < 6 ? "g" + std::to_string(c) : "OTHER";
  s.roles.control = {"control"};
  s.roles.batch = {"batch"};
  s.roles.perturbation = "target";
  s.roles.time_unit = "d";
  s.counts_name = "drawn.csv";
  s.mean_depth = 100;
  std::vector<screen::Condition> conditions;
  for (const double time : timed ? std::vector<double>{1, 3} : std::vector<double>{NAN})
    for (screen::Condition condition : s.conditions) {
      condition.time = time;
      const int index = static_cast<int>(conditions.size());
      conditions.push_back(condition);
      for (int b = 0; b < 2; ++b)
        for (int half = condition.is_control() ? 0 : -1; half < (condition.is_control() ? 2 : 0); ++half) {
          std::vector<double> rate;
          for (int g = 0; g < 10; ++g) {
            const bool moved = !condition.is_control() && g % 2 == 1;
            rate.push_back((1 + 0.3 * g) * (b == 1 ? 1.2 : 1) * (moved ? 0.6 : 1));
          }
          simulated::add_group(s, random, index, b, half, 60, rate, std::vector<double>(10, 0.1));
        }
    }
  s.conditions = conditions;
  for (const auto& group : s.groups) s.cells_kept += group.cells;
  s.cells_read = s.cells_kept;
  const Index groups = static_cast<Index>(s.groups.size());
  s.depth_edges = Vector::LinSpaced(3, 0, 2);
  s.depth_histogram = Matrix::Zero(2, groups);
  s.guide_sum.resize(10, 0);
  s.guide_scaled_sq.resize(10, 0);
  s.reservoir.start = {0};
  return s;
}

Message request_for(const Json& options, bool timed = false) {
  Message request;
  request.json = options;
  embed(request, request.json, "screen", "screen", screen_to_message(draw_screen(timed)));
  return request;
}

Message fitted(const Json& options, bool timed = false) {
  const auto job = start_fit(request_for(options, timed));
  while (!job->advance(1000)) {
  }
  return job->result();
}

Message predicted(const Message& fit, Json options) {
  Message request;
  request.json = std::move(options);
  embed(request, request.json, "fit", "fit", fit);
  return run_predict(request);
}

std::string code_of_fit(const Json& options, bool timed = false) {
  try {
    start_fit(request_for(options, timed));
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

const Json small_fit = {{"genes", 10}, {"epochs", 20}, {"members", 2}, {"hidden", 4}};

Json with(Json options, const std::string& key, const Json& value) {
  options[key] = value;
  return options;
}

}  // namespace

TEST_CASE("a fit reports its progress, can be asked for a result at any time, and ends with scores and a verdict") {
  const auto job = start_fit(request_for(with(small_fit, "split", "perturbation")));
  job->advance(0);
  const Json begun = job->progress();
  CHECK(begun["fraction"].get<double>() < 0.5);
  CHECK(begun["curves"]["train"].size() == begun["curves"]["epoch"].size());
  const Message early = job->result();
  CHECK(early.json["complete"] == false);
  CHECK(early.json["members"].size() == 1);
  CHECK(predicted(early, {{"edits", {"g1"}}}).json["members"] == 1);
  while (!job->advance(0)) {
  }
  CHECK(job->progress()["fraction"] == 1);
  const Json fit = inlined(job->result());
  CHECK(fit["complete"] == true);
  CHECK(fit["members"].size() == 2);
  CHECK(fit["single_time"] == true);
  CHECK(fit["free_inputs"] == Json{"OTHER"});
  CHECK(fit["clamped"].size() == 5);
  REQUIRE(fit["scores"].size() == 4);
  CHECK(fit["scores"][0]["name"] == "no_change");
  CHECK(fit["scores"][0]["relative_to_no_change"] == 1);
  CHECK(fit["scores"][3]["name"] == "production_decay");
  CHECK(!fit["verdict"].empty());
  CHECK(fit["scores"][0]["per_condition"].size() == fit["split"]["test"].size());
}

TEST_CASE("a fit document reads back and writes the same again, for every model") {
  for (const char* model : {"linear", "saturating", "production_decay", "neural", "neural_decay"}) {
    const Message fit = fitted(with(with(small_fit, "model", model), "split", "perturbation"));
    CHECK(inlined(fit_to_message(fit_from_message(fit))) == inlined(fit));
  }
}

TEST_CASE("a fit to the minimum carries intervals by name, and reads back with them and with estimated kappa") {
  Json options = with(with(small_fit, "optimiser", "lbfgs"), "genes", 3);
  options = with(with(with(options, "estimate_kappa", true), "centred", true), "members", 1);
  const Message fit = fitted(options);
  const Json json = inlined(fit), intervals = json["members"][0]["intervals"];
  REQUIRE(intervals.is_object());
  CHECK(intervals["reason"] == nullptr);
  CHECK(intervals["directions"].size() >= intervals["parameters"].size());
  int rates = 0, weights = 0;
  for (const Json& parameter : intervals["parameters"]) {
    CHECK(parameter["low"] <= parameter["value"]);
    CHECK(parameter["value"] <= parameter["high"]);
    CHECK(parameter["determined"] == (parameter["learned"] >= 0.5));
    rates += parameter["quantity"] == "gamma";
    weights += parameter["quantity"] == "W";
    if (parameter["quantity"] == "W") CHECK(parameter["by"].is_string());
  }
  CHECK(rates == 3);
  CHECK(weights == 9);
  CHECK(inlined(fit_to_message(fit_from_message(fit))) == json);
  CHECK(fitted(with(options, "optimiser", "adam")).json["members"][0]["intervals"] == nullptr);
  CHECK_THROWS_AS(fitted(with(options, "optimiser", "sgd")), Error);
  CHECK_THROWS_AS(fitted(with(options, "solver", "closed_form")), Error);
}

TEST_CASE("a network has intervals of its rates and no others") {
  for (const char* model : {"neural", "neural_decay"}) {
    Json options = with(with(with(small_fit, "optimiser", "lbfgs"), "genes", 3), "model", model);
    options = with(with(with(options, "hidden", 5), "members", 1), "epochs", 20);
    const Json intervals = inlined(fitted(options))["members"][0]["intervals"];
    if (std::string(model) == "neural") {
      CHECK(intervals["reason"].is_string());
      CHECK(intervals["parameters"].empty());
    } else {
      for (const Json& parameter : intervals["parameters"])
        CHECK((parameter["quantity"] == "gamma" || parameter["quantity"] == "a"));
      CHECK(intervals["parameters"].size() == 6);
    }
  }
}

TEST_CASE("members of a bootstrap name their batches, read back, and combine like any others") {
  const Json plain = with(small_fit, "members", 5), options = with(plain, "bootstrap", true);
  const Message fit = fitted(options);
  const Json json = inlined(fit);
  std::set<Json> draws;
  for (const Json& member : json["members"]) {
    CHECK(member["batches"].size() >= 2);
    draws.insert(member["batches"]);
  }
  CHECK(inlined(fit_to_message(fit_from_message(fit))) == json);
  // Two batches may be drawn once each, which is the fit without a bootstrap.
  const Json without = inlined(fitted(plain));
  int changed = 0;
  for (std::size_t k = 0; k < 5; ++k) {
    const Json& member = json["members"][k];
    CHECK(without["members"][k]["batches"] == nullptr);
    const bool repeats = member["batches"][0] == member["batches"][1];
    CHECK((member["effects"] != without["members"][k]["effects"]) == repeats);
    changed += repeats;
  }
  CHECK(changed > 0);
}

TEST_CASE("members trained apart and combined are the fit that trains them in a row") {
  const Json options = with(small_fit, "split", "perturbation");
  const Message together = fitted(options);
  Message request;
  request.json["fits"] = Json::array();
  for (const int number : {1, 0}) {
    Json holder;
    embed(request, holder, "fit", "fit" + std::to_string(number),
          fitted(with(with(options, "members", 1), "first_member", number)));
    request.json["fits"].push_back(holder["fit"]);
  }
  CHECK(inlined(run_combine(request)) == inlined(together));
  Message twice;
  twice.json["fits"] = {request.json["fits"][0], request.json["fits"][0]};
  twice.json["buffers"] = request.json.value("buffers", Json::object());
  twice.bytes = request.bytes;
  CHECK_THROWS_AS(run_combine(twice), Error);
  Message mixed;
  mixed.json["fits"] = Json::array();
  for (const int seed : {1, 2}) {
    Json holder;
    embed(mixed, holder, "fit", "fit" + std::to_string(seed),
          fitted(with(with(with(options, "members", 1), "first_member", seed), "seed", seed)));
    mixed.json["fits"].push_back(holder["fit"]);
  }
  CHECK_THROWS_AS(run_combine(mixed), Error);
}

TEST_CASE("predictions are states and effects at the times asked for, with their spread") {
  const Message fit = fitted(small_fit, true);
  const Message result = predicted(fit, {{"edits", {"g2", "g1"}}, {"times", {0, 0.5, 3}}, {"genes", {"g4", "g0"}}});
  const Json& json = result.json;
  CHECK(json["edits"] == Json{"g1", "g2"});
  CHECK(json["unseen"] == false);
  const Matrix mean = get_columns(result, json, "mean"), control = get_columns(result, json, "control"),
               effect = get_columns(result, json["effect"], "mean"), sd = get_columns(result, json, "sd"),
               low = get_columns(result, json, "low");
  CHECK(mean.rows() == 2);
  CHECK(mean.cols() == 3);
  CHECK((mean - control - effect).norm() < 1e-12);
  CHECK(effect.col(0).norm() == 0);
  CHECK((low - (mean - 1.96 * sd)).norm() < 1e-12);
  for (const Json& change : json["top"]) CHECK(change["gene"] != "g1");
  // Half of the genes were lowered by every edit.
  const Message g3 = predicted(fit, {{"edits", {"g3"}}, {"times", {3}}, {"genes", {"g5", "g4"}}});
  const Matrix lowered = get_columns(g3, g3.json["effect"], "mean");
  CHECK(lowered(0, 0) < lowered(1, 0) - 0.05);
}

TEST_CASE(
    "an edit whose target is not modelled gets the shared effect and a warning; other times of a single-time fit too") {
  const Message fit = fitted(small_fit);
  const Message unknown = predicted(fit, {{"edits", {"NOBODY"}}, {"times", {1, 3, 7}}});
  CHECK(unknown.json["unseen"] == true);
  CHECK(unknown.json["times"] == Json{7.0});
  REQUIRE(unknown.json["warnings"].size() == 2);
  const Message other = predicted(fit, {{"edits", {"OTHER"}}});
  CHECK(other.json["unseen"] == false);
  // OTHER is the only input, so that the shared effect is its own.
  CHECK(get_columns(unknown, unknown.json, "mean") == get_columns(other, other.json, "mean"));
  const Message unseen =
      predicted(fitted(with(with(small_fit, "split", "perturbation"), "holdout", {"g3"})), {{"edits", {"g3"}}});
  CHECK(unseen.json["unseen"] == true);
  CHECK(unseen.json["warnings"].empty());
}

TEST_CASE("refitting on everything changes the stored parameters, not the scores") {
  const Json options = with(small_fit, "split", "perturbation");
  const Json plain = inlined(fitted(options)), refitted = inlined(fitted(with(options, "refit_all", true)));
  CHECK(plain["scores"] == refitted["scores"]);
  CHECK(plain["members"][0]["parameters"] != refitted["members"][0]["parameters"]);
  for (const Json& edit : refitted["edit_model"]["edits"]) CHECK(edit["trained"] == true);
}

TEST_CASE("malformed fit requests are refused with their code") {
  CHECK(code_of_fit({{"model", "linaer"}}) == "model.unknown");
  CHECK(code_of_fit({{"loss", "steady"}}) == "loss.unknown");
  CHECK(code_of_fit({{"split", "cell"}}) == "split.unknown");
  CHECK(code_of_fit({{"split", "time"}}) == "split.time");
  CHECK(code_of_fit({{"gene", 10}}) == "request.unknown_key");
  CHECK(code_of_fit({{"genes", {"g1", "g111"}}}) == "genes.unknown");
  CHECK(code_of_fit({{"genes", 0}}) == "fit.option");
  CHECK(code_of_fit({{"epochs", -3}}) == "request.value");
  CHECK(code_of_fit({{"epochs", 2.5}}) == "request.value");
  CHECK(code_of_fit({{"centred", "yes"}}) == "request.value");
  CHECK(code_of_fit({{"holdout", 0.3}}) == "request.value");
  CHECK(code_of_fit({{"split", "perturbation"}, {"holdout", {"g77"}}}) == "split.holdout");
  CHECK(code_of_fit({{"split", "time"}, {"holdout", {2}}}, true) == "split.holdout");
  try {
    fit_options_from_json({{"model", "linaer"}});
    FAIL("accepted");
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("did you mean linear?") != std::string::npos);
  }
  const Message fit = fitted(small_fit);
  CHECK_THROWS_AS(predicted(fit, {{"edits", {"g1"}}, {"medium", "RA"}}), Error);
  CHECK_THROWS_AS(predicted(fit, {{"edits", {"g1"}}, {"genes", {"nope"}}}), Error);
  CHECK_THROWS_AS(predicted(fit, {{"edits", {"g1"}}, {"times", {-1}}}), Error);
  CHECK_THROWS_AS(predicted(fit, {{"edits", {"g1", "g1"}}}), Error);
}
