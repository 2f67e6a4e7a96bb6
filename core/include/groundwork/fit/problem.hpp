#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/edit_model.hpp"
#include "groundwork/fit/effects.hpp"
#include "groundwork/fit/options.hpp"
#include "groundwork/fit/source.hpp"
#include "groundwork/fit/split.hpp"

namespace groundwork::fit {

/** Rows that train, and what was learned from them before training. */
struct TrainingData {
  screen::Levels levels;  ///< genes chosen × rows; Levels::conditions are all of the screen's
  LevelVariances variances;
  Vector signal;  ///< genes: √(excess mean square + 0.02²), the row scale of the weights
  EditModel edits;
};

/**
 * Everything that is decided before the first step of training, on training rows only: split, genes, weights, row
 * scales, κ. Held-out rows appear only in `evaluation`, which nothing but the scores reads.
 */
struct Problem {
  FitOptions options;  ///< with the learning rate and l2 settled
  std::vector<std::string> genes;
  std::vector<screen::Condition> conditions;
  std::vector<double> time;               ///< per condition: days, with the sampling time where the screen has none
  std::vector<double> times;              ///< distinct, increasing
  std::vector<std::string> compartments;  ///< each has its own free level μ₀
  std::string time_unit;
  bool is_table = false;
  bool noise_known = true;                         ///< StateSource::noise_known
  screen::Scale scale = screen::Scale::log;        ///< of every state here: `log` or `linear`
  screen::Scale table_scale = screen::Scale::log;  ///< of the source, in which results are given
  double unit = 1;                                 ///< a value of the source per unit of state here
  Vector control;                                  ///< genes: control_state(), only on the linear scale
  bool single_time = false;                        ///< all edited conditions share one time: end states only
  bool differentiating = false;
  Split split;
  TrainingData training;
  screen::Levels evaluation;  ///< the same genes: held-out conditions and the controls' held-out half
  /** Of the held-out targets: those of training, but split by batch those of the whole screen. Only scores read it. */
  LevelVariances evaluation_variances;
  int censored = 0;  ///< (gene, row) pairs of training without a value
  int bounded = 0;   ///< those of them that the loss takes as a bound
  std::vector<std::string> warnings;

  bool is_control(int condition) const { return conditions[static_cast<std::size_t>(condition)].is_control(); }
};

/** Throws `fit.no_controls`, `genes.unknown`, `fit.no_genes`, `fit.time`, `fit.option`, `fit.bootstrap`, and what
 * splits throw. */
Problem prepare(const StateSource& source, const FitOptions& options);

/** Training data that hold every row, on the genes of `problem`: for a refit. */
TrainingData training_on_everything(const StateSource& source, const Problem& problem);

/**
 * The pooled control state μ₀, batch-corrected by generalised least squares, from training control rows in the baseline
 * medium: at t = 0 where there are such in a differentiating system, else at all times.
 */
Vector control_state(const Problem& problem);

/** What an entry of δ is at the fold κ of control: log κ, on the linear scale (κ − 1) c. */
double clamped_level(const Problem& problem, double kappa, Index gene);

/** The floor of estimated κ: the detection level, below every value that one starts from. */
double floor_of_kappas(const FitOptions& options, const EditModel& edits);

/** Options of the vector field that this problem is fitted with. */
dynamics::FieldOptions field_options(const Problem& problem, const EditModel& edits);

}  // namespace groundwork::fit
