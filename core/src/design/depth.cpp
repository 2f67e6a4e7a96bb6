#include "groundwork/design/depth.hpp"

#include <cmath>

#include "groundwork/base/error.hpp"

namespace groundwork::design {
namespace {

void check(const ReadCurve& curve) {
  if (!(curve.umis_per_read > 0 && std::isfinite(curve.umis_per_read) && curve.molecules > 0)) {
    throw Error("design.depth", "UMIs per read and the molecules of a cell are not above 0.",
                "A typical droplet library gives half a UMI for each of its first reads.");
  }
}

}  // namespace

double umis_at(const ReadCurve& curve, double reads) {
  check(curve);
  if (!(reads > 0)) throw Error("design.depth", "The reads of a cell are not above 0.", "Give reads per cell.");
  const double found = curve.umis_per_read * reads;
  return std::isinf(curve.molecules) ? found : -curve.molecules * std::expm1(-found / curve.molecules);
}

double cell_variance(double umis, double dispersion) { return 1 / umis + dispersion; }

double cell_variance_at(const ReadCurve& curve, double sw2, double dispersion, double reference_reads, double reads) {
  if (!(dispersion >= 0 && dispersion < sw2)) {
    throw Error("design.depth", "The dispersion is not between 0 and sw2, of which it is a part.",
                "sw2 is 1/(UMIs of the gene in a cell) + dispersion.");
  }
  return (sw2 - dispersion) * umis_at(curve, reference_reads) / umis_at(curve, reads) + dispersion;
}

BestDepth best_depth(const ReadCurve& curve, double share, double dispersion, double price_cell, double price_read) {
  check(curve);
  if (!(share > 0 && price_cell > 0 && price_read > 0 && dispersion >= 0)) {
    throw Error("design.depth", "The gene's share and the prices of cells and reads are not above 0.",
                "Without a price of reads, more reads are always better.");
  }
  const auto price_at = [&](double reads) {
    return cell_variance(share * umis_at(curve, reads), dispersion) * (price_cell + price_read * reads);
  };
  // Convex in log reads: the golden section finds the one minimum.
  const double golden = 0.5 * (std::sqrt(5.0) - 1);
  double low = std::log(1e-3), high = std::log(1e12);
  double a = high - golden * (high - low), b = low + golden * (high - low);
  double at_a = price_at(std::exp(a)), at_b = price_at(std::exp(b));
  while (high - low > 1e-10) {
    if (at_a < at_b) {
      high = b;
      b = a;
      at_b = at_a;
      a = high - golden * (high - low);
      at_a = price_at(std::exp(a));
    } else {
      low = a;
      a = b;
      at_a = at_b;
      b = low + golden * (high - low);
      at_b = price_at(std::exp(b));
    }
  }
  BestDepth best;
  best.reads = std::exp(0.5 * (low + high));
  best.sw2 = cell_variance(share * umis_at(curve, best.reads), dispersion);
  best.price = price_at(best.reads);
  return best;
}

}  // namespace groundwork::design
