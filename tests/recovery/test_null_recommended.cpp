// Framework section 5, null test of `recommended`: on screens without any effect what it answers is better than no
// change in at most 5 % of the screens, and it says that nothing beats no change as often as its two one-sided tests at
// 5 % (a baseline against no change, a mixture against that baseline) allow. What a wrong pick costs is printed.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "../core/fit/drawn_levels.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/recommended.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

struct ChoiceTally {
  int screens = 0, beaten = 0, choices = 0, wrong = 0;
  double excess = 0;  ///< mean over screens of the error beyond that of no change, in units of the latter
};

ChoiceTally tally(const drawn::Design& design, int screens, std::uint64_t first) {
  ChoiceTally out;
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
    for (const auto& choice : model.choices) {
      if (!choice.imitated) continue;
      ++out.choices;
      out.wrong += choice.weights(0) == 1 ? 0 : 1;
    }
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
    const ChoiceTally found = tally(design, screens, 7000);
    MESSAGE(free_edits, " free edits: ", found.wrong, " of ", found.choices,
            " choices are not no change; better than it in ", found.beaten, " of ", found.screens,
            " screens; error beyond its ", 100 * found.excess, " %");
    CHECK(found.beaten <= found.screens / 20);
    CHECK(found.choices >= found.screens);
    CHECK(found.wrong <= 0.1 * found.choices + 2 * std::sqrt(0.09 * found.choices));
  }
}
