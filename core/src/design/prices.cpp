#include "groundwork/design/prices.hpp"

#include "groundwork/base/error.hpp"

namespace groundwork::design {

const std::vector<PricePreset>& price_presets() {
  static const std::vector<PricePreset> presets{
      {"cells", "Cells only: a budget is a number of cells", "no prices: one for a cell, nothing for the rest",
       "2026-11-28", "cells", false, 0, 1, 0},
      {"placeholder", "Placeholder with round numbers",
       "nobody's prices: round numbers that show how batches, cells and reads trade off. Put your own in their place.",
       "2026-11-28", "", true, 1000, 0.1, 1e-6},
      {"perturbplan", "PerturbPlan's defaults",
       "defaults of the R package perturbplan (Katsevich-Lab/perturbplan): 0.086 for a captured cell, 0.374 for a "
       "million "
       "reads; a batch costs nothing by itself",
       "2026-11-28", "", false, 0, 0.086, 0.374e-6},
      {"scpower", "scPower's defaults",
       "defaults of the planner scPower (heiniglab/scPower): 5,600 for a kit of six lanes, 14,032 for a flow cell of "
       "4.1e9 "
       "reads, of which 20,000 are counted to a cell here; what a lane may hold is a constraint, not a price",
       "2026-11-28", "", false, 5600.0 / 6, 20000 * 14032 / 4.1e9, 0},
  };
  return presets;
}

const PricePreset& price_preset(const std::string& id) {
  std::string known;
  for (const PricePreset& preset : price_presets()) {
    if (preset.id == id) return preset;
    known += (known.empty() ? "" : ", ") + preset.id;
  }
  throw Error("prices.unknown", "There are no prices called \"" + id + "\".", "There are " + known + ".");
}

}  // namespace groundwork::design
