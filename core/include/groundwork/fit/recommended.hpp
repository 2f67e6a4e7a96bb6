#pragma once

#include <memory>
#include <string>
#include <vector>

#include "groundwork/fit/candidates.hpp"
#include "groundwork/fit/conformal.hpp"
#include "groundwork/fit/novelty.hpp"
#include "groundwork/fit/predictor.hpp"

namespace groundwork::fit {

/** What was found out about one novelty of conditions by leaving out training conditions that imitate it. */
struct Choice {
  Novelty novelty = Novelty::familiar;
  bool imitated = false;         ///< false: the training conditions cannot imitate it; weights are a stated default
  int units = 0;                 ///< edits (sets of edits and doses) that were left out and predicted
  Vector error;                  ///< per candidate: mean square error, mean over units; NaN where not imitated
  double stacked = 0;            ///< of the weighted mean, each unit with weights that the others decide
  Vector stacking;               ///< weights that minimise the error
  Vector weights;                ///< weights in use: those, or all on the best baseline
  int baseline = 0;              ///< the best baseline
  double gain = 0, gain_se = 0;  ///< of the stack against it: mean difference of errors over units, and standard error
  bool returns_baseline = false;
  std::string sentence;  ///< what was picked and why
  Calibration calibration;
  Vector residual;  ///< genes: mean square of what is left, measurement noise included
  Vector noise;     ///< genes: mean variance of the effects that were predicted
};

/** A stack of candidates for each novelty; what a document stores beside the candidates' parameters. */
struct Recommended {
  std::vector<CandidateFit> candidates;
  Experience experience;
  std::vector<Choice> choices;  ///< one a novelty, in the order of `novelties`
  Vector control_variance;      ///< genes: of the control state, from the spread of the control rows
  bool noise_known = true;      ///< variances are given or counted: intervals are for states, else for new measurements

  const Choice& choice(Novelty) const;
  /** Edits as read by a candidate that takes clamps, where there is one: what decides the novelty of a condition. */
  const EditModel& reading() const { return candidates.back().edits; }
  int members() const;
  /** δ of one member, genes × conditions. */
  Matrix effects(int member, const std::vector<screen::Condition>& conditions, const std::vector<double>& when) const;
  /** Genes: 90 % half-width of an interval of a state, divided by the normal quantile 1.645. */
  Vector sd(Novelty) const;
};

/**
 * The work of `recommended`: independent tasks (a fold or the final fit × a candidate × a seed), which may run anywhere
 * and in any order, and a finish that is the same whoever ran them. All decisions are made on training rows.
 */
class RecommendedFit {
 public:
  /**
   * `problem` and `everything` (null: none) must outlive this. Throws `recommended.edits` without edited conditions,
   * `recommended.differentiating` and `recommended.media` where unedited cells do not rest in one state.
   */
  RecommendedFit(const Problem& problem, const Panel& panel, const TrainingData* everything, std::uint64_t seed);
  ~RecommendedFit();

  int tasks() const;
  /** The tasks of part `index` of `of`: each to the part that has least to do, the longest first. */
  std::vector<int> part(int index, int of) const;
  /** Genes × conditions of the fold, or parameters as one column. */
  Matrix run(int task) const;
  std::string phase(int task) const;

  struct Result {
    Recommended scored;  ///< trained on training rows
    Recommended stored;  ///< the same, or after a refit on every row
  };
  /** `results`: one a task. */
  Result finish(const std::vector<Matrix>& results) const;

 private:
  struct Plan;
  std::unique_ptr<Plan> plan_;
};

/** Where a prediction of a stored fit starts from. */
struct StackedFit {
  Recommended model;
  EditModel edits;
  std::vector<double> times;
  bool single_time = false;
  std::string usual_medium;
  Vector control;   ///< outside
  double unit = 1;  ///< a value outside per unit of δ
};
std::unique_ptr<Predictor> stacked_predictor(StackedFit fit);

}  // namespace groundwork::fit
