#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "groundwork/fit/bootstrap.hpp"
#include "groundwork/fit/gauss_newton.hpp"
#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/** Curves of the search for the number of epochs, or of the only phase where nothing can be set aside. */
struct History {
  std::vector<double> epoch;
  std::vector<double> train;  ///< objective per value, mean over folds
  std::vector<double> inner;  ///< rᵀV⁻¹r per value on what was set aside, mean over folds; NaN without
  std::vector<double> drift;  ///< root mean square of δ of unedited cells at the last time, mean over folds
};

/** One trained field of an ensemble. */
struct Member {
  int number = 0;
  std::uint64_t seed = 0;
  Vector parameters;  ///< θ after training on the training rows: what is scored
  Vector stored;      ///< θ to predict with: the same, or after the refit on every row
  int best_epoch = 0;
  History history;
  std::vector<std::string> batches;    ///< of a bootstrap: those that it trained on, as often as they were drawn
  std::optional<Intervals> intervals;  ///< of `stored`; absent where it is no minimum (adam stops before)
  std::vector<std::string> warnings;
};

/** Seed of a member: depends on the fit's seed and the member's number only. */
std::uint64_t member_seed(std::uint64_t seed, int number);

/**
 * One member from start to end. Where several starts are asked for, each is trained by Adam for 30 epochs on all
 * training rows, and the one with the least loss goes on.
 *
 * `adam`: in float, by its schedule, in up to three phases that start from the same point: a search for the number
 * of epochs, with the folds of inner_folds() trained side by side (the best epoch, but
 * at least 60); training on all training rows for that number; and,
 * with `everything`, a refit on every row. A step that does not end in a number halves the rate and goes on from the
 * best point so far.
 *
 * With `bootstrap` the number of epochs is found on all training rows, and what is kept is trained on resampled ones.
 *
 * `lbfgs`, `lm`: in double, to the minimum of loss and prior on all training rows, without a search; then the refit.
 * Throws `fit.option` where `lm` has more parameters than it is good for.
 */
class MemberTraining {
 public:
  /** `problem` and `everything` (null: no refit) must outlive this. */
  MemberTraining(const Problem& problem, const TrainingData* everything, int number);
  ~MemberTraining();

  /** Works for about `milliseconds`, at least one epoch; true when finished. Throws `fit.diverged`. */
  bool advance(double milliseconds);
  double fraction() const;
  std::string phase() const;
  /** The member as it is now; complete once advance() returned true. */
  Member member() const;
  const History& history() const { return member_.history; }

 private:
  struct Run;
  struct Exact;
  enum class Phase { choose, search, final, refit, done };

  void begin(Phase phase);
  void epoch();
  void choose_epoch();
  void search_epoch();
  void exact_epoch();
  void finish_phase();
  /** Steps one run at the current epoch; what it had before the step is in the run. */
  void step(Run& run);
  Vector parameters_of(const Run& run) const;
  /** θ of what is being trained. */
  Vector current() const;
  /** What a phase trains on; draws it where there is a bootstrap. */
  const TrainingData& data_of(Phase phase);

  const Problem& problem_;
  const TrainingData* everything_;
  Member member_;
  std::vector<std::unique_ptr<Run>> runs_;  ///< folds while searching, else one
  std::optional<Resample> resample_;        ///< of the phase, with a bootstrap
  std::unique_ptr<Exact> exact_;            ///< instead, for optimisers that go to the minimum
  Phase phase_ = Phase::search;
  int start_ = 0;  ///< number of the start that goes on
  int epoch_ = 0;
  double best_inner_ = 0;
};

}  // namespace groundwork::fit
