#pragma once

#include <span>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/measurement/batch_levels.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::design {

/** What a search makes small: the weighted mean of the contrasts' variances, or log det of their covariance. */
enum class Criterion { A, D };

/** The part of a problem that a search does not change. */
struct InformationSetting {
  measurement::BatchLevels levels;
  Vector level_variances;  ///< in [0, ∞]; ∞ is taken as 10⁷ times the largest noise of a group of one cell
  double sg2 = 0;
  Vector sw2;  ///< one per condition
  std::vector<measurement::Contrast> contrasts;
  Vector weights;  ///< one per contrast, > 0; used by A
  Criterion criterion = Criterion::A;
};

/**
 * The criterion of a layout whose cells change a few groups at a time. Conditions and batch groups are kept in one
 * inverse information C; a group (c, b) adds w a aᵀ with a = e_c − e_b, so that a change of k groups is an update of
 * rank k: O(k³) to know the criterion afterwards, O(k n²) to make it, n = conditions + batch groups.
 */
class LayoutInformation {
 public:
  /** Throws `optimise.criterion` where D is asked of contrasts that are linearly dependent. */
  LayoutInformation(InformationSetting setting, Matrix cells);

  struct Change {
    int condition, batch;
    double cells;  ///< afterwards
  };

  const Matrix& cells() const { return cells_; }
  double value() const { return value_; }
  /** ∞ where the change would cut conditions off. `changes` name each group once. */
  double value_after(std::span<const Change> changes) const;
  void apply(std::span<const Change> changes);
  /** From scratch; apply() does so now and then to shed rounding. */
  void refactorise();

 private:
  double weight(int condition, double cells) const {
    return cells > 0 ? cells / (cells * setting_.sg2 + setting_.sw2[condition]) : 0;
  }
  double between(const Matrix& m, int c, int b, int other_c, int other_b) const;
  Vector column(const Matrix& m, int c, int b) const;

  InformationSetting setting_;
  Matrix cells_;
  Index conditions_ = 0, nodes_ = 0;
  std::vector<int> node_of_batch_;  ///< row of C; −1: melted into the ground
  struct Edge {
    int child, parent;
    double conductance;
  };
  std::vector<Edge> edges_;
  Matrix l_;  ///< contrasts × conditions
  Matrix c_;  ///< inverse information
  Matrix q_;  ///< A: C Lᵀ diag(weights) L C; D: C Lᵀ V⁻¹ L C
  double value_ = 0;
  int updates_ = 0;
};

}  // namespace groundwork::design
