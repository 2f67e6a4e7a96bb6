#pragma once

namespace groundwork::design {

/*
 * Closed forms for sharing out cells (error analysis, "Allocation"), for P perturbations against one control and one
 * gene with variances s_g² (conditions within batches) and s_w² (cells). All are checked against brute force.
 */

/**
 * Complete blocks: n₀/n, cells of the control over cells of one perturbation, at which the mean variance of the effects
 * is least: (s_w0/s_wp) √(P c_p/c_0), for every s_b² and s_g². `deviation_ratio` is s_w0/s_wp, `price_ratio` c_p/c_0
 * (a cell of a perturbation over a cell of the control). Throws `design.allocation` for values that are not positive.
 */
double control_ratio(double perturbations, double deviation_ratio = 1, double price_ratio = 1);

/** The variance of an effect at that ratio: [2 s_g² + s_w² (1 + √P)²/N]/B, with N cells in each of B batches. */
double least_variance(double perturbations, double batches, double cells_per_batch, double sg2, double sw2);

/** How the cells of a batch are shared out. */
struct Shares {
  double control = 0, perturbation = 0;  ///< cells of the control, and of each perturbation
  double ratio = 0;                      ///< control/perturbation
};

/**
 * One batch for each perturbation, controls in all B batches (layout C): of N cells in a batch with `per_batch`
 * perturbations, n₀/n = √(P_b [Λ² + (1 − Λ²)/B]), Λ = s_b²/(s_b² + s_g² + s_w²/n₀), solved for n₀. s_b² = ∞ (fixed
 * batches): √P_b.
 */
Shares shares_one_batch_each(double per_batch, double batches, double cells_per_batch, double sb2, double sg2,
                             double sw2);

/** Complete blocks for a budget: `price_batch` B + `price_cell` B N. */
struct CostPlan {
  double cells_per_batch = 0, batches = 0;  ///< best without rounding; cells_per_batch ∞ where s_g² = 0
  double variance = 0;                      ///< of an effect, at that plan
  int whole_batches = 0;                    ///< the better of the whole numbers of batches beside it
  double whole_cells = 0;                   ///< cells in each of them, for the whole budget
  double whole_variance = 0;
};

/**
 * N* = (1 + √P)(s_w/s_g) √(c_b/(2 c_c)), least variance [√(2 s_g² c_b) + (1 + √P) s_w √c_c]²/budget. `capacity`: most
 * cells in a batch; where N* exceeds it (always with s_g² = 0), the capacity is what binds. Throws `design.allocation`.
 */
CostPlan plan_for_cost(double perturbations, double sg2, double sw2, double price_batch, double price_cell,
                       double budget, double capacity);

}  // namespace groundwork::design
