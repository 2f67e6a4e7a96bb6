#include "groundwork/design/optimise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "optimise_search.hpp"
#include "words.hpp"

namespace groundwork::design {
/** A number of new batches and of new cells that is searched. */
struct TriedSize {
  int batches;
  double cells;
  double bound;  ///< of criterion A; what sizes are ranked by
};

namespace {

constexpr int rounds_for_target = 6;

double cost_of(const OptimiseProblem& p, double batches, double cells) {
  return p.prices.batch * batches + p.prices.cell * cells;
}

/** Fewest cells with which the bound reaches the target; ∞ where none do. */
double cells_for_target(const OptimiseProblem& p, int batches) {
  const double target = *p.target_se * *p.target_se, most = batches * p.capacity;
  if (mean_variance_bound(p, batches, most) > target) return infinity;
  double low = 1, high = most;
  while (high - low > 0.5) {
    const double middle = std::sqrt(low * high);
    (mean_variance_bound(p, batches, middle) > target ? low : high) = middle;
    if (high / low < 1 + 1e-9) break;
  }
  return std::ceil(high);
}

std::vector<TriedSize> sizes_of(const OptimiseProblem& p) {
  std::vector<TriedSize> sizes;
  for (int b = p.min_batches; b <= p.max_batches; ++b) {
    double cells = 0;
    if (p.budget) {
      cells = std::floor(std::min((*p.budget - p.prices.batch * b) / p.prices.cell, b * p.capacity) + 1e-9);
      // Every batch holds at least one cell of something.
      if (cells < b) continue;
    } else {
      cells = cells_for_target(p, b);
      if (std::isinf(cells)) continue;
    }
    sizes.push_back({b, cells, mean_variance_bound(p, b, cells)});
  }
  if (sizes.empty()) {
    if (p.budget)
      throw Error("optimise.budget", "The budget does not even pay for the fewest batches allowed.",
                  "Raise it, or allow fewer batches.");
    throw Error("optimise.target",
                "No layout of up to " + std::to_string(p.max_batches) + " batches of " + whole_number(p.capacity) +
                    " cells can reach a standard error of " + short_number(*p.target_se) + ".",
                "Allow more batches or more cells in each, or aim lower.");
  }
  const auto rank = [&](const TriedSize& s) { return p.budget ? s.bound : cost_of(p, s.batches, s.cells); };
  std::stable_sort(sizes.begin(), sizes.end(),
                   [&](const TriedSize& a, const TriedSize& b) { return rank(a) < rank(b); });
  // What cannot come near the best is not searched.
  while (sizes.size() > 1 && rank(sizes.back()) > 1.3 * rank(sizes.front())) sizes.pop_back();
  if (sizes.size() > 3) sizes.resize(3);
  return sizes;
}

}  // namespace

struct Optimiser::State {
  OptimiseProblem problem;
  std::vector<TriedSize> sizes;
  std::size_t size = 0;
  int start = 0, round = 0, tried = 0;
  std::optional<SearchRules> rules;
  std::optional<Descent> descent;
  OptimiseState best;
  double best_cost = infinity, steps = 0;
  double round_best = infinity;  ///< of this size and round
  bool any_start = false;

  bool reached(double value) const {
    return !problem.target_se || value <= *problem.target_se * *problem.target_se * (1 + 1e-9);
  }

  bool is_better(double value, double cost) const {
    if (!best.found) return true;
    if (!problem.target_se) return value < best.value;
    const bool now = reached(value), before = reached(best.value);
    if (now != before) return now;
    return now ? cost < best_cost - 1e-9 || (cost < best_cost + 1e-9 && value < best.value) : value < best.value;
  }

  void look() {
    const double value = descent->value(), cells = descent->cells().rightCols(rules->batches - rules->fixed).sum();
    round_best = std::min(round_best, value);
    const TriedSize& s = sizes[size];
    const double cost = cost_of(problem, s.batches, cells);
    if (!is_better(value, cost)) return;
    best.found = true;
    best.value = value;
    best.layout = layout_of(*rules, descent->cells());
    best.new_batches = s.batches;
    best.new_cells = cells;
    best.cost = best_cost = cost;
    best.start = name_of_start(start);
    best.curve.emplace_back(steps, value);
  }

  void say() {
    const TriedSize& s = sizes[size];
    best.phase = std::to_string(s.batches) + (s.batches == 1 ? " batch" : " batches") + ", start " +
                 std::to_string(start + 1) + " of " + std::to_string(problem.starts) + ": " + name_of_start(start);
    const double each = 1.0 / static_cast<double>(sizes.size());
    best.fraction = std::min(1.0, each * (static_cast<double>(size) + static_cast<double>(start) / problem.starts));
  }

  void finish() {
    best.fraction = 1;
    best.phase = "Done";
    if (!best.found) {
      throw Error("optimise.infeasible",
                  "No layout keeps all the constraints: " + whole_number(sizes.front().cells) + " cells in " +
                      counted(static_cast<std::size_t>(sizes.front().batches), "batch") +
                      " leave no room for every condition in as many batches as asked, its controls and the links.",
                  "Raise the budget or the capacity, allow smaller groups or fewer replicates, or drop a link.");
    }
    const double cells = best.new_cells;
    best.bound = problem.criterion == Criterion::A ? mean_variance_bound(problem, best.new_batches, cells)
                                                   : log_det_bound(problem, best.new_batches, cells);
    if (problem.target_se && !reached(best.value))
      best.notes.push_back("The target was not reached under the constraints; this is the nearest layout found.");
    if (std::isnan(best.bound))
      best.notes.push_back(
          "No bound is known for criterion D with these contrasts, so how far this is from the best "
          "cannot be said; other seeds and more starts are the check.");
  }

  /** To the next start, round or size; true when there is none left. */
  bool next() {
    descent.reset();
    if (++start < problem.starts) return false;
    start = 0;
    if (problem.target_se && any_start && !reached(round_best) && ++round < rounds_for_target) {
      // The constraints cost more than the bound knows: more cells, by what is missing.
      TriedSize& s = sizes[size];
      const double missing = round_best / (*problem.target_se * *problem.target_se);
      const double more =
          std::ceil(std::min(s.cells * std::min(1 + 1.1 * (missing - 1), 2.0), s.batches * problem.capacity));
      if (more > s.cells) {
        s.cells = more;
        round_best = infinity;
        any_start = false;
        return false;
      }
    }
    round = 0;
    round_best = infinity;
    any_start = false;
    return ++size == sizes.size();
  }
};

Optimiser::Optimiser(OptimiseProblem problem) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.problem = completed(std::move(problem));
  s.sizes = sizes_of(s.problem);
  s.best.bound = std::numeric_limits<double>::quiet_NaN();
  s.say();
}

Optimiser::~Optimiser() = default;
Optimiser::Optimiser(Optimiser&&) noexcept = default;
Optimiser& Optimiser::operator=(Optimiser&&) noexcept = default;

const OptimiseState& Optimiser::best() const { return state_->best; }
const OptimiseProblem& Optimiser::problem() const { return state_->problem; }

bool Optimiser::step() {
  State& s = *state_;
  if (s.size == s.sizes.size()) return true;
  s.steps += 1;
  if (!s.descent) {
    const TriedSize& size = s.sizes[s.size];
    s.rules.emplace(s.problem, size.batches, size.cells);
    Random random = Random::stream(s.problem.seed, static_cast<std::uint64_t>(s.tried++));
    const auto start = start_of(*s.rules, s.start, random);
    if (start) {
      s.any_start = true;
      s.descent.emplace(*s.rules, *start, random.bits());
      s.look();
    }
  } else if (!s.descent->step()) {
    s.look();
    return false;
  } else {
    s.descent->settle();
    s.look();
    s.descent.reset();
  }
  if (s.descent) return false;
  if (s.next()) {
    s.finish();
    return true;
  }
  s.say();
  return false;
}

}  // namespace groundwork::design
