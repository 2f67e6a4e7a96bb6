// Framework section 5, null test: on screens without any effect a model beats no change (95 % interval of the paired
// difference below zero, less what controls share) in at most 5 % of 200 screens.
#include <doctest/doctest.h>

#include <limits>

#include "../core/fit/drawn_levels.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/training.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

int screens_beaten(const FitOptions& options, const drawn::Design& design, int screens) {
  int beaten = 0;
  for (int s = 0; s < screens; ++s) {
    FitOptions own = options;
    own.seed = static_cast<std::uint64_t>(s + 1);
    const auto levels = drawn::levels(design, own.seed + 5000, [&](const std::string&, const std::string&, double) {
      return drawn::nothing(design.genes);
    });
    const Problem problem = prepare(source_of(levels), own);
    const Panel panel = panel_of(problem);
    MemberTraining training(problem, nullptr, 0);
    training.advance(std::numeric_limits<double>::infinity());
    const Scores scores =
        score(evaluation_of(problem, panel),
              {predicted_effects(problem, panel, problem.training.edits, training.member().parameters)});
    beaten += scores.list.back().difference_high < -scores.limits.shared ? 1 : 0;
  }
  return beaten;
}

}  // namespace

TEST_CASE("on screens without effects a model beats no change in at most 5 % of 200") {
  drawn::Design design;
  design.genes = 8;
  design.edits = 8;
  design.free_edits = 4;
  design.batches = 3;
  design.noise = 0.1;
  design.times = {std::numeric_limits<double>::quiet_NaN()};
  for (const auto kind : dynamics::field_kinds())
    for (const double group_sd : {0.0, 0.1}) {
      CAPTURE(dynamics::name_of(kind));
      CAPTURE(group_sd);
      design.group_sd = group_sd;
      FitOptions options;
      options.model = kind;
      options.loss = LossKind::prediction;  // the loss with most freedom: controls do not hold the field
      options.split = SplitKind::perturbation;
      options.holdout = 0.4;
      options.epochs = 60;
      options.hidden = 8;
      options.sampling_time = 3;
      CHECK(screens_beaten(options, design, 200) <= 10);
    }
}
