#include "groundwork/fit/comparison_verdict.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "groundwork/base/words.hpp"

namespace groundwork::fit {
namespace {

/** A percentage with at most one decimal. */
std::string percent(double share) {
  char text[32];
  const double x = 100 * share;
  std::snprintf(text, sizeof text, std::abs(x) < 10 ? "%.1f" : "%.0f", x == 0 ? 0 : x);
  std::string out = text;
  if (out.size() > 2 && out.substr(out.size() - 2) == ".0") out.resize(out.size() - 2);
  return out == "-0" ? "0" : out;
}

std::string higher_or_lower(double ratio) {
  return percent(std::abs(ratio - 1)) + (ratio < 1 ? " % lower" : " % higher");
}

int counted_folds(const Summary& summary) {
  return static_cast<int>(std::count(summary.folds.begin(), summary.folds.end(), 1));
}

const PairedComparison* pair_of(const Summary& summary, std::size_t model, std::size_t against) {
  for (const auto& pair : summary.pairs)
    if (pair.model == model && pair.against == against) return &pair;
  return nullptr;
}

/** `least`: what the quantity cannot be below, whatever a symmetric interval says. */
std::string interval_of(const Estimate& e, double least = -std::numeric_limits<double>::infinity()) {
  if (!std::isfinite(e.low)) return " (no interval from " + counted(e.folds, "fold") + ")";
  return " (95 % interval " + significant(std::max(e.low, least), 3) + " to " + significant(e.high, 3) + ")";
}

}  // namespace

std::string counted(int n, const std::string& singular) {
  return std::to_string(n) + " " + singular + (n == 1 ? "" : "s");
}

std::string change_in_words(const Estimate& given, const std::string& what) {
  Estimate ratio = given;
  // A ratio of errors is not below 0, whatever a symmetric interval says.
  if (std::isfinite(ratio.low)) ratio.low = std::max(ratio.low, 0.0);
  if (!std::isfinite(ratio.mean)) return "could not be compared in " + what;
  if (!std::isfinite(ratio.low))
    return "changed " + what + " to " + percent(ratio.mean) + " % in " + counted(ratio.folds, "fold") +
           ", which cannot tell chance apart";
  if (ratio.high < 1)
    return "lowered " + what + " by " + percent(1 - ratio.mean) + " % (95 % interval " + percent(1 - ratio.high) +
           " to " + percent(1 - ratio.low) + ")";
  if (ratio.low > 1)
    return "raised " + what + " by " + percent(ratio.mean - 1) + " % (95 % interval " + percent(ratio.low - 1) +
           " to " + percent(ratio.high - 1) + ")";
  return "made no difference to " + what + " that these folds can tell: " + higher_or_lower(ratio.mean) +
         " (95 % interval " + higher_or_lower(ratio.low) + " to " + higher_or_lower(ratio.high) + ")";
}

std::string interval_note(const ModelComparison& comparison, const Summary& summary) {
  const int folds = counted_folds(summary);
  const std::string seeds = comparison.contenders.empty() ? ""
                                                          : "the scores of " + counted(comparison.seeds, "seed") +
                                                                " are averaged within a fold, and ";
  if (folds < 2) return "One fold was scored: there are no intervals, and no difference can be told from chance.";
  std::string note = "The fold is the unit of every interval: " + seeds + counted(folds, "fold") +
                     " give a t interval, widened because folds share training data (Nadeau and Bengio 2003).";
  if (comparison.plan.kind == SplitKind::combination)
    note +=
        " All folds share one training on single edits: the intervals speak about other combinations, not about other "
        "singles.";
  return note;
}

std::vector<std::string> comparison_verdict(const ModelComparison& comparison, const Summary& summary) {
  std::vector<std::string> out;
  const int folds = counted_folds(summary), planned = static_cast<int>(summary.folds.size());
  if (folds < planned)
    out.push_back("This comparison holds " + std::to_string(folds) + " of " + counted(planned, "planned fold") +
                  ": the others were not finished, or could not be scored.");
  std::size_t best_model = summary.models.size(), best_baseline = 0;
  for (std::size_t i = 0; i < summary.models.size(); ++i) {
    const double mse = summary.models[i].scores[0].estimate.mean;
    if (!std::isfinite(mse)) continue;
    if (!summary.models[i].trained) {
      if (mse < summary.models[best_baseline].scores[0].estimate.mean) best_baseline = i;
    } else if (best_model == summary.models.size() || mse < summary.models[best_model].scores[0].estimate.mean) {
      best_model = i;
    }
  }
  const auto& baseline = summary.models[best_baseline];
  if (best_model == summary.models.size()) {
    out.push_back("The baseline with the least held-out error is " + baseline.name + ": mean square error " +
                  significant(baseline.scores[0].estimate.mean, 3) + interval_of(baseline.scores[0].estimate, 0) +
                  ", floor " + significant(summary.floor, 3) + ".");
  } else {
    const auto& model = summary.models[best_model];
    const auto* against_nothing = pair_of(summary, best_model, 0);
    const auto* against_best = pair_of(summary, best_model, best_baseline);
    int trained = 0;
    for (const auto& one : summary.models) trained += one.trained ? 1 : 0;
    const std::string who = trained > 1 ? "Of the models, " + model.name + " has the least held-out error"
                                        : model.name + " was scored on held-out conditions";
    out.push_back(who + ": mean square error " + significant(model.scores[0].estimate.mean, 3) +
                  interval_of(model.scores[0].estimate, 0) + ", " + percent(model.relative.mean) +
                  " % of that of no change, floor " + significant(summary.floor, 3) + ".");
    if (best_baseline == 0) {
      const Estimate& d = against_nothing->difference;
      if (d.high < -summary.shared)
        out.push_back("It beats no change, and no other baseline does better than that.");
      else
        out.push_back(
            "These folds do not show that it predicts better than no change: the difference of mean square "
            "errors is " +
            significant(d.mean, 3) + interval_of(d) + ", and " + significant(summary.shared, 3) +
            " of a gain is what training and held-out controls share.");
    } else {
      const Estimate& d = against_best->difference;
      if (d.high < 0)
        out.push_back("It has less error than the best baseline, " + baseline.name + ": compared with it, it " +
                      change_in_words(against_best->ratio, "held-out error") + ".");
      else if (d.low > 0)
        out.push_back("It loses to a baseline: compared with " + baseline.name + ", it " +
                      change_in_words(against_best->ratio, "held-out error") + ". Use " + baseline.name + ".");
      else
        out.push_back("Compared with the best baseline, " + baseline.name + ", it " +
                      change_in_words(against_best->ratio, "held-out error") + ".");
      if (!(against_nothing->difference.high < -summary.shared))
        out.push_back(
            "These folds do not show that it predicts better than no change: the difference of mean square errors is " +
            significant(against_nothing->difference.mean, 3) + interval_of(against_nothing->difference) + ".");
    }
    if (trained > 1)
      out.push_back("The best of several models looks better than it is: its lead is partly the choice.");
  }
  out.push_back(interval_note(comparison, summary));
  if (folds == 2 || folds == 3)
    out.push_back("With " + std::to_string(folds) +
                  " folds an interval is wide whatever the models do; more folds tell "
                  "more.");
  return out;
}

}  // namespace groundwork::fit
