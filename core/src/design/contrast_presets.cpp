#include "groundwork/design/contrast_presets.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/layout.hpp"

namespace groundwork::design {
namespace {

using Stages = std::vector<std::string>;

Stages split_label(std::string_view text, char mark) {
  Stages parts;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t to = std::min(text.find(mark, from), text.size());
    if (const auto part = trimmed(text.substr(from, to - from)); !part.empty()) parts.emplace_back(part);
    from = to + 1;
  }
  return parts;
}

/** The conditions of a layout by perturbation, medium and time, each in the order in which the layout has them. */
class ConditionTable {
 public:
  ConditionTable(const Layout& layout, const std::vector<int>& controls) {
    const ConditionColumns& about = layout.about;
    std::set<std::string> seen;
    const auto written = [&](std::size_t c) {
      const std::string text = about.perturbation.empty() ? layout.conditions[c] : about.perturbation[c];
      Stages edits = split_label(text, '+');
      std::sort(edits.begin(), edits.end());
      return joined(edits, "+");
    };
    std::vector<char> unedited(layout.conditions.size(), 0);
    for (const int c : unedited_of(layout, controls)) unedited[static_cast<std::size_t>(c)] = 1;
    for (std::size_t c = 0; c < layout.conditions.size(); ++c) {
      std::string edits = written(c);
      if (unedited[c]) edits.clear();
      const std::string medium = about.medium.empty() ? "" : joined(split_label(about.medium[c], '>'), ">");
      const double time = about.time.empty() || std::isnan(about.time[c]) ? no_time : about.time[c];
      if (seen.insert(edits).second) perturbations.push_back(edits);
      if (!contains(media, medium)) media.push_back(medium);
      if (!contains(times, time)) times.push_back(time);
      at_[{edits, medium, time}].push_back(static_cast<int>(c));
    }
    std::sort(times.begin(), times.end());
  }

  static constexpr double no_time = -infinity;

  bool has(const std::string& p, const std::string& m, double t) const { return at_.count({p, m, t}) > 0; }
  /** Adds coefficient × c(p, m, t). */
  void put(measurement::Contrast& contrast, const std::string& p, const std::string& m, double t,
           double coefficient) const {
    const std::vector<int>& conditions = at_.at({p, m, t});
    for (const int c : conditions) contrast.terms.emplace_back(c, coefficient / static_cast<double>(conditions.size()));
  }
  /** Times of a perturbation and the unedited cells of the same medium. */
  std::vector<double> shared_times(const std::string& p, const std::string& m) const {
    std::vector<double> shared;
    for (const double t : times)
      if (t != no_time && has(p, m, t) && has("", m, t)) shared.push_back(t);
    return shared;
  }
  /** " in M at day t", as far as the layout has several of them. */
  std::string where(const std::string& m) const { return media.size() > 1 && !m.empty() ? " in " + m : ""; }
  std::string where(const std::string& m, double t) const {
    return where(m) + (times.size() > 1 && t != no_time ? " at day " + significant(t) : "");
  }

  std::vector<std::string> perturbations;  ///< canonical: edits sorted; "" = unedited
  std::vector<std::string> media;
  std::vector<double> times;  ///< ascending

 private:
  std::map<std::tuple<std::string, std::string, double>, std::vector<int>> at_;
};

void keep(PresetContrasts& found, measurement::Contrast contrast, std::string meaning) {
  found.contrasts.push_back(std::move(contrast));
  found.meanings.push_back(std::move(meaning));
}

void add_effects(const ConditionTable& table, PresetContrasts& found) {
  for (const std::string& p : table.perturbations) {
    if (p.empty()) continue;
    for (const std::string& m : table.media) {
      for (const double t : table.times) {
        if (!table.has(p, m, t)) continue;
        if (!table.has("", m, t)) {
          found.left_out.push_back("The effect of " + p + table.where(m, t) +
                                   " is left out: there are no unedited cells of the same medium and time.");
          continue;
        }
        measurement::Contrast contrast{p + table.where(m, t), {}};
        table.put(contrast, p, m, t, 1);
        table.put(contrast, "", m, t, -1);
        keep(found, std::move(contrast), "effect of " + p + " against unedited cells" + table.where(m, t));
      }
    }
  }
}

void add_rates(const ConditionTable& table, PresetContrasts& found) {
  for (const std::string& p : table.perturbations) {
    if (p.empty()) continue;
    for (const std::string& m : table.media) {
      const std::vector<double> times = table.shared_times(p, m);
      if (times.size() < 2) {
        const bool present =
            std::any_of(table.times.begin(), table.times.end(), [&](double t) { return table.has(p, m, t); });
        if (present)
          found.left_out.push_back("The rate of " + p + table.where(m) + " is left out: it shares " +
                                   (times.empty() ? "no time" : "one time only") + " with unedited cells.");
        continue;
      }
      double mean = 0, spread = 0;
      for (const double t : times) mean += t / static_cast<double>(times.size());
      for (const double t : times) spread += (t - mean) * (t - mean);
      std::string days;
      measurement::Contrast contrast{p + " rate" + table.where(m), {}};
      for (std::size_t k = 0; k < times.size(); ++k) {
        const double slope = (times[k] - mean) / spread;
        table.put(contrast, p, m, times[k], slope);
        table.put(contrast, "", m, times[k], -slope);
        days += (k == 0 ? "" : k + 1 == times.size() ? " and " : ", ") + significant(times[k]);
      }
      keep(found, std::move(contrast),
           "slope per day over days " + days + " of " + p + " less unedited cells" + table.where(m));
    }
  }
}

/** (p − ∅) at one place less (p − ∅) at another. */
void add_difference(const ConditionTable& table, const std::string& p, const std::string& m, double t,
                    const std::string& m0, double t0, const std::string& name, const std::string& meaning,
                    PresetContrasts& found) {
  measurement::Contrast contrast{name, {}};
  table.put(contrast, p, m, t, 1);
  table.put(contrast, "", m, t, -1);
  table.put(contrast, p, m0, t0, -1);
  table.put(contrast, "", m0, t0, 1);
  keep(found, std::move(contrast), meaning);
}

void add_differences(const ConditionTable& table, PresetContrasts& found) {
  for (const std::string& p : table.perturbations) {
    if (p.empty()) continue;
    for (const std::string& m : table.media) {
      const std::vector<double> times = table.shared_times(p, m);
      for (std::size_t k = 1; k < times.size(); ++k) {
        const std::string later = significant(times[k]), first = significant(times[0]);
        add_difference(table, p, m, times[k], m, times[0], p + ", day " + later + " less day " + first + table.where(m),
                       "effect of " + p + " on day " + later + " less its effect on day " + first + table.where(m),
                       found);
      }
    }
    for (const double t : table.times) {
      std::vector<std::string> media;
      for (const std::string& m : table.media)
        if (table.has(p, m, t) && table.has("", m, t)) media.push_back(m);
      for (std::size_t k = 1; k < media.size(); ++k) {
        const std::string day = table.times.size() > 1 && t != table.no_time ? " at day " + significant(t) : "";
        add_difference(table, p, media[k], t, media[0], t, p + ", " + media[k] + " less " + media[0] + day,
                       "effect of " + p + " in " + media[k] + " less its effect in " + media[0] + day, found);
      }
    }
  }
}

void add_interactions(const ConditionTable& table, PresetContrasts& found) {
  constexpr std::size_t most_edits = 6;
  for (const std::string& p : table.perturbations) {
    const Stages edits = split_label(p, '+');
    if (edits.size() < 2 || edits.size() > most_edits) continue;
    for (const std::string& m : table.media) {
      for (const double t : table.times) {
        if (!table.has(p, m, t)) continue;
        measurement::Contrast contrast{joined(edits, " × ") + table.where(m, t), {}};
        std::string formula, missing;
        for (std::size_t without = 0; without < (std::size_t{1} << edits.size()); ++without) {
          Stages part;
          for (std::size_t e = 0; e < edits.size(); ++e)
            if (!(without >> e & 1)) part.push_back(edits[e]);
          const std::string name = joined(part, "+");
          const bool minus = (edits.size() - part.size()) % 2 == 1;
          if (!table.has(name, m, t)) {
            missing += (missing.empty() ? "" : ", ") + (name.empty() ? std::string("unedited cells") : name);
            continue;
          }
          table.put(contrast, name, m, t, minus ? -1 : 1);
          formula += (formula.empty() ? "" : minus ? " − " : " + ") + (name.empty() ? std::string("unedited") : name);
        }
        if (!missing.empty()) {
          found.left_out.push_back("The interaction " + contrast.name + " is left out: the layout lacks " + missing +
                                   table.where(m, t) + ".");
          continue;
        }
        keep(found, std::move(contrast),
             "what " + p + " does beyond the sum of its parts" + table.where(m, t) + ": " + formula);
      }
    }
  }
}

void add_orders(const ConditionTable& table, PresetContrasts& found) {
  for (std::size_t i = 0; i < table.media.size(); ++i) {
    for (std::size_t j = i + 1; j < table.media.size(); ++j) {
      const std::string &one = table.media[i], &other = table.media[j];
      Stages a = split_label(one, '>'), b = split_label(other, '>');
      const bool same = a == b;
      std::sort(a.begin(), a.end());
      std::sort(b.begin(), b.end());
      if (a.size() < 2 || same || a != b) continue;
      for (const std::string& p : table.perturbations) {
        for (const double t : table.times) {
          if (!table.has(p, one, t) || !table.has(p, other, t)) {
            if (table.has(p, one, t) || table.has(p, other, t))
              found.left_out.push_back("The order of " + one + " for " + (p.empty() ? "unedited cells" : p) +
                                       " is left out: one of the two orders is missing.");
            continue;
          }
          const bool against = !p.empty() && table.has("", one, t) && table.has("", other, t);
          const std::string day = table.times.size() > 1 && t != table.no_time ? " at day " + significant(t) : "";
          measurement::Contrast contrast{(p.empty() ? "unedited" : p) + ", " + one + " less " + other + day, {}};
          table.put(contrast, p, one, t, 1);
          table.put(contrast, p, other, t, -1);
          if (against) {
            table.put(contrast, "", one, t, -1);
            table.put(contrast, "", other, t, 1);
          }
          keep(found, std::move(contrast),
               (p.empty() ? std::string("unedited cells") : p) + " after " + one + " less after " + other + day +
                   (against ? ", less the same of unedited cells" : ""));
        }
      }
    }
  }
}

/** What the columns of the layout lack for a preset. */
Error nothing_of(ContrastPreset preset) {
  switch (preset) {
    case ContrastPreset::effect:
      return Error("contrasts.preset", "No edit of the layout has unedited cells of its own medium and time.",
                   "Leave #perturbation empty for unedited cells, and give them each medium and time.");
    case ContrastPreset::rate:
      return Error("contrasts.preset", "The layout holds no rate: no edit shares two times with unedited cells.",
                   "Give the columns #perturbation and #time (days), and unedited cells at each time.");
    case ContrastPreset::difference:
      return Error("contrasts.preset",
                   "The layout holds no difference in differences: no edit has, beside unedited cells, two times or "
                   "two media.",
                   "Give the columns #perturbation and #time or #medium, and unedited cells in each of them.");
    case ContrastPreset::interaction:
      return Error("contrasts.preset",
                   "The layout holds no interaction: no condition has several edits, all their parts and unedited "
                   "cells beside it.",
                   "Write pairs as A+B in #perturbation (or in the condition's name), and have A, B and unedited cells "
                   "in the same medium and at the same time.");
    case ContrastPreset::order:
      return Error("contrasts.preset", "The layout holds no two orders of the same media.",
                   "Write media one after the other as X>Y and Y>X in the column #medium.");
  }
  return Error("contrasts.preset", "There is no such preset.");
}

}  // namespace

ContrastPreset contrast_preset_of(const std::string& name) {
  if (name == "effect") return ContrastPreset::effect;
  if (name == "rate") return ContrastPreset::rate;
  if (name == "difference") return ContrastPreset::difference;
  if (name == "interaction") return ContrastPreset::interaction;
  if (name == "order") return ContrastPreset::order;
  throw Error("contrasts.preset", "There is no preset of contrasts called \"" + name + "\".",
              "There are effect, rate, difference, interaction and order.");
}

PresetContrasts contrasts_of_preset(const Layout& layout, const std::vector<int>& controls, ContrastPreset preset) {
  const ConditionTable table(layout, controls);
  PresetContrasts found;
  switch (preset) {
    case ContrastPreset::effect:
      add_effects(table, found);
      break;
    case ContrastPreset::rate:
      add_rates(table, found);
      break;
    case ContrastPreset::difference:
      add_differences(table, found);
      break;
    case ContrastPreset::interaction:
      add_interactions(table, found);
      break;
    case ContrastPreset::order:
      add_orders(table, found);
      break;
  }
  if (found.contrasts.empty()) {
    const Error nothing = nothing_of(preset);
    if (found.left_out.empty()) throw nothing;
    throw Error(nothing.code(), std::string(nothing.what()) + " " + found.left_out.front(), nothing.hint());
  }
  return found;
}

}  // namespace groundwork::design
