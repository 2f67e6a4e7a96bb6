#include "groundwork/api/allocation.hpp"

#include <limits>

#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/prices.hpp"
#include "groundwork/design/allocation.hpp"
#include "groundwork/design/depth.hpp"
#include "groundwork/design/engraftment.hpp"
#include "json_values.hpp"

namespace groundwork::api {
Message run_allocation(const Message& request) {
  const Json& r = request.json;
  refuse_unknown(r, {"perturbations",   "batches",     "cells_per_batch", "sb2",           "sg2",       "sw2",
                     "deviation_ratio", "price_ratio", "price_batch",     "price_cell",    "budget",    "capacity",
                     "price_read",      "share",       "dispersion",      "umis_per_read", "molecules", "founders",
                     "size_variation",  "sc2",         "prices"},
                 "allocation");
  const auto number = [&](const char* key, double otherwise) {
    if (r.contains(key) && r[key] == Json("inf")) return std::numeric_limits<double>::infinity();
    return number_from_json(r, key, otherwise, "allocation");
  };
  // Prices that are given stand above those of a preset.
  design::PricePreset prices;
  prices.cell = 1;
  const bool preset = r.contains("prices") && !r["prices"].is_null();
  if (preset) prices = design::price_preset(text_from_json(r, "prices", "", "allocation"));
  const double p = number("perturbations", 24), batches = number("batches", 4), cells = number("cells_per_batch", 1500);
  const double sb2 = number("sb2", 0.025), sg2 = number("sg2", 0.0017), sw2 = number("sw2", 8.4);
  Message message;
  Json& out = message.json;
  out["kind"] = "allocation";
  const double ratio = design::control_ratio(p, number("deviation_ratio", 1), number("price_ratio", 1));
  out["complete"] = {{"control_ratio", ratio},
                     {"control_share", ratio / (ratio + p)},
                     {"variance", design::least_variance(p, batches, cells, sg2, sw2)}};
  const double per_batch = p / batches;
  const design::Shares shares = design::shares_one_batch_each(per_batch, batches, cells, sb2, sg2, sw2);
  out["one_batch_each"] = {{"perturbations_per_batch", per_batch},
                           {"control_ratio", shares.ratio},
                           {"control_cells", shares.control},
                           {"perturbation_cells", shares.perturbation}};
  out["cost"] = nullptr;
  if (r.contains("budget") && !r["budget"].is_null()) {
    const design::CostPlan plan =
        design::plan_for_cost(p, sg2, sw2, number("price_batch", prices.batch), number("price_cell", prices.cell),
                              number("budget", 0), number("capacity", std::numeric_limits<double>::infinity()));
    out["cost"] = {{"cells_per_batch", number_or_null(plan.cells_per_batch)},
                   {"batches", plan.batches},
                   {"variance", plan.variance},
                   {"whole_batches", plan.whole_batches},
                   {"whole_cells", number_or_null(plan.whole_cells)},
                   {"whole_variance", number_or_null(plan.whole_variance)}};
  }
  out["depth"] = nullptr;
  if (number("price_read", prices.read) > 0) {
    const design::BestDepth best = design::best_depth(
        {number("umis_per_read", 0.5), number("molecules", 20000)}, number("share", 1e-4), number("dispersion", 0.2),
        number("price_cell", prices.cell), number("price_read", prices.read));
    out["depth"] = {{"reads", best.reads}, {"sw2", best.sw2}, {"price", best.price}};
  }
  out["in_vivo"] = nullptr;
  if (r.contains("founders") && !r["founders"].is_null()) {
    const design::Clones clones{number("founders", 10), number("size_variation", 1), number("sc2", 0)};
    const design::PoissonFounders poisson = design::poisson_founders(clones.founders, clones.size_variation);
    const double n = cells / (p + ratio);
    const std::string sentence = design::useful_cells_sentence(clones, sw2, n);
    out["in_vivo"] = {{"effective_founders", design::effective_founders(clones)},
                      {"useful_cells", number_or_null(design::useful_cells(clones, sw2))},
                      {"cells", n},
                      {"variance", design::clonal_variance(clones, sw2, n)},
                      {"variance_without_clones", (clones.sc2 + sw2) / n},
                      {"poisson_lost", poisson.lost},
                      {"poisson_effective", poisson.effective},
                      {"sentence", sentence.empty() ? Json(nullptr) : Json(sentence)}};
  }
  out["prices"] = {{"preset", preset ? Json(prices.id) : Json(nullptr)},
                   {"batch", number("price_batch", prices.batch)},
                   {"cell", number("price_cell", prices.cell)},
                   {"read", number("price_read", prices.read)}};
  return message;
}

}  // namespace groundwork::api
