#pragma once

#include <memory>
#include <string>
#include <vector>

#include "groundwork/fit/adam.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/** Curves of the search for the number of epochs, or of the only phase where nothing can be set aside. */
struct History {
  std::vector<double> epoch;
  std::vector<double> train;  ///< objective per value
  std::vector<double> inner;  ///< rᵀV⁻¹r per value on what was set aside; NaN without
  std::vector<double> drift;  ///< root mean square of δ of unedited cells at the last time
};

/** One trained field of an ensemble. */
struct Member {
  int number = 0;
  std::uint64_t seed = 0;
  Vector parameters;  ///< θ after training on the training rows: what is scored
  Vector stored;      ///< θ to predict with: the same, or after the refit on every row
  int best_epoch = 0;
  History history;
  std::vector<std::string> warnings;
};

/** Rows of the training data that a member sets aside to decide when to stop; empty: nothing can be. */
std::vector<char> draw_inner(const Problem& problem, std::uint64_t member_seed);

/** Seed of a member: depends on the fit's seed and the member's number only. */
std::uint64_t member_seed(std::uint64_t seed, int number);

/**
 * Adam in float, with a cosine schedule, in up to three phases that start alike: a search for the number of epochs with
 * part of the training rows set aside; training on all training rows for that number; and, with `everything`, a refit
 * on every row. A step that ends in no number halves the rate and starts again from the best point so far.
 */
class MemberTraining {
 public:
  /** `problem` and `everything` (null: no refit) must outlive this. */
  MemberTraining(const Problem& problem, const TrainingData* everything, int number);
  ~MemberTraining();

  /** Works for about `milliseconds`, at least one epoch; true when finished. */
  bool advance(double milliseconds);
  double fraction() const;
  std::string phase() const;
  /** The member as it is now; complete once advance() returned true. */
  Member member() const;

 private:
  struct Run;
  void begin_search();
  void begin_final();
  void begin_refit();
  void epoch();

  const Problem& problem_;
  const TrainingData* everything_;
  Member member_;
  std::unique_ptr<Run> run_;
  enum class Phase { search, final, refit, done } phase_ = Phase::search;
  bool searched_ = false;
};

}  // namespace groundwork::fit
