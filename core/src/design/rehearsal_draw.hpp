// The experiments of a rehearsal: a network with known truth, and the noise of a layout over its states.
#pragma once

#include "groundwork/design/rehearsal.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::design {

/** What of a plan an experiment is drawn from. */
struct RehearsedLayout {
  Matrix edited;                           ///< edits × batches: cells
  Vector control;                          ///< batches: cells of all unedited conditions together
  std::vector<std::string> level_names;    ///< coarse to fine
  std::vector<std::vector<int>> of_batch;  ///< level × batch
  std::vector<std::vector<std::string>> labels;
  Vector level_variance;  ///< s_f², finite
  double sg2 = 0, sw2 = 0, sw2_control = 0;
  double floor = 0;          ///< Rehearsal::floor
  bool fixed_drawn = false;  ///< a level was fixed, and is drawn all the same
};

RehearsedLayout rehearsed_layout(Plan& plan, const std::vector<int>& edits);

struct DrawnExperiment {
  screen::Levels levels;
  Matrix effects;  ///< genes × edits: the truth
  double effect_rms = 0;

  /** Of these genes in these conditions, in their order; NaN where an edit was not drawn. */
  Matrix effects_of(const std::vector<std::string>& genes, const std::vector<screen::Condition>& conditions) const;
};

/** Gene i < edits is the target of edit i. Names are g1, g2, …. */
DrawnExperiment draw_experiment(const RehearsedLayout&, const RehearsalOptions&, std::uint64_t seed);

}  // namespace groundwork::design
