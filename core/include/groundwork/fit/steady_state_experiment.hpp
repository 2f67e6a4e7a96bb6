#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/comparison_scores.hpp"

namespace groundwork::fit {

/** One way of using the steady state of unedited cells in training. */
struct SteadyStateVariant {
  std::string key;    ///< "prediction", "controls_as_data", "soft_0.1", "flow_1", "hard"
  std::string label;  ///< for people
  bool centred = false;
  std::string loss;  ///< name of the loss
  double lambda = 1;
};

/**
 * The steady-state experiment (docs/model.md, "Evaluation"): the same field, folds and seeds, trained with prediction
 * alone; with controls as data; with the soft penalty at λ = .1, 1 and 10; with the penalty on the flow, where this
 * version has that loss; and with the hard constraint (centred field, controls as data).
 */
std::vector<SteadyStateVariant> steady_state_variants();

/** The contenders of the experiment for one field, from options common to all. Named "FIELD:prediction", …. */
std::vector<Contender> steady_state_contenders(const FitOptions& common);

struct SteadyStateRow {
  SteadyStateVariant variant;
  std::size_t model = 0;  ///< index into Summary::models
  Estimate error;         ///< held-out MSE / that of `prediction`, over folds
  Estimate difference;    ///< of MSE, less that of `prediction`
  int runs = 0, better = 0;
  Estimate drift;                                ///< rms drift of unedited cells
  Estimate prediction_spread, parameter_spread;  ///< between seeds
  Estimate spread_ratio;                         ///< of prediction_spread to that of `prediction`
};

struct SteadyStateResult {
  std::vector<SteadyStateRow> rows;
  std::string sentence;                ///< the result for this screen, about the hard constraint, whichever way it goes
  std::vector<std::string> sentences;  ///< soft penalties, drift, spread, baselines
};

/** `summary` must come from the experiment's contenders, in their order. */
SteadyStateResult steady_state_result(const ModelComparison& comparison, const Summary& summary);

}  // namespace groundwork::fit
