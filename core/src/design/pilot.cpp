#include "groundwork/design/pilot.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/power.hpp"
#include "groundwork/design/verdict.hpp"
#include "groundwork/measurement/satterthwaite.hpp"
#include "groundwork/measurement/variance_components.hpp"

namespace groundwork::design {
namespace {

/** Groups of each level less the parts that hang together through conditions: what a level has to be judged by. */
double rank_of_level(const Matrix& cells, const std::vector<int>& of_column, Index groups) {
  Matrix joined_cells = Matrix::Zero(cells.rows(), groups);
  for (Index b = 0; b < cells.cols(); ++b) joined_cells.col(of_column[static_cast<std::size_t>(b)]) += cells.col(b);
  double rank = 0;
  for (const auto& part : measurement::components_of(joined_cells))
    if (!part.batches.empty()) rank += static_cast<double>(part.batches.size()) - 1;
  return rank;
}

Matrix group_weights(const Layout& layout, const std::vector<bool>& control, const Assumptions& a) {
  Matrix w = Matrix::Zero(layout.cells.rows(), layout.cells.cols());
  for (Index c = 0; c < w.rows(); ++c) {
    const double within = a.sw2_control >= 0 && control[static_cast<std::size_t>(c)] ? a.sw2_control : a.sw2;
    for (Index b = 0; b < w.cols(); ++b)
      if (layout.cells(c, b) > 0) w(c, b) = 1 / (a.sg2 + within / layout.cells(c, b));
  }
  return w;
}

std::vector<VarianceInterval> intervals_of(const Layout& layout, const std::vector<bool>& control, const Assumptions& a,
                                           double confidence, double genes) {
  const measurement::BatchLevels levels = batch_levels_of(layout);
  const measurement::Estimability known = measurement::estimability_of(levels, layout.cells);
  std::vector<VarianceInterval> out;
  std::vector<std::size_t> kept;  // levels with an estimate
  double above = 0;
  for (std::size_t f = 0; f < levels.levels(); ++f) {
    const double rank = rank_of_level(layout.cells, levels.of_column[f], static_cast<Index>(levels.labels[f].size()));
    const double value = a.level_variances[static_cast<Index>(f)];
    if (std::isfinite(value)) {
      out.push_back({levels.names[f], value, genes * (rank - above), nan, nan, nan, known.level_reason[f]});
      if (known.level[f]) kept.push_back(f);
    }
    above = rank;
  }
  out.push_back({"sg2", a.sg2, genes * static_cast<double>(known.df), nan, nan, nan, known.group_reason});
  if (!known.group) return out;

  measurement::Gls gls(levels, group_weights(layout, control, a));
  gls.set_level_variances(a.level_variances);
  const auto information = measurement::information_of(gls, measurement::moments_of(gls));
  std::vector<Index> rows;
  for (std::size_t i = 0; i < information.level.size(); ++i)
    if (contains(kept, static_cast<std::size_t>(information.level[i]))) rows.push_back(static_cast<Index>(i));
  rows.push_back(information.matrix.rows() - 1);
  const Matrix part = information.matrix(rows, rows);
  const Vector variance = part.inverse().diagonal() / genes;
  Index at = 0;
  for (VarianceInterval& one : out) {
    if (!one.reason.empty() || !(one.df > 0)) continue;
    const double mean_square = std::sqrt(0.5 * one.df * variance[at++]);
    one.noise = std::max(0.0, mean_square - one.value);
    const double tail = 0.5 * (1 - confidence), sum = one.df * (one.value + one.noise);
    one.low = std::max(0.0, sum / chi_square_quantile(1 - tail, one.df) - one.noise);
    one.high = std::max(0.0, sum / chi_square_quantile(tail, one.df) - one.noise);
  }
  return out;
}

bool within_factor(const VarianceInterval& one, double factor) {
  return one.high <= factor * one.value && one.low * factor >= one.value;
}

void check_pilot(const PilotQuestion& q) {
  const auto require = [](bool holds, const std::string& sentence, const std::string& hint) {
    if (!holds) throw Error("pilot.question", sentence, hint);
  };
  require(q.confidence > 0 && q.confidence < 1, "The confidence is not between 0 and 1.", "For example 0.95.");
  require(q.factor > 1 && std::isfinite(q.factor), "The factor is not above 1.",
          "2 means: from half to twice the value.");
  require(q.genes >= 1 && std::isfinite(q.genes), "Fewer than one gene shares the variances.",
          "1: one gene by itself. Genes of one screen are not independent; count fewer than there are.");
  require(q.most >= 2 && q.most <= 2000, "The most batches of a pilot are not from 2 to 2,000.", "400 are usual.");
  require(std::isnan(q.effect) || (std::isfinite(q.effect) && q.effect != 0), "The effect is 0 or not finite.",
          "Give a natural log fold change, or leave it out.");
  for (const int size : q.sizes)
    require(size >= 1 && size <= 2000, "A pilot has " + std::to_string(size) + " batches.", "From 1 to 2,000 will do.");
}

/** The plan with every variance at one end of its interval. */
Assumptions at_end(const Assumptions& before, const std::vector<VarianceInterval>& intervals,
                   const measurement::BatchLevels& levels, bool high) {
  Assumptions a = before;
  for (const VarianceInterval& one : intervals) {
    const double value = high ? one.high : one.low;
    if (one.name == "sg2" && &one == &intervals.back()) {
      a.sg2 = value;
      continue;
    }
    for (std::size_t f = 0; f < levels.levels(); ++f)
      if (levels.names[f] == one.name && std::isfinite(value)) a.level_variances[static_cast<Index>(f)] = value;
  }
  return a;
}

}  // namespace

Layout repeated_layout(const Layout& layout, int batches) {
  const auto own = static_cast<int>(layout.batches.size());
  Layout out = layout;
  out.batches.clear();
  for (CoarseLevel& level : out.coarser) level.of_batch.clear();
  out.cells.resize(layout.cells.rows(), batches);
  for (int b = 0; b < batches; ++b) {
    const int from = b % own, round = b / own;
    const std::string ending = round == 0 ? "" : " (" + std::to_string(round + 1) + ")";
    out.batches.push_back(layout.batches[static_cast<std::size_t>(from)] + ending);
    for (std::size_t f = 0; f < out.coarser.size(); ++f)
      out.coarser[f].of_batch.push_back(layout.coarser[f].of_batch[static_cast<std::size_t>(from)] + ending);
    out.cells.col(b) = layout.cells.col(from);
  }
  return out;
}

std::vector<VarianceInterval> variance_intervals(const Layout& layout, const Assumptions& a, double confidence,
                                                 double genes) {
  return intervals_of(layout, std::vector<bool>(layout.conditions.size(), false), a, confidence, genes);
}

PilotAnswer pilot_for(Plan& plan, const PilotQuestion& q) {
  check_pilot(q);
  const Layout& layout = plan.layout();
  if (static_cast<double>(layout.conditions.size()) * q.most > 4e6)
    throw Error("pilot.size",
                "A pilot of " + std::to_string(layout.conditions.size()) + " conditions in up to " +
                    std::to_string(q.most) + " batches is too large to be looked at.",
                "Ask for fewer batches, or lay out the pilot's own conditions.");
  std::vector<bool> control(layout.conditions.size(), false);
  for (const int c : plan.controls()) control[static_cast<std::size_t>(c)] = true;
  const Assumptions before = plan.assumptions();
  const auto intervals = [&](int batches) {
    return intervals_of(repeated_layout(layout, batches), control, before, q.confidence, q.genes);
  };
  PilotAnswer answer;
  for (const VarianceInterval& one : intervals(q.most)) {
    answer.names.push_back(one.name);
    answer.reasons.push_back(one.value > 0 ? one.reason
                                           : "it is assumed to be 0, of which no other value is a multiple");
    answer.needed.push_back(answer.reasons.back().empty() ? -1 : 0);
  }
  int largest = static_cast<int>(layout.batches.size());
  for (std::size_t i = 0; i < answer.names.size(); ++i) {
    if (answer.needed[i] == 0) continue;
    const auto enough = [&](int batches) {
      const auto found = intervals(batches);
      // A pilot of few batches may lack a level altogether.
      return found[i].reason.empty() && within_factor(found[i], q.factor);
    };
    if (!enough(q.most)) continue;
    int low = 1, high = q.most;
    while (high - low > 1) (enough((low + high) / 2) ? high : low) = (low + high) / 2;
    answer.needed[i] = high;
    largest = std::max(largest, high);
  }
  std::vector<int> sizes = q.sizes;
  if (sizes.empty()) {
    std::set<int> some{2, 3, 4, 6, static_cast<int>(layout.batches.size())};
    for (int size = 8; size < largest; size *= 2) some.insert(size);
    for (const int size : answer.needed)
      if (size > 0) some.insert(size);
    sizes.assign(some.begin(), some.end());
  }

  const PlanSummary summary = summarise(plan);
  const bool testable = summary.estimable > 0 && plan.answer(summary.typical).df >= 0.05;
  answer.effect = q.effect;
  answer.power = nan;
  if (testable) {
    const ContrastAnswer typical = plan.answer(summary.typical);
    if (std::isnan(answer.effect)) answer.effect = typical.mdlfc;
    answer.power = power_of(std::abs(answer.effect) / typical.se, typical.df, plan.goals().alpha);
  }
  try {
    for (const int size : sizes) {
      PilotSize one;
      one.batches = size;
      const Layout pilot = repeated_layout(layout, size);
      one.cells = pilot.cells.sum();
      one.variances = intervals_of(pilot, control, before, q.confidence, q.genes);
      one.power_least = one.power_most = one.mdfc_least = one.mdfc_most = nan;
      const bool known = std::isfinite(one.variances.back().high);
      for (const bool high : {false, true}) {
        if (!known || !testable) break;
        Assumptions a = at_end(before, one.variances, plan.levels(), high);
        if (a.sg2 == 0 && a.sw2 == 0) continue;
        plan.set_assumptions(a);
        const ContrastAnswer typical = plan.answer(summary.typical);
        if (!(typical.df >= 0.05)) continue;
        (high ? one.power_least : one.power_most) =
            power_of(std::abs(answer.effect) / typical.se, typical.df, plan.goals().alpha);
        (high ? one.mdfc_most : one.mdfc_least) = typical.mdfc;
      }
      answer.sizes.push_back(std::move(one));
    }
  } catch (...) {
    plan.set_assumptions(before);
    throw;
  }
  plan.set_assumptions(before);
  return answer;
}

}  // namespace groundwork::design
