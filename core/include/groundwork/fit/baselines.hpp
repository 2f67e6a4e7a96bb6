#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/panel.hpp"

namespace groundwork::fit {

/** A prediction without a field, made from training conditions only. */
struct Baseline {
  std::string name;
  std::string what;  ///< one sentence: how it was made
  Matrix effects;    ///< genes × panel conditions
};

/**
 * - `no_change`: 0.
 * - `mean_effect`: the mean over training conditions; split by time: over the training times of the same edits.
 * - `ridge`: split by perturbation: gene–gene ridge, each gene on all others over the training conditions, solved with
 *   the edited genes clamped (knock-out: log κ_act, CRISPRi/a: log κ); edits without a modelled target get their own
 *   effect where trained, else the mean. Otherwise kernel ridge on the inputs (edits, medium, time). λ by leaving out
 *   one edit (one condition) at a time.
 * - `additive`, split by combination only: the sum of what each of the edits did alone in training, at the nearest
 * time; the mean effect for an edit that has no condition of its own.
 * - `other_batches`, split by batch only: what the training batches say of the same condition, which is what a
 * replicate predicts; the mean effect where they have none.
 * - `interpolation`, split by time only: on the line between the nearest training times of the same edits and medium.
 */
std::vector<Baseline> baselines_of(const Problem& problem, const Panel& panel);

/** Mean over the panel's training conditions, genes; what "against the mean of all perturbations" subtracts. */
Vector mean_training_effect(const Panel& panel);

}  // namespace groundwork::fit
