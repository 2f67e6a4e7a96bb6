#include <cmath>
#include <limits>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/optimise.hpp"

namespace groundwork::design {
namespace {

double sw2_of(const OptimiseProblem& p, int condition) {
  for (const int c : p.controls)
    if (c == condition && p.assumptions.sw2_control >= 0) return p.assumptions.sw2_control;
  return p.assumptions.sw2;
}

/** a_c = Σ_k weight l_kc²: what the precision of a condition is worth. */
Vector worth_of(const OptimiseProblem& p) {
  Vector worth = Vector::Zero(static_cast<Index>(p.conditions.size()));
  for (std::size_t k = 0; k < p.contrasts.size(); ++k)
    for (const auto& [c, l] : measurement::merged_terms(p.contrasts[k]))
      worth[c] += p.weights[static_cast<Index>(k)] * l * l;
  return worth;
}

/** Σ_b of the weights that a condition has in batches already run. */
Vector existing_precision(const OptimiseProblem& p) {
  Vector d = Vector::Zero(static_cast<Index>(p.conditions.size()));
  if (!p.existing) return d;
  for (Index c = 0; c < d.size(); ++c)
    for (Index b = 0; b < p.existing->cells.cols(); ++b) {
      const double n = p.existing->cells(c, b);
      if (n > 0) d[c] += n / (n * p.assumptions.sg2 + sw2_of(p, static_cast<int>(c)));
    }
  return d;
}

void require(bool holds, const char* code, const std::string& sentence, const std::string& hint) {
  if (!holds) throw Error(code, sentence, hint);
}

}  // namespace

Vector best_cells(const OptimiseProblem& p, double batches, double cells) {
  const Vector worth = worth_of(p), before = existing_precision(p);
  const Index count = worth.size();
  const double sg2 = p.assumptions.sg2;
  // At the optimum every condition gains the same from one more cell: a D'(n)/D(n)² = λ, D = before + B n/(n s_g² + B
  // s_w²) with n cells over B batches. The gain falls with n, and the cells fall with λ.
  const auto cells_at = [&](Index c, double lambda) {
    const double sw2 = sw2_of(p, static_cast<int>(c));
    if (worth[c] == 0) return 0.0;
    const auto gain = [&](double n) {
      const double below = n * sg2 + batches * sw2;
      const double d = before[c] + batches * n / below;
      return worth[c] * batches * batches * sw2 / (below * below * d * d);
    };
    if (before[c] > 0 && gain(0) <= lambda) return 0.0;
    double low = 0, high = cells;
    if (gain(high) >= lambda) return high;
    for (int k = 0; k < 100 && high - low > 1e-13 * cells; ++k) {
      const double middle = 0.5 * (low + high);
      (gain(middle) > lambda ? low : high) = middle;
    }
    return 0.5 * (low + high);
  };
  double low = -80, high = 80;  // log λ
  Vector n(count);
  for (int k = 0; k < 200 && high - low > 1e-13; ++k) {
    const double middle = 0.5 * (low + high);
    double sum = 0;
    for (Index c = 0; c < count; ++c) sum += n[c] = cells_at(c, std::exp(middle));
    (sum > cells ? low : high) = middle;
  }
  for (Index c = 0; c < count; ++c) n[c] = cells_at(c, std::exp(high));
  if (n.sum() > 0) n *= cells / n.sum();
  return n;
}

double mean_variance_bound(const OptimiseProblem& p, double batches, double cells) {
  const Vector worth = worth_of(p), before = existing_precision(p), n = best_cells(p, batches, cells);
  double sum = 0;
  for (Index c = 0; c < worth.size(); ++c) {
    if (worth[c] == 0) continue;
    const double sw2 = sw2_of(p, static_cast<int>(c));
    // Without noise between cells, any number of them is as good.
    const double d = before[c] + (sw2 > 0 ? batches * n[c] / (n[c] * p.assumptions.sg2 + batches * sw2)
                                          : batches / p.assumptions.sg2);
    sum += worth[c] / d;
  }
  return sum / p.weights.sum();
}

double log_det_bound(const OptimiseProblem& p, double batches, double cells) {
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  if (p.controls.size() != 1 || p.existing || p.assumptions.sw2_control >= 0) return nothing;
  // Every other condition once against the control?
  std::set<int> seen;
  for (const auto& contrast : p.contrasts) {
    const auto terms = measurement::merged_terms(contrast);
    if (terms.size() != 2) return nothing;
    for (const auto& [c, l] : terms) {
      if (std::abs(l) != 1) return nothing;
      if (c != p.controls[0]) seen.insert(c);
    }
    if (terms[0].first != p.controls[0] && terms[1].first != p.controls[0]) return nothing;
  }
  const auto perturbations = static_cast<double>(p.contrasts.size());
  if (static_cast<double>(seen.size()) != perturbations) return nothing;
  // det = Σ_c d_c/Π_c d_c: least at equal precisions, and their sum is largest at equal cells.
  const double n = cells / (perturbations + 1);
  const double d = batches * n / (n * p.assumptions.sg2 + batches * p.assumptions.sw2);
  return -perturbations * std::log(d) + std::log(perturbations + 1);
}

OptimiseProblem completed(OptimiseProblem p) {
  Layout names;
  names.conditions = p.conditions;
  names.batches = {"b"};
  names.cells = Matrix::Ones(static_cast<Index>(p.conditions.size()), 1);
  check_layout(names);
  require(p.conditions.size() <= 2000, "optimise.size",
          "A search takes at most 2,000 conditions; found " + std::to_string(p.conditions.size()) + ".",
          "Search with a few that stand for the others.");
  if (p.contrasts.empty()) {
    require(!p.controls.empty(), "layout.no_control", "There is neither a control nor a contrast.",
            "Name the control, or give contrasts.");
    p.contrasts = contrasts_to_controls(names, p.controls);
  }
  for (const auto& contrast : p.contrasts) check_contrast(contrast);
  require(!p.contrasts.empty(), "optimise.contrasts", "There is nothing to estimate.", "Add conditions or contrasts.");
  if (p.weights.size() == 0) p.weights = Vector::Ones(static_cast<Index>(p.contrasts.size()));
  require(
      p.weights.size() == static_cast<Index>(p.contrasts.size()) && p.weights.minCoeff() > 0 && p.weights.allFinite(),
      "optimise.weights", "Weights of contrasts are numbers above 0, one each.",
      "Leave out contrasts that do not matter.");
  require(p.budget.has_value() != p.target_se.has_value(), "optimise.goal",
          "A search has either a budget or a target for the standard error.", "Give one of the two.");
  require(!p.budget || (*p.budget > 0 && std::isfinite(*p.budget)), "optimise.budget", "The budget is not above 0.",
          "Give it in the unit of the prices.");
  require(!p.target_se || (*p.target_se > 0 && std::isfinite(*p.target_se)), "optimise.target",
          "The target for the standard error is not above 0.", "Give it on the natural log scale, for example 0.1.");
  require(!p.target_se || p.criterion == Criterion::A, "optimise.target",
          "A target for the standard error goes with criterion A.", "Use criterion A, or give a budget.");
  require(p.prices.batch >= 0 && p.prices.cell > 0 && std::isfinite(p.prices.batch + p.prices.cell), "optimise.price",
          "The price of a batch is negative, or that of a cell not above 0.", "Without prices of your own: 0 and 1.");
  require(p.min_batches >= 1 && p.max_batches >= p.min_batches && p.max_batches <= 200, "optimise.batches",
          "Numbers of batches are whole, at least 1, at most 200 and in order.", "Give min and max.");
  require(p.capacity >= 1, "optimise.capacity", "A batch holds less than one cell.", "Give the cells of a batch.");
  require(p.min_replicates >= 1 && p.max_replicates >= p.min_replicates, "optimise.replicates",
          "Every condition is in at least one batch, and the most is not below the least.", "Give min and max.");
  require(p.forced_controls >= 0 && p.min_group >= 1 && p.max_control_share > 0 && p.max_control_share <= 1,
          "optimise.controls", "Forced controls, the least group or the share of controls are out of range.",
          "Cells are at least 0 (a group at least 1), a share lies in (0, 1].");
  require(p.forced_controls == 0 || !p.controls.empty(), "optimise.controls",
          "Controls are to be in every batch, but no condition is the control.", "Name the control.");
  require(p.forced_controls <= p.capacity, "optimise.capacity", "The controls alone fill more than a batch.",
          "Ask for fewer forced controls.");
  require(p.starts >= 1 && p.starts <= 1000, "optimise.starts", "A search has 1 to 1,000 starts.", "4 is usual.");
  require(p.batches_per_day == 0 || p.level_names.size() >= 2, "optimise.days",
          "At most so many batches a day needs a level above the batches, with a variance of its own.",
          "Give variances for the day and for the batch.");
  require(p.assumptions.level_variances.size() == static_cast<Index>(p.level_names.size()), "design.variance",
          "There is not one variance for each batch level.", "Give each level its own.");
  if (p.existing) {
    require(p.existing->conditions == p.conditions, "optimise.existing",
            "The batches that have been run name other conditions.", "Name all conditions of both.");
    std::vector<std::string> levels;
    for (const CoarseLevel& level : p.existing->coarser) levels.push_back(level.name);
    levels.push_back(p.existing->finest);
    require(levels == p.level_names, "optimise.existing",
            "The batches that have been run have other levels than the new ones.", "Give variances for their levels.");
  }
  for (const auto& [a, b] : p.cannot_link) {
    require(a != b, "optimise.links", "A condition cannot be kept apart from itself.", "Name two conditions.");
    for (const auto& linked : p.must_link) {
      bool first = false, second = false;
      for (const int c : linked) {
        first = first || c == a;
        second = second || c == b;
      }
      require(!(first && second), "optimise.links",
              "\"" + p.conditions[static_cast<std::size_t>(a)] + "\" and \"" +
                  p.conditions[static_cast<std::size_t>(b)] + "\" have both to share and not to share batches.",
              "Take one of the two constraints away.");
    }
  }
  return p;
}

}  // namespace groundwork::design
