#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/dynamics/phase_portrait.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/predictor.hpp"

namespace groundwork::fit {

struct PortraitSettings {
  std::string medium;                            ///< one of the fit's
  std::vector<std::string> genes;                ///< two of the modelled ones; none: the first two principal components
  std::vector<screen::Edit> edits;               ///< the condition whose field is drawn; none: unedited cells
  std::vector<std::vector<screen::Edit>> paths;  ///< edits whose way from the control state is drawn
  std::size_t member = 0;                        ///< whose field; in the order of the fit
  int points = 21;                               ///< of the grid along each axis
  int starts = 24;                               ///< of the search for steady states
  std::uint64_t seed = 1;
};

struct PortraitAxis {
  std::string name;  ///< the gene, or "component 1"
  bool component = false;
  double share = 0;                                      ///< of the states' variance; NaN for a gene
  std::vector<std::pair<std::string, double>> loadings;  ///< of a component, the largest first, at most 8
};

/** The way of one set of edits from the control state, its foot on the plane. */
struct PortraitPath {
  std::vector<screen::Edit> edits;
  std::vector<double> times;  ///< days
  Matrix at;                  ///< 2 × times
  bool diverged = false;      ///< then there is no way
};

struct PortraitRest {
  std::vector<screen::Edit> edits;
  double u = 0, v = 0, abscissa = 0;
  double away = 0;  ///< root mean square over genes of its distance from the plane
  bool stable() const { return abscissa < 0; }
};

/** A two-dimensional picture of one member's field. Coordinates are changes from the control on the scale of the data
 * (of components: scores), rates those a day. */
struct Portrait {
  std::array<PortraitAxis, 2> axes;
  dynamics::PhaseGrid grid;
  std::vector<PortraitPath> paths;
  std::vector<PortraitRest> rests;  ///< of the field's own condition, then of the paths'
  std::string sentence;             ///< what is held, and that ways are of all genes
};

/**
 * All genes off the plane are held where the condition's steady state has them (of components: on the plane through the
 * mean of the trained states). `effects`: of the members, as in score(). Throws `links.no_field`, `portrait.genes`,
 * `portrait.member`, `portrait.components`, `medium.unknown`.
 */
Portrait portrait_of(const DynamicFit& fit, const Evaluation& evaluation, const std::vector<Matrix>& effects,
                     const PortraitSettings& settings);

/** Starts of a search for steady states: the control state and random ones, as wide as twice the measured effects. */
Matrix starts_around(const DynamicFit& fit, const Evaluation& evaluation, int count, std::uint64_t seed);

}  // namespace groundwork::fit
