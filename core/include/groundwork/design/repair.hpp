#pragma once

#include <string>
#include <vector>

#include "groundwork/design/plan.hpp"

namespace groundwork::design {

/** Cells of one condition put into batches that do not hold it yet. */
struct Addition {
  int condition = -1;        ///< of the layout
  std::vector<int> batches;  ///< one, or one in each part that has to be joined
  double cells = 0;          ///< in each of them
};

/** What makes contrasts estimable that are not. */
struct Repair {
  std::vector<std::size_t> contrasts;  ///< that hang on the same parts of the layout
  bool possible = false;
  Addition addition;       ///< the cheapest; meaningless unless possible
  std::vector<double> se;  ///< of those contrasts afterwards
  double least_se = 0;     ///< of the first of them with any number of cells added so
  std::string sentence;    ///< why they cannot be estimated, and what the addition does
};

struct RepairOptions {
  double cells = 0;  ///< of the added groups; 0: the fewest that come within a tenth of what any number would reach
};

/**
 * For contrasts that cannot be estimated, together where the same parts of the condition–batch graph are at fault: the
 * cheapest single addition that repairs them (cells of one condition in a batch of the other part; where more than two
 * parts are at fault, in one batch of each), with the standard error that results. Layouts of up to 600 groups are
 * searched in full; in larger ones the controls, the contrast's own conditions and the best measured conditions are
 * tried in the best filled batches.
 */
std::vector<Repair> repairs_of(const Plan&, const RepairOptions& = {});

/** The layout with the addition made. */
Layout with_addition(const Layout&, const Addition&);

/** A change of the layout that costs as many cells as an average batch holds, and what it does to the answer. */
struct Suggestion {
  std::string kind;  ///< more_controls, more_cells, one_more_batch, controls_everywhere, share_out, repair
  std::string sentence;
  Layout layout;  ///< with the change made
  double added_cells = 0;
  double median_se = 0;     ///< over contrasts that could be estimated before
  double median_mdlfc = 0;  ///< NaN where there are no degrees of freedom
  std::size_t estimable = 0;
};

/**
 * What would help most: repair of what is confounded, controls where there are none, one more batch, more controls,
 * more cells of everything else, or the same cells shared out by the √P rule; the three best, best first. Ranked by the
 * contrasts that can be estimated, then by the median detectable change (by the standard error where none has one).
 */
std::vector<Suggestion> suggestions_of(const Plan&);

}  // namespace groundwork::design
