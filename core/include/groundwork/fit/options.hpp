#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::fit {

/** Framework section 4. */
enum class LossKind {
  prediction,           ///< control rows inform the level and the batches, not the field
  controls_as_data,     ///< the field must reproduce the control rows
  steady_state,         ///< controls_as_data and a penalty on the field at the control
  steady_flow,          ///< controls_as_data and a penalty on how far the flow carries unedited cells
  baseline_trajectory,  ///< prediction, and the prediction term of the control rows against the unedited trajectory
};
LossKind loss_kind_of(const std::string& name);  ///< throws `loss.unknown` naming the known ones
std::string name_of(LossKind);
const std::vector<LossKind>& loss_kinds();
bool has_lambda(LossKind);  ///< the loss has a term with the weight λ

/** How the course of a condition is computed in training and, the same, in prediction. */
enum class SolverKind {
  automatic,     ///< closed_form for `linear`, else steps
  steps,         ///< fixed steps: exponential Euler for the fields with a decay, else Runge–Kutta
  adaptive,      ///< Dormand–Prince with step control
  closed_form,   ///< the matrix exponential; `linear` only
  steady_state,  ///< end states are at rest: Newton's method; screens with a single time only
};
SolverKind solver_kind_of(const std::string& name);  ///< throws `solver.unknown` naming the known ones
std::string name_of(SolverKind);

enum class OptimiserKind {
  adam,   ///< single precision, stopped early by inner folds
  lbfgs,  ///< double precision, to the minimum of loss and prior
  lm,     ///< Levenberg–Marquardt: the same, for small mechanistic models
};
OptimiserKind optimiser_kind_of(const std::string& name);  ///< throws `optimiser.unknown`
std::string name_of(OptimiserKind);

/** How Adam's rate falls over the epochs. */
enum class ScheduleKind { cosine, constant, step };
ScheduleKind schedule_kind_of(const std::string& name);  ///< throws `schedule.unknown`
std::string name_of(ScheduleKind);

enum class StartKind {
  small,  ///< small random weights
  ridge,  ///< those beside the weights of a ridge regression at the steady state
};
StartKind start_kind_of(const std::string& name);  ///< throws `start.unknown`
std::string name_of(StartKind);

enum class SplitKind { none, perturbation, combination, time, batch };
SplitKind split_kind_of(const std::string& name);  ///< "perturbation", "batch", …; throws `split.unknown`
std::string name_of(SplitKind);                    ///< "none" for none
const std::vector<SplitKind>& split_kinds();       ///< all but none

/** Everything that decides a fit beside its data. Equal options and data give equal results. */
struct FitOptions {
  dynamics::FieldKind model = dynamics::FieldKind::production_decay;
  /** The model and its settings are chosen by inner cross-validation; `model`, `centred` and what trains do not count.
   */
  bool recommended = false;
  bool centred = false;
  LossKind loss = LossKind::controls_as_data;
  double lambda = 1;  ///< steady_state, steady_flow: 1 = a drift weighs like an equal error in every row;
                      ///< baseline_trajectory: of the control rows against the edited ones

  /** Genes modelled: targets of edits, then by variance above noise. Absent: 60; of a state table all up to 400. */
  std::optional<int> gene_count;
  std::vector<std::string> genes;  ///< not empty: exactly these

  SplitKind split = SplitKind::none;
  double holdout = 0.25;               ///< share of edits (times, batches) held out, in (0, 1)
  std::vector<std::string> held_out;   ///< not empty: these edits, or these batches
  std::vector<double> held_out_times;  ///< not empty: these times, days
  std::string batch_level;             ///< split by batch: which batch column; "": the coarsest with two batches

  std::uint64_t seed = 1;  ///< of the split, and of the members together with their number
  int members = 5;
  int first_member = 0;    ///< number of the first member: members 0 … 4 may be trained in five fits and combined
  bool bootstrap = false;  ///< each member trains on batches drawn with replacement, see resample_batches()
  bool refit_all = false;

  double sampling_time = 7;             ///< days after the edit, for screens without a time
  std::optional<bool> differentiating;  ///< absent: true for screens without edits, false otherwise
  std::string baseline_medium;          ///< m0; "": that of the controls at t = 0, or of most control cells
  double kappa_activity = 0.05;         ///< κ_act of a knock-out
  double kappa_floor = 0.02;            ///< least κ of CRISPRi
  std::optional<double>
      synthesis_ceiling;        ///< FieldOptions::synthesis_ceiling of every gene; absent: from the training rows
  double discrepancy = 0.0025;  ///< τ², model discrepancy added to every variance

  SolverKind solver = SolverKind::automatic;
  OptimiserKind optimiser = OptimiserKind::adam;
  ScheduleKind schedule = ScheduleKind::cosine;  ///< of adam: cosine to 1 %, constant, or a tenth at ½ and again at ¾
  StartKind start = StartKind::small;
  int starts = 1;               ///< starts that are tried for each member; the best after 30 epochs goes on
  bool estimate_kappa = false;  ///< κ of each trained clamp (knock-outs: κ_act, shared) is learned from what follows

  int epochs = 400;                     ///< of lbfgs and lm: iterations
  std::optional<double> learning_rate;  ///< absent: 0.05 for differentiating systems, else 0.01
  /**
   * 1/variance of the row-scaled weights a priori. Absent: 1 where times are predicted (split by time, no edits); 10
   * for `neural` where every edit is seen in training (without a split, by batch, by combination); else 100.
   */
  std::optional<double> l2;
  Index hidden = 32;  ///< hidden units of the neural fields
  double step = 0.5;  ///< days, of the integrator
};

/** Throws `fit.option` naming the option, its value and its range. */
void check(const FitOptions&);

/** The names nearest to `name` (edit distance, without regard to case), at most `count`, best first. */
std::vector<std::string> nearest_names(const std::string& name, const std::vector<std::string>& known, int count = 3);
/** "; did you mean A, B or C?" or "" when nothing is near. */
std::string near_matches(const std::string& name, const std::vector<std::string>& known);

}  // namespace groundwork::fit
