// Planned standard errors, intervals and power of layouts against those of simulated counts, analysed as a screen is:
// one JSON line a layout, for docs/model.md. `realised_errors [replicates]` (script/bench realised-errors).
#include <Eigen/Cholesky>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/design/depth.hpp"
#include "groundwork/design/plan.hpp"
#include "groundwork/design/power.hpp"
#include "groundwork/measurement/reml.hpp"

using namespace groundwork;

namespace {

struct Setting {
  std::string layout;
  int conditions, batches;
  double cells, control_cells;
  double umis, dispersion, sb2, sg2;
};

/** Edits in every batch, in one batch each, or in all batches but one (balanced incomplete blocks); controls
 * everywhere. */
design::Layout layout_of(const Setting& s) {
  design::Layout layout;
  for (int c = 0; c < s.conditions; ++c) layout.conditions.push_back("c" + std::to_string(c));
  for (int b = 0; b < s.batches; ++b) layout.batches.push_back("b" + std::to_string(b));
  layout.cells = Matrix::Zero(s.conditions, s.batches);
  for (Index c = 0; c < s.conditions; ++c)
    for (Index b = 0; b < s.batches; ++b) {
      const bool here =
          s.layout == "complete" || c == 0 || (s.layout == "one batch each") == ((c - 1) % s.batches == b);
      if (here) layout.cells(c, b) = c == 0 ? s.control_cells : s.cells;
    }
  return layout;
}

design::Plan planned(const design::Layout& layout, double sb2, double sg2, double sw2) {
  design::Plan plan(layout, {0});
  design::Assumptions a;
  a.level_variances = Vector::Constant(1, sb2);
  a.sg2 = sg2;
  a.sw2 = sw2;
  plan.set_assumptions(a);
  return plan;
}

/** Counting noise of the smallest group, what "θ ≤ 0.2" is about. */
double largest_theta(const Setting& s) { return design::cell_variance(s.umis, s.dispersion) / s.cells; }

struct Seen {
  double sum = 0, squares = 0;              ///< of errors, variances estimated
  double known_sum = 0, known_squares = 0;  ///< of errors, variances known
  int replicates = 0, intervals = 0, covered = 0, found = 0;
};

/** Condition 1 less condition 0 by generalised least squares: means and batches together, by the normal equations. */
double estimated(const Setting& s, const std::vector<int>& condition, const std::vector<int>& column,
                 const Vector& mean, const Vector& noise, double sb2, double sg2) {
  const Index unknowns = s.conditions + s.batches;
  Matrix information = Matrix::Zero(unknowns, unknowns);
  Vector right = Vector::Zero(unknowns);
  for (Index k = 0; k < mean.size(); ++k) {
    const double w = 1 / (sg2 + noise[k]);
    const Index c = condition[static_cast<std::size_t>(k)], b = s.conditions + column[static_cast<std::size_t>(k)];
    information(c, c) += w;
    information(b, b) += w;
    information(c, b) += w;
    information(b, c) += w;
    right[c] += w * mean[k];
    right[b] += w * mean[k];
  }
  for (Index b = s.conditions; b < unknowns; ++b) information(b, b) += 1 / std::max(sb2, 1e-9);
  const Vector solution = information.ldlt().solve(right);
  return solution[1] - solution[0];
}

double deviation(double sum, double squares, int count) {
  return std::sqrt(squares / count - sum * sum / count / count);
}

std::string number_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return std::isfinite(value) ? text : "null";
}

/**
 * Cells are drawn from negative binomials, groups are pooled, log((T + ½)/n), and s_b² and s_g² are estimated by REML
 * with the counting noise known; estimate, interval and test of condition 1 follow from those estimates.
 */
Seen simulate(const Setting& s, const design::Layout& layout, double effect, int replicates, std::uint64_t seed) {
  Random random(seed);
  const double sw2 = design::cell_variance(s.umis, s.dispersion);
  std::vector<int> condition, column;
  for (Index c = 0; c < s.conditions; ++c)
    for (Index b = 0; b < s.batches; ++b)
      if (layout.cells(c, b) > 0) {
        condition.push_back(static_cast<int>(c));
        column.push_back(static_cast<int>(b));
      }
  const auto groups = static_cast<Index>(condition.size());
  measurement::Reml reml(design::batch_levels_of(layout), condition, column);
  Seen seen;
  Vector mean(groups), noise(groups), batch(s.batches);
  for (int replicate = 0; replicate < replicates; ++replicate) {
    const double true_effect = replicate % 2 ? effect : -effect;
    for (Index b = 0; b < s.batches; ++b) batch[b] = std::sqrt(s.sb2) * random.normal();
    for (Index k = 0; k < groups; ++k) {
      const int c = condition[static_cast<std::size_t>(k)], b = column[static_cast<std::size_t>(k)];
      const double n = layout.cells(c, b);
      const double state = batch[b] + std::sqrt(s.sg2) * random.normal() + (c == 1 ? true_effect : 0);
      // The sum of n cells of one mean is negative binomial itself, with n times the mean and dispersion φ/n.
      const auto total = static_cast<double>(random.negative_binomial(n * s.umis * std::exp(state), s.dispersion / n));
      mean[k] = std::log((total + 0.5) / n);
      noise[k] = sw2 / n;
    }
    reml.set_known(mean, noise);
    const measurement::RemlFit fit = measurement::fit_reml(reml);
    const double sb2 = fit.theta[0], sg2 = fit.theta[1];
    design::Plan plan = planned(layout, sb2, sg2, sw2);
    const design::ContrastAnswer answer = plan.answer(0);
    const double estimate = estimated(s, condition, column, mean, noise, sb2, sg2), error = estimate - true_effect;
    const double known_error = estimated(s, condition, column, mean, noise, s.sb2, s.sg2) - true_effect;
    seen.known_sum += known_error;
    seen.known_squares += known_error * known_error;
    ++seen.replicates;
    seen.sum += error;
    seen.squares += error * error;
    if (!(answer.df > 0) || !std::isfinite(answer.se)) continue;
    ++seen.intervals;
    const double reach = student_t_quantile(0.975, answer.df) * answer.se;
    seen.covered += std::abs(error) <= reach;
    seen.found += std::abs(estimate) > reach;
  }
  return seen;
}

}  // namespace

int main(int argc, char** argv) {
  const int replicates = argc > 1 ? std::atoi(argv[1]) : 4000;
  std::vector<Setting> grid;
  for (const char* layout : {"complete", "one batch each", "all but one batch"})
    for (const auto& [conditions, batches] : {std::pair{3, 2}, {4, 3}, {9, 4}, {13, 6}})
      for (const auto& [umis, dispersion, cells] :
           {std::tuple{0.2, 0.1, 60.0}, std::tuple{1.5, 0.3, 40.0}, std::tuple{5.0, 0.6, 25.0}})
        for (const double sg2 : {0.01, 0.05}) {
          const bool one_each = std::string(layout) == "one batch each";
          if (std::string(layout) == "all but one batch" && batches == 2) continue;  // one batch each again
          const double controls = one_each ? 4 * cells : std::round(cells * std::sqrt(conditions - 1.0));
          grid.push_back({layout, conditions, batches, cells, controls, umis, dispersion, 0.05, sg2});
        }
  int within = 0, estimated_within = 0, testable = 0, covered = 0, powered = 0, kept = 0;
  for (const Setting& s : grid) {
    if (largest_theta(s) > 0.2) continue;
    const design::Layout layout = layout_of(s);
    design::Plan plan = planned(layout, s.sb2, s.sg2, design::cell_variance(s.umis, s.dispersion));
    const design::ContrastAnswer answer = plan.answer(0);
    const bool tested = answer.df > 0;
    const double effect = tested ? design::detectable_effect(answer.df, 0.05, 0.6) * answer.se : 0.5;
    const Seen null = simulate(s, layout, 0, replicates, 11), real = simulate(s, layout, effect, replicates, 12);
    const double known = deviation(null.known_sum, null.known_squares, null.replicates),
                 se = deviation(null.sum, null.squares, null.replicates);
    const double coverage = static_cast<double>(null.covered) / null.intervals,
                 found = static_cast<double>(real.found) / real.replicates;
    const double expected =
        tested ? design::rejection_probability(effect / answer.se, answer.df, 0.05, design::Side::both) : std::nan("");
    const bool se_good = std::abs(answer.se / known - 1) < 0.05;
    const bool covers = coverage > 0.93 && coverage < 0.97, power_good = std::abs(found - expected) < 0.03;
    ++kept;
    within += se_good;
    estimated_within += std::abs(answer.se / se - 1) < 0.05;
    testable += tested;
    covered += tested && covers;
    powered += tested && power_good;
    std::printf(
        "{\"layout\": \"%s\", \"conditions\": %d, \"batches\": %d, \"umis\": %g, \"theta\": %.3f, \"sg2\": %g, "
        "\"df\": %.2f, \"se\": %.4f, \"se_variances_known\": %.4f, \"se_variances_estimated\": %.4f, "
        "\"coverage\": %s, \"power\": %s, \"power_realised\": %s}\n",
        s.layout.c_str(), s.conditions, s.batches, s.umis, largest_theta(s), s.sg2, answer.df, answer.se, known, se,
        number_text(coverage).c_str(), number_text(expected).c_str(),
        number_text(tested ? found : std::nan("")).c_str());
    std::fflush(stdout);
  }
  std::printf(
      "{\"layouts\": %d, \"replicates\": %d, \"se_within_5_percent\": {\"variances_known\": %d, "
      "\"variances_estimated\": %d}, \"with_degrees_of_freedom\": %d, \"coverage_93_to_97\": %d, "
      "\"power_within_3_points\": %d}\n",
      kept, replicates, within, estimated_within, testable, covered, powered);
}
