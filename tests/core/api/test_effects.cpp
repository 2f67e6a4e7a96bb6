#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/api/effects.hpp"
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

constexpr int genes = 40;

/**
 * Counts of a control and five edits in `batches` batches. Edit 1 halves genes 0 … 4 and takes gene 5 away altogether,
 * the others do nothing.
 */
screen::Screen simulated_screen(int batches) {
  screen::Screen s = simulated::empty_screen(genes, 6, batches);
  Random random(31);
  const std::vector<double> phi(genes, 0.2);
  for (int c = 0; c < 6; ++c)
    for (int b = 0; b < batches; ++b)
      for (int half = c == 0 ? 0 : -1; half < (c == 0 ? 2 : 0); ++half) {
        std::vector<double> rate;
        Random group = Random::stream(6, static_cast<std::uint64_t>(100 * c + b));  // both halves share γ
        for (int i = 0; i < genes; ++i) {
          double fold = c == 1 && i < 5 ? 0.5 : 1;
          if (c == 1 && i == 5) fold = 0;
          rate.push_back(2 * fold * std::exp(0.1 * group.normal()));
        }
        simulated::add_group(s, random, c, b, half, 80, rate, phi);
      }
  s.cells_read = s.cells_kept = 1;
  s.depth_histogram = Matrix::Zero(1, static_cast<Index>(s.groups.size()));
  s.depth_edges = Vector::LinSpaced(2, 0, 1);
  s.reservoir.start = {0};
  return s;
}

Message effects_of(const screen::Screen& s, Json extra = Json::object()) {
  Message request;
  request.json = std::move(extra);
  api::embed(request, request.json, "screen", "screen", api::screen_to_message(s));
  return api::call("effects", request);
}

std::string refused(const screen::Screen& s, Json extra = Json::object()) {
  try {
    effects_of(s, std::move(extra));
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

}  // namespace

TEST_CASE("true effects are found with their sizes, and little else is") {
  const Message m = effects_of(simulated_screen(3));
  const Matrix estimate = api::get_columns(m, m.json, "estimate"), q = api::get_columns(m, m.json, "q");
  const Matrix high = api::get_columns(m, m.json, "high"), low = api::get_columns(m, m.json, "low");
  REQUIRE(q.rows() == genes);
  REQUIRE(q.cols() == 5);
  int false_hits = 0, covered = 0;
  for (Index g = 0; g < genes; ++g)
    for (Index c = 0; c < 5; ++c)
      if (!(c == 0 && g < 6)) false_hits += q(g, c) <= 0.05 ? 1 : 0;
  CHECK(false_hits <= 2);
  for (Index g = 0; g < 5; ++g) {
    CHECK(q(g, 0) <= 0.05);
    covered += low(g, 0) < std::log(0.5) && std::log(0.5) < high(g, 0) ? 1 : 0;
  }
  CHECK(covered >= 3);
  // What is gone altogether is found all the same: its fold is an upper bound.
  CHECK(q(5, 0) < 1e-3);
  CHECK(estimate(5, 0) < std::log(0.1));
  CHECK(std::isnan(low(5, 0)));
  CHECK(api::get_integers(m, m.json, "below_detection")[5] == 1);
  CHECK(m.json["conditions"][0]["down"].get<int>() >= 6);
  CHECK(m.json["conditions"][0]["basis"] == "batches");
  CHECK(m.json["left_out"].is_null());  // no guides in this screen
}

TEST_CASE("one batch: errors stand on the cells alone, and that is said") {
  const Message m = effects_of(simulated_screen(1));
  CHECK(m.json["conditions"][0]["basis"] == "cells");
  CHECK(m.json["df"][0][0].is_null());
  REQUIRE(m.json["warnings"].size() == 1);
  CHECK(m.json["warnings"][0].get<std::string>().find("cells alone") != std::string::npos);
}

TEST_CASE("gene sets: the set of what an edit halves is found, in that edit alone") {
  const screen::Screen s = simulated_screen(3);
  // One gene that is gone altogether would widen the spread of all others; edits leave out their own target so.
  screen::Screen target = s;
  target.conditions[1].edits[0].name = "g5";
  const std::string gmt = "halved\t\tg0\tg1\tg2\tg3\tg4\nothers\t\tg10\tg11\tg12\tg13\tg14\nsingle\t\tg7\tabsent\n";
  const Message m = effects_of(target, {{"gene_sets", {{"name", "a.gmt"}, {"text", gmt}}}});
  const Json& sets = m.json["gene_sets"];
  CHECK(sets["sets"][0]["measured"] == 5);
  CHECK(sets["sets"][2]["genes"] == 2);
  CHECK(sets["sets"][2]["measured"] == 1);
  CHECK(sets["sets"][2]["reason"].is_string());
  CHECK(sets["sets"][0]["correlation_from"] == "replicates");  // 6 conditions × 3 batches: 10 degrees of freedom
  const Matrix q = api::get_columns(m, sets, "q"), score = api::get_columns(m, sets, "score");
  REQUIRE(q.rows() == 3);
  REQUIRE(q.cols() == 5);
  CHECK(q(0, 0) < 0.01);
  CHECK(score(0, 0) < 0);
  for (Index k = 0; k < 5; ++k) {
    if (k > 0) CHECK(q(0, k) > 0.05);
    CHECK(q(1, k) > 0.05);
    CHECK(std::isnan(q(2, k)));
  }
  // Two batches leave five degrees of freedom: the preset stands in, and that is said.
  const Message few = effects_of(simulated_screen(2), {{"gene_sets", {{"name", "a.gmt"}, {"text", gmt}}}});
  CHECK(few.json["gene_sets"]["sets"][0]["correlation_from"] == "preset");
  CHECK(few.json["warnings"].dump().find("too few replicates") != std::string::npos);
}

TEST_CASE("wrong requests for effects get their code") {
  screen::Screen s = simulated_screen(2);
  CHECK(refused(s, {{"fdr", 0}}) == "request.value");
  CHECK(refused(s, {{"fdr", "small"}}) == "request.value");
  CHECK(refused(s, {{"guides", 3}}) == "request.value");
  const auto with_sets = [&](const std::string& text) {
    return refused(s, {{"gene_sets", {{"name", "a.gmt"}, {"text", text}}}});
  };
  CHECK(refused(s, {{"gene_sets", "a.gmt"}}) == "request.value");
  CHECK(with_sets("A,d,g1\n") == "gene_sets.line");
  CHECK(with_sets("") == "gene_sets.empty");
  CHECK(with_sets("A\td\tENSG1\n") == "gene_sets.no_overlap");
  CHECK(with_sets("A\td\tg1\tENSG1\n") == "gene_sets.too_few");
  CHECK(refused(s, {{"gene", "G1"}}) == "request.unknown_key");
  CHECK(refused(s, {{"genes", {"no such gene"}}}) == "genes.unknown");
  screen::Screen controls = s, edits = s;
  for (auto& condition : controls.conditions) condition.edits.clear();
  CHECK(refused(controls) == "effects.no_edits");
  edits.conditions[0].edits = {{"E0", 1}};
  CHECK(refused(edits) == "effects.no_controls");
}
