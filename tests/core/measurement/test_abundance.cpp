#include <doctest/doctest.h>

#include <cmath>

#include "drawn_hosts.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/measurement/abundance.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

/** Hosts whose edits keep their shares exactly: N = depth × input × e^{g t}. */
AbundanceTable exact_hosts(const std::vector<double>& times) {
  AbundanceTable table;
  table.edits = {"", "A", "B"};
  table.compartments = {""};
  const Vector input{{4, 1, 2}}, growth{{0, 0.25, -0.5}};
  for (int h = 0; h < 3; ++h) {
    table.hosts.push_back("h" + std::to_string(h));
    for (const double t : times) {
      Matrix cells(3, 1);
      for (Index p = 0; p < 3; ++p) cells(p, 0) = 1e7 * (h + 1) * input(p) * std::exp(growth(p) * t);
      table.samples.push_back({h, t, cells});
    }
  }
  return table;
}

}  // namespace

TEST_CASE("without noise the growth that made the numbers is found, from an input or from several times") {
  AbundanceTable table = exact_hosts({6});
  CHECK(abundance_effects(table).basis == GrowthBasis::none);
  CHECK(std::isnan(abundance_effects(table).effects[0].growth.value));
  CHECK(relative_error(abundance_effects(table).effects[0].fold.value, std::log(0.25) + 1.5) < 1e-12);

  table.input = Vector{{8, 2, 4}};
  auto found = abundance_effects(table);
  CHECK(found.basis == GrowthBasis::input);
  CHECK(relative_error(found.effects[0].growth.value, 0.25) < 1e-12);
  CHECK(relative_error(found.effects[1].growth.value, -0.5) < 1e-12);
  CHECK(relative_error(found.effects[1].fold.value, -3) < 1e-12);
  CHECK(found.effects[0].growth.df == 2);
  CHECK(found.effects[0].growth.se < 1e-12);

  for (const bool anchored : {false, true}) {
    table = exact_hosts({2, 4, 6});
    if (anchored) table.input = Vector{{8, 2, 4}};
    found = abundance_effects(table);
    CHECK(found.basis == (anchored ? GrowthBasis::both : GrowthBasis::times));
    CHECK(relative_error(found.effects[0].growth.value, 0.25) < 1e-6);  // half a cell in 10⁷ is added
    CHECK(relative_error(found.effects[1].growth.value, -0.5) < 1e-6);
    CHECK(found.effects[0].growth.df == 2);  // three hosts, each with a slope of its own
    // One time a host: a line over nine hosts.
    for (std::size_t s = 0; s < table.samples.size(); ++s) table.samples[s].host = static_cast<int>(s);
    found = abundance_effects(table);
    CHECK(relative_error(found.effects[0].growth.value, 0.25) < 1e-6);
    if (!anchored) CHECK(found.effects[0].growth.df == 7);
  }
}

TEST_CASE("errors of one harvest are those of the mean over hosts; a host that lost an edit counts as zero") {
  AbundanceTable table;
  table.edits = {"", "A"};
  table.compartments = {""};
  const double own[] = {20, 0, 40, 60}, control[] = {100, 50, 150, 100};
  for (int h = 0; h < 4; ++h) {
    table.hosts.push_back("h" + std::to_string(h));
    table.samples.push_back({h, 5, Matrix{{control[h]}, {own[h]}}});
  }
  // Shares a = own/(own + control) and b = 1 − a; log(ā/b̄); error from a/ā − b/b̄.
  double a = 0, b = 0, squares = 0;
  for (int h = 0; h < 4; ++h) a += own[h] / (own[h] + control[h]) / 4, b += control[h] / (own[h] + control[h]) / 4;
  for (int h = 0; h < 4; ++h) {
    const double r = own[h] / (own[h] + control[h]) / a - control[h] / (own[h] + control[h]) / b;
    squares += r * r;
  }
  const auto found = abundance_effects(table).effects[0];
  CHECK(relative_error(found.fold.value, std::log(a / b)) < 1e-13);
  CHECK(relative_error(found.fold.se, std::sqrt(squares / 3 / 4)) < 1e-13);
  CHECK(found.fold.df == 3);
  CHECK(relative_error(found.fold.high - found.fold.value, 3.182446305284263 * found.fold.se) < 1e-8);
  CHECK(found.lost == 1);
  CHECK(found.hosts == 4);
  CHECK(found.cells == 120);
}

TEST_CASE("one host gives a value without an interval") {
  AbundanceTable table = exact_hosts({6});
  table.samples.resize(1);
  const auto found = abundance_effects(table);
  CHECK(std::isfinite(found.effects[0].fold.value));
  CHECK(std::isnan(found.effects[0].fold.low));
  CHECK(std::isnan(found.effects[0].fold.se));
  CHECK(found.edits_with_few_hosts == 2);
}

TEST_CASE("the variation between hosts beyond counting is that of founders with exponential clones") {
  drawn_hosts::Draw options;
  options.hosts = 400;
  options.growth_spread = 0;
  options.edits = 40;
  auto drawn = drawn_hosts::draw(options, 3);
  // CV² = (1 + ψ)/κ with ψ = 1; κ is the founders of a guide times its input (error analysis, "In vivo").
  const auto found = abundance_effects(drawn.table);
  for (const auto& effect : found.effects) {
    const double expected = 2 / (options.founders * drawn.table.input(effect.edit));
    CHECK(std::abs(effect.variation / expected - 1) < 0.35);
  }
}

TEST_CASE("shares of compartments are compared within hosts") {
  AbundanceTable table;
  table.edits = {"", "A"};
  table.compartments = {"bone marrow", "spleen"};
  const double moved[] = {0.3, 0.5, 0.4};
  for (int h = 0; h < 3; ++h) {
    table.hosts.push_back("h" + std::to_string(h));
    table.samples.push_back({h, 5, Matrix{{50.0, 50.0}, {100 * (0.5 - moved[h]), 100 * (0.5 + moved[h])}}});
  }
  const auto found = abundance_effects(table).effects[0];
  REQUIRE(found.share.size() == 2);
  CHECK(relative_error(found.share[1].value, 0.4) < 1e-12);
  CHECK(relative_error(found.share[0].value, -0.4) < 1e-12);
  CHECK(relative_error(found.share[1].se, 0.1 / std::sqrt(3.0)) < 1e-12);
}
