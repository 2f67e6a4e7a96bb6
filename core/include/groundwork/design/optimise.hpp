#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "groundwork/design/layout_information.hpp"
#include "groundwork/design/plan.hpp"

namespace groundwork::design {

/** What an experiment costs. */
struct Prices {
  double batch = 0;  ///< of opening a batch
  double cell = 1;   ///< of a cell, reads included
};

/** A search for the layout of a new experiment, or of what to add to one already run. */
struct OptimiseProblem {
  std::vector<std::string> conditions;
  std::vector<int> controls;
  std::vector<measurement::Contrast> contrasts;  ///< empty: every condition against the mean of the controls
  Vector weights;                                ///< of the contrasts, > 0; empty: all 1
  Criterion criterion = Criterion::A;

  std::vector<std::string> level_names{"batch"};  ///< coarse to fine
  Assumptions assumptions;                        ///< level variances in that order

  Prices prices;
  std::optional<double> budget;     ///< exactly one of the two
  std::optional<double> target_se;  ///< root of the weighted mean variance

  int min_batches = 1, max_batches = 8;  ///< new ones
  double capacity = 10000;               ///< cells in a batch
  int min_replicates = 1;                ///< batches that hold a perturbation
  int max_replicates = 1000;
  double min_group = 1;                          ///< fewest cells in a group that is not empty
  double forced_controls = 0;                    ///< fewest control cells in every new batch
  double max_control_share = 1;                  ///< of the cells of a batch
  std::vector<std::vector<int>> must_link;       ///< conditions that are always in the same batches
  std::vector<std::pair<int, int>> cannot_link;  ///< conditions that never share a batch
  int batches_per_day = 0;                       ///< groups of the level above the batches; 0: no such limit
  std::optional<Layout> existing;                ///< batches that have been run; conditions as above, cells fixed

  int starts = 4;
  std::uint64_t seed = 1;
};

/** The best layout so far, and how good a layout could be. */
struct OptimiseState {
  bool found = false;
  Layout layout;     ///< existing batches first
  double value = 0;  ///< A: weighted mean variance; D: log det
  double bound =
      0;  ///< no layout of this many new batches and cells, whatever the constraints, is below; NaN: none known
  int new_batches = 0;
  double new_cells = 0, cost = 0;
  std::string start;    ///< which start led there
  double fraction = 0;  ///< of the search
  std::string phase;
  std::vector<std::pair<double, double>> curve;  ///< (steps, best value so far)
  std::vector<std::string> notes;
};

/** Refused problems throw `optimise.…` when the search is made. */
class Optimiser {
 public:
  explicit Optimiser(OptimiseProblem);
  ~Optimiser();
  Optimiser(Optimiser&&) noexcept;
  Optimiser& operator=(Optimiser&&) noexcept;

  /** Some moves of the search; true when it is over. */
  bool step();
  const OptimiseState& best() const;
  const OptimiseProblem& problem() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/**
 * A lower bound for the A-criterion of any layout with `batches` new batches that hold `cells` cells together, on top
 * of `existing` cells: batch effects are taken away (they only add variance), and by concavity equal groups are best,
 * which leaves a convex problem in the cells of each condition. Complete blocks shared out by the √P rule reach it.
 */
double mean_variance_bound(const OptimiseProblem&, double batches, double cells);
/** The same for D, where every condition is compared with one control; NaN otherwise. */
double log_det_bound(const OptimiseProblem&, double batches, double cells);

/** Cells of each condition at the A bound, summing to `cells`. */
Vector best_cells(const OptimiseProblem&, double batches, double cells);

/** For a constrained problem, contrasts and weights filled in; throws `optimise.…`. */
OptimiseProblem completed(OptimiseProblem);

}  // namespace groundwork::design
