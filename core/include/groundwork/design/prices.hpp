#pragma once

#include <string>
#include <vector>

namespace groundwork::design {

/** What things cost, to start from; everybody's own prices differ. */
struct PricePreset {
  std::string id, name;
  std::string source;        ///< where the figures are from, and what they leave out
  std::string seen;          ///< ISO date on which the source said so
  std::string unit;          ///< of money; "" = the source does not say
  bool placeholder = false;  ///< round numbers of nobody
  double batch = 0;          ///< of a batch: a lane, a library
  double cell = 0;           ///< of a cell, without its reads where those have a price
  double read = 0;
};

/** Dated presets, the neutral one first. */
const std::vector<PricePreset>& price_presets();

/** Throws `prices.unknown` naming those that there are. */
const PricePreset& price_preset(const std::string& id);

}  // namespace groundwork::design
