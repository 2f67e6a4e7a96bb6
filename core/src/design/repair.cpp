#include "groundwork/design/repair.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "groundwork/base/not_finite.hpp"
#include "words.hpp"

namespace groundwork::design {
namespace {

constexpr double without_limit = 1e9;  // as many cells as anyone could add

/** A scratch plan of a few contrasts whose cells can be changed and put back. */
class Trial {
 public:
  Trial(const Plan& plan, const std::vector<std::size_t>& contrasts)
      : layout_(plan.layout()), plan_(make(plan, contrasts)) {}

  /** Mean variance of the contrasts with the addition made; ∞ while one of them is not estimable. */
  double variance(const Addition& addition) {
    const Vector& found = with(addition).variances();
    const double mean = found.hasNaN() ? infinity : found.mean();
    restore(addition);
    return mean;
  }
  std::vector<double> errors(const Addition& addition) {
    const Vector se = with(addition).variances().cwiseSqrt();
    restore(addition);
    return {se.data(), se.data() + se.size()};
  }

 private:
  static Plan make(const Plan& plan, const std::vector<std::size_t>& which) {
    std::vector<measurement::Contrast> contrasts;
    for (const std::size_t k : which) contrasts.push_back(plan.contrasts()[k]);
    Plan trial(plan.layout(), plan.controls(), std::move(contrasts), plan.goals());
    trial.set_assumptions(plan.assumptions());
    return trial;
  }
  Plan& with(const Addition& addition) {
    std::vector<double> cells;
    for (const int b : addition.batches) cells.push_back(layout_.cells(addition.condition, b) + addition.cells);
    set(addition, cells);
    return plan_;
  }
  void restore(const Addition& addition) {
    std::vector<double> cells;
    for (const int b : addition.batches) cells.push_back(layout_.cells(addition.condition, b));
    set(addition, cells);
  }
  void set(const Addition& addition, const std::vector<double>& cells) {
    plan_.set_cells(std::vector<int>(cells.size(), addition.condition), addition.batches, cells);
  }

  const Layout& layout_;
  Plan plan_;
};

/** The first `most` of `indices` by size, largest first. */
std::vector<int> largest(std::vector<int> indices, const Vector& size, std::size_t most) {
  std::stable_sort(indices.begin(), indices.end(), [&](int a, int b) { return size[a] > size[b]; });
  if (indices.size() > most) indices.resize(most);
  return indices;
}

struct Search {
  const Plan& plan;
  const std::vector<measurement::GraphComponent>& parts;
  Vector of_condition, of_batch;  ///< cells
  bool full;

  std::vector<int> conditions(const measurement::GraphComponent& part, const measurement::Contrast& contrast) const {
    if (full) return part.conditions;
    std::vector<int> few = largest(part.conditions, of_condition, 6);
    const auto consider = [&](int c) {
      if (std::find(part.conditions.begin(), part.conditions.end(), c) != part.conditions.end() &&
          std::find(few.begin(), few.end(), c) == few.end())
        few.push_back(c);
    };
    for (const int c : plan.controls()) consider(c);
    for (const auto& [c, l] : contrast.terms)
      if (l != 0) consider(c);
    return few;
  }
  std::vector<int> batches(const measurement::GraphComponent& part) const {
    return full ? part.batches : largest(part.batches, of_batch, 6);
  }

  /** Additions that join all the parts named, of `cells` cells a group. */
  std::vector<Addition> additions(const std::vector<int>& which, const measurement::Contrast& contrast,
                                  double cells) const {
    std::vector<Addition> found;
    for (const int own : which) {
      std::vector<std::vector<int>> others;
      bool reachable = true;
      for (const int other : which) {
        if (other == own) continue;
        others.push_back(batches(parts[static_cast<std::size_t>(other)]));
        reachable = reachable && !others.back().empty();
      }
      if (!reachable) continue;
      for (const int c : conditions(parts[static_cast<std::size_t>(own)], contrast)) {
        if (others.size() == 1) {
          for (const int b : others[0]) found.push_back({c, {b}, cells});
          continue;
        }
        // In several parts at once: the fullest batch of each.
        Addition addition{c, {}, cells};
        for (const auto& choice : others) addition.batches.push_back(largest(choice, of_batch, 1)[0]);
        found.push_back(std::move(addition));
      }
    }
    return found;
  }
};

std::string batch_phrase(const std::vector<int>& batches, const Layout& layout) {
  return listed(batches, layout.batches);
}

std::string why(const Plan& plan, const std::vector<measurement::GraphComponent>& parts,
                const std::vector<int>& which) {
  const Layout& layout = plan.layout();
  std::string text;
  for (std::size_t k = 0; k < which.size() && k < 4; ++k) {
    const auto& part = parts[static_cast<std::size_t>(which[k])];
    const std::string who = listed(part.conditions, layout.conditions);
    const bool one = part.conditions.size() == 1;
    if (k > 0) text += k + 1 == which.size() ? ", and " : ", ";
    if (part.batches.empty()) {
      text += who + (one ? " has" : " have") + " no cells";
    } else {
      text += who + (one ? " is" : " are") + " only in " + batch_phrase(part.batches, layout);
    }
  }
  if (which.size() > 4) text += ", and so on for " + counted(which.size() - 4, "more part");
  return text;
}

std::string names_of(const Plan& plan, const std::vector<std::size_t>& contrasts) {
  const auto& all = plan.contrasts();
  if (contrasts.size() == 1) return "\"" + all[contrasts[0]].name + "\"";
  if (contrasts.size() == 2) return "\"" + all[contrasts[0]].name + "\" and \"" + all[contrasts[1]].name + "\"";
  return "\"" + all[contrasts[0]].name + "\" and " + std::to_string(contrasts.size() - 1) + " others";
}

std::string error_phrase(const std::vector<double>& se) {
  const auto [least, most] = std::minmax_element(se.begin(), se.end());
  if (*most <= 1.005 * *least) return "a standard error of " + short_number(*least);
  return "standard errors of " + short_number(*least) + " to " + short_number(*most);
}

}  // namespace

Layout with_addition(const Layout& layout, const Addition& addition) {
  Layout changed = layout;
  for (const int b : addition.batches) changed.cells(addition.condition, b) += addition.cells;
  return changed;
}

std::vector<Repair> repairs_of(const Plan& given, const RepairOptions& options) {
  Plan plan(given.layout(), given.controls(), given.contrasts(), given.goals());
  plan.set_assumptions(given.assumptions());
  const Layout& layout = plan.layout();
  const Vector variances = plan.variances();
  std::map<std::vector<int>, std::vector<std::size_t>> groups;
  for (std::size_t k = 0; k < plan.contrasts().size(); ++k) {
    if (!std::isnan(variances[static_cast<Index>(k)])) continue;
    groups[plan.answer(k).confounded_with].push_back(k);
  }
  Search search{plan, plan.floating(), layout.cells.rowwise().sum(), layout.cells.colwise().sum().transpose(),
                layout.cells.size() <= 600};
  std::vector<Repair> repairs;
  for (const auto& [which, contrasts] : groups) {
    Repair repair;
    repair.contrasts = contrasts;
    std::vector<std::size_t> tried = contrasts;
    if (tried.size() > 32) tried.resize(32);
    Trial trial(plan, tried);
    std::vector<Addition> additions;
    if (which.size() >= 2) additions = search.additions(which, plan.contrasts()[contrasts[0]], 100);
    // The best places at a hundred cells, and the best without limit, are followed up.
    std::vector<std::pair<double, std::size_t>> ranked;
    double limit = infinity;
    for (std::size_t k = 0; k < additions.size(); ++k) ranked.emplace_back(trial.variance(additions[k]), k);
    std::stable_sort(ranked.begin(), ranked.end());
    if (ranked.size() > 4) ranked.resize(4);
    while (!ranked.empty() && std::isinf(ranked.back().first)) ranked.pop_back();
    for (const auto& [value, k] : ranked) {
      Addition most = additions[k];
      most.cells = without_limit;
      limit = std::min(limit, trial.variance(most));
    }
    if (ranked.empty()) {
      repair.sentence = names_of(plan, contrasts) + " cannot be estimated: ";
      repair.sentence += which.size() >= 2
                             ? why(plan, search.parts, which) + ". No single addition joins them."
                             : "the coefficients do not sum to 0, and a level cannot be told from that of fixed "
                               "batches whatever is added. Compare it with a control.";
      repairs.push_back(std::move(repair));
      continue;
    }
    repair.possible = true;
    double reached = infinity;
    const std::vector<double> steps =
        options.cells > 0
            ? std::vector<double>{options.cells}
            : std::vector<double>{10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000};
    for (const double cells : steps) {
      for (const auto& [value, k] : ranked) {
        Addition addition = additions[k];
        addition.cells = cells;
        const double next = trial.variance(addition);
        if (next >= reached) continue;
        reached = next;
        repair.addition = addition;
      }
      if (reached <= 1.21 * limit) break;
    }
    repair.se = trial.errors(repair.addition);
    repair.least_se = std::sqrt(limit);
    if (tried.size() < contrasts.size()) repair.se = Trial(plan, contrasts).errors(repair.addition);
    repair.sentence = names_of(plan, contrasts) + " cannot be estimated: " + why(plan, search.parts, which) +
                      ", so that what differs between them cannot be told from what differs between batches. " +
                      whole_number(repair.addition.cells) + " cells of " +
                      layout.conditions[static_cast<std::size_t>(repair.addition.condition)] + " in " +
                      (repair.addition.batches.size() > 1 ? "each of " : "") +
                      batch_phrase(repair.addition.batches, layout) + " make " +
                      (contrasts.size() == 1 ? "it" : "them") + " estimable, with " + error_phrase(repair.se) + ".";
    repairs.push_back(std::move(repair));
  }
  return repairs;
}

}  // namespace groundwork::design
