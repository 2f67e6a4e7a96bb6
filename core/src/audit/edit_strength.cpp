#include "groundwork/audit/edit_strength.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "groundwork/screen/target_left.hpp"

namespace groundwork::audit {
namespace {

using screen::Modality;

constexpr double most_escapers = 0.25, most_left = 0.5, least_raised = 2;

/** The groups of one time only; what target_left() needs of them. */
screen::Screen part_of(const screen::Screen& s, double time) {
  screen::Screen part;
  part.genes = s.genes;
  part.conditions = s.conditions;
  part.batches = s.batches;
  part.roles = s.roles;
  std::vector<Index> kept;
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    const auto& condition = s.conditions[static_cast<std::size_t>(s.groups[g].condition)];
    if (!std::isnan(time) && condition.time != time) continue;
    kept.push_back(static_cast<Index>(g));
    part.groups.push_back(s.groups[g]);
  }
  part.statistics.sum.resize(s.statistics.sum.rows(), static_cast<Index>(kept.size()));
  part.statistics.sum_sq.resizeLike(part.statistics.sum);
  for (std::size_t k = 0; k < kept.size(); ++k) {
    part.statistics.sum.col(static_cast<Index>(k)) = s.statistics.sum.col(kept[k]);
    part.statistics.sum_sq.col(static_cast<Index>(k)) = s.statistics.sum_sq.col(kept[k]);
  }
  return part;
}

/** log of the target left with its standard error, sample-level variance included. */
struct Left {
  double log = 0, standard_error = 0, df = 0, high = 0;
  bool none = false;  ///< not one count: only an upper end
};

std::map<std::string, Left> targets_left(const Evidence& e, double time) {
  const screen::Screen part = part_of(e.data(), time);
  std::map<std::string, double> batches;
  for (const auto& group : part.groups)
    for (const auto& edit : part.conditions[static_cast<std::size_t>(group.condition)].edits) batches[edit.name] += 1;
  double group = 0;
  for (Index g = 0; g < e.profiles.genes(); ++g)
    group += e.profiles.group_variance[g] / static_cast<double>(e.profiles.genes());
  std::map<std::string, Left> out;
  for (const auto& entry : screen::target_left(part)) {
    if (!entry.guide.empty() || !std::isfinite(entry.fraction) || !(entry.high > 0)) continue;
    Left left;
    left.high = entry.high;
    left.none = !(entry.low > 0);
    left.df = e.profiles.noise_df();
    if (!left.none) {
      left.log = std::log(entry.fraction);
      const double cells = std::log(entry.high / entry.low) / (2 * 1.959964);
      left.standard_error = std::sqrt(cells * cells + 2 * group / batches[entry.edit]);
    }
    out[entry.edit] = left;
  }
  return out;
}

std::vector<double> edited_times(const Evidence& e) {
  std::vector<double> times;
  for (const auto& c : e.data().conditions)
    if (!c.is_control() && c.has_time()) times.push_back(c.time);
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

std::string without_data(Row& row, const Evidence& e) {
  row.verdict = Verdict::no_data;
  if (!e.edited) return "No cell is edited.";
  if (!e.controls) {
    row.extra_sample = "Unedited cells in every batch.";
    return "No cell is unedited, so that what an edit does cannot be measured.";
  }
  row.extra_sample = "The edited genes among those that are counted.";
  return "No edit's target is among the genes of a batch with controls.";
}

std::vector<std::string> labels_of(const Row& row, Verdict verdict) {
  std::vector<std::string> labels;
  for (const Item& item : row.items)
    if (item.verdict == verdict) labels.push_back(item.label + " (" + in_words(item.estimate) + ")");
  return labels;
}

std::string name_of_edits(const screen::Condition& c) {
  std::string name;
  for (const auto& edit : c.edits) name += (name.empty() ? "" : "+") + edit.name;
  return name;
}

void strength_by_target(Row& row, const Evidence& e, double first) {
  const bool raised = e.data().roles.modality == Modality::crispra;
  row.logarithmic = true;
  row.quantity = std::string("Target's transcript, fold of controls of the same batch");
  row.margin = raised ? Margin{least_raised, std::numeric_limits<double>::infinity(), "at least doubled"}
                      : Margin{-std::numeric_limits<double>::infinity(), most_left, "at most half is left"};
  row.evidence =
      "Σy/Σℓ of each target in edited cells against controls of the same batch, at the first time. Genes that were "
      "left out "
      "of the size factor change it: if a gene dominates the depth and falls, all others seem to rise.";
  const auto left = targets_left(e, first);
  for (const auto& entry : left) {
    const std::string& edit = entry.first;
    const Left& value = entry.second;
    const auto log_bounds = t_bounds(value.log, value.standard_error, value.df);
    row.items.push_back(judged(
        edit, value.none ? 0 : std::exp(value.log),
        [&](double error) -> Bounds {
          // Without a count only the upper end is known: −log(error/2) over the expected count.
          if (value.none) return {0, value.high * std::log(error / 2) / std::log(0.025)};
          const Bounds b = log_bounds(error);
          return {std::exp(b.low), std::exp(b.high)};
        },
        row.margin, left.size()));
  }
  for (const auto& c : e.data().conditions)
    row.items_left_out +=
        c.edits.size() == 1 && (std::isnan(first) || c.time == first) && !left.contains(c.edits[0].name);
}

void strength_by_signature(Row& row, const Evidence& e, double first) {
  row.quantity = "Share of edited cells that look like controls";
  row.margin = {-std::numeric_limits<double>::infinity(), most_escapers, "at most a quarter"};
  row.evidence =
      "The downstream signature of each edit, and how many of its cells do not show it (if responders spread like "
      "controls). "
      "The transcript of the edited gene is not looked at: a knock-out may leave all of it. An edit that does nothing "
      "looks "
      "like one that failed, and is left out.";
  std::vector<Escapers> here;
  int edited = 0;
  for (const auto& c : e.data().conditions) edited += !c.is_control() && (std::isnan(first) || c.time == first);
  for (const Escapers& x : escapers_of(e))
    if (std::isnan(first) || e.data().conditions[static_cast<std::size_t>(x.condition)].time == first)
      here.push_back(x);
  for (const Escapers& x : here) {
    const auto c = static_cast<std::size_t>(x.condition);
    row.items.push_back(judged(name_of_edits(e.data().conditions[c]), x.share,
                               t_bounds(x.share, x.standard_error, x.df), row.margin, here.size()));
    row.items.back().note = "Signature: " + in_words(e.effect[c].estimate) + ", root mean square over genes.";
  }
  row.items_left_out = edited - static_cast<int>(here.size());
}

}  // namespace

Row audit_edit_strength(const Evidence& e) {
  Row row;
  row.id = "A3";
  row.assumption = "Edits are instantaneous and complete.";
  row.margin = {};
  if (!e.edited || !e.controls) {
    row.sentence = without_data(row, e);
    return row;
  }
  const Modality modality = e.data().roles.modality;
  const auto times = edited_times(e);
  const double first = times.empty() ? std::numeric_limits<double>::quiet_NaN() : times.front();
  if (modality == Modality::drug) {
    row.verdict = Verdict::not_testable;
    row.sentence =
        "Drugs and ligands have no transcript and no share of cells by which their strength could be judged.";
    row.extra_sample = "A reporter of the target's activity, or several doses.";
    return row;
  }
  const bool knockout = modality == Modality::knockout;
  knockout ? strength_by_signature(row, e, first) : strength_by_target(row, e, first);
  if (row.items.empty()) {
    if (!knockout) {
      row.sentence = without_data(row, e);
    } else {
      row.verdict = Verdict::not_testable;
      row.sentence =
          "No edit has a downstream signature in enough kept cells: edits that do nothing and edits that failed look "
          "alike.";
      row.extra_sample = "A positive control: an edit that is known to move many of these genes.";
    }
    return row;
  }
  conclude(row, "cells");
  if (!std::isnan(first)) row.conditional = "the first time, " + e.time_words(first);
  const std::size_t n = row.items.size();
  const auto failed = labels_of(row, Verdict::violated), complete = labels_of(row, Verdict::supported);
  if (knockout)
    row.sentence = "Of " + counted(n, "edit with a signature", "edits with a signature") + ", " +
                   std::to_string(complete.size()) + " have at most a quarter of escapers for certain" +
                   (failed.empty() ? "." : "; more than a quarter escape in " + listed(failed) + ".");
  else
    row.sentence = "Of " + counted(n, "measured target", "measured targets") + ", " + std::to_string(complete.size()) +
                   (row.margin.high < 1 ? " keep at most half of their transcript for certain"
                                        : " are at least doubled for certain") +
                   (failed.empty() ? "." : "; " + listed(failed) + " certainly not.");
  if (row.items_left_out > 0 && knockout)
    row.sentence += " " + counted(static_cast<std::size_t>(row.items_left_out), "edit has", "edits have") +
                    " too small a signature to tell.";
  row.consequence =
      row.verdict == Verdict::violated
          ? (knockout ? "Effects of these edits are understated by their escapers: let the activity that is left be "
                        "estimated, or keep responding cells only."
                      : "Let the model estimate what each edit leaves (κ), and leave out edits that did not take.")
          : "One common clamp for all edits is a fair start.";
  return row;
}

Row audit_persistence(const Evidence& e) {
  Row row;
  row.id = "A4";
  row.assumption = "Edits persist.";
  if (!e.edited || !e.controls) {
    row.sentence = without_data(row, e);
    return row;
  }
  const auto times = edited_times(e);
  const Modality modality = e.data().roles.modality;
  const bool knockout = modality == Modality::knockout;
  row.evidence =
      knockout ? "The share of escapers at the last time against the first. A signature that fades is not taken for a "
                 "lost edit: cells adapt."
               : "The target's transcript at the last time against the first, each against controls of the same batch.";
  if (times.size() < 2) {
    row.verdict = Verdict::not_testable;
    row.sentence = "Edited cells were measured at one time only.";
    row.extra_sample = "Edited cells and controls at a later time.";
    return row;
  }
  if (modality == Modality::drug) {
    row.verdict = Verdict::not_testable;
    row.sentence = "Drugs and ligands have no transcript by which their persistence could be judged.";
    row.extra_sample = "A reporter of the target's activity.";
    return row;
  }
  const double first = times.front(), last = times.back();
  if (knockout) {
    row.quantity = "Share of escapers, last time less first";
    row.margin = {-std::numeric_limits<double>::infinity(), 0.2, "0.2 more"};
    std::map<std::string, Escapers> early;
    std::vector<std::pair<Escapers, Escapers>> both;
    const auto all = escapers_of(e);
    const auto key = [&](const Escapers& x) {
      const auto& c = e.data().conditions[static_cast<std::size_t>(x.condition)];
      return name_of_edits(c) + "\n" + c.medium + "\n" + c.compartment;
    };
    for (const auto& x : all)
      if (e.data().conditions[static_cast<std::size_t>(x.condition)].time == first) early[key(x)] = x;
    for (const auto& x : all)
      if (e.data().conditions[static_cast<std::size_t>(x.condition)].time == last && early.contains(key(x)))
        both.emplace_back(early.at(key(x)), x);
    for (const auto& [a, b] : both) {
      const double change = b.share - a.share, se = std::hypot(a.standard_error, b.standard_error);
      row.items.push_back(judged(name_of_edits(e.data().conditions[static_cast<std::size_t>(b.condition)]), change,
                                 t_bounds(change, se, std::min(a.df, b.df)), row.margin, both.size()));
    }
  } else {
    const bool raised = modality == Modality::crispra;
    row.logarithmic = true;
    row.quantity = "Target left at the last time over that at the first";
    row.margin = raised ? Margin{1 / 1.5, std::numeric_limits<double>::infinity(), "a factor of 1.5 less"}
                        : Margin{-std::numeric_limits<double>::infinity(), 1.5, "a factor of 1.5 more"};
    const auto early = targets_left(e, first), late = targets_left(e, last);
    std::vector<std::pair<std::string, std::pair<Left, Left>>> both;
    for (const auto& [edit, left] : late)
      if (const auto at = early.find(edit); at != early.end() && !left.none && !at->second.none)
        both.push_back({edit, {at->second, left}});
    for (const auto& [edit, pair] : both) {
      const double change = pair.second.log - pair.first.log,
                   se = std::hypot(pair.first.standard_error, pair.second.standard_error);
      const auto bounds = t_bounds(change, se, pair.first.df);
      row.items.push_back(judged(
          edit, std::exp(change),
          [&](double error) {
            const Bounds b = bounds(error);
            return Bounds{std::exp(b.low), std::exp(b.high)};
          },
          row.margin, both.size()));
    }
  }
  if (row.items.empty()) {
    row.verdict = Verdict::not_testable;
    row.sentence = knockout ? "No edit has a downstream signature in enough cells at both the first and the last time."
                            : "No edit's target is counted at both the first and the last time.";
    row.extra_sample = "More cells of strong edits at the first and at the last time.";
    return row;
  }
  conclude(row, "cells");
  const auto lost = labels_of(row, Verdict::violated);
  const std::string span = " between " + e.time_words(first) + " and " + e.time_words(last);
  row.sentence = lost.empty()
                     ? "No edit of " + counted(row.items.size(), "edit", "edits") + " is lost" + span + " for certain."
                     : "Edits are lost" + span + ": " + listed(lost) + ".";
  row.consequence = lost.empty() ? "An edit may be taken to act from its first time to the last."
                                 : "Restrict the fit to the earlier times of these edits, or leave them out.";
  return row;
}

}  // namespace groundwork::audit
