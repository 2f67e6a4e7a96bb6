#pragma once

#include <memory>
#include <string>
#include <vector>

#include "groundwork/fit/predictor.hpp"
#include "groundwork/fit/problem.hpp"

namespace groundwork::fit {

/** What a fitted model knows of conditions that could be measured, and of those that it is to predict. */
struct CandidateInformation {
  Index genes = 0;
  std::vector<double> times;  ///< days, per condition
  std::vector<char> unseen;   ///< per condition: an edit that was not trained
  /**
   * Genes · conditions square, conditions one after the other: posterior covariance of their effects (δ less that of
   * unedited cells in the same medium at the same time; of unedited cells δ itself), in units of δ. The transcript of a
   * clamped edit is no output: its rows and columns are 0.
   */
  Matrix covariance;
  Matrix prior_variance;  ///< genes × conditions: of the same before any data; large where the prior is flat
  Matrix effect;          ///< genes × conditions: at the fitted parameters
  /**
   * Genes: variance of an effect measured once more, edited and unedited cells together in one new batch: the medians
   * over training rows of s_g² + σ²_cb + τ², edited and unedited ones added. NaN where no row has a value.
   */
  Vector noise;
  Index parameters = 0;  ///< of the model
  Index outputs = 0;     ///< numbers that the data curvature was taken of
  std::vector<std::string> warnings;
};

/** Most numbers (outputs of data and conditions × parameters) that derivatives are kept for: 240 MB. */
inline constexpr Index most_derivatives = 30'000'000;

/**
 * Linearises the model at θ: the posterior of the parameters is normal with precision `Λ + Jᵀ V⁻¹ J`, Λ the prior's and
 * J the derivative of what the loss compares (batches and levels profiled out), and what follows for the effects of the
 * conditions, `S (Λ + Jᵀ V⁻¹ J)⁻¹ Sᵀ` (Chaloner and Verdinelli 1995). θ need not be a minimum. By forward differences,
 * a flow a parameter, in slices; then one factorisation, of the parameters or of the data, whichever are fewer.
 */
class InformationSearch {
 public:
  /**
   * `data`: what θ was trained on; both outlive this. Throws `next.too_many` (most_derivatives), `next.unknown` (a
   * condition that the model cannot speak of), `predict.times`, `flow.diverged`.
   */
  InformationSearch(const Problem& problem, const TrainingData& data, const Vector& theta,
                    const std::vector<screen::Condition>& conditions, const std::string& usual_medium);
  ~InformationSearch();

  bool advance(double milliseconds);
  double fraction() const;
  /** Complete once advance() returned true. */
  CandidateInformation take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace groundwork::fit
