#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "groundwork/base/error.hpp"
#include "groundwork/design/contrast_presets.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/layout.hpp"
#include "groundwork/design/plan.hpp"
#include "groundwork/design/ready_layouts.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

std::string preset_refusal(const std::string& layout, ContrastPreset preset) {
  try {
    const Layout read = read_layout(layout, "layout.csv");
    contrasts_of_preset(read, {}, preset);
  } catch (const Error& e) {
    return e.code() + ": " + e.what();
  }
  return "accepted";
}

std::string formula_of(const PresetContrasts& found, const Layout& layout, std::size_t k) {
  return description_of(found.contrasts[k], layout.conditions);
}

}  // namespace

TEST_CASE("columns of conditions are read, written back and refused with their place") {
  const std::string text =
      "condition,#perturbation,#medium,#time,#guides,b1,b2\n"
      "#day,,,,,d1,d2\n"
      "c,,M,0.5,,9,9\n"
      "\"A, pair\",A+B,M>N,,3,5,0\n";
  const Layout layout = read_layout(text, "layout.csv");
  CHECK(layout.batches == std::vector<std::string>{"b1", "b2"});
  CHECK(layout.about.perturbation[1] == "A+B");
  CHECK(layout.about.time[0] == 0.5);
  CHECK(std::isnan(layout.about.time[1]));
  CHECK(layout.about.guides[1] == 3);
  CHECK(layout.cells(1, 0) == 5);
  CHECK(write_layout(layout) == text);

  const auto refused = [](const std::string& bad) -> std::string {
    try {
      read_layout(bad, "layout.csv");
    } catch (const Error& e) {
      return e.code() + ": " + e.what();
    }
    return "accepted";
  };
  CHECK(refused("condition,#perturbed,b1\nc,,9\n") ==
        "layout.column: layout.csv, line 1, column 2: found the column \"#perturbed\", which is none that conditions "
        "have");
  CHECK(refused("condition,b1,#time\nc,9,2\n").find("after a batch") != std::string::npos);
  CHECK(refused("condition,#time,#time,b1\nc,1,2,9\n").find("column 3: found the column \"#time\" again") !=
        std::string::npos);
  CHECK(refused("condition,#time,b1\nc,soon,9\n").find("line 2, column 2 (#time): found \"soon\"") !=
        std::string::npos);
  CHECK(refused("condition,#time,b1\n#day,d1,d1\nc,1,9\n").find("layout.level_label") == 0);
}

TEST_CASE("presets of contrasts have the coefficients of their definitions") {
  SUBCASE("rate: the slope by least squares, in the times that both have") {
    const Layout layout = read_layout(
        "condition,#perturbation,#time,b1\n"
        "c1,,1,9\nc2,,2,9\nc4,,4,9\nA1,A,1,5\nA2,A,2,5\nA4,A,4,5\nA9,A,9,5\n",
        "layout.csv");
    const PresetContrasts found = contrasts_of_preset(layout, {}, ContrastPreset::rate);
    REQUIRE(found.contrasts.size() == 1);
    // A straight line of slope 0.3 in the edit and 0.1 in the control gives 0.2, whatever the levels.
    double slope = 0, level = 0;
    const double value[] = {1 + 0.1, 1 + 0.2, 1 + 0.4, 7 + 0.3, 7 + 0.6, 7 + 1.2, 99};
    for (const auto& [c, coefficient] : found.contrasts[0].terms) {
      slope += coefficient * value[c];
      level += coefficient;
    }
    CHECK(slope == doctest::Approx(0.2).epsilon(1e-12));
    CHECK(std::abs(level) < 1e-15);
    CHECK(found.meanings[0] == "slope per day over days 1, 2 and 4 of A less unedited cells");
  }
  SUBCASE("difference: over time and over media") {
    const Layout layout = read_layout(
        "condition,#perturbation,#medium,#time,b1\n"
        "c1,,M,1,9\nc2,,M,2,9\ncN,,N,1,9\nA1,A,M,1,5\nA2,A,M,2,5\nAN,A,N,1,5\n",
        "layout.csv");
    const PresetContrasts found = contrasts_of_preset(layout, {}, ContrastPreset::difference);
    REQUIRE(found.contrasts.size() == 2);
    CHECK(formula_of(found, layout, 0) == "A2 − c2 − A1 + c1");
    CHECK(formula_of(found, layout, 1) == "AN − cN − A1 + c1");
    CHECK(found.meanings[1] == "effect of A in N less its effect in M at day 1");
  }
  SUBCASE("interaction: of names too, with what is missing") {
    const Layout layout = read_layout("condition,b1\ncontrol,9\nA,5\nB,5\nB+A,5\nA+C,5\n", "layout.csv");
    const PresetContrasts found = contrasts_of_preset(layout, {0}, ContrastPreset::interaction);
    REQUIRE(found.contrasts.size() == 1);
    CHECK(formula_of(found, layout, 0) == "B+A − B − A + control");
    REQUIRE(found.left_out.size() == 1);
    CHECK(found.left_out[0] == "The interaction A × C is left out: the layout lacks C.");
  }
  SUBCASE("order: against that of the unedited, whose perturbation the control names") {
    const Layout layout = read_layout(
        "condition,#perturbation,#medium,b1\n"
        "c1,NT,X>Y,9\nc2,NT,Y>X,9\nA1,A,X>Y,5\nA2,A,Y > X,5\nB1,B,X>Y,5\n",
        "layout.csv");
    const PresetContrasts found = contrasts_of_preset(layout, {0}, ContrastPreset::order);
    REQUIRE(found.contrasts.size() == 2);
    CHECK(formula_of(found, layout, 0) == "c1 − c2");
    CHECK(formula_of(found, layout, 1) == "A1 − A2 − c1 + c2");
    CHECK(found.left_out.size() == 1);
  }
  SUBCASE("conditions of one perturbation, medium and time are averaged") {
    const Layout layout = read_layout("condition,#perturbation,b1\nc,,9\nc too,,9\nA g1,A,5\nA g2,A,5\n", "layout.csv");
    const PresetContrasts found = contrasts_of_preset(layout, {}, ContrastPreset::effect);
    CHECK(formula_of(found, layout, 0) == "0.5 A g1 + 0.5 A g2 − 0.5 c − 0.5 c too");
  }
}

TEST_CASE("a preset that the layout does not hold is refused with what its columns lack") {
  CHECK(preset_refusal("condition,#perturbation,b1\nc,,9\nA,A,5\n", ContrastPreset::rate).find("contrasts.preset") ==
        0);
  CHECK(preset_refusal("condition,#perturbation,b1\nc,,9\nA,A,5\n", ContrastPreset::order).find("two orders") !=
        std::string::npos);
  CHECK(preset_refusal("condition,#perturbation,b1\nA,A,5\n", ContrastPreset::effect).find("no unedited cells") !=
        std::string::npos);
  CHECK_THROWS_WITH_AS(contrast_preset_of("slope"), doctest::Contains("\"slope\""), Error);
}

TEST_CASE("presets of the time course in batches of its own have the closed forms of layout D") {
  // (v_p1 + v_01 + v_p2 + v_02)/(R Δt²) for the rate, without Δt² for the difference, for random and for fixed batches.
  ReadyOptions o;
  o.kind = ReadyKind::time_per_batch;
  o.perturbations = 2;
  o.batches = 3;
  o.times = {2, 6};
  o.cells = 40;
  o.control_cells = 160;
  const ReadyLayout ready = ready_layout(o);
  const std::vector<int> controls = control_indices(ready.layout, ready.control);
  const double sg2 = 0.01, sw2 = 0.4, v = 2 * (sg2 + sw2 / 40) + 2 * (sg2 + sw2 / 160);
  for (const double sb2 : {0.05, std::numeric_limits<double>::infinity()}) {
    for (const auto& [preset, expected] :
         {std::pair{ContrastPreset::rate, v / (3 * 16)}, std::pair{ContrastPreset::difference, v / 3}}) {
      PresetContrasts found = contrasts_of_preset(ready.layout, controls, preset);
      Plan plan(ready.layout, controls, std::move(found.contrasts));
      Assumptions a;
      a.level_variances = Vector::Constant(1, sb2);
      a.sg2 = sg2;
      a.sw2 = sw2;
      plan.set_assumptions(a);
      const ContrastAnswer answer = plan.answer(0);
      CHECK(answer.estimable);
      CHECK(answer.variance == doctest::Approx(expected).epsilon(1e-9));
    }
  }
}
