#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "groundwork/design/plan.hpp"

namespace groundwork::design {

/** What is drawn beside a layout. */
struct RehearsalOptions {
  Index genes = 40;        ///< modelled genes; at least as many as edits
  double effect_sd = 0.2;  ///< root mean square of the true effects over edits and genes, natural log
  double time = 7;         ///< days after the edit
  double held_out = 0.25;  ///< share of the edits that no model sees
  std::uint64_t seed = 1;
  int replicates = 5;  ///< networks and experiments
};

/** Edits and genes up to which a rehearsal goes; of more conditions so many are drawn. */
inline constexpr Index most_rehearsed_edits = 60, most_rehearsed_genes = 100;

/** How a field is trained. */
struct RehearsedLoss {
  std::string name;   ///< "prediction", "controls_as_data", "steady_state", "centred"
  std::string words;  ///< for sentences
};
const std::vector<RehearsedLoss>& rehearsed_losses();

/** One drawn experiment, every error a mean square over held-out edits and the genes that they do not edit. */
struct RehearsedReplicate {
  double no_change = 0;        ///< of the true effects themselves
  double measured = 0;         ///< of the effects measured for the held-out edits, against the truth
  double ridge = 0;            ///< of gene–gene ridge with clamps, against the truth
  std::vector<double> truth;   ///< per loss: of the predicted effects, against the truth
  std::vector<double> seen;    ///< per loss: against the measured effects, which is what an experiment can see
  std::vector<double> fitted;  ///< per loss: of the effects of the edits that trained it, against the truth
  std::vector<double> drift;   ///< per loss: of unedited cells, root mean square over genes
  double effect_rms = 0;       ///< of all true effects: as asked for, unless the network would not rest
};

struct Rehearsal {
  std::vector<std::string> edits;  ///< names of the conditions that were drawn
  /**
   * Mean variance of the measured effects by the plan, which `measured` should come to. Against half of the unedited
   * cells: the other half trains.
   */
  double floor = 0;
  std::vector<RehearsedReplicate> replicates;
  std::vector<std::string> warnings;
};

/**
 * The error analysis carried through to a model: draws a network (`production_decay`, centred, each edit a knock-out of
 * a gene of its own), carries unedited and edited cells to the time asked for, lays batch, group and counting noise
 * over them as the layout has it, fits the same field with every loss to the edits that train, and compares what it
 * says of the others with the truth. The error of a perfect model against what was measured is `floor`: E‖x̂ − x̄‖² = ‖x̂
 * − x‖²
 * + tr Var(x̄) (error analysis, "Loss and time"). The networks depend on the seed alone, so that layouts are compared on
 * the same ones. Fixed batches are drawn with a standard deviation of 1. Guides are not drawn, and floor is without
 * them.
 */
class Rehearsing {
 public:
  /** Throws `rehearse.…` where the layout has fewer than four edits, or no controls. */
  Rehearsing(Plan& plan, const RehearsalOptions& options);
  ~Rehearsing();

  /** Works for about `milliseconds`; true when finished. */
  bool advance(double milliseconds);
  double fraction() const;
  std::string phase() const;
  const Rehearsal& result() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace groundwork::design
