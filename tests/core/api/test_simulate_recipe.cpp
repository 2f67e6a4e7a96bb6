#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "groundwork/api/recipe.hpp"
#include "groundwork/api/simulate_truth.hpp"
#include "groundwork/base/error.hpp"

using groundwork::Error;
using groundwork::api::draw_truth;
using groundwork::api::Json;
using groundwork::api::Recipe;
using groundwork::api::recipe_from_json;
using groundwork::api::recipe_to_json;

namespace {

struct Refusal {
  std::string code, message;
};

Refusal refusal_of(const std::string& text) {
  try {
    draw_truth(recipe_from_json(Json::parse(text)));
  } catch (const Error& e) {
    return {e.code(), e.what()};
  }
  return {};
}

void check_refused(const std::string& text, const std::string& code, const std::string& named) {
  CAPTURE(text);
  const Refusal refusal = refusal_of(text);
  CHECK(refusal.code == code);
  CAPTURE(refusal.message);
  CHECK(refusal.message.find(named) != std::string::npos);
}

Json read(const std::filesystem::path& path) {
  std::ifstream in(path);
  return Json::parse(in);
}

}  // namespace

TEST_CASE("a recipe is refused with the key that is wrong") {
  check_refused(R"([1])", "recipe.type", "recipe");
  check_refused(R"({"genez": 3})", "recipe.unknown_key", "`genez`");
  check_refused(R"({"network": {"densty": 0.1}})", "recipe.unknown_key", "`network.densty`");
  check_refused(R"({"layout": {"levels": ["day"], "batches": [{"name": "a"}, {"name": "b", "cell": 3}]}})",
                "recipe.unknown_key", "`layout.batches[1].cell`");
  check_refused(R"({"field": {"name": "neural"}})", "recipe.name", "\"neural\"");
  check_refused(R"({"media": [{"name": "a"}, {"name": "b", "stages": [{"medium": "c"}]}]})", "recipe.name",
                "`media[1].stages[0].medium`");
  check_refused(R"({"media": [{"name": "a"}, {"name": "b", "stages": [{"medium": "a"}, {"medium": "a"}]}]})",
                "recipe.type", "`media[1].stages[0]`");
  check_refused(R"({"media": [{"name": "a"}, {"name": "b", "strength": 1, "stages": [{"medium": "a"}]}]})",
                "recipe.name", "`strength`");
  check_refused(R"({"media": [{"name": "a"}, {"name": "b", "stages": [{"medium": "a"}]}, {"name": "c"}]})",
                "recipe.range", "`media[2]`");
  check_refused(R"({"media": [{"name": "a", "edit_day": 1}]})", "recipe.name", "`media[0].edit_day`");
  check_refused(R"({"genes": "many"})", "recipe.type", "`genes`");
  check_refused(R"({"genes": 2.5})", "recipe.type", "`genes`");
  check_refused(R"({"genes": []})", "recipe.range", "`genes`");
  check_refused(R"({"genes": ["A", "A"]})", "recipe.name", "\"A\"");
  check_refused(R"({"genes": ["A"], "housekeeping": {"genes": ["A"]}})", "recipe.name", "\"A\"");
  check_refused(R"({"network": {"density": 1.5}})", "recipe.range", "`network.density`");
  check_refused(R"({"genes": ["A", "B"], "network": {"edges": [{"from": "A", "to": "C", "weight": 1}]}})",
                "recipe.name", "\"C\"");
  check_refused(R"({"field": {"name": "neural"}})", "recipe.name", "\"neural\"");
  check_refused(R"({"modality": "magic"})", "roles.modality", "magic");
  check_refused(R"({"genes": ["A", "B"], "edits": ["Z"]})", "recipe.name", "\"Z\"");
  check_refused(R"({"genes": ["A", "B"], "edits": 3})", "recipe.range", "`edits`");
  check_refused(R"({"genes": ["A", "B"], "outside": {"edits": ["A"]}})", "recipe.name", "`outside.edits`");
  check_refused(R"({"genes": ["A", "B"], "edits": 2, "pairs": [["A", "C"]]})", "recipe.name", "`pairs[0]`");
  check_refused(R"({"genes": ["A", "B"], "edits": 2, "pairs": [["A"]]})", "recipe.type", "`pairs[0]`");
  check_refused(R"({"times": [3, 2]})", "recipe.range", "`times`");
  check_refused(R"({"times": []})", "recipe.range", "`times`");
  check_refused(R"({"layout": {"levels": ["day"], "batches": [{"name": "a", "times": [9]}]}})", "recipe.name",
                "`layout.batches[0].times`");
  check_refused(R"({"layout": {"levels": ["day", "lane"], "batches": [{"name": "a"}]}})", "recipe.type",
                "`layout.batches[0].name`");
  check_refused(R"({"layout": {"levels": ["day"], "batches": [{"name": "a"}, {"name": "a"}]}})", "recipe.name",
                "`layout.batches`");
  check_refused(R"({"layout": {"levels": ["day", "lane"], "batches": [2]}})", "recipe.type", "`layout.batches`");
  check_refused(R"({"layout": {"cells": 0, "control_cells": 0}})", "recipe.range", "layout");
  check_refused(R"({"sb2": 0.1})", "recipe.name", "`sb2`");
  check_refused(R"({"layout": {"levels": ["day"]}, "sb2": {"lane": 0.1}})", "recipe.name", "`sb2`");
  check_refused(R"({"sg2": -1})", "recipe.range", "`sg2`");
  check_refused(R"({"guides": {"efficacy": {"mean": 0.9, "sd": 0.4}}})", "recipe.range", "`guides.efficacy.sd`");
  check_refused(R"({"measurement": {"dropout": 1}})", "recipe.range", "`measurement.dropout`");
  check_refused(R"({"schema": 2})", "recipe.range", "`schema`");
  check_refused(R"({"kind": "fit"})", "recipe.type", "`kind`");
}

TEST_CASE("an unedited state that is not stable is refused") {
  // Two genes that activate each other with weight 3: the Jacobian at the control is γ (W/2 − 1), its largest
  // eigenvalue γ/2.
  check_refused(R"({"genes": ["A", "B"], "field": {"gamma": 1},
                    "network": {"edges": [{"from": "A", "to": "B", "weight": 3}, {"from": "B", "to": "A", "weight": 3}]}})",
                "recipe.unstable", "0.5");
}

TEST_CASE("a resolved recipe reads as the same recipe") {
  const Json given = Json::parse(R"({
    "title": "t", "seed": 4, "genes": 9, "housekeeping": {"genes": 3, "share": 0.4}, "modality": "crispri",
    "expression": {"median": 2, "log_sd": 0.4, "values": {"SOX2": 7}},
    "network": {"regulators": 4, "density": 0.4, "strength": 0.5,
                "modules": [{"name": "m", "regulators": ["SOX2"], "members": ["NANOG", "OTX2"], "strength": -0.3}],
                "edges": [{"from": "NANOG", "to": "SOX2", "weight": 0.2}]},
    "edits": ["SOX2", "NANOG"], "outside": {"edits": 2, "genes": 3, "strength": 0.5, "responses": {"EP300": {"SOX2": -0.4}}},
    "pairs": [["SOX2", "NANOG"]], "media": [{"name": "E8"}, {"name": "RA", "response": {"SOX2": -1}, "strength": 0.5, "genes": 3},
      {"name": "late", "edit_day": 2, "stages": [{"medium": "E8", "days": 1}, {"medium": "RA"}]}],
    "field": {"name": "saturating"}, "times": [1, 4],
    "layout": {"levels": ["day", "lane"], "batches": [2, 3], "cells": 7, "control_cells": 11},
    "sb2": {"day": 0.05, "lane": {"median": 0.01, "log_sd": 0.3}}, "sg2": 0.002,
    "guides": {"per_edit": 2, "control": 3, "efficacy": {"mean": 0.8, "sd": 0.1}, "escapers": true, "off_target_sd": 0.1},
    "measurement": {"depth": 500, "depth_cv": 0.3, "dispersion": 0.2, "dropout": 0.1}
  })");
  const Recipe recipe = recipe_from_json(given);
  const Json resolved = recipe_to_json(recipe);
  const Recipe again = recipe_from_json(resolved);
  CHECK(recipe_to_json(again) == resolved);
  const auto a = draw_truth(recipe), b = draw_truth(again);
  CHECK(a.state == b.state);
  CHECK(a.cells == b.cells);
  CHECK(a.expression == b.expression);
  CHECK(a.batch_effect == b.batch_effect);
  CHECK(recipe.perturbations() == std::vector<std::string>{"SOX2", "NANOG", "EP300", "KMT2D", "NANOG+SOX2"});
  CHECK(a.expression.sum() == doctest::Approx(500));
  CHECK(a.expression.tail(3).sum() == doctest::Approx(200));
}

TEST_CASE("cells can be given by perturbation") {
  const Recipe recipe = recipe_from_json(
      Json::parse(R"({"genes": ["A", "B", "C"], "edits": 3, "layout": {"levels": ["batch"], "cells": 20,
    "batches": [{"name": "x", "cells": {"A": 5}}, {"name": "y", "edits": ["B"], "control_cells": 0}]}})"));
  const auto truth = draw_truth(recipe);
  Eigen::MatrixXi expected(4, 2);
  expected << 100, 0, 5, 0, 20, 20, 20, 0;
  CHECK(truth.cells == expected);
  CHECK(recipe_to_json(recipe_from_json(recipe_to_json(recipe))) == recipe_to_json(recipe));
}

TEST_CASE("a number of pairs takes each edit with the next") {
  const Recipe recipe = recipe_from_json(Json::parse(R"({"genes": ["B", "A", "C"], "edits": 3, "pairs": 2})"));
  CHECK(recipe.pairs == std::vector<std::vector<std::string>>{{"A", "B"}, {"A", "C"}});
  check_refused(R"({"genes": 3, "edits": 3, "pairs": 3})", "recipe.range", "`pairs`");
}

TEST_CASE("the committed examples are what their recipes draw") {
  const auto examples = std::filesystem::path(GROUNDWORK_SOURCE_DIR) / "examples";
  const Json index = read(examples / "index.json");
  for (const Json& entry : index["examples"]) {
    const std::string name = entry["name"];
    CAPTURE(name);
    const Recipe recipe = recipe_from_json(read(examples / "recipes" / (name + ".json")));
    CHECK(recipe_to_json(recipe) == read(examples / name / "recipe.json"));
    const auto truth = draw_truth(recipe);
    CHECK(truth.cells.sum() == entry["cells"]);
    groundwork::api::Message stored;
    stored.json = read(examples / name / "truth.json");
    const auto effect = groundwork::api::get_columns(stored, stored.json, "effect");
    CHECK((effect - truth.effect()).cwiseAbs().maxCoeff() < 2e-6);
    CHECK(read(examples / name / "example.json")["roles"] == groundwork::api::simulated_roles(truth));
  }
}

TEST_CASE("the schema knows exactly the keys that the reader knows") {
  const auto root = std::filesystem::path(GROUNDWORK_SOURCE_DIR);
  const Json schema = read(root / "docs/schemas/recipe.json");
  // The reader lists the keys it knows in the hint of its refusal.
  const auto known = [](const std::string& text) {
    std::set<std::string> keys;
    try {
      recipe_from_json(Json::parse(text));
    } catch (const Error& e) {
      std::string list = e.hint().substr(e.hint().find(": ") + 2);
      list.back() = ',';
      for (std::size_t at = 0, end; (end = list.find(',', at)) != std::string::npos; at = end + 2)
        keys.insert(list.substr(at, end - at));
    }
    return keys;
  };
  const auto described = [](const Json& object) {
    std::set<std::string> keys;
    for (const auto& item : object.at("properties").items()) keys.insert(item.key());
    return keys;
  };
  CHECK(known(R"({"?": 1})") == described(schema));
  for (const char* part : {"housekeeping", "network", "field", "outside", "layout", "guides", "measurement"}) {
    CAPTURE(part);
    CHECK(known(R"({")" + std::string(part) + R"(": {"?": 1}})") == described(schema["properties"][part]));
  }
  CHECK(known(R"({"media": [{"?": 1}]})") == described(schema["properties"]["media"]["items"]));
  CHECK(known(R"({"network": {"modules": [{"?": 1}]}})") ==
        described(schema["properties"]["network"]["properties"]["modules"]["items"]));
  CHECK(known(R"({"network": {"edges": [{"?": 1}]}})") ==
        described(schema["properties"]["network"]["properties"]["edges"]["items"]));
  CHECK(known(R"({"layout": {"levels": ["b"], "batches": [{"?": 1}]}})") == described(schema["$defs"]["batch"]));
  CHECK(known(R"({"sg2": {"?": 1}})") == described(schema["$defs"]["per_gene"]["oneOf"][1]));
  // Every default that the schema states is the one that a recipe without the key gets.
  const Json resolved =
      recipe_to_json(recipe_from_json(Json::parse(R"({"layout": {"levels": ["batch"]}, "guides": {}})")));
  CHECK(resolved["genes"].size() == schema["properties"]["genes"]["default"]);
  CHECK(resolved["expression"] == schema["properties"]["expression"]["default"]);
  CHECK(resolved["times"] == schema["properties"]["times"]["default"]);
  CHECK(resolved["sb2"]["batch"] == schema["properties"]["sb2"]["default"]);
  CHECK(resolved["sg2"] == schema["properties"]["sg2"]["default"]);
  CHECK(resolved["layout"]["batches"].size() == schema["properties"]["layout"]["properties"]["batches"]["default"]);
  CHECK(resolved["layout"]["batches"][0]["cells"] == schema["properties"]["layout"]["properties"]["cells"]["default"]);
  CHECK(resolved["layout"]["batches"][0]["control_cells"] ==
        schema["properties"]["layout"]["properties"]["control_cells"]["default"]);
  for (const char* part : {"network", "field", "outside", "guides", "measurement"})
    for (const auto& item : schema["properties"][part]["properties"].items()) {
      if (!item.value().contains("default") || item.key() == "edits" || item.key() == "efficacy") continue;
      CAPTURE(part);
      CAPTURE(item.key());
      CHECK(resolved[part][item.key()] == item.value()["default"]);
    }
}
