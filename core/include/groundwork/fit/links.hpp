#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "groundwork/dynamics/rest_points.hpp"
#include "groundwork/dynamics/structural_model.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/gauss_newton.hpp"
#include "groundwork/fit/predictor.hpp"

namespace groundwork::fit {

/** Where unedited cells of one member rest, and the linearisation there. */
struct MemberRest {
  Vector state;         ///< δ
  Matrix jacobian;      ///< 1/day, genes × genes
  Matrix coefficients;  ///< dynamics::structural_coefficients()
  double abscissa = 0;  ///< 1/day
  bool found = false;   ///< else nothing above means anything
  bool stable() const { return found && abscissa < 0; }
};

/** Where the intervals of edges come from. */
enum class EdgeBasis {
  gauss_newton,  ///< posterior at the minimum, members pooled by the law of total variance
  bootstrap,     ///< 1.96 standard deviations over members trained on resampled batches
  seeds,         ///< the same over members that differ in their seeds only: how well training repeats, and no more
  none,          ///< neither: no edge has a number
};
std::string name_of(EdgeBasis);

/** An edge i ← j; genes acted on × genes acting. NaN where unidentified: such an edge has no number. */
struct Edges {
  EdgeBasis basis = EdgeBasis::none;
  Matrix value, low, high;
  /** How much of each edge the data tell: Gauss and Newton's `learned`, or resolution_of_edges(). */
  Matrix learned;
  int identified = 0;
  std::string what, reason;  ///< how the intervals were made; why there are none
};

/** What the structural model and the vector field itself say of one set of edits. */
struct EditLink {
  std::vector<screen::Edit> edits;
  bool unseen = false;
  std::vector<Index> held;  ///< genes that the intervention holds; none: the edits push, by the reduced form
  bool pushes = false;      ///< some edit is an input
  /** Of members: abscissa of the rest of the system with the held genes held, 1/day; NaN: not answered. */
  std::vector<double> scm_abscissa;
  int unstable = 0, unanswered = 0;  ///< members whose intervention is unstable; whose levels are not known
  /** Genes × 1, effects on the scale of the data; all NaN unless every member's intervention is stable. */
  Ensemble scm;
  std::vector<double> model_abscissa;      ///< of members, at the field's own steady state; NaN: none is reached
  int model_lost = 0, model_unstable = 0;  ///< members without a steady state; with one that is unstable
  Ensemble model;                          ///< all NaN unless every member reaches a stable one
  /** Root mean square over the genes that are not held of scm − model, and of model; NaN where one has no number. */
  double difference = 0, size = 0;
  std::string scm_sentence, model_sentence;
};

/** Steady states of one condition, member by member. */
struct RestCensus {
  std::vector<screen::Edit> edits;
  std::vector<dynamics::RestPoints> members;
  std::string sentence;
};

struct LinkSettings {
  std::string medium;  ///< one of the fit's
  int starts = 24;     ///< of each census: the control state and random ones around it
  std::uint64_t seed = 1;
};

/**
 * How far the conditions of a fit tell the coefficients of each gene's equation apart: diagonal of M (M + I)⁻¹ with
 * M = Σ_conditions x xᵀ / v, x what the fit says of the other genes' states, and the inputs, v the variance of the
 * gene's observed effect and the discrepancy; I is a prior of ±1 on every coefficient. 0: nothing is known but that
 * prior; an edge of a gene that no condition moves apart from others stays low, whatever members agree on. A
 * linearisation at rest: what a course over time adds is not counted. Genes acted on × genes acting, diagonal 0.
 */
Matrix resolution_of_edges(const DynamicFit& fit, const Evaluation& evaluation, const std::vector<Matrix>& effects);

/** Sets of edits that were observed, without those that only differ in dose from an earlier one. */
std::vector<std::vector<screen::Edit>> observed_edits(const Evaluation& evaluation);

/** The structural model that a fitted field implies at rest, and the rests of the field itself. */
class Links {
 public:
  /**
   * `gauss_newton`: EdgeIntervals of every member (in its order), empty where some member has none. `effects`: of
   * members, as in score(), on the scale of the data. Throws `links.no_field`, `medium.unknown`.
   */
  Links(DynamicFit fit, Evaluation evaluation, std::vector<Matrix> effects, std::vector<EdgeIntervals> gauss_newton,
        LinkSettings settings);

  const DynamicFit& fit() const { return fit_; }
  const LinkSettings& settings() const { return settings_; }
  const std::vector<MemberRest>& rests() const { return rests_; }
  /** In every member unedited cells have a stable rest: only then is there a structural model. */
  bool stands() const;
  /** What is said of the rest: where it is, how slow, whether the data reach it. */
  const std::string& rest_sentence() const { return rest_sentence_; }
  const Edges& edges() const { return edges_; }

  EditLink edit(const std::vector<screen::Edit>& edits) const;
  RestCensus census(const std::vector<screen::Edit>& edits) const;
  std::vector<std::string> warnings() const;

 private:
  void describe_rest();
  void find_edges(std::vector<EdgeIntervals> gauss_newton);
  dynamics::ConditionInputs inputs_of(const std::vector<screen::Edit>& edits) const;

  DynamicFit fit_;
  Evaluation evaluation_;
  std::vector<Matrix> effects_;
  LinkSettings settings_;
  std::vector<MemberRest> rests_;
  std::string rest_sentence_;
  Edges edges_;
};

}  // namespace groundwork::fit
