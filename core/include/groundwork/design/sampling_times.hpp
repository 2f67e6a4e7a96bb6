#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::design {

/** What is known about a first-order approach to a level, x(t) = x₀ e^{−αt} or c(1 − e^{−αt}). */
enum class DecayQuestion {
  decay_known_start,    ///< α alone, x₀ known: one time, 1/α
  decay_unknown_start,  ///< α and x₀: {0, 1/α}
  production_decay,     ///< c and α with x₀ = 0 known, in a window [0, T]: {(1 − u/(e^u − 1))/α, T}, u = αT
};

struct SamplingTimes {
  std::vector<double> times;  ///< in the unit of 1/α
  std::string why;            ///< a sentence
};

/**
 * D-optimal times in closed form (error analysis, "Loss and time"). Throws `design.sampling` unless α > 0, and for
 * production and decay a window > 0.
 */
SamplingTimes decay_times(DecayQuestion, double rate, double window = 0);
DecayQuestion decay_question_of(const std::string& name);  ///< throws `design.sampling`

/**
 * How much of the best variance of α a single time keeps when x₀ is known: (αt e^{1 − αt})². 1 at the best time.
 */
double one_time_efficiency(double rate, double time);

/** A choice among candidate times. */
struct ChosenTimes {
  std::vector<int> chosen;  ///< indices of candidates, ascending; a time may be chosen more than once
  double log_det = 0;       ///< log determinant of the information Σ sᵀ s/σ²
  double bound = 0;         ///< that of the best approximate design of as many samples: no choice can exceed it
};

/**
 * D-optimal choice of `samples` times from candidates by exchange from several starts. `sensitivities`: rows (one or
 * more outputs per time) × parameters, ∂output/∂parameter divided by the output's standard error; `time_of_row` says
 * which candidate a row belongs to. `repeats`: a candidate may be taken more than once. The bound is that of the
 * approximate design by multiplicative updates (Silvey, Titterington and Torsney 1978), certified by the equivalence
 * theorem. Throws `design.sampling` where the candidates together cannot identify all parameters.
 */
ChosenTimes choose_times(const Matrix& sensitivities, const std::vector<int>& time_of_row, int samples, bool repeats);

}  // namespace groundwork::design
