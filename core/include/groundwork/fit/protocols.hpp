#pragma once

#include <string>
#include <vector>

#include "groundwork/dynamics/protocol.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/predictor.hpp"

namespace groundwork::fit {

/** A stage as a person writes it: cells move to a medium, some edits are added, and time passes. */
struct ProtocolStage {
  std::string medium;
  std::vector<screen::Edit> added;  ///< a name that is at work already gets this dose
  double duration = 0;              ///< days, ≥ 0
};

struct NamedProtocol {
  std::string name;
  std::vector<ProtocolStage> stages;
};

/** Edits at work in each stage, sorted by name: those of the stages before it and its own. An edit persists. */
std::vector<std::vector<screen::Edit>> acting_edits(const std::vector<ProtocolStage>& stages);

/** What a fitted model says of one protocol. States on the scale of the data, free of batch effects. */
struct ProtocolCourse {
  std::vector<double> times;  ///< days since the start, increasing, the first 0
  std::vector<Index> ends;    ///< of each stage, the place of its end in `times`
  std::vector<std::vector<screen::Edit>> acting;
  std::vector<char> unseen;  ///< of each stage: an edit at work was not trained
  Ensemble state;            ///< genes × times
  /**
   * Unedited cells in the same media for the same time; where all stages are in the baseline medium and cells rest,
   * the control state, as for predictions.
   */
  Ensemble reference;
  Ensemble effect;  ///< state − reference
};

/**
 * The commutator of two stages of a protocol: its end less the end of the same protocol with the two exchanged, each
 * with the edits that it adds. Edits persist in both.
 */
struct StageSwap {
  std::size_t first = 0, second = 0;  ///< places, from 0
  Ensemble difference;                ///< genes × 1
  bool moves_edit = false;            ///< exactly one of the two adds an edit, and the other changes the medium
};

/** What differences of predictions are held against. */
struct PredictionError {
  double value = 0;          ///< root mean square over conditions and genes, on the scale of the data; NaN: not known
  bool held_out = false;     ///< true: error of the ensemble on held-out conditions; false: noise of the measurement
  std::string what, reason;  ///< in words; why there is none
};

/**
 * The ensemble's root mean square error on held-out conditions (noise of the observations in it); without a split the
 * root mean variance of the observed effects: what a measurement alone leaves. NaN where neither is there.
 */
PredictionError prediction_error(const Evaluation& evaluation, const std::vector<Matrix>& effects);

/** A property of the operator (docs/model.md, "The operator"), measured for this model. */
struct OperatorProperty {
  std::string name;       ///< identity, semigroup, commutator, order, baseline, steps
  std::string statement;  ///< the formula
  double value = 0;       ///< on the scale of the data; NaN: not measured
  double tolerance = 0;   ///< NaN: a number to look at, not a test
  std::string sentence;
};

/** Runs protocols through the ensemble of one vector field. Stages are composed exactly: see dynamics::through_stage().
 */
class ProtocolRunner {
 public:
  /**
   * Throws `protocol.no_time` where the fit knows end states only (a single time, so no rate was learned), and
   * `protocol.no_field` where it holds no parameters of a vector field.
   */
  explicit ProtocolRunner(DynamicFit fit);

  /** Throws `medium.unknown`, `protocol.duration` and `flow.diverged`, each naming protocol and stage. */
  ProtocolCourse run(const NamedProtocol& protocol, int points) const;
  /** Every pair of stages, in order. */
  std::vector<StageSwap> swaps(const NamedProtocol& protocol) const;
  /** End of one protocol less that of another: genes × 1. */
  Ensemble difference(const NamedProtocol& one, const NamedProtocol& other) const;

  /**
   * Of this model, on the stages of `protocols`. Where none of them has an edit and a change of medium in two stages,
   * such a pair is made up of the first trained edit and the first other medium; the sentence says which.
   */
  std::vector<OperatorProperty> properties(const std::vector<NamedProtocol>& protocols,
                                           const std::vector<std::vector<StageSwap>>& swaps,
                                           const PredictionError& error) const;

  /** Sentences about what the answers rest on: extrapolation, untrained edits, histories that nobody measured. */
  std::vector<std::string> warnings(const std::vector<NamedProtocol>& protocols) const;

  const DynamicFit& fit() const { return fit_; }

 private:
  /** Columns of each stage; with `reference`, the second column is unedited. */
  std::vector<dynamics::StageColumns> columns_of(const NamedProtocol& protocol, bool reference) const;
  bool rests(const NamedProtocol& protocol) const;
  /** Ends of a protocol, a matrix genes × 1 a member, on the scale of the data. */
  std::vector<Matrix> ends(const NamedProtocol& protocol) const;

  OperatorProperty identity_and_semigroup(const std::vector<NamedProtocol>& protocols, bool identity) const;
  OperatorProperty baseline(const PredictionError& error) const;
  OperatorProperty steps(const std::vector<NamedProtocol>& protocols, const PredictionError& error) const;
  OperatorProperty order(const std::vector<NamedProtocol>& protocols,
                         const std::vector<std::vector<StageSwap>>& swaps) const;

  DynamicFit fit_;
};

}  // namespace groundwork::fit
