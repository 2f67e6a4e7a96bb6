// Intervals of mechanistic parameters: 1,000 knock-out time courses with known truth for each field.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "fit/drawn_levels.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/steady_state.hpp"
#include "groundwork/fit/training.hpp"

using namespace groundwork;
using namespace groundwork::fit;
using dynamics::FieldKind;

namespace {

constexpr int genes = 4, screens = 1000;

/** Centred parameters with a network of order 0.3 and rates around 1 a day, stable at the control. */
Vector draw_parameters(dynamics::VectorField<double>& field, Random& random) {
  for (;;) {
    Vector p = Vector::Zero(field.layout().size());
    const bool linear = field.options().kind == FieldKind::linear;
    auto W = field.layout().view(p, linear ? "A" : "W");
    for (double& w : W.reshaped()) w = 0.3 * random.normal();
    if (linear)
      for (Index g = 0; g < genes; ++g) W(g, g) = -std::exp(0.3 * random.normal());
    for (const char* rates : {"log_gamma", "log_alpha", "log_epsilon"})
      if (field.layout().contains(rates))
        for (double& x : field.layout().view(p, rates).reshaped()) x = 0.3 * random.normal();
    if (dynamics::spectral_abscissa(field, p, {}, Vector::Zero(genes)) < -0.2) return p;
  }
}

double natural(const std::string& block, double x) { return block.starts_with("log_") ? std::exp(x) : x; }

struct IntervalTally {
  int inside = 0, count = 0;
};

}  // namespace

TEST_CASE("95 % intervals of determined parameters cover 93 to 97 %") {
  for (const FieldKind kind : {FieldKind::linear, FieldKind::production_decay, FieldKind::saturating}) {
    CAPTURE(dynamics::name_of(kind));
    drawn::Design design;
    design.genes = design.edits = genes;
    design.times = {0.5, 1, 2};
    design.noise = 0.03;
    FitOptions options;
    options.model = kind;
    options.centred = true;
    options.optimiser = OptimiserKind::lm;
    options.genes = {"g0", "g1", "g2", "g3"};
    options.l2 = 0.05;
    options.discrepancy = 0;
    options.synthesis_ceiling = 2;  // that of the field that draws
    options.solver = kind == FieldKind::linear ? SolverKind::closed_form : SolverKind::adaptive;
    // In a saturating field ε and W can be exchanged along a valley, so that the way to the minimum is long.
    options.epochs = kind == FieldKind::saturating ? 400 : 100;
    dynamics::FieldOptions field_options;
    field_options.kind = kind;
    field_options.genes = genes;
    field_options.centred = true;
    const auto field = dynamics::make_field<double>(field_options);

    std::map<std::string, IntervalTally> tallies;
    IntervalTally all;
    int undetermined = 0, unfinished = 0;
    for (int s = 0; s < screens; ++s) {
      Random random(static_cast<std::uint64_t>(7000 + s));
      const Vector truth = draw_parameters(*field, random);
      std::map<std::string, std::vector<Matrix>> states;
      for (int g = -1; g < genes; ++g) {
        dynamics::ConditionInputs condition;
        if (g >= 0) condition.clamps = {{g, dynamics::ClampKind::activity, options.kappa_activity, -1}};
        states[g < 0 ? "" : "g" + std::to_string(g)] =
            dynamics::predict_states(*field, truth, {&condition, 1}, design.times);
      }
      const auto effect = [&](const std::string& edit, const std::string&, double time) -> Vector {
        const auto at = std::find(design.times.begin(), design.times.end(), time) - design.times.begin();
        return states[edit][static_cast<std::size_t>(at)].col(0);
      };
      const Problem problem =
          prepare(source_of(drawn::levels(design, static_cast<std::uint64_t>(s + 1), effect)), options);
      MemberTraining training(problem, nullptr, 0);
      while (!training.advance(1e9)) {
      }
      const Member member = training.member();
      unfinished += member.warnings.empty() ? 0 : 1;
      REQUIRE(member.intervals);
      for (const Interval& interval : member.intervals->list) {
        if (!interval.determined) {
          ++undetermined;
          continue;
        }
        const auto& block = field->layout().at(interval.block);
        const double true_value =
            natural(interval.block, truth(block.offset + interval.row + block.rows * interval.col));
        const bool inside = interval.low <= true_value && true_value <= interval.high;
        for (IntervalTally* tally : {&all, &tallies[interval.quantity]}) {
          tally->inside += inside;
          ++tally->count;
        }
      }
    }
    for (const auto& [quantity, tally] : tallies) {
      const double share = static_cast<double>(tally.inside) / tally.count;
      MESSAGE(dynamics::name_of(kind), " ", quantity, ": ", share, " of ", tally.count);
      // The ε of a saturating field is where the linear approximation behind these intervals fails: docs/model.md.
      if (quantity != "epsilon") CHECK(share > 0.93);
    }
    const double coverage = static_cast<double>(all.inside) / all.count;
    MESSAGE(dynamics::name_of(kind), ": coverage ", coverage, " over ", all.count, " intervals; ", undetermined,
            " not determined; ", unfinished, " of ", screens, " screens short of the minimum");
    CHECK(all.count > 10 * screens);
    CHECK(unfinished <= screens / 100);
    CHECK(coverage > 0.93);
    CHECK(coverage < 0.97);
  }
}
