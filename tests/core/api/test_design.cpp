#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "groundwork/api/design.hpp"
#include "groundwork/api/design_session.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/layout.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "relative.hpp"
#include "shared.hpp"

using namespace groundwork;
using api::Json;
using api::Message;

namespace {

Message request_of(const std::string& text) { return {Json::parse(text), {}}; }

std::string code_of(const Message& request) {
  try {
    api::call("design", request);
  } catch (const Error& e) {
    return e.code();
  }
  return "accepted";
}

const std::string small = R"({"layout": {"conditions": ["control", "A", "B"], "batches": ["b1", "b2", "b3"],
  "cells": [[100, 100, 0], [50, 50, 0], [0, 0, 50]]}, "control": "control",
  "variances": {"sb2": 0.02, "sg2": 0.01, "sw2": 0.4}})";

}  // namespace

TEST_CASE("design answers with every field, null where not estimable") {
  Message request = request_of(small);
  const Json random = api::call("design", request).json;
  CHECK(random["kind"] == "design");
  REQUIRE(random["contrasts"].size() == 2);
  for (const char* key : {"condition", "name", "estimate_of", "variance", "se", "df", "estimable", "reason",
                          "half_width", "mdlfc", "mdfc", "confounded_with"}) {
    CHECK(random["contrasts"][0].contains(key));
  }
  CHECK(random["contrasts"][0]["condition"] == "A");
  CHECK(random["contrasts"][1]["estimable"] == true);
  CHECK(random["components"].size() == 2);
  CHECK(random["batches_without_controls"] == Json{"b3"});
  CHECK(random["contrasts"][1]["confounded_with"].empty());

  request.json["fixed_batches"] = true;
  const Json fixed = api::call("design", request).json;
  CHECK(fixed["contrasts"][1]["variance"].is_null());
  CHECK(fixed["contrasts"][1]["df"].is_null());
  CHECK(fixed["contrasts"][1]["estimable"] == false);
  const Json& confounded = fixed["contrasts"][1]["confounded_with"];
  REQUIRE(confounded.size() == 2);
  CHECK(confounded[0]["conditions"] == Json{"control", "A"});
  CHECK(confounded[1]["batches"] == Json{"b3"});
  CHECK(fixed["components"][confounded[1]["component"].get<std::size_t>()]["conditions"] == Json{"B"});

  request.json["fixed_batches"] = false;
  request.json["variances"]["sb2"] = "inf";
  CHECK(api::call("design", request).json == fixed);
}

TEST_CASE("layouts of the oracle through the door" * shared::needed("oracles/layouts.json")) {
  const auto document = shared::read_json("oracles/layouts.json");
  for (const auto& layout : document["layouts"]) {
    Json request;
    Json conditions = Json::array(), batches = Json::array(), contrasts = Json::array();
    for (std::size_t c = 0; c < layout["n"].size(); ++c) conditions.push_back("c" + std::to_string(c));
    for (std::size_t b = 0; b < layout["n"][0].size(); ++b) batches.push_back("b" + std::to_string(b));
    for (std::size_t k = 0; k < layout["contrasts"].size(); ++k) {
      Json terms = Json::array();
      for (std::size_t i = 0; i < layout["contrasts"][k]["idx"].size(); ++i) {
        terms.push_back({{"condition", "c" + std::to_string(layout["contrasts"][k]["idx"][i].get<int>())},
                         {"coefficient", layout["contrasts"][k]["coef"][i].get<double>()}});
      }
      contrasts.push_back({{"name", "l" + std::to_string(k)}, {"terms", terms}});
    }
    request["layout"] = {{"conditions", conditions}, {"batches", batches}, {"cells", Json::parse(layout["n"].dump())}};
    request["contrasts"] = contrasts;
    const double sb = layout["s_b"], sg = layout["s_g"], sw = layout["s_w"];
    request["variances"] = {{"sb2", sb * sb}, {"sg2", sg * sg}, {"sw2", sw * sw}};
    for (const auto& [key, fixed] : {std::pair{"variance", false}, std::pair{"variance_fixed", true}}) {
      request["fixed_batches"] = fixed;
      const Json answer = Json::parse(api::call("design", {request, {}}).json.dump());  // through text, as the doors do
      for (std::size_t k = 0; k < contrasts.size(); ++k) {
        const Json& found = answer["contrasts"][k]["variance"];
        if (layout[key][k].is_null()) {
          CHECK(found.is_null());
        } else {
          CHECK(relative_error(found.get<double>(), layout[key][k]) < 1e-9);
        }
      }
    }
  }
}

TEST_CASE("nested levels: one variance each, a coarse one may be fixed") {
  Message request = request_of(R"({"layout": {"conditions": ["control", "A"], "batches": ["b1", "b2", "b3", "b4"],
    "levels": [{"name": "day", "of_batch": ["d1", "d1", "d2", "d2"]}], "cells": [[10, 0, 10, 0], [0, 10, 0, 10]]},
    "control": "control", "variances": {"sb2": {"day": 0.3, "batch": 0.02}, "sg2": 0.01, "sw2": 0.1}})");
  // Within each day: A − control has 2 (s_batch² + s_g² + s_w²/10), the day drops out; two days.
  const double expected = (0.02 + 0.01 + 0.01) * 2 / 2;
  CHECK(relative_error(api::call("design", request).json["contrasts"][0]["variance"], expected) < 1e-14);
  request.json["variances"]["sb2"]["day"] = "inf";
  CHECK(relative_error(api::call("design", request).json["contrasts"][0]["variance"], expected) < 1e-14);
  request.json["variances"]["sb2"]["batch"] = "inf";
  CHECK(api::call("design", request).json["contrasts"][0]["variance"].is_null());
  request.json["variances"]["sb2"] = 0.1;
  CHECK(code_of(request) == "design.level_variances");
  request.json["variances"]["sb2"] = {{"day", 0.1}};
  CHECK(code_of(request) == "design.level_variances");
  request.json["variances"]["sb2"] = {{"day", 0.1}, {"batch", 0.1}, {"lane", 0.1}};
  CHECK(code_of(request) == "design.unknown_level");
}

TEST_CASE("several controls are averaged; a contrast over many conditions is one estimate") {
  Message request = request_of(R"({"layout": {"conditions": ["c1", "c2", "A"], "batches": ["b1", "b2"],
    "cells": [[10, 10], [10, 10], [10, 10]]}, "control": ["c1", "c2"], "variances": {"sb2": 0.5, "sg2": 0, "sw2": 1}})");
  const Json answer = api::call("design", request).json;
  REQUIRE(answer["contrasts"].size() == 1);
  CHECK(answer["contrasts"][0]["estimate_of"] == "A − 0.5 c1 − 0.5 c2");
  CHECK(relative_error(answer["contrasts"][0]["variance"], 0.1 / 2 * 1.5) < 1e-14);
}

TEST_CASE("malformed designs are refused by name") {
  Message request = request_of(small);
  request.json["colour"] = 1;
  CHECK(code_of(request) == "request.unknown_key");
  request = request_of(small);
  request.json["control"] = "NT";
  CHECK(code_of(request) == "layout.no_control");
  request = request_of(small);
  request.json["layout"]["cells"][0][1] = -3;
  CHECK(code_of(request) == "layout.cells");
  request = request_of(small);
  request.json["layout"]["batches"] = {"b1", "b2"};
  CHECK(code_of(request) == "layout.shape");
  request = request_of(small);
  request.json["variances"].erase("sw2");
  CHECK(code_of(request) == "request.missing_key");
  request = request_of(small);
  request.json["variances"]["sb2"] = "large";
  CHECK(code_of(request) == "request.value");
  request = request_of(small);
  request.json["variances"]["sg2"] = -0.1;
  CHECK(code_of(request) == "design.variance");
}

TEST_CASE("a ready layout is a layout of a design request") {
  Message request;
  request.json = {
      {"kind", "time_per_batch"}, {"conditions", 2}, {"batches", 2}, {"times", {1, 3}}, {"bridge_cells", 50}};
  const Message layout = api::call("layout", request);
  Message design;
  design.json = {{"layout", layout.json},
                 {"control", layout.json["control"]},
                 {"contrasts", layout.json["contrasts"]},
                 {"variances", {{"sb2", 0.05}, {"sg2", 0.01}, {"sw2", 0.4}}}};
  const Json answer = api::call("design", design).json;
  CHECK(answer["contrasts"].size() == 8);
  for (const Json& contrast : answer["contrasts"]) CHECK(contrast["estimable"] == true);
  // Layout D with a bridge: (v₁ + v₂ + 2 λ v_br)/(R Δt²) is exact for one condition per time; here it is an upper
  // bound.
  const double v = 0.01 + 0.4 / 50, bridge = v, lambda = 0.05 / (0.05 + bridge);
  const double bound = (2 * v + 2 * lambda * bridge) / (2 * 4);
  CHECK(answer["contrasts"][2]["variance"].get<double>() <= bound * (1 + 1e-12));
  CHECK(answer["contrasts"][2]["variance"].get<double>() > 2 * v / (2 * 4));
}

TEST_CASE("a session follows a slider and an edited cell") {
  Random random(3);
  Json cells = Json::array(), conditions = Json::array();
  for (int c = 0; c < 60; ++c) {
    conditions.push_back(c == 0 ? "control" : "P" + std::to_string(c));
    Json row = Json::array();
    for (int b = 0; b < 7; ++b) row.push_back(c == 0 ? 80 : random.below(3) * 25);
    cells.push_back(row);
  }
  Message request;
  request.json = {
      {"layout", {{"conditions", conditions}, {"batches", {"1", "2", "3", "4", "5", "6", "7"}}, {"cells", cells}}},
      {"control", "control"},
      {"variances", {{"sb2", 0.01}, {"sg2", 0.01}, {"sw2", 0.5}}}};
  api::DesignSession session(request);
  for (const Json& sb2 : {Json(0.2), Json(0.0), Json("inf"), Json(0.003)}) {
    request.json["variances"]["sb2"] = sb2;
    request.json["layout"]["cells"][4][2] = 33;
    session.set_cell(4, 2, 33);
    const Json summary = session.update(request.json["variances"]);
    const Json whole = api::call("design", request).json;
    CHECK(summary["contrasts"] == 59);
    std::size_t estimable = 0;
    for (const Json& c : whole["contrasts"]) estimable += c["estimable"].get<bool>();
    CHECK(summary["estimable"] == estimable);
    CHECK(summary["verdict"] == whole["verdict"]);
    const Json rows = session.rows(50, 20).json["contrasts"];
    REQUIRE(rows.size() == 9);
    for (std::size_t k = 0; k < 9; ++k) CHECK(rows[k] == whole["contrasts"][50 + k]);
    const Vector se = api::get_vector(session.standard_errors(), session.standard_errors().json, "se");
    CHECK(relative_error(se[7], whole["contrasts"][7]["se"]) < 1e-9);
  }
  CHECK_THROWS_AS(session.set_cell(4, 7, 10), Error);
  CHECK_THROWS_AS(session.set_cell(4, 1, 1.5), Error);
}

TEST_CASE("a layout in a text comes through the door of the core, and so do its refusals") {
  Message request;
  request.json = {{"text", "condition;b1;b2\r\n#day;d1;d2\r\ncontrol;50;50\r\nA;20;0\r\n"}, {"file", "my.csv"}};
  const Json layout = run_layout(request).json;
  CHECK(layout["conditions"] == Json({"control", "A"}));
  CHECK(layout["levels"][0]["of_batch"] == Json({"d1", "d2"}));
  CHECK(layout["cells"] == Json::parse("[[50, 50], [20, 0]]"));
  const auto refused = [&](const char* text) {
    request.json["text"] = text;
    try {
      run_layout(request);
    } catch (const groundwork::Error& e) {
      return e.code() + ": " + e.what();
    }
    return std::string();
  };
  CHECK(refused("condition,b1,b2\ncontrol,5\n").rfind("text.ragged_line: my.csv, line 2", 0) == 0);
  CHECK(refused("condition,b1\ncontrol,x\n").rfind("layout.cells: my.csv, line 2, column 2", 0) == 0);
  CHECK(refused("condition,b1\na,1\na,2\n").rfind("layout.duplicate_condition: my.csv, line 3", 0) == 0);
}
