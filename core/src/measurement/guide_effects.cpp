#include "groundwork/measurement/guide_effects.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "guide_parts.hpp"

namespace groundwork::measurement {
namespace {

/** Conditions beside the controls: 1, the guide; 2, the other guides of its edit (may be empty). */
const std::vector<std::string> guide_and_others{"guide", "others"};

double count_below(const Matrix& values, double limit) {
  double count = 0;
  for (Index i = 0; i < values.size(); ++i)
    if (values(i) <= limit) count += 1;
  return count;
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
    effect.cells = cells_of_guides(s, guides);
    effect.efficacy = effect.efficacy_se = effect.concordance = nan;
    if (effect.cells < least_cells) {
      effect.verdict = "Too few cells to say anything.";
      out.push_back(std::move(effect));
      continue;
    }
    std::vector<std::pair<int, GuidePart>> parts;
    add_rest(s, control[static_cast<std::size_t>(condition)], {}, 0, parts);
    for (const std::size_t q : guides) parts.emplace_back(1, part_of_guide(s, q));
    add_rest(s, condition, guides, 2, parts);
    const screen::Screen small = screen_of_parts(s, guide_and_others, parts);
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
    left.cells = cells_of_guides(s, guides);
    if (left.cells < least_cells) continue;
    std::vector<std::pair<int, GuidePart>> parts;
    add_rest(s, condition, guides, 0, parts);
    for (const std::size_t q : guides) parts.emplace_back(1, part_of_guide(s, q));
    const screen::Screen small = screen_of_parts(s, guide_and_others, parts);
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
