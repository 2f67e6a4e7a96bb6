#include "groundwork/design/allocation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "groundwork/base/error.hpp"

namespace groundwork::design {
namespace {

void require(bool holds, const std::string& sentence) {
  if (!holds) throw Error("design.allocation", sentence, "Numbers of cells, batches and prices are above 0.");
}

}  // namespace

double control_ratio(double perturbations, double deviation_ratio, double price_ratio) {
  require(perturbations >= 1, "There is no perturbation to share cells with.");
  require(deviation_ratio > 0 && price_ratio > 0, "Ratios of deviations and of prices are above 0.");
  return deviation_ratio * std::sqrt(perturbations * price_ratio);
}

double least_variance(double perturbations, double batches, double cells_per_batch, double sg2, double sw2) {
  require(perturbations >= 1 && batches > 0 && cells_per_batch > 0, "There are no perturbations, batches or cells.");
  const double root = 1 + std::sqrt(perturbations);
  return (2 * sg2 + sw2 * root * root / cells_per_batch) / batches;
}

Shares shares_one_batch_each(double per_batch, double batches, double cells_per_batch, double sb2, double sg2,
                             double sw2) {
  require(per_batch > 0 && batches >= 1 && cells_per_batch > 0, "There are no perturbations, batches or cells.");
  const auto ratio_at = [&](double n0) {
    const double lambda = std::isinf(sb2) ? 1 : sb2 / (sb2 + sg2 + sw2 / n0);
    return std::sqrt(per_batch * (lambda * lambda + (1 - lambda * lambda) / batches));
  };
  // n₀ grows faster than what the ratio at n₀ leaves for the control, so there is one crossing.
  double low = 0, high = cells_per_batch;
  for (int k = 0; k < 200 && high - low > 1e-15 * cells_per_batch; ++k) {
    const double n0 = 0.5 * (low + high);
    (n0 * per_batch > ratio_at(n0) * (cells_per_batch - n0) ? high : low) = n0;
  }
  Shares shares;
  shares.control = 0.5 * (low + high);
  shares.perturbation = (cells_per_batch - shares.control) / per_batch;
  shares.ratio = shares.control / shares.perturbation;
  return shares;
}

CostPlan plan_for_cost(double perturbations, double sg2, double sw2, double price_batch, double price_cell,
                       double budget, double capacity) {
  require(perturbations >= 1 && budget > 0 && price_batch >= 0 && price_cell >= 0 && capacity > 0,
          "There are no perturbations, or the budget or the capacity is not above 0.");
  require(price_batch > 0 || price_cell > 0, "Neither batches nor cells have a price, so that a budget says nothing.");
  const double root = 1 + std::sqrt(perturbations), infinity = std::numeric_limits<double>::infinity();
  CostPlan plan;
  const double wanted =
      sg2 > 0 && price_cell > 0 ? root * std::sqrt(sw2 / sg2 * price_batch / (2 * price_cell)) : infinity;
  plan.cells_per_batch = std::max(std::min(wanted, capacity), 1.0);
  const auto cells_for = [&](double batches) {
    return price_cell > 0 ? std::min(capacity, (budget / batches - price_batch) / price_cell) : capacity;
  };
  plan.batches = budget / (price_batch + price_cell * plan.cells_per_batch);
  plan.variance = least_variance(perturbations, plan.batches, plan.cells_per_batch, sg2, sw2);
  plan.whole_variance = infinity;
  for (const double batches : {std::floor(plan.batches), std::ceil(plan.batches)}) {
    if (batches < 1) continue;
    const double cells = cells_for(batches);
    if (!(cells > 0)) continue;
    const double variance = least_variance(perturbations, batches, cells, sg2, sw2);
    if (variance >= plan.whole_variance) continue;
    plan.whole_variance = variance;
    plan.whole_batches = static_cast<int>(batches);
    plan.whole_cells = cells;
  }
  return plan;
}

}  // namespace groundwork::design
