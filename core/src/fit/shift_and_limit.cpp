#include "groundwork/fit/shift_and_limit.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/words.hpp"

namespace groundwork::fit {
namespace {

double root_mean(const Vector& v) { return std::sqrt(v.squaredNorm() / static_cast<double>(v.size())); }

const Score* score_named(const Scores& scores, const std::string& name) {
  const auto found =
      std::find_if(scores.list.begin(), scores.list.end(), [&](const Score& s) { return s.name == name; });
  return found == scores.list.end() ? nullptr : &*found;
}

}  // namespace

ShiftComparison compare_with_shift(const DynamicFit& fit, const Evaluation& evaluation,
                                   const std::vector<Matrix>& effects, const std::vector<EditLink>& answered) {
  ShiftComparison out;
  out.shift = latent_shift(evaluation);
  Evaluation with = evaluation;
  with.baselines.push_back({"latent_shift", "Every edit a shift in a latent space, by principal components.",
                            shifted_effects(out.shift, evaluation.conditions)});
  out.scores = score(with, effects);

  std::vector<screen::Condition> conditions;
  bool inputs_only = !answered.empty();
  for (const EditLink& link : answered) {
    screen::Condition condition;
    condition.edits = link.edits;
    conditions.push_back(std::move(condition));
    inputs_only = inputs_only && link.held.empty();
  }
  const Matrix shifts = shifted_effects(out.shift, conditions);
  for (std::size_t i = 0; i < answered.size(); ++i) {
    const Vector limit = answered[i].model.mean.col(0), shift = shifts.col(static_cast<Index>(i));
    out.edits.push_back({answered[i].edits, root_mean(limit), root_mean(shift), root_mean(limit - shift)});
  }

  const bool linear = fit.field.kind == dynamics::FieldKind::linear;
  out.limit_is_shift = linear && inputs_only;
  const Index k = out.shift.components.loadings.cols();
  const std::string dimensions = std::to_string(k) + (k == 1 ? " dimension" : " dimensions");
  if (out.limit_is_shift)
    out.sentence =
        "Here the flow's limit is a shift: every edit is an input, and where a linear field comes to rest, −A⁻¹ B u, "
        "is linear in the doses, so that limits add. The latent shift with " +
        dimensions +
        " is the same kind of map, fitted to what was measured and not to a rest: the rows below show what "
        "sets the two apart.";
  else if (linear)
    out.sentence =
        "An input's limit on this linear field, −A⁻¹ B u, would be a shift. A held gene's is one for each edit alone, "
        "but the limits of two held genes do not add, because each is held against the other. The latent shift has " +
        dimensions + ".";
  else
    out.sentence =
        "The limits of this field are a shift to first order only, for edits that are weak. The latent shift has " +
        dimensions + ".";
  if (out.shift.components.loadings.cols() == 0)
    out.sentence += " Leaving edits out, no dimension describes them better than noise alone: every shift is 0.";

  const Score* own = score_named(out.scores, "latent_shift");
  const Score* ridge = score_named(out.scores, "ridge");
  if (own && ridge && std::isfinite(own->mse) && std::isfinite(ridge->mse)) {
    const Score& model = out.scores.list.back();
    const std::string where =
        evaluation.split == SplitKind::none ? "on the conditions that trained" : "on held-out conditions";
    out.score_sentence = "Mean square error " + where + ", of no change's: latent shift " +
                         significant(100 * own->relative_to_no_change, 3) + " %, ridge " +
                         significant(100 * ridge->relative_to_no_change, 3) + " %, " + evaluation.model + " " +
                         significant(100 * model.relative_to_no_change, 3) + " %.";
    if (evaluation.split == SplitKind::perturbation)
      out.score_sentence +=
          " A shift knows nothing of an edit that it was not shown: it answers the mean shift of the others.";
  }
  return out;
}

}  // namespace groundwork::fit
