// Predictions of a stack of candidates.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "groundwork/base/error.hpp"
#include "groundwork/fit/recommended.hpp"

namespace groundwork::fit {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void say(std::vector<std::string>& warnings, const std::string& sentence) {
  if (std::find(warnings.begin(), warnings.end(), sentence) == warnings.end()) warnings.push_back(sentence);
}

std::string days(double t) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", t);
  return text;
}

Ensemble ensemble_of(const std::vector<Matrix>& members) {
  const double n = static_cast<double>(members.size());
  Ensemble out;
  out.mean = Matrix::Zero(members.front().rows(), members.front().cols());
  Matrix square = out.mean;
  for (const auto& m : members) out.mean += m / n;
  for (const auto& m : members) square += (m - out.mean).cwiseAbs2();
  out.spread =
      members.size() > 1 ? Matrix((square / (n - 1)).cwiseSqrt()) : Matrix::Constant(square.rows(), square.cols(), nan);
  return out;
}

class StackedPredictor final : public Predictor {
 public:
  explicit StackedPredictor(StackedFit fit) : fit_(std::move(fit)) {}

  const std::vector<std::string>& genes() const override { return fit_.edits.genes; }

  Prediction predict(std::span<const screen::Condition> given) const override {
    Prediction out;
    std::vector<screen::Condition> conditions(given.begin(), given.end());
    const EditModel& reading = fit_.model.reading();
    for (auto& condition : conditions) {
      settle_medium(condition, out.warnings);
      out.times.push_back(time_of(condition, out.warnings));
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
    out.effect = ensemble_of(effects);
    out.state = ensemble_of(states);
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
  void settle_medium(screen::Condition& condition, std::vector<std::string>& warnings) const {
    const auto& media = fit_.edits.media;
    if (std::find(media.begin(), media.end(), condition.medium) != media.end()) return;
    if (!condition.medium.empty())
      say(warnings, "The fit does not know the medium \"" + condition.medium + "\"" +
                        near_matches(condition.medium, media) + ". The answer is for \"" + media.front() + "\".");
    condition.medium = condition.medium.empty() ? fit_.usual_medium : media.front();
  }

  double time_of(const screen::Condition& condition, std::vector<std::string>& warnings) const {
    const double last = fit_.times.back();
    if (condition.has_time() && (!(condition.time >= 0) || std::isinf(condition.time)))
      throw Error("predict.times", "predict: a time is " + days(condition.time) + "; expected days from 0 on.");
    if (fit_.single_time || !condition.has_time()) {
      if (fit_.single_time && condition.has_time() && std::abs(condition.time - last) > 1e-9)
        say(warnings, "The screen has a single time after the edit (" + days(last) +
                          " d), so the fit knows end states only: the answer is for that time.");
      return last;
    }
    if (condition.time > last * (1 + 1e-9))
      say(warnings, "The screen ends at " + days(last) + " d; predictions beyond are extrapolated.");
    return condition.time;
  }

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
