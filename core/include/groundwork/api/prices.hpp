#pragma once

#include "groundwork/api/message.hpp"
#include "groundwork/design/prices.hpp"

namespace groundwork::api {

/** The command `prices`: dated presets of what batches, cells and reads cost (docs/schemas/prices.json). */
Message run_prices(const Message& request);

/** batch, cell and read of `form`, over those of its "preset" where it names one. */
design::PricePreset prices_from_json(const Json& form);

}  // namespace groundwork::api
