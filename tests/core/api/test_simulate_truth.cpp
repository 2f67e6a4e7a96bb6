#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "groundwork/api/simulate_truth.hpp"

using groundwork::Index;
using groundwork::Matrix;
using groundwork::Vector;
using groundwork::api::draw_truth;
using groundwork::api::Json;
using groundwork::api::Recipe;
using groundwork::api::recipe_from_json;
using groundwork::api::Truth;
using groundwork::api::truth_to_message;

namespace {

Recipe truth_recipe(const std::string& text) { return recipe_from_json(Json::parse(text)); }

/** What acts on a cell, in the test's own words. */
struct Acting {
  std::map<Index, double> activity, synthesis;
  Vector input;
};

/** dδ/dt = γ (κ s(W δ + B u + b) e^{−δ} − 1), or the other fields of a recipe, written out gene by gene. */
Vector slope(const Truth& truth, const Acting& acting, const Vector& delta) {
  const Index d = truth.weights.rows();
  Vector result(d);
  for (Index i = 0; i < d; ++i) {
    double a = acting.input[i];
    for (Index j = 0; j < d; ++j) {
      const auto clamp = acting.activity.find(j);
      a += truth.weights(i, j) * (clamp == acting.activity.end() ? delta[j] : std::log(clamp->second));
    }
    const auto kappa = acting.synthesis.find(i);
    if (truth.recipe.field.kind != groundwork::dynamics::FieldKind::production_decay) {
      const bool linear = truth.recipe.field.kind == groundwork::dynamics::FieldKind::linear;
      const double level = kappa == acting.synthesis.end() ? 0 : std::log(kappa->second);
      result[i] = truth.gamma[i] * ((linear ? a / 2 : std::tanh(a / 2)) - delta[i] + level);
      continue;
    }
    const double s = 2 / (1 + std::exp(-a)) * (kappa == acting.synthesis.end() ? 1 : kappa->second);
    result[i] = truth.gamma[i] * (s * std::exp(-delta[i]) - 1);
  }
  return result;
}

/** Classical Runge–Kutta in steps of 1/200 day. */
Vector integrate(const Truth& truth, const Acting& acting, Vector delta, double days) {
  const int steps = static_cast<int>(std::lround(days * 200));
  const double h = days / std::max(steps, 1);
  for (int k = 0; k < steps; ++k) {
    const Vector k1 = slope(truth, acting, delta), k2 = slope(truth, acting, delta + h / 2 * k1);
    const Vector k3 = slope(truth, acting, delta + h / 2 * k2), k4 = slope(truth, acting, delta + h * k3);
    delta += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return delta;
}

Index condition_at(const Truth& truth, const std::string& label, double time, const std::string& medium = "") {
  for (std::size_t c = 0; c < truth.conditions.size(); ++c) {
    const auto& condition = truth.conditions[c];
    if (condition.label == label && truth.recipe.times[static_cast<std::size_t>(condition.time)] == time &&
        condition.condition.medium == medium)
      return static_cast<Index>(c);
  }
  FAIL("no such condition");
  return 0;
}

double error_of(const Truth& truth, Index c, const Vector& expected) {
  return (truth.state.col(c).head(truth.weights.rows()) - expected).cwiseAbs().maxCoeff();
}

const char* media_recipe = R"({"seed": 3, "genes": ["A", "B", "C", "D", "E", "F"], "housekeeping": {"genes": 2},
  "network": {"density": 0.5, "strength": 0.5}, "field": {"transcript": 0.4},
  "edits": ["A", "B"], "outside": {"edits": ["X"], "genes": 3}, "pairs": [["A", "B"], ["X", "A"]],
  "media": [{"name": "E8"}, {"name": "RA", "response": {"C": -1.2, "D": 0.7}}], "times": [0, 1, 2.5],
  "layout": {"cells": 3, "control_cells": 3}})";

}  // namespace

TEST_CASE("true states are the flow of the vector field, integrated independently") {
  const Truth truth = draw_truth(truth_recipe(media_recipe));
  const Index d = 6;
  const Matrix& b = truth.intercepts;
  CHECK(truth.conditions.size() == 3 * 2 * 6);
  const double k = truth.recipe.field.activity;
  for (const double t : {1.0, 2.5}) {
    const auto check = [&](const std::string& label, const std::string& medium, const Acting& acting) {
      CAPTURE(label);
      CAPTURE(medium);
      CHECK(error_of(truth, condition_at(truth, label, t, medium), integrate(truth, acting, Vector::Zero(d), t)) <
            1e-7);
    };
    check("A", "E8", {{{0, k}}, {{0, 0.4}}, b.col(0)});
    check("A", "RA", {{{0, k}}, {{0, 0.4}}, b.col(1)});
    check("X", "RA", {{}, {}, b.col(1) + truth.inputs.col(0)});
    check("A+B", "E8", {{{0, k}, {1, k}}, {{0, 0.4}, {1, 0.4}}, b.col(0)});
    check("A+X", "RA", {{{0, k}}, {{0, 0.4}}, b.col(1) + truth.inputs.col(0)});
    check("non-targeting", "RA", {{}, {}, b.col(1)});
    CHECK(error_of(truth, condition_at(truth, "non-targeting", t, "E8"), Vector::Zero(d)) < 1e-12);
  }
  for (const auto& label : {"A", "X", "A+B"}) CHECK(truth.state.col(condition_at(truth, label, 0, "RA")).isZero(0));
  // The effect is against unedited cells of the same medium; housekeeping genes never move.
  const Index a = condition_at(truth, "A", 2.5, "RA"), control = condition_at(truth, "non-targeting", 2.5, "RA");
  CHECK(truth.effect().col(a).isApprox(truth.state.col(a) - truth.state.col(control)));
  CHECK(truth.state.bottomRows(2).isZero(0));
  const double edited = truth.expression.dot(truth.state.col(a).array().exp().matrix());
  const double unedited = truth.expression.dot(truth.state.col(control).array().exp().matrix());
  CHECK(truth.composition()[a] == doctest::Approx(std::log(edited / unedited)));
}

TEST_CASE("linear and saturating recipes have the same fields as their names") {
  for (const char* name : {"linear", "saturating"}) {
    CAPTURE(name);
    Json json = Json::parse(media_recipe);
    json["field"]["name"] = name;
    const Truth truth = draw_truth(recipe_from_json(json));
    const double k = truth.recipe.field.activity;
    const Acting acting{{{0, k}}, {{0, 0.4}}, truth.intercepts.col(1) + truth.inputs.col(0)};
    CHECK(error_of(truth, condition_at(truth, "A+X", 2.5, "RA"), integrate(truth, acting, Vector::Zero(6), 2.5)) <
          1e-7);
    // Near the unedited cell they are what production_decay is.
    Json weak = Json::parse(R"({"genes": 4, "network": {"density": 0.5}, "times": [1],
      "media": [{"name": "m"}, {"name": "n", "strength": 1e-4, "genes": 4}]})");
    const Matrix other = draw_truth(recipe_from_json(weak)).unedited;
    weak["field"]["name"] = name;
    const Matrix own = draw_truth(recipe_from_json(weak)).unedited;
    CHECK(own.cwiseAbs().maxCoeff() > 1e-5);
    CHECK((own - other).cwiseAbs().maxCoeff() < 1e-3 * own.cwiseAbs().maxCoeff());
  }
}

TEST_CASE("a medium with stages is the protocol of its stages, edited on its day") {
  Json json = Json::parse(media_recipe);
  json["media"].push_back(
      Json::parse(R"({"name": "edit first", "stages": [{"medium": "E8", "days": 1}, {"medium": "RA"}]})"));
  json["media"].push_back(Json::parse(
      R"({"name": "RA first", "edit_day": 1.5, "stages": [{"medium": "RA", "days": 1}, {"medium": "E8", "days": 1}]})"));
  const Truth truth = draw_truth(recipe_from_json(json)), plain = draw_truth(truth_recipe(media_recipe));
  CHECK(truth.conditions.size() == 3 * 4 * 6);
  const double k = truth.recipe.field.activity;
  const Vector none = Vector::Zero(6), base = truth.intercepts.col(0), ra = truth.intercepts.col(1);
  const auto acting = [&](bool edited, const Vector& b) {
    return edited ? Acting{{{0, k}}, {{0, 0.4}}, b} : Acting{{}, {}, b};
  };
  const Vector half = integrate(truth, acting(true, base), none, 1);
  CHECK(error_of(truth, condition_at(truth, "A", 1, "edit first"), half) < 1e-6);
  CHECK(error_of(truth, condition_at(truth, "A", 2.5, "edit first"), integrate(truth, acting(true, ra), half, 1.5)) <
        1e-6);
  const Vector there = integrate(truth, acting(false, ra), none, 1);
  const Vector back = integrate(truth, acting(false, base), there, 0.5);
  CHECK(error_of(truth, condition_at(truth, "A", 1, "RA first"), there) < 1e-6);
  CHECK(error_of(truth, condition_at(truth, "A", 2.5, "RA first"), integrate(truth, acting(true, base), back, 1)) <
        1e-6);
  // Effects are against unedited cells of the same sequence; what needs no stages does not move.
  const Index late = condition_at(truth, "A", 2.5, "RA first");
  CHECK((truth.unedited.col(late).head(6) - integrate(truth, acting(false, base), back, 1)).cwiseAbs().maxCoeff() <
        1e-6);
  CHECK(truth.state.col(condition_at(truth, "A", 2.5, "RA")) == plain.state.col(condition_at(plain, "A", 2.5, "RA")));
}

TEST_CASE("states at two times agree with a protocol of two stages") {
  const Truth truth = draw_truth(truth_recipe(media_recipe));
  const Acting acting{{{0, truth.recipe.field.activity}}, {{0, 0.4}}, truth.intercepts.col(1)};
  const Vector first = truth.state.col(condition_at(truth, "A", 1, "RA")).head(6);
  CHECK(error_of(truth, condition_at(truth, "A", 2.5, "RA"), integrate(truth, acting, first, 1.5)) < 1e-7);
}

TEST_CASE("interference acts on the target's synthesis") {
  const Truth truth = draw_truth(
      truth_recipe(R"({"seed": 2, "genes": ["A", "B", "C"], "network": {"density": 0.8, "strength": 0.6}, "edits": 1,
    "modality": "crispri", "field": {"synthesis": 0.2}, "times": [0.5, 60]})"));
  const Acting acting{{}, {{0, 0.2}}, Vector::Zero(3)};
  CHECK(error_of(truth, condition_at(truth, "A", 0.5), integrate(truth, acting, Vector::Zero(3), 0.5)) < 1e-7);
  // Late: a steady state with the target at κ s.
  CHECK(slope(truth, acting, truth.state.col(condition_at(truth, "A", 60))).cwiseAbs().maxCoeff() < 1e-6);
}

TEST_CASE("a baseline medium with a response lets unedited cells drift") {
  const Truth truth = draw_truth(
      truth_recipe(R"({"genes": ["A", "B"], "media": [{"name": "m", "response": {"A": 0.8}}], "times": [1, 2]})"));
  CHECK(std::abs(truth.unedited(0, 1)) > 0.1);
  CHECK(truth.unedited(1, 1) == 0);
  CHECK(truth.effect().isZero(0));
}

TEST_CASE("a gene's numbers do not move when another gene is added") {
  const Truth small = draw_truth(truth_recipe(
      R"({"genes": ["A", "B", "C"], "network": {"density": 0.6}, "layout": {"levels": ["day"], "batches": 2}})"));
  const Truth large = draw_truth(truth_recipe(
      R"({"genes": ["A", "B", "C", "D"], "network": {"density": 0.6}, "layout": {"levels": ["day"], "batches": 3}})"));
  CHECK(large.gamma.head(3) == small.gamma);
  CHECK(large.expression.head(3) == small.expression);
  CHECK(large.law.dispersion.head(3) == small.law.dispersion);
  CHECK(large.weights.topLeftCorner(3, 3) == small.weights);
}

TEST_CASE("random edges have the asked-for density, signs and sizes") {
  const Truth truth = draw_truth(truth_recipe(
      R"({"seed": 8, "genes": 120, "network": {"density": 0.05, "strength": 0.2, "activating": 0.7, "regulators": 100},
    "edits": 1})"));
  double present = 0, positive = 0, log_size = 0;
  for (Index i = 0; i < 120; ++i) {
    CHECK(truth.weights(i, i) == 0);
    CHECK(truth.weights.row(i).cwiseAbs().sum() <= 1.5 + 1e-12);
    CHECK(truth.weights.row(i).tail(20).isZero(0));
    for (Index j = 0; j < 100; ++j)
      if (truth.weights(i, j) != 0) {
        ++present;
        positive += truth.weights(i, j) > 0;
        log_size += std::log(std::abs(truth.weights(i, j)));
      }
  }
  const double places = 120 * 100 - 100;
  CHECK(std::abs(present / places - 0.05) < 4.5 * std::sqrt(0.05 * 0.95 / places));
  CHECK(std::abs(positive / present - 0.7) < 4.5 * std::sqrt(0.7 * 0.3 / present));
  CHECK(std::abs(log_size / present - std::log(0.2)) < 0.1);
}

TEST_CASE("batch effects and interactions have the asked-for variances") {
  const Truth truth = draw_truth(truth_recipe(
      R"({"genes": 40, "edits": 10, "times": [1, 2], "layout": {"levels": ["day", "lane"], "batches": [20, 5]},
    "sb2": {"day": 0.09, "lane": 0.01}, "sg2": 0.04})"));
  const auto check = [](const Matrix& draws, double variance) {
    const double n = static_cast<double>(draws.size());
    CHECK(std::abs(draws.array().square().mean() / variance - 1) < 4.5 * std::sqrt(2 / n));
    CHECK(std::abs(draws.mean()) < 4.5 * std::sqrt(variance / n));
  };
  CHECK(truth.batch_effect[0].cols() == 20);
  CHECK(truth.batch_effect[1].cols() == 100);
  check(truth.batch_effect[0], 0.09);
  check(truth.batch_effect[1], 0.01);
  Matrix interactions(40, 200);
  for (int k = 0; k < 200; ++k) interactions.col(k) = truth.interaction(k % 11, k / 11);
  check(interactions, 0.04);
  CHECK(truth.interaction(3, 7) == truth.interaction(3, 7));
}

TEST_CASE("guides have the efficacies and off-target effects that were asked for") {
  const Truth truth = draw_truth(truth_recipe(
      R"({"genes": 60, "edits": 60, "guides": {"per_edit": 20, "control": 30, "efficacy": {"mean": 0.8, "sd": 0.1},
    "off_target_sd": 0.05}})"));
  CHECK(truth.guides.size() == 60 * 20 + 30);
  double sum = 0, sum_sq = 0, off = 0;
  for (const auto& guide : truth.guides) {
    off += guide.off_target.squaredNorm() / static_cast<double>(guide.off_target.size());
    if (guide.perturbation < 0) {
      CHECK(guide.efficacy == 1);
      continue;
    }
    sum += guide.efficacy;
    sum_sq += guide.efficacy * guide.efficacy;
  }
  const double mean = sum / 1200, sd = std::sqrt(sum_sq / 1200 - mean * mean);
  CHECK(std::abs(mean - 0.8) < 4.5 * 0.1 / std::sqrt(1200));
  CHECK(sd == doctest::Approx(0.1).epsilon(0.1));
  CHECK(std::sqrt(off / static_cast<double>(truth.guides.size())) == doctest::Approx(0.05).epsilon(0.02));
  CHECK(truth.guides_of(0).size() == 30);
  CHECK(truth.guides_of(1).size() == 20);
}

TEST_CASE("the truth document carries effects, layout and roles") {
  const Truth truth = draw_truth(truth_recipe(media_recipe));
  const auto message = truth_to_message(truth);
  const Json& json = message.json;
  CHECK(json["kind"] == "truth");
  CHECK(groundwork::api::get_columns(message, json, "effect").isApprox(truth.effect(), 1e-5));
  CHECK(json["conditions"].size() == truth.conditions.size());
  CHECK(json["layout"]["cells"].size() == truth.conditions.size());
  CHECK(json["layout"]["cells"][0][0] == 3);
  CHECK(json["roles"]["medium"] == "medium");
  CHECK(json["roles"]["time"] == "time_d");
  CHECK(json["roles"]["guide"] == "");
  CHECK(json["network"].size() == static_cast<std::size_t>((truth.weights.array() != 0).count()));
}
