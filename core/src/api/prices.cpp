#include "groundwork/api/prices.hpp"

#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {

Message run_prices(const Message& request) {
  refuse_unknown(request.json, {"buffers"}, "prices");
  Message message;
  message.json["kind"] = "prices";
  message.json["presets"] = Json::array();
  for (const design::PricePreset& preset : design::price_presets())
    message.json["presets"].push_back({{"id", preset.id},
                                       {"name", preset.name},
                                       {"source", preset.source},
                                       {"seen", preset.seen},
                                       {"unit", preset.unit.empty() ? Json(nullptr) : Json(preset.unit)},
                                       {"placeholder", preset.placeholder},
                                       {"batch", preset.batch},
                                       {"cell", preset.cell},
                                       {"read", preset.read}});
  return message;
}

design::PricePreset prices_from_json(const Json& form) {
  refuse_unknown(form, {"preset", "batch", "cell", "read"}, "prices");
  design::PricePreset prices;
  prices.cell = 1;
  if (form.contains("preset") && !form["preset"].is_null())
    prices = design::price_preset(text_from_json(form, "preset", "", "prices"));
  prices.batch = number_from_json(form, "batch", prices.batch, "prices");
  prices.cell = number_from_json(form, "cell", prices.cell, "prices");
  prices.read = number_from_json(form, "read", prices.read, "prices");
  return prices;
}

}  // namespace groundwork::api
