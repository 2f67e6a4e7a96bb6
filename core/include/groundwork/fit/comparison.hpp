#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "groundwork/fit/baselines.hpp"
#include "groundwork/fit/folds.hpp"
#include "groundwork/fit/recommended.hpp"
#include "groundwork/fit/training.hpp"

namespace groundwork::fit {

/** A model in a comparison. */
struct Contender {
  std::string name;    ///< as asked for: "neural:steady_state:1"
  FitOptions options;  ///< without a split
};

/** What is known of one training and its held-out conditions before any model is trained; states on the scale of the
 * data as given. */
struct HoldoutRecord {
  std::vector<std::string> genes;
  std::vector<std::string> labels;    ///< of the scored conditions, for people
  std::vector<std::string> edits;     ///< of the scored conditions, "A+B"
  std::vector<double> times;          ///< of the scored conditions, days
  Matrix observed, variance, shared;  ///< genes × scored conditions, as in Panel
  Vector mean;                        ///< genes: mean training effect
  Vector control;                     ///< genes: control state, which decides the genes highest in controls
  std::vector<std::string> rival_labels;
  Matrix rivals;                    ///< genes × training conditions: what else the centroid rank could mistake
  std::vector<Baseline> baselines;  ///< genes × scored conditions
  std::vector<std::string> warnings;
};

/** One trained field: a model, on one training, from one start. */
struct UnitRecord {
  int holdout = 0, contender = 0, seed = 0;  ///< indices
  Matrix effects;                            ///< genes × scored conditions of the holdout
  double drift = 0;                          ///< root mean square over genes of δ of unedited cells at the last time
  int epochs = 0;                            ///< trained for
  Vector parameters;  ///< in units of their prior scale: all, or a sample, the same for every seed
  std::vector<std::string> warnings;
};

/** A comparison as planned, and what of it is done. Everything that scores need; nothing of the screen beyond that. */
struct ModelComparison {
  FoldPlan plan;
  FitOptions common;  ///< of every model: genes, seed, times, discrepancy, …
  std::vector<Contender> contenders;
  int seeds = 1;                                       ///< starts of each model
  std::uint64_t seed = 1;                              ///< of folds, starts and ties
  std::vector<std::optional<HoldoutRecord>> holdouts;  ///< one for each of the plan's
  std::vector<UnitRecord> units;                       ///< finished, in any order

  /** Folds of which every unit is there. */
  std::vector<char> complete_folds() const;
  /** Columns of the holdout's scored conditions that belong to a fold. */
  std::vector<Index> columns_of(std::size_t fold) const;
  const UnitRecord* unit(int holdout, int contender, int seed) const;
};

/** Work of a comparison that can be done apart from the rest; `contender` −1: the holdout's own record. */
struct Unit {
  int holdout = 0, contender = -1, seed = 0;
  double work = 0;  ///< relative cost
};

/** All units, those of one holdout together, in the order in which they are best done. */
std::vector<Unit> units_of(const ModelComparison& comparison, const StateSource& source);

/** The units of part `index` of `of`: dealt so that parts end at about the same time. Every unit is in one part. */
std::vector<Unit> part_of(const std::vector<Unit>& units, int index, int of);

/** What the units of one model on one holdout share. Held-out rows reach nothing but Problem::evaluation and the panel.
 */
struct PreparedHoldout {
  Problem problem;
  Panel panel;
};

/** `contender` −1: for baselines, which see every edit as a field with clamps does. */
std::shared_ptr<const PreparedHoldout> prepare_holdout(const StateSource& source, const ModelComparison& comparison,
                                                       int holdout, int contender);

/** Throws `compare.nothing` where no held-out condition can be compared with controls. */
HoldoutRecord record_holdout(const PreparedHoldout& prepared);

/** Trains one unit in slices: a member of a field, or all that `recommended` tries. */
class UnitTraining {
 public:
  UnitTraining(std::shared_ptr<const PreparedHoldout> prepared, const Unit& unit);
  bool advance(double milliseconds);
  double fraction() const;
  /** Valid once advance() returned true. */
  UnitRecord record() const;

 private:
  std::shared_ptr<const PreparedHoldout> prepared_;
  Unit unit_;
  std::unique_ptr<MemberTraining> training_;
  std::unique_ptr<RecommendedFit> recommended_;
  std::vector<Matrix> results_;  ///< of its tasks
};

}  // namespace groundwork::fit
