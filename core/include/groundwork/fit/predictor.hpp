#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "groundwork/fit/edit_model.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/options.hpp"

namespace groundwork::fit {

/** Genes × conditions each. */
struct Ensemble {
  Matrix mean;
  Matrix spread;  ///< standard deviation over members; NaN with one member
};

/** Of the members' matrices, at least one. */
Ensemble mean_and_spread(const std::vector<Matrix>& members);

/** An end of the 95 % range of a normal over members: the lower for side −1, the upper for 1. */
Matrix range_end(const Ensemble&, int side);

/** States free of batch effects, on the scale of the data that the fit was made from. */
struct Prediction {
  Ensemble state;
  Ensemble control;  ///< unedited cells in the same medium at the same time; where cells rest, the control state
  Ensemble effect;   ///< state − control
  /**
   * Genes × conditions: standard deviation of a new measurement of the state, its batch effect apart. NaN: not known.
   */
  Matrix sd;
  std::vector<double> times;  ///< days at which the conditions were answered
  std::vector<char> unseen;   ///< per condition: an edit that was not trained
  std::vector<std::string> warnings;
};

/**
 * What a stored fit says of conditions. Never refuses an unseen input: an edit, input or medium that the fit does not
 * know is answered by what it shares with known ones, with a warning.
 */
class Predictor {
 public:
  virtual ~Predictor() = default;
  /** In the order of the rows of a Prediction. */
  virtual const std::vector<std::string>& genes() const = 0;
  /**
   * Conditions without a time are answered at the last time of the data; with a single time all are. The dose of an
   * input that was never seen counts in units of the median of its doses among these conditions. Throws
   * `predict.times` (negative or not finite), `flow.diverged`.
   */
  virtual Prediction predict(std::span<const screen::Condition> conditions) const = 0;
};

/** All that a dynamic fit stores for prediction. */
struct DynamicFit {
  FitOptions options;
  dynamics::FieldOptions field;
  EditModel edits;
  std::vector<double> times;  ///< days at which the data were sampled
  bool single_time = false;
  bool differentiating = false;
  std::string usual_medium;     ///< where none is named: the baseline, or the one that conditions were observed in
  bool pairs = false;           ///< some observed condition has several edits
  Vector control;               ///< genes: the control state, outside
  double unit = 1;              ///< a value outside per unit of δ
  std::vector<Vector> members;  ///< parameters
  Vector residual;              ///< genes: residual_variance(), outside
};

/** The ensemble of a dynamic model; `sd² = spread² + residual`. */
std::unique_ptr<Predictor> dynamic_predictor(DynamicFit fit);

/** What is said of an edit that only gets the shared effect of the trained inputs (EditModel::Reading::shared). */
std::string shared_effect_sentence(const EditModel& edits, const std::string& name);

/**
 * Mean square over the scored conditions (held-out ones, or without a split all that trained) of what the ensemble's
 * mean leaves of the observed effects, for each gene; moderated by the mean over genes, which counts like 4 conditions.
 * It holds the noise of the observations. `members`: as in score().
 */
Vector residual_variance(const Evaluation& evaluation, const std::vector<Matrix>& members);

}  // namespace groundwork::fit
