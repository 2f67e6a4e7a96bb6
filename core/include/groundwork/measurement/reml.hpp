#pragma once

#include <functional>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/batch_levels.hpp"

namespace groundwork::measurement {

/** −2 log restricted likelihood with its derivatives. */
struct Likelihood {
  double minus_two_log = 0;
  Vector gradient;             ///< of minus_two_log
  Matrix average_information;  ///< the mean of observed and expected information, for Newton steps
};

/**
 * REML of the variances from group means, one gene (docs/model.md, "Error analysis of a layout").
 * Parameters θ: s_f² of each batch level, coarse to fine, then s_g², then s_w² if it is estimated from the cells.
 */
class Reml {
 public:
  /**
   * Which groups there are: `condition[k]`, `column[k]` (into the columns of `levels`), each pair at most once. A
   * BatchLevels without levels is a screen without batches.
   */
  Reml(const BatchLevels& levels, std::vector<int> condition, std::vector<int> column);

  /** Group means whose measurement variances σ²_cb > 0 are known. */
  void set_known(const Vector& mean, const Vector& variance);
  /** Group means of cells with common variance s_w²: sizes, and the sum of squares within all groups together. */
  void set_cells(const Vector& mean, const Vector& cells, double within_squares);

  /** Number of parameters. */
  Index size() const;
  Likelihood evaluate(const Vector& theta, bool derivatives = true) const;
  /** A sensible size for the variances, to start from: the mean square of the groups about their condition's mean. */
  double scale() const;
  /** s_w² within groups; NaN if variances are known. */
  double within() const;

 private:
  BatchLevels levels_;
  std::vector<int> condition_, column_;
  Index conditions_ = 0;
  Vector mean_, noise_;  // noise_: σ²_cb, or 1/n
  bool cells_ = false;
  double total_cells_ = 0, within_squares_ = 0, sum_log_cells_ = 0;
};

struct RemlFit {
  Vector theta;
  Likelihood at;
  int iterations = 0;
  bool converged = false;
};

/**
 * Minimises over θ ≥ 0 from the best point of a coarse grid of ratios, by average-information Newton steps with an
 * active set. `fixed_at_zero`: parameters left out (not estimable). `last_is_within`: θ's last entry is s_w² > 0 and
 * starts at `within`.
 */
RemlFit minimise_reml(const std::function<Likelihood(const Vector&, bool)>& likelihood, Index parameters, double scale,
                      const std::vector<bool>& fixed_at_zero, double within);

RemlFit fit_reml(const Reml&, const std::vector<bool>& fixed_at_zero = {});

}  // namespace groundwork::measurement
