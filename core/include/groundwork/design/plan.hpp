#pragma once

#include <memory>
#include <string>
#include <vector>

#include "groundwork/design/guides.hpp"
#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"
#include "groundwork/measurement/satterthwaite.hpp"

namespace groundwork::design {

/** Variances of one gene that a layout is judged with; natural log scale squared. */
struct Assumptions {
  Vector level_variances;   ///< s_f² per level, coarse to fine, each in [0, ∞]; ∞ = fixed
  double sg2 = 0;           ///< between conditions within batches
  double sw2 = 0;           ///< between cells: a group of n cells has s_g² + s_w²/n
  double sw2_control = -1;  ///< the same for control groups; < 0: as sw2
  GuideTerms guides;        ///< counted as known: an analysis learns them from all guides of the screen
};

struct Goals {
  double confidence = 0.95;  ///< of intervals
  double alpha = 0.05;       ///< two-sided level of the test
  double power = 0.8;
};

/** What a layout says about one contrast; NaN where not estimable, or where there are no degrees of freedom. */
struct ContrastAnswer {
  bool estimable = false;
  std::string reason;  ///< why not, or why there is no minimal detectable change; "" otherwise
  double variance = 0, se = 0, df = 0;
  double half_width = 0;             ///< of the confidence interval
  double mdlfc = 0, mdfc = 0;        ///< minimal detectable log fold change, and as a fold change
  std::vector<int> confounded_with;  ///< indices into Plan::floating()
};

/**
 * A layout under assumed variances. Degrees of freedom are those of an analysis that estimates s_g² and the variances
 * of the random levels from this layout's group means; σ² of the counts is known to it.
 *
 * Work is done when it is asked for and kept as long as it stays true: O(P B²) after cells or s_g², s_w² change; when
 * only the variance of a single level moves and all contrasts are against the controls, O(P B).
 */
class Plan {
 public:
  /** `contrasts` empty: every condition that is no control, against the mean of the controls. */
  Plan(Layout, std::vector<int> controls, std::vector<measurement::Contrast> contrasts = {}, Goals = {});
  ~Plan();
  Plan(Plan&&) noexcept;
  Plan& operator=(Plan&&) noexcept;

  /** For a plan that is asked while a slider moves: large layouts take degrees of freedom from single-precision sums.
   */
  void set_live(bool live);
  /** Throws `design.variance` for negative or missing variances, `design.no_noise` when a group would be exact. */
  void set_assumptions(const Assumptions&);
  /** `layout.…` errors as check_layout; assumptions stay. */
  void set_cells(const std::vector<int>& rows, const std::vector<int>& columns, const std::vector<double>& cells);

  const Layout& layout() const;
  const std::vector<int>& controls() const;
  const std::vector<int>& unedited() const;  ///< unedited_of(layout, controls)
  const std::vector<measurement::Contrast>& contrasts() const;
  /** What each contrast is in words, and what could not be asked (PresetContrasts); empty: nobody said. */
  void set_words(std::vector<std::string> meanings, std::vector<std::string> left_out);
  const std::vector<std::string>& meanings() const;
  const std::vector<std::string>& left_out() const;
  const Goals& goals() const;
  const Assumptions& assumptions() const;
  const measurement::BatchLevels& levels() const;
  bool has_fixed_level() const;

  /** Variances of all contrasts; NaN where not estimable. */
  const Vector& variances();
  ContrastAnswer answer(std::size_t contrast);

  /** Parts of the layout between which nothing can be compared under the assumptions; empty with random batches. */
  const std::vector<measurement::GraphComponent>& floating();
  /** Parts between which nothing could be compared if batches were fixed (under a fixed coarser level: at that level).
   */
  std::vector<measurement::GraphComponent> components();
  /** Batches with cells but without control cells. */
  const std::vector<int>& batches_without_controls() const;
  /** Batches without any cells. */
  const std::vector<int>& empty_batches() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace groundwork::design
