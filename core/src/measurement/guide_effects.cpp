#include "groundwork/measurement/guide_effects.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/count_noise.hpp"

namespace groundwork::measurement {
namespace {

/** Sums of some cells, as one group of a smaller screen. */
struct Part {
  screen::Group group;
  Vector sum, scaled, scaled_sq;
};

/** A whole group. */
Part part_of(const screen::Screen& s, std::size_t group) {
  const auto g = static_cast<Index>(group);
  return {s.groups[group], s.statistics.sum.col(g), s.statistics.scaled.col(g), s.statistics.scaled_sq.col(g)};
}

/**
 * One guide within its group. Σy, Σ(y/ℓ)² and Σℓ are its own; Σℓ², Σ1/ℓ and Σy/ℓ are not kept for guides and taken in
 * proportion to cells and counts.
 */
Part guide_part(const screen::Screen& s, std::size_t guide) {
  const screen::GuideGroup& own = s.guides[guide];
  const auto q = static_cast<Index>(guide);
  Part part = part_of(s, static_cast<std::size_t>(own.group));
  const double share = static_cast<double>(own.cells) / std::max(1.0, static_cast<double>(part.group.cells));
  const Vector total = part.sum;
  part.sum = s.guide_sum.col(q);
  part.scaled = (total.array() > 0).select(part.scaled.array() * part.sum.array() / total.array().max(1e-300), 0.0);
  part.scaled_sq = s.guide_scaled_sq.col(q);
  part.group.cells = own.cells;
  part.group.sum_size = own.sum_size;
  part.group.sum_size_sq *= share;
  part.group.sum_inverse_size *= share;
  return part;
}

void take_off(Part& whole, const Part& part) {
  whole.sum = (whole.sum - part.sum).cwiseMax(0);
  whole.scaled = (whole.scaled - part.scaled).cwiseMax(0);
  whole.scaled_sq = (whole.scaled_sq - part.scaled_sq).cwiseMax(0);
  whole.group.cells -= part.group.cells;
  whole.group.sum_size = std::max(0.0, whole.group.sum_size - part.group.sum_size);
  whole.group.sum_size_sq = std::max(0.0, whole.group.sum_size_sq - part.group.sum_size_sq);
  whole.group.sum_inverse_size = std::max(0.0, whole.group.sum_inverse_size - part.group.sum_inverse_size);
}

/** A screen of three conditions: controls (0), the guide (1), the other guides of its edit (2, may be empty). */
screen::Screen small_screen(const screen::Screen& s, const std::vector<std::pair<int, Part>>& parts) {
  screen::Screen out;
  out.roles = s.roles;
  out.genes = s.genes;
  out.batches = s.batches;
  out.conditions.resize(3);
  out.conditions[1].edits = {{"guide", 1}};
  out.conditions[2].edits = {{"others", 1}};
  const auto genes = static_cast<Index>(s.genes.size());
  std::vector<const Part*> kept;
  for (const auto& [condition, part] : parts) {
    if (part.group.cells <= 0 || !(part.group.sum_size > 0)) continue;
    kept.push_back(&part);
    out.groups.push_back(part.group);
    out.groups.back().condition = condition;
  }
  const auto width = static_cast<Index>(kept.size());
  out.statistics.sum.resize(genes, width);
  out.statistics.scaled.resize(genes, width);
  out.statistics.scaled_sq.resize(genes, width);
  for (Index k = 0; k < width; ++k) {
    out.statistics.sum.col(k) = kept[static_cast<std::size_t>(k)]->sum;
    out.statistics.scaled.col(k) = kept[static_cast<std::size_t>(k)]->scaled;
    out.statistics.scaled_sq.col(k) = kept[static_cast<std::size_t>(k)]->scaled_sq;
  }
  return out;
}

/** Index of each guide group by (guide, condition). */
std::map<std::pair<int, std::string>, std::vector<std::size_t>> guides_by_condition(const screen::Screen& s) {
  std::map<std::pair<int, std::string>, std::vector<std::size_t>> found;
  for (std::size_t q = 0; q < s.guides.size(); ++q)
    found[{s.groups[static_cast<std::size_t>(s.guides[q].group)].condition, s.guides[q].guide}].push_back(q);
  return found;
}

double cells_of(const screen::Screen& s, const std::vector<std::size_t>& guides) {
  double cells = 0;
  for (const std::size_t q : guides) cells += static_cast<double>(s.guides[q].cells);
  return cells;
}

double count_below(const Matrix& values, double limit) {
  double count = 0;
  for (Index i = 0; i < values.size(); ++i)
    if (values(i) <= limit) count += 1;
  return count;
}

/** The groups of a condition without those cells of the given guides. */
void add_rest(const screen::Screen& s, int condition, const std::vector<std::size_t>& guides, int as,
              std::vector<std::pair<int, Part>>& parts) {
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    if (s.groups[g].condition != condition) continue;
    Part rest = part_of(s, g);
    for (const std::size_t q : guides)
      if (s.guides[q].group == static_cast<int>(g)) take_off(rest, guide_part(s, q));
    parts.emplace_back(as, std::move(rest));
  }
}

struct Slope {
  double value = nan, concordance = nan;
};

/** Over the genes not in `block` (of ten; −1: all). Shared control noise: `shared`. */
Slope slope_of(const EffectTests& t, const Vector& shared, int block) {
  double cross = 0, square = 0, noise = 0, n = 0, sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
  for (Index g = 0; g < t.estimate.rows(); ++g) {
    const double own = t.estimate(g, 0), others = t.estimate(g, 1);
    if (!std::isfinite(own) || !std::isfinite(others) || g % 10 == block) continue;
    const double weight = 1 / (t.se(g, 0) * t.se(g, 0) + t.se(g, 1) * t.se(g, 1));
    const double variance = t.se(g, 1) * t.se(g, 1);
    cross += weight * (own * others - shared[g]);
    square += weight * (others * others - variance);
    noise += 2 * weight * weight * variance * variance;
    n += 1;
    sx += others;
    sy += own;
    xx += others * others;
    yy += own * own;
    xy += own * others;
  }
  Slope slope;
  const double spread = (xx - sx * sx / n) * (yy - sy * sy / n);
  if (n > 2 && spread > 0) slope.concordance = (xy - sx * sy / n) / std::sqrt(spread);
  if (square > 3 * std::sqrt(noise)) slope.value = cross / square;
  return slope;
}

std::string verdict_of(const GuideEffect& e, bool others) {
  if (!others) return "The only guide of this edit: nothing to compare it with.";
  if (std::isnan(e.efficacy)) return "The other guides show no effect beyond noise, so efficacy cannot be told.";
  const double low = e.efficacy - 1.96 * e.efficacy_se, high = e.efficacy + 1.96 * e.efficacy_se;
  char text[160];
  if (high < 0.5) {
    std::snprintf(text, sizeof text, "Weak: at most %.0f %% of the effect of the other guides.",
                  100 * std::max(0.0, high));
  } else if (low > 1.5) {
    std::snprintf(text, sizeof text, "Stronger than the other guides: at least %.1f times their effect.", low);
  } else if (e.concordance < 0.3 && e.hits > 0) {
    std::snprintf(text, sizeof text, "Different: it moves other genes than the other guides (correlation %.2f).",
                  e.concordance);
  } else {
    std::snprintf(text, sizeof text, "Agrees with the other guides as far as its cells can tell.");
  }
  return text;
}

}  // namespace

std::vector<GuideEffect> guide_effects(const screen::Screen& s, const std::vector<int>& genes,
                                       const ModeratedVariances& variances, double fdr, double least_cells) {
  std::vector<GuideEffect> out;
  const std::vector<int> control = matched_controls(s.conditions);
  LevelsOptions options;
  options.merge_halves = true;
  for (const auto& [key, guides] : guides_by_condition(s)) {
    const auto& [condition, name] = key;
    if (control[static_cast<std::size_t>(condition)] < 0) continue;
    GuideEffect effect;
    effect.guide = name;
    effect.condition = condition;
    effect.cells = cells_of(s, guides);
    effect.efficacy = effect.efficacy_se = effect.concordance = nan;
    if (effect.cells < least_cells) {
      effect.verdict = "Too few cells to say anything.";
      out.push_back(std::move(effect));
      continue;
    }
    std::vector<std::pair<int, Part>> parts;
    add_rest(s, control[static_cast<std::size_t>(condition)], {}, 0, parts);
    for (const std::size_t q : guides) parts.emplace_back(1, guide_part(s, q));
    add_rest(s, condition, guides, 2, parts);
    const screen::Screen small = small_screen(s, parts);
    const screen::Levels levels = levels_of(small, genes, options);
    const EffectTests tests = test_contrasts(
        levels, variances, {{"", {{1, 1.0}, {0, -1.0}}}, {"", {{2, 1.0}, {0, -1.0}}}, {"", {{1, 1.0}, {2, -1.0}}}});
    // Var(a − b) = Var a + Var b − 2 Cov: the covariance is what the shared controls put into both.
    const Vector shared =
        0.5 * (tests.se.col(0).array().square() + tests.se.col(1).array().square() - tests.se.col(2).array().square());
    const Slope all = slope_of(tests, shared, -1);
    effect.efficacy = all.value;
    effect.concordance = all.concordance;
    if (std::isfinite(all.value)) {
      double mean = 0, square = 0;
      for (int block = 0; block < 10; ++block) {
        const double part = slope_of(tests, shared, block).value;
        mean += part / 10;
        square += part * part / 10;
      }
      // A slope that vanishes when a tenth of the genes is left out rests on those genes alone.
      if (std::isnan(mean))
        effect.efficacy = nan;
      else
        effect.efficacy_se = std::sqrt(9 * std::max(0.0, square - mean * mean));
    }
    effect.hits = count_below(adjusted(tests.p.col(0)), fdr);
    const bool others =
        std::any_of(small.groups.begin(), small.groups.end(), [](const auto& g) { return g.condition == 2; });
    effect.verdict = verdict_of(effect, others);
    out.push_back(std::move(effect));
  }
  return out;
}

std::vector<LeftOutGuide> left_out_guides(const screen::Screen& s, const std::vector<int>& genes,
                                          const ModeratedVariances& variances, double fdr, double least_cells) {
  std::vector<LeftOutGuide> out;
  std::map<int, int> guides_of;
  const auto found = guides_by_condition(s);
  for (const auto& [key, guides] : found) ++guides_of[key.first];
  LevelsOptions options;
  options.merge_halves = true;
  for (const auto& [key, guides] : found) {
    const auto& [condition, name] = key;
    if (!s.conditions[static_cast<std::size_t>(condition)].is_control() || guides_of[condition] < 2) continue;
    LeftOutGuide left;
    left.guide = name;
    left.cells = cells_of(s, guides);
    if (left.cells < least_cells) continue;
    std::vector<std::pair<int, Part>> parts;
    add_rest(s, condition, guides, 0, parts);
    for (const std::size_t q : guides) parts.emplace_back(1, guide_part(s, q));
    const screen::Screen small = small_screen(s, parts);
    const EffectTests tests =
        test_contrasts(levels_of(small, genes, options), variances, {{"", {{1, 1.0}, {0, -1.0}}}});
    for (Index g = 0; g < tests.p.rows(); ++g) {
      if (!std::isfinite(tests.p(g, 0))) continue;
      left.tests += 1;
      if (tests.p(g, 0) < 0.05) left.below_five += 1;
    }
    left.hits = count_below(adjusted(tests.p), fdr);
    out.push_back(std::move(left));
  }
  return out;
}

}  // namespace groundwork::measurement
