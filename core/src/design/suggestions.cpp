#include <algorithm>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/design/allocation.hpp"
#include "groundwork/design/repair.hpp"
#include "words.hpp"

namespace groundwork::design {
namespace {

double median_of(std::vector<double> values) {
  if (values.empty()) return nan;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>((values.size() - 1) / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/** Contrasts whose detectable change is looked at: all of a few, otherwise some evenly taken. */
std::vector<std::size_t> looked_at(std::size_t contrasts) {
  const std::size_t step = std::max<std::size_t>(1, contrasts / 100);
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < contrasts; k += step) which.push_back(k);
  return which;
}

struct Standing {
  std::size_t estimable = 0;
  double median_se = nan, median_mdlfc = nan;
};

/** `counted_ones`: estimable before, so that repairing a bad contrast does not count as making things worse. */
Standing standing_of(const Plan& like, const Layout& layout, const std::vector<std::size_t>& counted_ones) {
  Plan plan(layout, like.controls(), like.contrasts(), like.goals());
  plan.set_assumptions(like.assumptions());
  Standing standing;
  const Vector& variances = plan.variances();
  std::vector<double> se, change;
  for (const double v : variances) standing.estimable += std::isnan(v) ? 0 : 1;
  for (const std::size_t k : counted_ones) {
    const ContrastAnswer a = plan.answer(k);
    if (!a.estimable) continue;
    se.push_back(a.se);
    if (!std::isnan(a.mdlfc)) change.push_back(a.mdlfc);
  }
  standing.median_se = median_of(se);
  standing.median_mdlfc = median_of(change);
  return standing;
}

/** Spreads whole cells over groups in proportion to `share`, in batches that are in use. */
void spread(Matrix& cells, const std::vector<std::pair<Index, Index>>& groups, const std::vector<double>& share,
            double amount) {
  double all = 0, given = 0, wanted = 0;
  for (const double s : share) all += s;
  if (!(all > 0)) return;
  for (std::size_t k = 0; k < groups.size(); ++k) {
    wanted += amount * share[k] / all;
    const double whole = std::round(wanted) - given;
    cells(groups[k].first, groups[k].second) += whole;
    given += whole;
  }
}

}  // namespace

std::vector<Suggestion> suggestions_of(const Plan& given) {
  const Layout& layout = given.layout();
  Plan now(layout, given.controls(), given.contrasts(), given.goals());
  now.set_assumptions(given.assumptions());
  const Vector variances = now.variances();
  std::vector<std::size_t> estimable;
  for (const std::size_t k : looked_at(now.contrasts().size()))
    if (!std::isnan(variances[static_cast<Index>(k)])) estimable.push_back(k);
  const Standing before = standing_of(given, layout, estimable);

  std::vector<bool> is_control(layout.conditions.size(), false);
  for (const int c : given.controls()) is_control[static_cast<std::size_t>(c)] = true;
  const Vector of_batch = layout.cells.colwise().sum().transpose();
  std::vector<Index> used;
  for (Index b = 0; b < of_batch.size(); ++b)
    if (of_batch[b] > 0) used.push_back(b);
  if (used.empty()) return {};
  const double amount = std::max(1.0, std::round(of_batch.sum() / static_cast<double>(used.size())));

  std::vector<Suggestion> found;
  const auto offer = [&](const std::string& kind, const std::string& what, Layout changed) {
    Suggestion s;
    s.kind = kind;
    s.added_cells = changed.cells.sum() - layout.cells.sum();
    const Standing after = standing_of(given, changed, estimable);
    s.layout = std::move(changed);
    s.median_se = after.median_se;
    s.median_mdlfc = after.median_mdlfc;
    s.estimable = after.estimable;
    s.sentence = what;
    if (s.estimable > before.estimable)
      s.sentence += ": " + counted(s.estimable - before.estimable, "more contrast") + " can be estimated";
    if (!estimable.empty()) {
      s.sentence += std::string(s.estimable > before.estimable ? "; " : ": ") + "the median standard error goes from " +
                    short_number(before.median_se) + " to " + short_number(after.median_se);
      if (!std::isnan(before.median_mdlfc) && !std::isnan(after.median_mdlfc))
        s.sentence += ", the least fold change found from " + short_number(std::exp(before.median_mdlfc)) + " to " +
                      short_number(std::exp(after.median_mdlfc));
      else if (std::isnan(before.median_mdlfc) && !std::isnan(after.median_mdlfc))
        s.sentence += ", and the layout can estimate its own error";
    }
    s.sentence += ".";
    found.push_back(std::move(s));
  };
  const std::string cells = whole_number(amount) + " cells";

  // Repair of what most contrasts hang on.
  const Repair* best = nullptr;
  const std::vector<Repair> repairs =
      before.estimable < now.contrasts().size() ? repairs_of(given) : std::vector<Repair>{};
  for (const Repair& r : repairs)
    if (r.possible && (!best || r.contrasts.size() > best->contrasts.size())) best = &r;
  if (best) {
    offer("repair",
          "Put " + whole_number(best->addition.cells) + " cells of " +
              layout.conditions[static_cast<std::size_t>(best->addition.condition)] + " into " +
              (best->addition.batches.size() > 1 ? "each of " : "") + listed(best->addition.batches, layout.batches),
          with_addition(layout, best->addition));
  }
  const auto& without = now.batches_without_controls();
  if (!given.controls().empty() && !without.empty() && without.size() < used.size()) {
    Layout changed = layout;
    std::vector<double> typical;
    for (const Index b : used) {
      double n = 0;
      for (const int c : given.controls()) n += layout.cells(c, b);
      if (n > 0) typical.push_back(n);
    }
    const double n = median_of(typical);
    for (const int b : without)
      for (const int c : given.controls())
        changed.cells(c, b) += std::max(1.0, std::round(n / static_cast<double>(given.controls().size())));
    offer("controls_everywhere",
          "Put controls into " + listed(without, layout.batches) + ", " + whole_number(n) + " cells in each",
          std::move(changed));
  }
  {
    Index fullest = used[0];
    for (const Index b : used)
      if (of_batch[b] > of_batch[fullest]) fullest = b;
    Layout changed = layout;
    std::string name = layout.finest + " " + std::to_string(layout.batches.size() + 1);
    while (std::find(changed.batches.begin(), changed.batches.end(), name) != changed.batches.end()) name += "'";
    changed.batches.push_back(name);
    // On a day (donor, …) of its own: a batch that shares the coarser levels learns less.
    for (CoarseLevel& level : changed.coarser) level.of_batch.push_back(level.name + " of " + name);
    changed.cells.conservativeResize(Eigen::NoChange, changed.cells.cols() + 1);
    changed.cells.col(changed.cells.cols() - 1) = layout.cells.col(fullest);
    offer("one_more_batch",
          "Add one more batch like " + layout.batches[static_cast<std::size_t>(fullest)] + " (" +
              whole_number(of_batch[fullest]) + " cells)",
          std::move(changed));
  }
  std::vector<std::pair<Index, Index>> control_groups, other_groups;
  std::vector<double> control_share, other_share;
  double control_cells = 0;
  for (const Index b : used) {
    for (Index c = 0; c < layout.cells.rows(); ++c) {
      const double n = layout.cells(c, b);
      if (is_control[static_cast<std::size_t>(c)]) {
        if (n > 0) {
          control_groups.emplace_back(c, b);
          control_share.push_back(n);
          control_cells += n;
        }
      } else if (n > 0) {
        other_groups.emplace_back(c, b);
        other_share.push_back(n);
      }
    }
  }
  if (!control_groups.empty()) {
    Layout changed = layout;
    spread(changed.cells, control_groups, control_share, amount);
    offer("more_controls", "Add " + cells + " of controls, over the batches that have them", std::move(changed));
  }
  if (!other_groups.empty()) {
    Layout changed = layout;
    spread(changed.cells, other_groups, other_share, amount);
    offer("more_cells", "Add " + cells + " to the other conditions, where they are now", std::move(changed));
  }
  if (!control_groups.empty() && !other_groups.empty()) {
    // The same cells by the square-root rule, with the perturbations of an average batch.
    const double per_batch = static_cast<double>(other_groups.size()) / static_cast<double>(used.size());
    const double ratio = control_ratio(std::max(per_batch, 1.0));
    const double all = layout.cells.sum(), wanted = std::round(all * ratio / (ratio + per_batch));
    if (std::abs(wanted - control_cells) > 0.02 * all) {
      Layout changed = layout;
      for (const auto& [c, b] : control_groups) changed.cells(c, b) = 0;
      for (const auto& [c, b] : other_groups) changed.cells(c, b) = 0;
      spread(changed.cells, control_groups, control_share, wanted);
      spread(changed.cells, other_groups, other_share, all - wanted);
      offer("share_out",
            "Share the same cells out anew, " + percent(std::round(100 * wanted / all) / 100) + " of them to controls",
            std::move(changed));
    }
  }
  const auto better = [](const Suggestion& a, const Suggestion& b) {
    if (a.estimable != b.estimable) return a.estimable > b.estimable;
    const bool has_a = !std::isnan(a.median_mdlfc), has_b = !std::isnan(b.median_mdlfc);
    if (has_a != has_b) return has_a;
    return has_a ? a.median_mdlfc < b.median_mdlfc : a.median_se < b.median_se;
  };
  // What does not help is not a suggestion.
  std::erase_if(found, [&](const Suggestion& s) {
    if (s.estimable > before.estimable) return false;
    if (s.estimable < before.estimable) return true;
    if (!std::isnan(s.median_mdlfc) && !std::isnan(before.median_mdlfc))
      return !(s.median_mdlfc < 0.9999 * before.median_mdlfc);
    return std::isnan(before.median_mdlfc) == std::isnan(s.median_mdlfc) && !(s.median_se < 0.9999 * before.median_se);
  });
  std::stable_sort(found.begin(), found.end(), better);
  if (found.size() > 3) found.resize(3);
  return found;
}

}  // namespace groundwork::design
