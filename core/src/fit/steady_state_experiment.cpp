#include "groundwork/fit/steady_state_experiment.hpp"

#include <algorithm>

#include "groundwork/base/words.hpp"
#include "groundwork/fit/comparison_verdict.hpp"

namespace groundwork::fit {
namespace {

bool has_loss(const std::string& name) {
  const auto& kinds = loss_kinds();
  return std::any_of(kinds.begin(), kinds.end(), [&](LossKind kind) { return name_of(kind) == name; });
}

std::string soft_sentence(const std::vector<SteadyStateRow>& rows) {
  int lowered = 0, raised = 0, soft = 0;
  std::string each;
  for (const auto& row : rows) {
    if (row.variant.loss != "steady_state") continue;
    ++soft;
    lowered += row.error.high < 1 ? 1 : 0;
    raised += row.error.low > 1 ? 1 : 0;
    each += (each.empty() ? "" : ", ") + std::to_string(row.better) + " of " + std::to_string(row.runs) +
            " at lambda " + significant(row.variant.lambda, 2);
  }
  std::string verdict = "The soft penalty ";
  if (lowered == 0 && raised == 0)
    verdict += "made no difference to held-out error that these folds can tell, at any lambda";
  else if (lowered > 0 && raised == 0)
    verdict += "lowered held-out error at " + std::to_string(lowered) + " of " + std::to_string(soft) + " lambdas";
  else if (raised > 0 && lowered == 0)
    verdict += "raised held-out error at " + std::to_string(raised) + " of " + std::to_string(soft) + " lambdas";
  else
    verdict += "lowered held-out error at " + std::to_string(lowered) + " and raised it at " + std::to_string(raised) +
               " of " + std::to_string(soft) + " lambdas";
  return verdict + "; runs (fold and seed) with less error than prediction alone: " + each + ".";
}

}  // namespace

std::vector<SteadyStateVariant> steady_state_variants() {
  std::vector<SteadyStateVariant> out{{"prediction", "prediction alone", false, "prediction", 1},
                                      {"controls_as_data", "controls as data", false, "controls_as_data", 1},
                                      {"soft_0.1", "soft, λ = 0.1", false, "steady_state", 0.1},
                                      {"soft_1", "soft, λ = 1", false, "steady_state", 1},
                                      {"soft_10", "soft, λ = 10", false, "steady_state", 10}};
  if (has_loss("steady_flow")) out.push_back({"flow_1", "flow, λ = 1", false, "steady_flow", 1});
  out.push_back({"hard", "hard (centred)", true, "controls_as_data", 1});
  return out;
}

std::vector<Contender> steady_state_contenders(const FitOptions& common) {
  std::vector<Contender> out;
  for (const auto& variant : steady_state_variants()) {
    Contender contender;
    contender.options = common;
    contender.options.loss = loss_kind_of(variant.loss);
    contender.options.lambda = variant.lambda;
    contender.options.centred = variant.centred;
    contender.name = dynamics::name_of(common.model) + ":" + variant.key;
    out.push_back(std::move(contender));
  }
  return out;
}

SteadyStateResult steady_state_result(const ModelComparison& comparison, const Summary& summary) {
  SteadyStateResult out;
  const auto variants = steady_state_variants();
  const std::size_t first = summary.models.size() - comparison.contenders.size();
  const auto& reference = summary.models[first];
  for (std::size_t k = 0; k < comparison.contenders.size(); ++k) {
    SteadyStateRow row;
    // A stored experiment may be of a version with fewer variants: they are told apart by their names.
    const std::string key = comparison.contenders[k].name.substr(comparison.contenders[k].name.find(':') + 1);
    for (const auto& variant : variants)
      if (variant.key == key) row.variant = variant;
    row.model = first + k;
    const auto& model = summary.models[row.model];
    row.error = ratio_over_folds(model.scores[0].by_fold, reference.scores[0].by_fold);
    row.difference = over_folds(model.scores[0].by_fold - reference.scores[0].by_fold);
    for (const auto& pair : summary.pairs)
      if (pair.model == row.model && pair.against == first) {
        row.runs = pair.runs;
        row.better = pair.better;
      }
    row.drift = model.drift.estimate;
    row.prediction_spread = model.prediction_spread.estimate;
    row.parameter_spread = model.parameter_spread.estimate;
    row.spread_ratio = ratio_over_folds(model.prediction_spread.by_fold, reference.prediction_spread.by_fold);
    out.rows.push_back(std::move(row));
  }
  const auto hard = std::find_if(out.rows.begin(), out.rows.end(), [](const auto& row) { return row.variant.centred; });
  const int folds = static_cast<int>(std::count(summary.folds.begin(), summary.folds.end(), 1));
  const std::string over =
      " over " + counted(folds, "fold") + " and " + counted(comparison.seeds, "seed") + ", against prediction alone";
  if (hard == out.rows.end()) {
    out.sentence = "The hard constraint was not part of this experiment.";
    return out;
  }
  out.sentence = "The hard constraint " + change_in_words(hard->error, "held-out error") + over +
                 "; it had less error in " + std::to_string(hard->better) + " of " + counted(hard->runs, "run") + ".";
  out.sentences.push_back(soft_sentence(out.rows));
  for (const auto& row : out.rows)
    if (row.variant.loss == "controls_as_data" && !row.variant.centred)
      out.sentences.push_back("Controls as data " + change_in_words(row.error, "held-out error") + ".");
    else if (row.variant.loss == "steady_flow")
      out.sentences.push_back("The penalty on the flow " + change_in_words(row.error, "held-out error") + ".");
  out.sentences.push_back(
      "Unedited cells drift by " + significant(out.rows.front().drift.mean, 2) +
      " (natural log, root mean square over genes at the last time) with prediction alone, and by " +
      significant(hard->drift.mean, 2) + " under the hard constraint.");
  if (comparison.seeds > 1)
    out.sentences.push_back("The hard constraint " +
                            change_in_words(hard->spread_ratio, "the spread of predictions between seeds") + ".");
  else
    out.sentences.push_back("One seed cannot show a spread between seeds.");
  std::size_t best = 0;
  for (std::size_t i = 0; i < first; ++i)
    if (summary.models[i].scores[0].estimate.mean < summary.models[best].scores[0].estimate.mean) best = i;
  const auto& baseline = summary.models[best];
  const double least = baseline.scores[0].estimate.mean;
  int beaten = 0;
  for (const auto& row : out.rows) beaten += summary.models[row.model].scores[0].estimate.mean < least ? 1 : 0;
  out.sentences.push_back("Beside them, " + baseline.name + " has a held-out error of " + significant(least, 2) + ": " +
                          std::to_string(beaten) + " of " + std::to_string(out.rows.size()) +
                          " variants have less on average.");
  out.sentences.push_back(interval_note(comparison, summary));
  return out;
}

}  // namespace groundwork::fit
