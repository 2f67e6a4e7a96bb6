// Predictions of a stack of candidates.
#include <algorithm>
#include <cmath>

#include "asked_condition.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/recommended.hpp"

namespace groundwork::fit {
namespace {

class StackedPredictor final : public Predictor {
 public:
  explicit StackedPredictor(StackedFit fit) : fit_(std::move(fit)) {}

  const std::vector<std::string>& genes() const override { return fit_.edits.genes; }

  Prediction predict(std::span<const screen::Condition> given) const override {
    Prediction out;
    std::vector<screen::Condition> conditions(given.begin(), given.end());
    const EditModel& reading = fit_.model.reading();
    for (auto& condition : conditions) {
      condition.medium = asked_medium(condition, fit_.edits.media, fit_.usual_medium, out.warnings);
      out.times.push_back(asked_time(condition, fit_.times.back(), fit_.single_time, out.warnings));
      bool unseen = false;
      for (const auto& edit : condition.edits) {
        if (fit_.model.experience.seen.contains(edit.name)) continue;
        unseen = true;
        say_unseen(edit.name, condition, reading, out.warnings);
      }
      out.unseen.push_back(unseen ? 1 : 0);
    }
    const Index genes = fit_.control.size(), count = static_cast<Index>(conditions.size());
    out.sd = Matrix::Constant(genes, count, nan);
    std::vector<Matrix> effects, states;
    for (int m = 0; m < fit_.model.members(); ++m) {
      effects.emplace_back(fit_.unit * fit_.model.effects(m, conditions, out.times));
      states.emplace_back(effects.back().colwise() + fit_.control);
    }
    out.effect = mean_and_spread(effects);
    out.state = mean_and_spread(states);
    out.control.mean = fit_.control.replicate(1, count);
    out.control.spread = Matrix::Zero(genes, count);
    for (Index i = 0; i < count; ++i) {
      const auto& condition = conditions[static_cast<std::size_t>(i)];
      if (condition.is_control()) {
        out.sd.col(i) = fit_.unit * fit_.model.control_variance.cwiseSqrt();
        continue;
      }
      const Choice& choice = fit_.model.choice(fit_.model.experience.novelty_of(condition, reading));
      out.sd.col(i) = fit_.unit * fit_.model.sd(choice.novelty);
      if (!choice.imitated) say(out.warnings, choice.sentence);
      if (condition.edits.size() > 1 && fit_.model.experience.together.empty())
        say(out.warnings, "No training condition has several edits; how edits combine is the models' assumption.");
    }
    return out;
  }

 private:
  void say_unseen(const std::string& name, const screen::Condition& condition, const EditModel& reading,
                  std::vector<std::string>& warnings) const {
    Experience rest = fit_.model.experience;
    for (const auto& edit : condition.edits)
      if (edit.name != name) rest.seen.insert(edit.name);
    screen::Condition alone;
    alone.edits.push_back({name, 1});
    if (rest.novelty_of(alone, reading) == Novelty::unseen_clamp) return;
    say(warnings, name +
                      " was not trained, and its target is not among the modelled genes: the answer is the effect "
                      "that trained inputs share. Its own effect can only be learned from cells that carry it" +
                      (reading.clamps ? ", or by adding " + name + " to the genes." : "."));
  }

  StackedFit fit_;
};

}  // namespace

std::unique_ptr<Predictor> stacked_predictor(StackedFit fit) {
  return std::make_unique<StackedPredictor>(std::move(fit));
}

}  // namespace groundwork::fit
