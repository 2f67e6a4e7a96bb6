// Framework section 5, null test of `recommended`: on screens without any effect it says that nothing beats no change,
// and what it answers is no better than no change in more than 5 % of the screens, nor worse by more than a small part
// of the noise.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "../core/fit/drawn_levels.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/recommended.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

struct Tally {
  int screens = 0, beaten = 0, no_change = 0;
  double excess = 0;  ///< mean over screens of the error beyond that of no change, in units of the latter
};

Tally tally(const drawn::Design& design, int screens, std::uint64_t first) {
  Tally out;
  for (int s = 0; s < screens; ++s) {
    FitOptions options;
    options.recommended = true;
    options.seed = first + static_cast<std::uint64_t>(s);
    options.split = SplitKind::perturbation;
    options.holdout = 0.3;
    options.sampling_time = 3;
    const auto levels = drawn::levels(design, options.seed, [&](const std::string&, const std::string&, double) {
      return drawn::nothing(design.genes);
    });
    const Problem problem = prepare(source_of(levels), options);
    const Panel panel = panel_of(problem);
    const RecommendedFit fit(problem, panel, nullptr, options.seed);
    std::vector<Matrix> results;
    for (int t = 0; t < fit.tasks(); ++t) results.push_back(fit.run(t));
    const Recommended model = fit.finish(results).scored;
    std::vector<screen::Condition> conditions;
    std::vector<double> when;
    for (const int c : panel.conditions) {
      conditions.push_back(problem.conditions[static_cast<std::size_t>(c)]);
      when.push_back(problem.time[static_cast<std::size_t>(c)]);
    }
    const Scores scores = score(evaluation_of(problem, panel), {model.effects(0, conditions, when)});
    ++out.screens;
    out.beaten += scores.list.back().difference_high < -scores.limits.shared ? 1 : 0;
    out.excess += (scores.list.back().relative_to_no_change - 1) / screens;
    bool none = true;
    for (const auto& choice : model.choices) none = none && (!choice.imitated || choice.weights(0) == 1);
    out.no_change += none ? 1 : 0;
  }
  return out;
}

}  // namespace

TEST_CASE("recommended on screens without effects") {
  drawn::Design design;
  design.genes = 8;
  design.edits = 8;
  design.batches = 3;
  design.noise = 0.1;
  design.times = {std::numeric_limits<double>::quiet_NaN()};
  for (const auto& [free_edits, screens] : {std::pair{0, 100}, std::pair{6, 12}}) {
    design.free_edits = free_edits;
    const Tally found = tally(design, screens, 7000);
    MESSAGE(free_edits, " free edits: no change in ", found.no_change, " of ", found.screens,
            " screens, better than it in ", found.beaten, ", error beyond its ", 100 * found.excess, " %");
    CHECK(found.beaten <= found.screens / 20);
    CHECK(2 * found.no_change >= found.screens);
    CHECK(found.excess < 0.05);
  }
}
