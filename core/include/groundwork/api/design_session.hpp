#pragma once

#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/design/plan.hpp"

namespace groundwork::api {

/**
 * A design that is asked again and again while a slider moves. Keeps what stays true between calls: when only the
 * variance between batches of a single level moves, 10,000 conditions × 100 batches answer in milliseconds.
 */
class DesignSession {
 public:
  /** A `design` request. */
  explicit DesignSession(const Message& request);

  /**
   * `variances` as in a `design` request, and optionally `fixed_batches`. Returns the summary:
   * `{"contrasts", "estimable", "median_se", "smallest_se", "largest_se", "typical": entry of the median contrast,
   * "components": n, "batches_without_controls": […], "verdict": [sentence…]}`.
   */
  Json update(const Json& variances);
  Json summary();

  void set_cell(int row, int batch, double cells);
  void set_cells(const std::vector<int>& rows, const std::vector<int>& batches, const std::vector<double>& cells);

  /** `{"first", "contrasts": entries as in `design`}` of `count` contrasts from `first` on. */
  Message rows(std::size_t first, std::size_t count);
  /** Standard errors of all contrasts under "se"; NaN where not estimable. */
  Message standard_errors();

 private:
  design::Plan plan_;
};

}  // namespace groundwork::api
