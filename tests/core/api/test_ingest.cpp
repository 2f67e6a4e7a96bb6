// From bytes to a screen document, as both doors do it.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "groundwork/api/ingest.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"

using namespace groundwork;
using namespace groundwork::api;

namespace {

std::string code_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

constexpr int cell_count = 400, gene_count = 6;

struct Files {
  std::string counts = "cell", table = "cell,label,lane,guide\n", mtx, features, barcodes;
  std::vector<int> y;

  Files() {
    Random random(9);
    const char* labels[] = {"NTC", "g1", "g2", "multiple"};
    for (int g = 0; g < gene_count; ++g) {
      counts += ",g" + std::to_string(g);
      features += "id" + std::to_string(g) + "\tg" + std::to_string(g) + "\tGene Expression\n";
    }
    counts += "\n";
    std::string entries;
    int n = 0;
    for (int c = 0; c < cell_count; ++c) {
      const std::string name = "c" + std::to_string(c), label = labels[c % 4];
      counts += name;
      barcodes += name + "\n";
      for (int g = 0; g < gene_count; ++g) {
        y.push_back(static_cast<int>(random.poisson(1.5)));
        counts += "," + std::to_string(y.back());
        if (y.back() == 0) continue;
        entries += std::to_string(g + 1) + " " + std::to_string(c + 1) + " " + std::to_string(y.back()) + "\n";
        ++n;
      }
      counts += "\n";
      table += name + "," + label + "," + (c % 3 == 0 ? "L1" : "L2") + "," + label + "_" + std::to_string(c % 2) + "\n";
    }
    mtx = "%%MatrixMarket matrix coordinate integer general\n6 400 " + std::to_string(n) + "\n" + entries;
  }
};

const Json request = {{"roles",
                       {{"perturbation", "label"},
                        {"control", {"NTC"}},
                        {"batch", {"lane"}},
                        {"guide", "guide"},
                        {"drop", {"multiple"}},
                        {"modality", "crispri"}}},
                      {"seed", 3}};

void push_in_chunks(const std::string& text, std::size_t size,
                    const std::function<void(std::string_view, bool)>& push) {
  for (std::size_t at = 0; at < text.size(); at += size)
    push(std::string_view(text).substr(at, size), at + size >= text.size());
}

void describe(Ingest& ingest, const Files& f) {
  push_in_chunks(f.counts, 100,
                 [&](std::string_view b, bool last) { ingest.describe_counts_text("counts.csv", b, last); });
  push_in_chunks(f.table, 77, [&](std::string_view b, bool last) { ingest.push_cells_text("cells.csv", b, last); });
}

Message sum(Ingest& ingest, const Files& f, const Json& how) {
  ingest.begin(how);
  do push_in_chunks(f.counts, 300, [&](std::string_view b, bool last) { ingest.push_counts_text(b, last); });
  while (ingest.next_pass());
  return ingest.finish();
}

Message from_text(const Files& f) {
  Ingest ingest;
  describe(ingest, f);
  return sum(ingest, f, request);
}

/** All but the file names, and with room for rounding in the sums of y/ℓ. */
void check_same(const Message& a, const Message& b) {
  const auto x = screen_from_message(a), y = screen_from_message(b);
  CHECK(x.genes == y.genes);
  CHECK(x.conditions == y.conditions);
  CHECK(a.json["groups"]["cells"] == b.json["groups"]["cells"]);
  CHECK(x.statistics.sum == y.statistics.sum);
  CHECK(x.statistics.detected == y.statistics.detected);
  CHECK(x.statistics.log1p_sq.isApprox(y.statistics.log1p_sq, 1e-13));
  CHECK(x.guide_sum == y.guide_sum);
  CHECK(x.reservoir.cell == y.reservoir.cell);
  CHECK(x.reservoir.count == y.reservoir.count);
}

}  // namespace

TEST_CASE("ingest: text, mtx and arrays give the same screen") {
  const Files f;
  const Message text = from_text(f);
  CHECK(text.json["counts_name"] == "counts.csv");
  CHECK(text.json["cells_name"] == "cells.csv");
  CHECK(text.json["cells_kept"] == 300);
  CHECK(text.json["roles"]["separator"] == "");

  Ingest trio;
  trio.set_features_text("features.tsv", f.features);
  trio.set_barcodes_text("barcodes.tsv", f.barcodes);
  trio.push_cells_text("cells.csv", f.table, true);
  trio.begin(request);
  do push_in_chunks(f.mtx, 64, [&](std::string_view b, bool last) { trio.push_matrix_market("matrix.mtx", b, last); });
  while (trio.next_pass());
  check_same(text, trio.finish());

  Ingest arrays;
  std::vector<std::string> names;
  for (int g = 0; g < gene_count; ++g) names.push_back("g" + std::to_string(g));
  arrays.set_genes(names);
  std::vector<int> label, lane, guide;
  for (int c = 0; c < cell_count; ++c) {
    label.push_back(c % 4);
    lane.push_back(c % 3 == 0);
    guide.push_back(c % 4);
  }
  arrays.add_column("label", label, {"NTC", "g1", "g2", "multiple"});
  arrays.add_column("lane", lane, {"L2", "L1"});
  arrays.add_column("guide", guide, {"NTC_0", "g1_1", "g2_0", "multiple_1"});
  const std::vector<float> values(f.y.begin(), f.y.end());
  arrays.begin(request);
  do arrays.push_dense(0, cell_count, values);
  while (arrays.next_pass());
  check_same(text, arrays.finish());
}

TEST_CASE("ingest: what is there, with proposed roles") {
  const Files f;
  Ingest ingest;
  describe(ingest, f);
  const Json d = ingest.describe();
  CHECK(d["cells"] == cell_count);
  CHECK(d["genes"]["count"] == gene_count);
  REQUIRE(d["columns"].size() == 3);
  CHECK(d["columns"][0]["name"] == "label");
  CHECK(d["columns"][0]["kind"] == "categorical");
  CHECK(d["columns"][0]["levels"][0]["cells"] == 100);
  CHECK(d["proposed"]["perturbation"] == "label");
  CHECK(d["proposed"]["control"] == Json({"NTC"}));
  CHECK(d["proposed"]["drop"] == Json({"multiple"}));
  CHECK(d["proposed"]["batch"] == Json({"lane"}));
  CHECK(d["proposed"]["why"].contains("control"));
  CHECK(d["memory_bytes"].get<double>() > 0);
}

TEST_CASE("ingest: what was described survives a refusal") {
  const Files f;
  Ingest ingest;
  describe(ingest, f);
  Json wrong = request;
  wrong["roles"]["control"] = {"nobody"};
  CHECK(code_of([&] { ingest.begin(wrong); }) == "roles.no_control");
  wrong = request;
  wrong["rolls"] = 1;
  CHECK(code_of([&] { ingest.begin(wrong); }) == "request.unknown_key");
  wrong = request;
  wrong["roles"]["perturbations"] = "label";
  CHECK(code_of([&] { ingest.begin(wrong); }) == "request.unknown_key");
  CHECK(code_of([&] { ingest.push_cells_text("ragged.csv", "cell,a\nc1\n", true); }) == "text.ragged_line");
  CHECK(code_of([&] { ingest.describe_counts_text("bad.csv", "cell,g0\nc1,-1\n", true); }) == "counts.not_counts");
  check_same(sum(ingest, f, request), from_text(f));
}

TEST_CASE("ingest: refusals of arrays, and of steps out of order") {
  Ingest ingest;
  CHECK(code_of([&] { ingest.describe(); }) == "counts.missing");
  CHECK(code_of([&] { ingest.begin(request); }) == "counts.missing");
  CHECK(code_of([&] { ingest.next_pass(); }) == "ingest.order");
  CHECK(code_of([&] { ingest.set_genes({"a", "b", "a"}); }) == "counts.duplicate_gene");
  CHECK(code_of([&] { ingest.set_cell_names({"a", "a"}); }) == "cells.duplicate");
  ingest.set_cell_names({"a", "b"});
  const std::vector<int> codes = {0, 3};
  CHECK(code_of([&] { ingest.add_column("x", codes, {"u"}); }) == "cells.code");
  CHECK(code_of([&] { ingest.add_column("x", std::span(codes).first(1), {"u"}); }) == "cells.count");
}

TEST_CASE("screen documents: there and back, and refusals of damaged ones") {
  const Message m = from_text(Files());
  const Message again = screen_to_message(screen_from_message(m));
  CHECK(again.json == m.json);
  CHECK(again.bytes == m.bytes);
  const Message text{Json::parse(inlined(m).dump()), {}};
  CHECK(screen_to_message(screen_from_message(text)).json == m.json);

  const auto damaged = [&](const std::function<void(Json&)>& change) {
    Message broken = m;
    change(broken.json);
    return code_of([&] { screen_from_message(broken); });
  };
  CHECK(damaged([](Json& j) { j["schema"] = 2; }) == "message.schema");
  CHECK(damaged([](Json& j) { j["kind"] = "fit"; }) == "message.kind");
  CHECK(damaged([](Json& j) { j.erase("genes"); }) == "screen.damaged");
  CHECK(damaged([](Json& j) { j["genes"].push_back("x"); }) == "screen.damaged");
  CHECK(damaged([](Json& j) { j["groups"]["condition"][0] = 99; }) == "screen.damaged");
  CHECK(damaged([](Json& j) { j["groups"]["batch"][0] = Json::array(); }) == "screen.damaged");
  CHECK(damaged([](Json& j) { j["groups"]["cells"].erase(0); }) == "screen.damaged");
  CHECK(damaged([](Json& j) { j["guides"]["group"][0] = -1; }) == "screen.damaged");
  CHECK(damaged([](Json& j) { j["roles"]["modality"] = "magic"; }) == "roles.modality");
}
