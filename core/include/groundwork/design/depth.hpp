#pragma once

namespace groundwork::design {

/**
 * Reads into distinct molecules (UMIs) of a cell: a cell's library holds `molecules` of them, and reads find them at
 * random, so UMIs = molecules (1 − exp(−umis_per_read · reads/molecules)): the slope falls from `umis_per_read` to 0.
 */
struct ReadCurve {
  double umis_per_read = 0.5;  ///< of the first reads of a cell
  double molecules = 20000;    ///< of a cell sequenced to the end; may be infinite
};

/** UMIs of a cell at so many reads. Throws `design.depth` for values that are not above 0. */
double umis_at(const ReadCurve&, double reads);

/** Variance between cells of the log expression of a gene: 1/μ + φ with μ UMIs a cell (error analysis, "Counts"). */
double cell_variance(double umis, double dispersion);

/**
 * s_w² at another depth: (s_w² − φ) shrinks as UMIs grow, φ stays. Throws `design.depth` where φ ≥ s_w².
 */
double cell_variance_at(const ReadCurve&, double sw2, double dispersion, double reference_reads, double reads);

/** Reads a cell at which a budget of cells buys least variance, and that s_w². */
struct BestDepth {
  double reads = 0;
  double sw2 = 0;
  double price = 0;  ///< s_w² · (price_cell + price_read · reads): over the budget, the variance of a group mean
};

/**
 * Minimises (1/(share · UMIs(r)) + φ)(price_cell + price_read r) over r. `share`: of the gene in a cell's molecules.
 * Without saturation r* = √(c_cell/(c_read π e φ)) and the price is (√(c_cell φ) + √(c_read/(π e)))².
 */
BestDepth best_depth(const ReadCurve&, double share, double dispersion, double price_cell, double price_read);

}  // namespace groundwork::design
