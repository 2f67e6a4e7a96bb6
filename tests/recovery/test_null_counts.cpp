// Framework section 5, null test, from counts: screens without any effect are drawn cell by cell, summarised (controls
// in two halves), fitted and scored on held-out edits. A model beats no change (95 % interval of the paired difference
// below zero) in at most 5 % of 200 of them, even where what the controls share is not taken off.
#include <doctest/doctest.h>

#include "groundwork/api/job.hpp"
#include "recovered_screen.hpp"

namespace api = groundwork::api;
using api::Json;

namespace {

// Knock-outs of genes that regulate nothing, and edits of genes that are not measured and do nothing.
const char* no_effects = R"({
  "genes": ["A", "B", "C", "D", "E", "F"], "housekeeping": {"genes": 2, "share": 0.9},
  "expression": {"median": 4, "log_sd": 0.3}, "network": {"edges": []},
  "edits": 5, "outside": {"edits": ["U", "V", "W", "X", "Y"], "genes": 0}, "times": [4],
  "layout": {"levels": ["batch"], "batches": 3, "cells": 25, "control_cells": 100},
  "sb2": 0.02, "sg2": 0.005, "measurement": {"dispersion": 0.15, "depth_cv": 0.4}
})";

Json null_fit_of(const api::Message& document, const Json& options) {
  api::Message request;
  request.json = options;
  api::embed(request, request.json, "screen", "screen", document);
  const auto job = api::start("fit", request);
  while (!job->advance(1e9)) {
  }
  return job->result().json;
}

}  // namespace

TEST_CASE("on counts drawn without effects a model beats no change in at most 5 % of 200 screens") {
  const int screens = 200;
  const std::string models[] = {"production_decay", "neural"};
  int beaten[] = {0, 0};
  for (int s = 0; s < screens; ++s) {
    const auto recipe = recovery::recipe_of(no_effects, static_cast<std::uint64_t>(s + 1));
    REQUIRE(api::draw_truth(recipe).effect().cwiseAbs().maxCoeff() < 1e-12);
    const auto document = recovery::screen_document(recipe);
    for (int m = 0; m < 2; ++m) {
      const Json fit = null_fit_of(document, {{"model", models[m]},
                                              {"loss", "prediction"},  // the loss with most freedom
                                              {"genes", {"A", "B", "C", "D", "E", "F"}},
                                              {"split", "perturbation"},
                                              {"holdout", 0.4},
                                              {"members", 1},
                                              {"epochs", 60},
                                              {"hidden", 8},
                                              {"seed", s + 1}});
      const Json& high = fit["scores"].back()["difference"]["high"];
      REQUIRE(high.is_number());
      beaten[m] += high.get<double>() < 0 ? 1 : 0;
    }
  }
  for (int m = 0; m < 2; ++m) {
    CAPTURE(models[m]);
    MESSAGE(models[m], ": ", beaten[m], " of ", screens);
    CHECK(beaten[m] <= screens / 20);
  }
}
