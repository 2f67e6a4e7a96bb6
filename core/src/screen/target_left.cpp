#include "groundwork/screen/target_left.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "groundwork/base/special.hpp"
#include "groundwork/screen/name_index.hpp"

namespace groundwork::screen {
namespace {

/** Counts of one gene in some cells: T = Σy with its variance, and Σℓ. */
struct Rate {
  double total = 0, variance = 0, size = 0;
  std::int64_t cells = 0;

  void add(const Rate& other) {
    total += other.total;
    variance += other.variance;
    size += other.size;
    cells += other.cells;
  }
};

/** Negative binomial variance of T beyond Poisson, per (Σℓ)² of the rate: φ Σℓ² T²/(Σℓ)² = what moments leave over. */
double excess_variance(const Screen& s, int gene, int group) {
  const Group& g = s.groups[static_cast<std::size_t>(group)];
  const double total = s.statistics.sum(gene, group), rate = total / g.sum_size;
  return std::max(0.0, s.statistics.sum_sq(gene, group) - rate * rate * g.sum_size_sq - total);
}

Rate rate_of_group(const Screen& s, int gene, int group) {
  const Group& g = s.groups[static_cast<std::size_t>(group)];
  const double total = s.statistics.sum(gene, group);
  return {total, total + excess_variance(s, gene, group), g.sum_size, g.cells};
}

/** A guide has the dispersion of its group, and depths distributed as there. */
Rate rate_of_guide(const Screen& s, int gene, int guide) {
  const GuideGroup& g = s.guides[static_cast<std::size_t>(guide)];
  const Group& group = s.groups[static_cast<std::size_t>(g.group)];
  const double total = s.guide_sum(gene, guide), group_total = s.statistics.sum(gene, g.group);
  double variance = total;
  if (group_total > 0) {
    const double phi = excess_variance(s, gene, g.group) * group.sum_size * group.sum_size /
                       (group_total * group_total * group.sum_size_sq);
    const double rate = total / g.sum_size,
                 size_sq = group.sum_size_sq * static_cast<double>(g.cells) / static_cast<double>(group.cells);
    variance += phi * rate * rate * size_sq;
  }
  return {total, variance, g.sum_size, g.cells};
}

struct Stratum {
  Rate edited, control;
};

void compare(const std::vector<Stratum>& strata, TargetLeft& left, const std::string& gene) {
  double above = 0, above_variance = 0, below = 0, below_variance = 0, expected = 0;
  for (const Stratum& s : strata) {
    const double all = s.edited.size + s.control.size;
    const double e = s.edited.size / all, c = s.control.size / all;
    above += s.edited.total * c;
    above_variance += s.edited.variance * c * c;
    below += s.control.total * e;
    below_variance += s.control.variance * e * e;
    expected += s.control.total / s.control.size * s.edited.size;
    left.cells += s.edited.cells;
    left.control_cells += s.control.cells;
  }
  if (!(below > 0)) {
    left.reason = "no control cell has a count of " + gene;
    return;
  }
  left.fraction = above / below;
  if (above > 0) {
    const double width =
        normal_quantile(0.975) * std::sqrt(above_variance / (above * above) + below_variance / (below * below));
    left.low = left.fraction * std::exp(-width);
    left.high = left.fraction * std::exp(width);
  } else {
    left.low = 0;
    left.high = -std::log(0.025) / expected;
  }
}

/** The control groups of each place in the layout, and which place a group is in. */
class Strata {
 public:
  explicit Strata(const Screen& s) : screen_(&s) {
    for (std::size_t i = 0; i < s.conditions.size(); ++i) {
      Condition context = s.conditions[i];
      context.edits.clear();
      const auto known = std::find(contexts_.begin(), contexts_.end(), context);
      context_of_.push_back(static_cast<int>(known - contexts_.begin()));
      if (known == contexts_.end()) contexts_.push_back(std::move(context));
    }
    for (std::size_t g = 0; g < s.groups.size(); ++g)
      if (s.conditions[static_cast<std::size_t>(s.groups[g].condition)].is_control())
        controls_[place_of(static_cast<int>(g))].push_back(static_cast<int>(g));
  }

  using Place = std::pair<int, std::vector<int>>;
  Place place_of(int group) const {
    const Group& g = screen_->groups[static_cast<std::size_t>(group)];
    return {context_of_[static_cast<std::size_t>(g.condition)], g.batch};
  }

  /** Edited counts by place, against the controls there; places without controls are left out. */
  std::vector<Stratum> against_controls(const std::map<Place, Rate>& edited, int gene) const {
    std::vector<Stratum> strata;
    for (const auto& [place, rate] : edited) {
      const auto controls = controls_.find(place);
      if (controls == controls_.end() || !(rate.size > 0)) continue;
      Stratum stratum{rate, {}};
      for (int group : controls->second) stratum.control.add(rate_of_group(*screen_, gene, group));
      strata.push_back(stratum);
    }
    return strata;
  }

 private:
  const Screen* screen_;
  std::vector<Condition> contexts_;
  std::vector<int> context_of_;
  std::map<Place, std::vector<int>> controls_;
};

/** For each edit the groups that show it: alone where there are such, else in combinations. */
std::map<std::string, std::vector<int>> groups_of_edits(const Screen& s) {
  std::map<std::string, std::vector<int>> alone, combined;
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    const auto& edits = s.conditions[static_cast<std::size_t>(s.groups[g].condition)].edits;
    for (const Edit& e : edits) (edits.size() == 1 ? alone : combined)[e.name].push_back(static_cast<int>(g));
  }
  alone.merge(combined);
  return alone;
}

}  // namespace

std::vector<TargetLeft> target_left(const Screen& s) {
  NameIndex genes;
  for (const std::string& gene : s.genes) genes.add(gene);
  const Strata strata(s);
  const bool any_control =
      std::any_of(s.conditions.begin(), s.conditions.end(), [](const Condition& c) { return c.is_control(); });
  std::vector<std::vector<int>> guides_of_group(s.groups.size());
  for (std::size_t i = 0; i < s.guides.size(); ++i)
    guides_of_group[static_cast<std::size_t>(s.guides[i].group)].push_back(static_cast<int>(i));
  std::vector<TargetLeft> edits, guides;
  for (const auto& [edit, groups] : groups_of_edits(s)) {
    TargetLeft left;
    left.edit = edit;
    left.gene = genes.find(edit);
    const auto settle = [&, &edit = edit](TargetLeft& entry, const std::map<Strata::Place, Rate>& edited) {
      const auto compared = strata.against_controls(edited, entry.gene);
      if (compared.empty())
        entry.reason = any_control ? "no control cells in the same batch, medium, time and cell type"
                                   : "the screen has no control cells";
      else
        compare(compared, entry, edit);
    };
    if (left.gene < 0) {
      left.reason = edit + " is not among the genes";
      for (int group : groups) left.cells += s.groups[static_cast<std::size_t>(group)].cells;
      edits.push_back(std::move(left));
      continue;
    }
    std::map<Strata::Place, Rate> edited;
    for (int group : groups) edited[strata.place_of(group)].add(rate_of_group(s, left.gene, group));
    settle(left, edited);
    edits.push_back(left);
    std::map<std::string, std::map<Strata::Place, Rate>> by_guide;
    for (int group : groups)
      for (int guide : guides_of_group[static_cast<std::size_t>(group)])
        by_guide[s.guides[static_cast<std::size_t>(guide)].guide][strata.place_of(group)].add(
            rate_of_guide(s, left.gene, guide));
    for (const auto& [guide, rates] : by_guide) {
      TargetLeft entry;
      entry.edit = edit;
      entry.guide = guide;
      entry.gene = left.gene;
      settle(entry, rates);
      guides.push_back(std::move(entry));
    }
  }
  edits.insert(edits.end(), guides.begin(), guides.end());
  return edits;
}

}  // namespace groundwork::screen
