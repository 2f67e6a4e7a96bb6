#include "groundwork/design/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "words.hpp"

namespace groundwork::design {
namespace {

std::string confounding(Plan& plan, const ContrastAnswer& answer, std::size_t k) {
  const Layout& layout = plan.layout();
  const auto& contrast = plan.contrasts()[k];
  std::string text = "\"" + contrast.name + "\" cannot be estimated: ";
  const auto& parts = plan.floating();
  if (answer.confounded_with.size() < 2) return text + answer.reason + ".";
  const auto& first = parts[static_cast<std::size_t>(answer.confounded_with[0])];
  const auto& second = parts[static_cast<std::size_t>(answer.confounded_with[1])];
  text += described(first, layout) + (first.conditions.size() > 1 ? " share" : " shares") + " no batch with " +
          described(second, layout) + ", so their difference cannot be told from that between batches.";
  if (!first.batches.empty() && !second.batches.empty()) {
    const auto& control_side = plan.controls().empty() ? first : second;
    for (const int c : plan.controls()) {
      const bool in_first = std::find(first.conditions.begin(), first.conditions.end(), c) != first.conditions.end();
      const bool in_second =
          std::find(second.conditions.begin(), second.conditions.end(), c) != second.conditions.end();
      if (!in_first && !in_second) continue;
      const auto& other = in_first ? second : first;
      return text + " Cells of " + layout.conditions[static_cast<std::size_t>(c)] + " in " +
             layout.batches[static_cast<std::size_t>(other.batches.front())] + " would join the two.";
    }
    return text + " One condition in " + layout.batches[static_cast<std::size_t>(first.batches.front())] + " and in " +
           layout.batches[static_cast<std::size_t>(control_side.batches.front())] + " would join the two.";
  }
  return text;
}

}  // namespace

PlanSummary summarise(Plan& plan) {
  PlanSummary summary;
  const Vector& variances = plan.variances();
  summary.contrasts = static_cast<std::size_t>(variances.size());
  std::vector<std::size_t> order;
  for (std::size_t k = 0; k < summary.contrasts; ++k) {
    if (!std::isnan(variances[static_cast<Index>(k)])) order.push_back(k);
  }
  summary.estimable = order.size();
  summary.median_se = summary.largest_se = summary.smallest_se = std::numeric_limits<double>::quiet_NaN();
  if (order.empty()) return summary;
  const auto by_variance = [&](std::size_t a, std::size_t b) {
    return variances[static_cast<Index>(a)] < variances[static_cast<Index>(b)];
  };
  const auto [least, most] = std::minmax_element(order.begin(), order.end(), by_variance);
  summary.smallest_se = std::sqrt(variances[static_cast<Index>(*least)]);
  summary.largest_se = std::sqrt(variances[static_cast<Index>(*most)]);
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>((order.size() - 1) / 2);
  std::nth_element(order.begin(), middle, order.end(), by_variance);
  summary.typical = *middle;
  summary.median_se = std::sqrt(variances[static_cast<Index>(*middle)]);
  return summary;
}

std::vector<std::string> verdict_of(Plan& plan) {
  std::vector<std::string> sentences;
  const Layout& layout = plan.layout();
  const PlanSummary summary = summarise(plan);
  const auto contrasts = plan.contrasts().size();
  if (summary.estimable < contrasts) {
    sentences.push_back(counted(contrasts - summary.estimable, "contrast") + " of " + std::to_string(contrasts) +
                        " cannot be estimated" +
                        (plan.has_fixed_level() ? " when batches are fixed." : ", because conditions have no cells."));
    for (std::size_t k = 0; k < contrasts; ++k) {
      if (!std::isnan(plan.variances()[static_cast<Index>(k)])) continue;
      sentences.push_back(confounding(plan, plan.answer(k), k));
      break;
    }
  }
  if (summary.estimable > 0) {
    const ContrastAnswer typical = plan.answer(summary.typical);
    std::string text = (summary.estimable == contrasts ? "All " : "The other ") +
                       counted(summary.estimable, "contrast") + " can be estimated, with a standard error of " +
                       short_number(summary.median_se) + " in the middle";
    if (summary.largest_se > 1.005 * summary.smallest_se) {
      text += " (" + short_number(summary.smallest_se) + " to " + short_number(summary.largest_se) + ")";
    }
    if (contrasts == 1) {
      text = "The contrast can be estimated, with a standard error of " + short_number(summary.median_se);
    }
    sentences.push_back(text + ".");
    if (typical.df > 0 && !std::isnan(typical.mdfc)) {
      sentences.push_back("With " + short_number(typical.df) + " degrees of freedom, a change of " +
                          short_number(typical.mdfc) + "-fold (" + short_number(typical.mdlfc) +
                          " on the log scale) is found with " + percent(plan.goals().power) +
                          " power at the two-sided level " + short_number(plan.goals().alpha) + ".");
      if (typical.df < 4) {
        sentences.push_back("So few degrees of freedom make intervals wide: the multiplier is " +
                            short_number(typical.half_width / typical.se) + " where many batches would give about 2.");
      }
    } else {
      sentences.push_back(
          "This layout cannot estimate its own error: no interval and no test can be had from it. Put conditions "
          "and controls into more than one batch.");
    }
  }
  const auto components = plan.components();
  if (!plan.has_fixed_level() && components.size() > 1) {
    const auto with_cells = static_cast<std::size_t>(
        std::count_if(components.begin(), components.end(), [](const auto& part) { return !part.batches.empty(); }));
    if (with_cells > 1) {
      sentences.push_back(
          "The layout falls into " + counted(with_cells, "part") +
          " that share no batch; comparisons between them carry the whole batch variance and rest on its "
          "being known. With fixed batches they could not be made.");
    }
  }
  const std::vector<int>& without = plan.batches_without_controls();
  if (!without.empty() && !plan.controls().empty()) {
    sentences.push_back((without.size() == 1 ? "Batch " : "Batches ") + listed(without, layout.batches) +
                        (without.size() == 1 ? " holds" : " hold") + " no controls.");
  }
  const std::vector<int>& empty = plan.empty_batches();
  if (!empty.empty()) {
    sentences.push_back((empty.size() == 1 ? "Batch " : "Batches ") + listed(empty, layout.batches) +
                        (empty.size() == 1 ? " holds" : " hold") + " no cells and counts for nothing.");
  }
  for (const std::string& level : plan.levels().reused) {
    sentences.push_back("Labels of level " + level +
                        " come back under several groups of the level above; they are read as nested, "
                        "a group of its own under each.");
  }
  return sentences;
}

}  // namespace groundwork::design
