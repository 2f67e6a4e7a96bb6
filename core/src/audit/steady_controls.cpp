#include "groundwork/audit/steady_controls.hpp"

#include <algorithm>
#include <cmath>

namespace groundwork::audit {
namespace {

struct Drift {
  std::string label;
  int from, to;
};

/** Pairs of control conditions: each time of a medium and cell type against its reference. */
std::vector<Drift> drifts_of(const Evidence& e) {
  const auto& conditions = e.data().conditions;
  std::vector<Drift> drifts;
  for (const auto& medium : e.media)
    for (const auto& compartment : e.compartments) {
      std::vector<int> series;
      int start = -1;  // controls at t = 0, of this medium first: they start every medium
      for (std::size_t c = 0; c < conditions.size(); ++c) {
        const auto& condition = conditions[c];
        if (!condition.is_control() || !condition.has_time() || condition.compartment != compartment) continue;
        if (condition.time == 0 && (start < 0 || condition.medium == medium)) start = static_cast<int>(c);
        if (condition.medium == medium) series.push_back(static_cast<int>(c));
      }
      std::sort(series.begin(), series.end(), [&](int a, int b) {
        return conditions[static_cast<std::size_t>(a)].time < conditions[static_cast<std::size_t>(b)].time;
      });
      if (series.empty()) continue;
      const int reference = start >= 0 ? start : series.front();
      for (const int c : series) {
        if (c == reference) continue;
        const auto& to = conditions[static_cast<std::size_t>(c)];
        if (to.time == 0) continue;
        std::string label = e.time_words(to.time);
        if (!medium.empty() && e.media.size() > 1) label = e.data().roles.medium + " " + medium + ", " + label;
        if (!compartment.empty() && e.compartments.size() > 1) label += ", " + compartment;
        drifts.push_back(
            {label + " against " + e.time_words(conditions[static_cast<std::size_t>(reference)].time), reference, c});
      }
    }
  return drifts;
}

}  // namespace

Row audit_steady_controls(const Evidence& e) {
  Row row;
  row.id = "A1";
  row.assumption = "Unedited cells do not respond to their baseline medium.";
  row.quantity = "Drift of unedited cells, root mean square over genes (natural log)";
  row.evidence =
      "Controls at each time against those at the first, within batches. Counting noise, which makes any two samples "
      "differ, is taken off; a change of batch is never counted as a drift of cells.";
  row.margin.low = 0;
  if (std::isfinite(e.median_effect)) {
    row.margin.high = std::max(e.median_effect, std::log(1.05));
    row.margin.why =
        row.margin.high > e.median_effect ? "log 1.05: the median edit moves less" : "the effect of the median edit";
  } else {
    row.margin.high = std::log(1.25);
    row.margin.why = "log 1.25, as there is no edit to compare with";
  }
  if (!e.controls) {
    row.verdict = Verdict::no_data;
    row.sentence = "No cell is unedited.";
    row.extra_sample = "Unedited cells at two times.";
    return row;
  }
  const auto drifts = drifts_of(e);
  if (drifts.empty()) {
    row.verdict = Verdict::not_testable;
    row.sentence = e.times.empty()
                       ? "No column gives a time, so that drift of the unedited cells cannot be seen."
                       : "Unedited cells were measured at one time only, so that their drift cannot be seen.";
    row.extra_sample = "Unedited cells at a second time, in the same batch as those of the first.";
    return row;
  }
  // The finest level of batches within which times can be compared; the noise of finer levels is then part of s_g.
  Profiles coarse;
  const Profiles* profiles = nullptr;
  std::string level;
  for (std::size_t depth = e.data().batches.size() + 1; depth-- > 0;) {
    if (depth == 0 && !e.data().batches.empty()) break;
    const bool finest = depth == e.data().batches.size();
    if (!finest) coarse = profiles_of(coarsened(e.data(), depth));
    const Profiles& here = finest ? e.profiles : coarse;
    const bool shared = std::any_of(drifts.begin(), drifts.end(), [&](const Drift& d) {
      return !batches_with(here, {{d.to, 1}, {d.from, -1}}).empty();
    });
    if (!shared) continue;
    profiles = &here;
    if (depth > 0) level = e.data().batches[depth - 1].name;
    break;
  }
  if (profiles == nullptr) {
    row.verdict = Verdict::not_testable;
    row.sentence =
        "Every batch holds unedited cells of one time only: a drift of the cells and a difference between batches look "
        "the same.";
    row.extra_sample = "Unedited cells of one batch's time in another time's batch, as a bridge.";
    return row;
  }
  std::vector<Size> sizes;
  std::vector<std::string> labels;
  for (const Drift& d : drifts) {
    const auto contrast = within_batches(*profiles, {{d.to, 1}, {d.from, -1}});
    if (contrast.genes < 2) {
      ++row.items_left_out;
      continue;
    }
    sizes.push_back(size_of(contrast, *profiles));
    labels.push_back(d.label);
  }
  if (sizes.empty()) {
    row.verdict = Verdict::no_data;
    row.sentence = "No gene is counted well enough in the controls of two times.";
    row.extra_sample = "More unedited cells at each time.";
    return row;
  }
  std::size_t worst = 0;
  for (std::size_t k = 0; k < sizes.size(); ++k) {
    row.items.push_back(judged(
        labels[k], sizes[k].estimate, [&](double error) { return sizes[k].bounds(error); }, row.margin, sizes.size()));
    if (sizes[k].estimate > sizes[worst].estimate) worst = k;
  }
  if (e.data().batches.empty())
    row.conditional = "that all cells are of one batch, since there is no batch column";
  else if (!profiles->estimated)
    row.conditional = "that samples differ by their cells only: " + profiles->why_not;
  conclude(row, e.data().batches.empty() ? "cells" : "batches");
  const Item& top = row.items[worst];
  const std::string moved = "Unedited cells move by " + in_words(top.estimate) + " (95 % interval " +
                            in_words(top.interval.low) + " to " + in_words(top.interval.high) + ") at " + top.label +
                            ", root mean square over genes; the margin is " + in_words(row.margin.high) + ", " +
                            row.margin.why + ".";
  row.sentence = moved;
  if (row.verdict == Verdict::violated) {
    row.consequence =
        "A steady-state loss and a centred field would hold still what moves: leave the field free and fit the "
        "controls "
        "as data.";
    row.choice = {"", "controls_as_data", 0};
  } else if (row.verdict == Verdict::supported) {
    row.consequence =
        "The steady state may be built in: a centred field with the controls as data, or the steady-state loss.";
    row.choice = {"", "controls_as_data", 1};
  } else {
    row.consequence = "Fit with and without the steady state and compare their held-out error.";
  }
  return row;
}

}  // namespace groundwork::audit
