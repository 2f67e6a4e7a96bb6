#include "groundwork/fit/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/words.hpp"

namespace groundwork::fit {
namespace {

Matrix columns(const Matrix& m, const std::vector<std::size_t>& chosen) {
  Matrix out(m.rows(), static_cast<Index>(chosen.size()));
  for (std::size_t i = 0; i < chosen.size(); ++i) out.col(static_cast<Index>(i)) = m.col(static_cast<Index>(chosen[i]));
  return out;
}

std::vector<std::string> verdict_of(const Evaluation& evaluation, const Scores& scores) {
  std::vector<std::string> out;
  if (scores.list.front().per_condition.size() == 0 || !std::isfinite(scores.list.front().mse)) {
    out.push_back(
        "Nothing can be scored: no condition shares a batch with the controls that it would be compared with.");
    return out;
  }
  const Score& model = scores.list.back();
  const bool in_sample = evaluation.split == SplitKind::none;
  const std::string where = in_sample ? "on the conditions that it was trained on" : "on held-out conditions";
  const std::string verb = in_sample ? " describe" : " predict";
  if (in_sample)
    out.push_back(
        "Every row trained the model: these scores say how well it describes its own data, not how well it predicts.");

  // The controls' own variation is common to training and held-out cells; a gain of that size proves nothing.
  const double margin = scores.limits.shared;
  if (!std::isfinite(model.difference_high)) {
    out.push_back(evaluation.model + " has " + significant(100 * model.relative_to_no_change, 3) +
                  " % of the error of no change " + where + ", but one condition cannot tell whether that is chance.");
  } else if (model.difference_high < -margin) {
    out.push_back(evaluation.model + verb + "s the data better than no change " + where + ": " +
                  significant(100 * model.relative_to_no_change, 3) + " % of its mean square error.");
  } else if (model.difference_low > 0) {
    out.push_back(evaluation.model + verb + "s the data worse than no change " + where + ": " +
                  significant(100 * model.relative_to_no_change, 3) + " % of its mean square error.");
  } else {
    out.push_back(evaluation.model + " does not" + verb + " the data better than no change " + where + ": " +
                  significant(100 * model.relative_to_no_change, 3) +
                  " % of its mean square error, within what chance does with " +
                  std::to_string((model.per_condition.array() == model.per_condition.array()).count()) +
                  " conditions.");
  }
  const Score* best = &scores.list.front();
  for (std::size_t i = 1; i + 1 < scores.list.size(); ++i)
    if (scores.list[i].mse < best->mse) best = &scores.list[i];
  const auto beside = [&](double first, double second) {
    return " (" + significant(first, 3) + " against " + significant(second, 3) + ", floor " +
           significant(scores.limits.floor, 3) + ").";
  };
  if (model.mse < best->mse)
    out.push_back("It has less error than every baseline; the best of them is " + best->name +
                  beside(model.mse, best->mse));
  else
    out.push_back("It does not beat its baselines: " + best->name + " has " +
                  (best->mse < model.mse ? "less" : "the same") + " error" + beside(best->mse, model.mse));
  if (scores.limits.signal == 0)
    out.push_back(
        "The scored effects are no larger than their noise: there is nothing here that a model could predict.");
  return out;
}

}  // namespace

std::vector<std::size_t> Evaluation::scored() const {
  const bool any = std::find(held_out.begin(), held_out.end(), 1) != held_out.end();
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < held_out.size(); ++i)
    if (any ? held_out[i] != 0 : split == SplitKind::none) list.push_back(i);
  return list;
}

Evaluation evaluation_of(const Problem& problem, const Panel& panel) {
  Evaluation out;
  out.model = dynamics::name_of(problem.options.model);
  out.split = problem.split.kind;
  out.seed = problem.options.seed;
  for (const int c : panel.conditions) {
    out.conditions.push_back(problem.conditions[static_cast<std::size_t>(c)]);
    out.labels.push_back(screen::label_of(out.conditions.back()));
    out.times.push_back(problem.time[static_cast<std::size_t>(c)]);
  }
  out.held_out = panel.held_out;
  out.observed = panel.observed;
  out.variance = panel.variance;
  out.shared = panel.shared;
  out.baselines = baselines_of(problem, panel);
  return out;
}

Scores score(const Evaluation& evaluation, const std::vector<Matrix>& members) {
  const auto chosen = evaluation.scored();
  Panel panel;
  panel.held_out = evaluation.held_out;
  panel.observed = evaluation.observed;
  panel.conditions.assign(evaluation.held_out.size(), 0);
  ScoredEffects effects{columns(evaluation.observed, chosen), columns(evaluation.variance, chosen),
                        columns(evaluation.shared, chosen), mean_training_effect(panel)};
  Scores out;
  for (const Baseline& baseline : evaluation.baselines)
    out.list.push_back(score_of(baseline.name, columns(baseline.effects, chosen), effects, evaluation.seed));
  Matrix mean = Matrix::Zero(evaluation.observed.rows(), evaluation.observed.cols());
  for (const Matrix& member : members) {
    mean += member / static_cast<double>(members.size());
    out.member_mse.push_back(score_of("", columns(member, chosen), effects, evaluation.seed).mse);
  }
  out.list.push_back(score_of(evaluation.model, columns(mean, chosen), effects, evaluation.seed));
  out.limits = limits_of(effects);
  out.verdict = verdict_of(evaluation, out);
  return out;
}

}  // namespace groundwork::fit
