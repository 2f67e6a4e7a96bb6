#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/api/components.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "measurement/simulated_screen.hpp"
#include "relative.hpp"

using namespace groundwork;
using api::Json;
using api::Message;

namespace {

/** Four conditions × `batches` batches of real counts; batch and group effects on the log scale with the given
 * variances. */
screen::Screen simulated_screen(int genes, int batches, double sb2, double sg2) {
  screen::Screen s = simulated::empty_screen(genes, 12, batches);
  Random random(21);
  Matrix effect(genes, batches);
  for (double& e : effect.reshaped()) e = std::sqrt(sb2) * random.normal();
  const std::vector<double> phi(static_cast<std::size_t>(genes), 0.2);
  for (int c = 0; c < 12; ++c)
    for (int b = 0; b < batches; ++b)
      for (int half = c == 0 ? 0 : -1; half < (c == 0 ? 2 : 0); ++half) {
        std::vector<double> rate;
        Random group = Random::stream(5, static_cast<std::uint64_t>(100 * c + b));  // both halves share γ
        for (int i = 0; i < genes; ++i) {
          rate.push_back(3 * std::exp(effect(i, b) + std::sqrt(sg2) * group.normal()));
        }
        simulated::add_group(s, random, c, b, half, 60, rate, phi);
      }
  s.cells_read = s.cells_kept = 1;
  s.depth_histogram = Matrix::Zero(1, static_cast<Index>(s.groups.size()));
  s.depth_edges = Vector::LinSpaced(2, 0, 1);
  s.reservoir.start = {0};
  return s;
}

Json components_of(const screen::Screen& s, Json extra = Json::object()) {
  Message request;
  request.json = std::move(extra);
  api::embed(request, request.json, "screen", "screen", api::screen_to_message(s));
  return api::call("components", request).json;
}

}  // namespace

TEST_CASE("components of a simulated screen come back") {
  const Json answer = components_of(simulated_screen(40, 4, 0.05, 0.02));
  CHECK(answer["kind"] == "components");
  CHECK(answer["levels"] == Json{"batch"});
  REQUIRE(answer["genes"].size() == 40);
  CHECK(relative_error(answer["pooled"]["sb2"]["batch"], 0.05) < 0.25);
  CHECK(relative_error(answer["pooled"]["sg2"], 0.02) < 0.15);
  // A group of n cells: trigamma(1/θ) ≈ θ = 1/(3n)(Σ…) + φ(1 + CV² of depth)/n, CV² = 1/12.
  CHECK(relative_error(answer["pooled"]["sw2"], 1.0 / 3 + 0.2 * (1 + 1.0 / 12)) < 0.1);
  CHECK(relative_error(answer["pooled"]["phi"], 0.2) < 0.1);
  CHECK(answer["pooled"]["quantiles"]["sb2"]["batch"]["0.1"] <= answer["pooled"]["quantiles"]["sb2"]["batch"]["0.9"]);
  CHECK(answer["genes"][0]["reason"].is_null());
  CHECK(answer["genes"][0]["df"] == 48 - 12 - 4 + 1);
  CHECK(answer["weak"][0].get<std::string>().rfind("weak: four batches", 0) == 0);
}

TEST_CASE("null with a reason: one batch, no batch column; weak with two") {
  const Json one = components_of(simulated_screen(5, 1, 0.05, 0.02));
  CHECK(one["pooled"]["sb2"]["batch"].is_null());
  CHECK(one["pooled"]["sg2"].is_null());
  CHECK(one["pooled"]["reason"]["sg2"].get<std::string>().find("one batch only") != std::string::npos);
  CHECK(one["genes"][0]["sg2"].is_null());
  CHECK(!one["genes"][0]["reason"].is_null());
  CHECK(one["genes"][0]["sw2"].is_number());

  screen::Screen none = simulated_screen(5, 1, 0.05, 0.02);
  none.batches.clear();
  for (auto& group : none.groups) group.batch.clear();
  const Json without = components_of(none);
  CHECK(without["levels"].empty());
  CHECK(without["pooled"]["reason"]["sg2"].get<std::string>().find("no batch column") != std::string::npos);

  const Json two = components_of(simulated_screen(5, 2, 0.05, 0.02));
  CHECK(two["weak"][0].get<std::string>().rfind("weak: two batches", 0) == 0);
}

TEST_CASE("genes and level can be chosen, unknown ones are named") {
  const screen::Screen s = simulated_screen(6, 3, 0.05, 0.02);
  const Json some = components_of(s, {{"genes", {"g4", "g1"}}});
  REQUIRE(some["genes"].size() == 2);
  CHECK(some["genes"][0]["gene"] == "g4");
  CHECK_THROWS_WITH_AS(components_of(s, {{"genes", {"g9"}}}), doctest::Contains("g9"), Error);
  CHECK_THROWS_WITH_AS(components_of(s, {{"level", "donor"}}), doctest::Contains("batch"), Error);
  CHECK_THROWS_WITH_AS(components_of(s, {{"colour", 1}}), doctest::Contains("colour"), Error);
}
