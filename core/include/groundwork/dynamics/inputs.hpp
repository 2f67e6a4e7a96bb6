#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::dynamics {

/** What an edit holds fixed in the model (framework, "Clamps"). */
enum class ClampKind {
  /** Knock-out: the other genes see the target as absent (its entry in W δ is that of κ_act); its transcript stays. */
  activity,
  /** CRISPRi (κ < 1), CRISPRa (κ > 1): the target's own synthesis is multiplied by κ. */
  synthesis,
};

/**
 * One clamp. A knock-out that also loses its transcript carries two: `activity` and `synthesis`.
 * κ is `kappa`, unless `estimated` ≥ 0: then it is that entry of the field's parameters (see FieldOptions::kappas).
 */
struct Clamp {
  Index gene = 0;
  ClampKind kind = ClampKind::activity;
  double kappa = 0.05;
  Index estimated = -1;
  bool operator==(const Clamp&) const = default;
};

/** Input `input` (a column of B: a drug, a ligand, an edit whose target is not modelled) at a dose. */
struct InputDose {
  Index input = 0;
  double dose = 1;
  bool operator==(const InputDose&) const = default;
};

/**
 * What acts on one trajectory, i.e. on one column of a state matrix. The default is an unedited cell in the baseline
 * medium m0 (index 0). `label` only serves error messages.
 */
struct ConditionInputs {
  Index medium = 0;
  std::vector<Clamp> clamps;
  std::vector<InputDose> doses;
  std::string label;
};

}  // namespace groundwork::dynamics
