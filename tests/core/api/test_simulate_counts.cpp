#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <sstream>
#include <tuple>

#include "groundwork/api/simulate.hpp"
#include "groundwork/base/error.hpp"

using groundwork::Error;
using groundwork::Index;
using groundwork::Matrix;
using groundwork::Vector;
using groundwork::api::Json;
using groundwork::api::Message;
using groundwork::api::Recipe;
using groundwork::api::recipe_from_json;
using groundwork::api::SimulatedCell;
using groundwork::api::Simulation;
using groundwork::api::Truth;

namespace {

Recipe recipe(const std::string& text) { return recipe_from_json(Json::parse(text)); }

/** All text of the two tables. */
std::pair<std::string, std::string> tables(const std::string& text) {
  Simulation simulation(recipe(text));
  std::string counts = counts_header(simulation.truth()), cells = cells_header(simulation.truth());
  while (const SimulatedCell* cell = simulation.next()) {
    append_counts_line(*cell, counts);
    append_cells_line(simulation.truth(), *cell, cells);
  }
  return {counts, cells};
}

std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields;
  std::stringstream in(line);
  for (std::string field; std::getline(in, field, ',');) fields.push_back(field);
  return fields;
}

const std::string layout_recipe =
    R"({"seed": SEED, "genes": 6, "housekeeping": {"genes": 2}, "network": {"density": 0.4}, "edits": 3,
  "media": [{"name": "E8"}, {"name": "RA", "response": {"SOX2": 1}}], "times": [2, 4],
  "layout": {"levels": ["day", "lane"], "cells": 5, "control_cells": 9, "batches": [
    {"name": ["d2", "d2l1"], "times": [2], "cells": 7},
    {"name": ["d2", "d2l2"], "times": [2], "edits": ["SOX2"], "media": ["RA"]},
    {"name": ["d4", "d4l1"], "times": [4], "control_cells": 0, "cells": {"POU5F1": 2, "SOX2": 0}},
    {"name": ["d5", "d5l1"]}]},
  "guides": {"per_edit": 2, "control": 3}})";

std::string with_seed(std::string text, int seed) { return text.replace(text.find("SEED"), 4, std::to_string(seed)); }

}  // namespace

TEST_CASE("the cell table obeys the layout exactly") {
  const auto [counts, cells] = tables(with_seed(layout_recipe, 1));
  std::stringstream in(cells);
  std::string line;
  std::getline(in, line);
  CHECK(line == "cell,perturbation,guide,day,lane,time_d,medium");
  std::map<std::tuple<std::string, std::string, std::string, std::string>, int> found;
  int rows = 0;
  while (std::getline(in, line)) {
    const auto f = fields_of(line);
    REQUIRE(f.size() == 7);
    ++rows;
    CHECK(f[0] == "cell" + std::to_string(rows));
    const std::string stem = f[1] == "non-targeting" ? "NT" : f[1];
    CHECK(f[2].rfind(stem + "_g", 0) == 0);
    CHECK(f[3] == f[4].substr(0, 2));
    ++found[{f[1], f[4], f[5], f[6]}];
  }
  std::map<std::tuple<std::string, std::string, std::string, std::string>, int> expected;
  for (const auto& medium : {"E8", "RA"}) {
    for (const auto& edit : {"POU5F1", "SOX2", "NANOG"}) {
      expected[{edit, "d2l1", "2", medium}] = 7;
      expected[{edit, "d5l1", "2", medium}] = expected[{edit, "d5l1", "4", medium}] = 5;
    }
    expected[{"non-targeting", "d2l1", "2", medium}] = 9;
    expected[{"non-targeting", "d5l1", "2", medium}] = expected[{"non-targeting", "d5l1", "4", medium}] = 9;
    expected[{"POU5F1", "d4l1", "4", medium}] = 2;
    expected[{"NANOG", "d4l1", "4", medium}] = 5;
  }
  expected[{"SOX2", "d2l2", "2", "RA"}] = 5;
  expected[{"non-targeting", "d2l2", "2", "RA"}] = 9;
  CHECK(found == expected);
  std::stringstream table(counts);
  int lines = 0;
  while (std::getline(table, line)) {
    CHECK(fields_of(line).size() == 9);
    ++lines;
  }
  CHECK(lines == rows + 1);
}

TEST_CASE("equal recipes give equal tables, another seed gives others") {
  const auto a = tables(with_seed(layout_recipe, 1)), b = tables(with_seed(layout_recipe, 1)),
             c = tables(with_seed(layout_recipe, 2));
  CHECK(a == b);
  CHECK(a.first != c.first);
}

TEST_CASE("adding a batch leaves the cells of the others as they are") {
  const auto few = tables(R"({"genes": 5, "edits": 2, "layout": {"levels": ["day"], "batches": 2}})");
  const auto more = tables(R"({"genes": 5, "edits": 2, "layout": {"levels": ["day"], "batches": 3}})");
  CHECK(more.first.substr(0, few.first.size()) == few.first);
}

TEST_CASE("a single batch at a single time needs no columns for them") {
  const auto [counts, cells] =
      tables(R"({"genes": ["a,b", "B"], "edits": ["B"], "layout": {"cells": 1, "control_cells": 1}})");
  CHECK(cells == "cell,perturbation\ncell1,non-targeting\ncell2,B\n");
  CHECK(counts.substr(0, 13) == "cell,\"a,b\",B\n");
}

TEST_CASE("expected counts follow size, state, batch and interaction") {
  // Poisson noise and many cells: the pooled count of a gene over the sum of sizes is its mean.
  Simulation simulation(
      recipe(R"({"seed": 6, "genes": 8, "network": {"density": 0.4, "strength": 0.6}, "edits": 2, "times": [3],
    "expression": 4, "layout": {"levels": ["batch"], "batches": 2, "cells": 4000, "control_cells": 4000}, "sb2": 0.1, "sg2": 0.02,
    "measurement": {"dispersion": 0, "depth_cv": 0.5}})"));
  const Truth& truth = simulation.truth();
  std::map<std::pair<int, int>, Vector> sum;
  std::map<std::pair<int, int>, double> size;
  while (const SimulatedCell* cell = simulation.next()) {
    auto& total = sum.try_emplace({cell->condition, cell->batch}, Vector::Zero(8)).first->second;
    for (Index i = 0; i < 8; ++i) total[i] += cell->counts[static_cast<std::size_t>(i)];
    size[{cell->condition, cell->batch}] += cell->size;
    CHECK(cell->edited == (truth.conditions[static_cast<std::size_t>(cell->condition)].perturbation >= 0));
  }
  CHECK(sum.size() == 6);
  double chi_squared = 0;
  for (const auto& [group, total] : sum) {
    const Vector state = truth.state.col(group.first) + truth.batch_effect[0].col(group.second) +
                         truth.interaction(group.first, group.second);
    const Vector expected = truth.expression.cwiseProduct(state.array().exp().matrix()) * size[group];
    chi_squared += ((total - expected).array().square() / expected.array()).sum();
  }
  CHECK(chi_squared > 48 - 4.5 * std::sqrt(96.0));
  CHECK(chi_squared < 48 + 4.5 * std::sqrt(96.0));
}

TEST_CASE("log effects of pooled counts scatter around the truth as theory says") {
  Simulation simulation(
      recipe(R"({"seed": 9, "genes": 40, "network": {"density": 0.1, "strength": 0.6}, "edits": 30, "times": [3],
    "expression": {"median": 1.5, "log_sd": 0.5}, "layout": {"cells": 150, "control_cells": 600}, "sg2": 0,
    "measurement": {"dispersion": {"median": 0.3, "log_sd": 0.4}, "depth_cv": 0.4}})"));
  const Truth& truth = simulation.truth();
  const Index conditions = static_cast<Index>(truth.conditions.size());
  Matrix total = Matrix::Zero(40, conditions);
  Vector size = Vector::Zero(conditions), size_sq = Vector::Zero(conditions);
  while (const SimulatedCell* cell = simulation.next()) {
    for (Index i = 0; i < 40; ++i) total(i, cell->condition) += cell->counts[static_cast<std::size_t>(i)];
    size[cell->condition] += cell->size;
    size_sq[cell->condition] += cell->size * cell->size;
  }
  // z of every edited group about the truth: variance 1/(μ Σℓ) + φ Σℓ²/(Σℓ)² (error analysis, counts)
  double within = 0, squares = 0;
  int count = 0;
  for (Index c = 1; c < conditions; ++c)
    for (Index i = 0; i < 40; ++i) {
      const double mean = truth.expression[i] * std::exp(truth.state(i, c));
      const double theta = 1 / (mean * size[c]) + truth.law.dispersion[i] * size_sq[c] / (size[c] * size[c]);
      if (theta > 0.05) continue;
      const double z = (std::log((total(i, c) + 0.5) / size[c]) - std::log(mean)) / std::sqrt(theta);
      within += std::abs(z) < 1.959964;
      squares += z * z;
      ++count;
    }
  REQUIRE(count > 1000);
  CHECK(std::abs(within / count - 0.95) < 4 * std::sqrt(0.95 * 0.05 / count));
  CHECK(std::abs(squares / count - 1) < 4.5 * std::sqrt(2.0 / count) + 0.02);
}

TEST_CASE("escapers keep the unedited state, weak guides dampen the effect") {
  const std::string base =
      R"({"seed": 3, "genes": ["A", "B"], "network": {"edges": [{"from": "A", "to": "B", "weight": 1}]}, "edits": ["A"], "times": [9],
    "expression": 20, "layout": {"cells": 20000, "control_cells": 10}, "sg2": 0, "measurement": {"dispersion": 0, "depth_cv": 0},
    "guides": {"per_edit": 1, "efficacy": 0.6, "escapers": )";
  const auto mean_b = [&](const std::string& text, double& share) {
    Simulation simulation(recipe(text));
    double sum = 0, edited = 0, n = 0;
    while (const SimulatedCell* cell = simulation.next()) {
      if (cell->condition == 0) continue;
      sum += cell->counts[1];
      edited += cell->edited;
      ++n;
    }
    share = edited / n;
    return sum / n;
  };
  Simulation simulation(recipe(base + "true}}"));
  const double effect = simulation.truth().effect()(1, 1);
  CHECK(effect < -1);
  double share = 0;
  CHECK(mean_b(base + "true}}", share) == doctest::Approx(20 * (0.6 * std::exp(effect) + 0.4)).epsilon(0.02));
  CHECK(share == doctest::Approx(0.6).epsilon(0.03));
  CHECK(mean_b(base + "false}}", share) == doctest::Approx(20 * std::exp(0.6 * effect)).epsilon(0.02));
  CHECK(share == 1);
}

TEST_CASE("the job draws the same cells as the tables") {
  const std::string text = with_seed(layout_recipe, 4);
  Message request;
  request.json = {{"recipe", Json::parse(text)}};
  const auto job = groundwork::api::start("simulate", request);
  while (!job->advance(0.01)) CHECK(job->progress()["fraction"].get<double>() < 1);
  const Json result = inlined(job->result());
  CHECK(result["kind"] == "simulation");
  CHECK(result["truth"]["kind"] == "truth");
  CHECK(recipe_from_json(result["recipe"]).seed == 4);
  const auto [counts, cells] = tables(text);
  std::stringstream in(counts), rows(cells);
  std::string line, row;
  std::getline(in, line);
  std::getline(rows, row);
  std::size_t cell = 0, at = 0;
  while (std::getline(in, line) && std::getline(rows, row)) {
    const auto fields = fields_of(line), labels = fields_of(row);
    for (std::size_t i = 1; i < fields.size(); ++i) CHECK(result["counts"][at++] == std::stoi(fields[i]));
    for (std::size_t i = 1; i < labels.size(); ++i) {
      const Json& column = result["columns"][i - 1];
      const std::string level = column["levels"][column["codes"][cell].get<std::size_t>()];
      if (column["name"] == "time_d")
        CHECK(std::stod(level) == std::stod(labels[i]));
      else
        CHECK(level == labels[i]);
    }
    ++cell;
  }
  CHECK(result["cells"] == cell);
  CHECK(result["counts"].size() == at);
}

TEST_CASE("the job gives the tables as text when asked") {
  const std::string text = with_seed(layout_recipe, 4);
  Message request;
  request.json = {{"recipe", Json::parse(text)}, {"text", true}};
  const auto job = groundwork::api::start("simulate", request);
  while (!job->advance(1000)) {
  }
  const Message result = job->result();
  const auto [counts, cells] = tables(text);
  const auto read = [&](std::size_t i) {
    const Json& stored = result.json["tables"][i]["text"];
    if (stored.is_string()) return stored.get<std::string>();
    const Json& place = result.json["buffers"][stored["buffer"].get<std::string>()];
    CHECK(place["dtype"] == "u1");
    return std::string(reinterpret_cast<const char*>(result.bytes.data()) + place["offset"].get<std::size_t>(),
                       place["shape"][0].get<std::size_t>());
  };
  CHECK(read(0) == counts);
  CHECK(read(1) == cells);
  CHECK(result.json["truth"]["effect"][0].is_array());
  CHECK(!result.json.contains("counts"));
}

TEST_CASE("a screen too large for memory is refused by the job") {
  Message request;
  request.json = Json::parse(R"({"recipe": {"genes": 200, "edits": 100, "layout": {"cells": 10000}}})");
  try {
    groundwork::api::start("simulate", request);
    FAIL("not refused");
  } catch (const Error& e) {
    CHECK(e.code() == "recipe.too_large");
  }
}
