#pragma once

#include <string>
#include <vector>

#include "groundwork/fit/latent_shift.hpp"
#include "groundwork/fit/links.hpp"

namespace groundwork::fit {

/** The limit of the flow under one set of edits, beside the latent shift of the same edits. Root mean squares over
 * genes, effects on the scale of the data; NaN where the flow has no limit in some member. */
struct LimitBesideShift {
  std::vector<screen::Edit> edits;
  double limit = 0, shift = 0, difference = 0;
};

struct ShiftComparison {
  LatentShift shift;
  Scores scores;  ///< of the fit's evaluation: its baselines, "latent_shift", then the model
  std::vector<LimitBesideShift> edits;
  bool limit_is_shift = false;  ///< the field's limits are linear in the doses of its inputs, by its form
  std::string sentence, score_sentence;
};

/** `effects`: of members, as in score(); `answered`: what Links::edit() said. */
ShiftComparison compare_with_shift(const DynamicFit& fit, const Evaluation& evaluation,
                                   const std::vector<Matrix>& effects, const std::vector<EditLink>& answered);

}  // namespace groundwork::fit
