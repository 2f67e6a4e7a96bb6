#include "groundwork/api/sheet.hpp"

#include <cmath>

#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/sheet.hpp"

namespace groundwork::api {

Message run_sheet(const Message& request) {
  const Json& r = request.json;
  refuse_unknown(r, {"layout", "rows", "columns", "seed", "buffers"}, "sheet");
  if (!r.contains("layout")) throw Error("request.missing_key", "The key \"layout\" is missing.");
  const design::Layout layout = get_layout(request, r["layout"]);
  const auto whole = [&](const char* key, double otherwise) {
    const double value = number_from_json(r, key, otherwise, "sheet");
    if (value != std::floor(value) || value < 0 || value > 1e9)
      throw Error("request.value", std::string("The value of \"") + key + "\" is not a whole number.");
    return static_cast<int>(value);
  };
  const int rows = whole("rows", 8), columns = whole("columns", 12), seed = whole("seed", 1);
  Message message;
  Json& out = message.json;
  out["kind"] = "sheet";
  out["seed"] = seed;
  out["rows"] = rows;
  out["columns"] = columns;
  out["batches"] = Json::array();
  for (const auto& sheet : design::bench_sheet(layout, rows, columns, static_cast<std::uint64_t>(seed))) {
    Json wells = Json::array();
    for (const auto& well : sheet.wells)
      wells.push_back({{"plate", well.plate},
                       {"well", well.position},
                       {"condition", layout.conditions[static_cast<std::size_t>(well.condition)]},
                       {"cells", well.cells}});
    Json levels = Json::object();
    for (const auto& level : layout.coarser) levels[level.name] = level.of_batch[static_cast<std::size_t>(sheet.batch)];
    out["batches"].push_back({{"batch", layout.batches[static_cast<std::size_t>(sheet.batch)]},
                              {"levels", std::move(levels)},
                              {"wells", std::move(wells)}});
  }
  return message;
}

}  // namespace groundwork::api
