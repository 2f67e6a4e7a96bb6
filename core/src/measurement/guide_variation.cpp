#include "groundwork/measurement/guide_variation.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "guide_parts.hpp"

namespace groundwork::measurement {
namespace {

struct NamedGuide {
  std::string name;
  std::vector<std::size_t> groups;
};

/** Guides with enough cells, by condition. */
std::map<int, std::vector<NamedGuide>> large_guides(const screen::Screen& s, double least_cells) {
  std::map<int, std::vector<NamedGuide>> found;
  for (const auto& [key, groups] : guides_by_condition(s))
    if (cells_of_guides(s, groups) >= least_cells) found[key.first].push_back({key.second, groups});
  return found;
}

/** Jackknife standard error of Σ top/Σ bottom over units. */
double jackknife_of_ratio(const std::vector<double>& top, const std::vector<double>& bottom) {
  const auto n = static_cast<double>(top.size());
  if (top.size() < 3) return nan;
  double tops = 0, bottoms = 0, mean = 0, square = 0;
  for (std::size_t k = 0; k < top.size(); ++k) {
    tops += top[k];
    bottoms += bottom[k];
  }
  for (std::size_t k = 0; k < top.size(); ++k) {
    const double without = (tops - top[k]) / (bottoms - bottom[k]);
    mean += without / n;
    square += without * without / n;
  }
  return std::sqrt((n - 1) * std::max(0.0, square - mean * mean));
}

/**
 * What batches add to a condition (s_g²) is shared by its guides and cancels between them: only counts tell them apart.
 */
ModeratedVariances counts_alone(const ModeratedVariances& variances) {
  ModeratedVariances none = variances;
  none.group.setZero();
  none.estimable = false;
  return none;
}

/** In how many batches a condition has cells. */
double batches_of(const screen::Screen& s, int condition) {
  std::set<std::vector<int>> found;
  for (const screen::Group& group : s.groups)
    if (group.condition == condition && group.cells > 0) found.insert(group.batch);
  return std::max<double>(1, static_cast<double>(found.size()));
}

void fill_off_target(const screen::Screen& s, const std::vector<int>& genes, const ModeratedVariances& variances,
                     const std::map<int, std::vector<NamedGuide>>& guides, GuideVariation& out) {
  LevelsOptions options;
  options.merge_halves = true;
  const auto count = static_cast<Index>(genes.size());
  Vector top = Vector::Zero(count), bottom = Vector::Zero(count);
  std::vector<double> guide_top, guide_bottom;
  for (const auto& [condition, list] : guides) {
    if (!s.conditions[static_cast<std::size_t>(condition)].is_control() || list.size() < 2) continue;
    const double own_share = 1 + 1 / static_cast<double>(list.size() - 1);
    for (const NamedGuide& guide : list) {
      std::vector<std::pair<int, GuidePart>> parts;
      add_rest(s, condition, guide.groups, 0, parts);
      for (const std::size_t q : guide.groups) parts.emplace_back(1, part_of_guide(s, q));
      const EffectTests tests = test_contrasts(levels_of(screen_of_parts(s, {"guide"}, parts), genes, options),
                                               counts_alone(variances), {{"", {{1, 1.0}, {0, -1.0}}}});
      double over = 0, under = 0;
      for (Index g = 0; g < count; ++g) {
        const double d = tests.estimate(g, 0), noise = tests.se(g, 0) * tests.se(g, 0);
        if (!std::isfinite(d) || !(noise > 0)) continue;
        const double weight = 1 / (noise * noise);
        top[g] += weight * (d * d - noise) / own_share;
        bottom[g] += weight;
        over += weight * (d * d - noise) / own_share;
        under += weight;
      }
      if (!(under > 0)) continue;
      guide_top.push_back(over);
      guide_bottom.push_back(under);
    }
  }
  out.control_guides = static_cast<int>(guide_top.size());
  if (guide_top.size() < 3) {
    out.off_target_reason = "fewer than three non-targeting guides have enough cells";
    return;
  }
  for (Index g = 0; g < count; ++g)
    if (bottom[g] > 0) out.off_target[g] = top[g] / bottom[g];
  out.off_target_variance = top.sum() / bottom.sum();
  out.off_target_se = jackknife_of_ratio(guide_top, guide_bottom);
}

/** Sums of one edit: what its guides have in common, and what each has of its own beyond noise. */
struct EditSums {
  double common = 0, own = 0, clear = 0, weight = 0;  ///< clear: common over its standard error without any effect
};

EditSums sums_of_edit(const EffectTests& t, Index guides, double off_target, const Vector& shared_variance) {
  EditSums sums;
  double null_variance = 0;
  const double pairs = 0.5 * static_cast<double>(guides * (guides - 1));
  for (Index g = 0; g < t.estimate.rows(); ++g) {
    if (!t.estimate.row(g).head(guides).allFinite()) continue;
    const double noise = t.se.row(g).head(guides).squaredNorm() / static_cast<double>(guides), weight = 1 / noise;
    double common = 0, spread = 0;
    Index pair = guides;
    for (Index q = 0; q < guides; ++q) {
      for (Index r = q + 1; r < guides; ++r, ++pair) {
        // Var(a − b) = Var a + Var b − 2 Cov: the covariance is what the shared controls put into both.
        const double a = t.se(g, q) * t.se(g, q), b = t.se(g, r) * t.se(g, r);
        const double shared = 0.5 * (a + b - t.se(g, pair) * t.se(g, pair));
        // … and in the product also stands what batches add to the edit and to the control.
        common += t.estimate(g, q) * t.estimate(g, r) - shared;
        spread += a * b + shared * shared;
      }
    }
    const double square = t.estimate.row(g).head(guides).squaredNorm() / static_cast<double>(guides);
    sums.common += weight * (common / pairs - shared_variance[g]);
    sums.own += weight * (square - noise - off_target - common / pairs);
    null_variance += weight * weight * spread / (pairs * pairs);
    sums.weight += weight;
  }
  if (null_variance > 0) sums.clear = sums.common / std::sqrt(null_variance);
  return sums;
}

void fill_efficacy(const screen::Screen& s, const std::vector<int>& genes, const ModeratedVariances& variances,
                   const std::map<int, std::vector<NamedGuide>>& guides, GuideVariation& out) {
  LevelsOptions options;
  options.merge_halves = true;
  const std::vector<int> control = matched_controls(s.conditions);
  const double off_target = std::isfinite(out.off_target_variance) ? std::max(0.0, out.off_target_variance) : 0;
  std::vector<double> own, common;
  double clearest = 0;
  for (const auto& [condition, list] : guides) {
    const int beside = control[static_cast<std::size_t>(condition)];
    if (beside < 0 || list.size() < 2) continue;
    std::vector<std::pair<int, GuidePart>> parts;
    add_rest(s, beside, {}, 0, parts);
    std::vector<std::string> names;
    std::vector<Contrast> contrasts;
    const int n = static_cast<int>(list.size());
    for (int q = 0; q < n; ++q) {
      names.push_back(list[static_cast<std::size_t>(q)].name);
      for (const std::size_t group : list[static_cast<std::size_t>(q)].groups)
        parts.emplace_back(q + 1, part_of_guide(s, group));
      contrasts.push_back({"", {{q + 1, 1.0}, {0, -1.0}}});
    }
    for (int q = 0; q < n; ++q)
      for (int r = q + 1; r < n; ++r) contrasts.push_back({"", {{q + 1, 1.0}, {r + 1, -1.0}}});
    const EffectTests tests =
        test_contrasts(levels_of(screen_of_parts(s, names, parts), genes, options), counts_alone(variances), contrasts);
    const EditSums sums = sums_of_edit(tests, n, off_target, 2 * variances.group / batches_of(s, condition));
    if (!(sums.weight > 0)) continue;
    own.push_back(sums.own);
    common.push_back(sums.common);
    clearest = std::max(clearest, sums.clear);
    out.edits.push_back(
        {condition, n, sums.common / static_cast<double>(genes.size()), sums.clear > 5 ? sums.own / sums.common : nan});
  }
  if (own.empty()) {
    out.efficacy_reason = "no edit has two guides with enough cells";
    return;
  }
  double top = 0, bottom = 0;
  for (std::size_t k = 0; k < own.size(); ++k) {
    top += own[k];
    bottom += common[k];
  }
  if (clearest < 5 || !(bottom > 0)) {
    out.efficacy_reason = "the guides of no edit share an effect that stands clearly above noise";
    return;
  }
  out.efficacy_variance = top / bottom;
  out.efficacy_se = jackknife_of_ratio(own, common);
}

}  // namespace

GuideVariation guide_variation(const screen::Screen& s, const std::vector<int>& genes,
                               const ModeratedVariances& variances, double least_cells) {
  GuideVariation out;
  out.efficacy_variance = out.efficacy_se = out.off_target_variance = out.off_target_se = nan;
  out.off_target = Vector::Constant(static_cast<Index>(genes.size()), nan);
  if (s.guides.empty()) {
    out.efficacy_reason = out.off_target_reason = "the screen has no guide column";
    return out;
  }
  const auto guides = large_guides(s, least_cells);
  fill_off_target(s, genes, variances, guides, out);
  fill_efficacy(s, genes, variances, guides, out);
  return out;
}

}  // namespace groundwork::measurement
