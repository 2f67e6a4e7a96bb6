#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/layout.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/design/layout.hpp"

namespace groundwork::cli {
namespace {

void run_layout(const Arguments& arguments) {
  api::Message request;
  api::Json& r = request.json;
  r["kind"] = arguments.text("kind", "complete");
  if (arguments.has("conditions")) r["conditions"] = arguments.integer("conditions", 0);
  if (arguments.has("batches")) r["batches"] = arguments.integer("batches", 0);
  if (arguments.has("cells")) r["cells"] = arguments.integer("cells", 0);
  if (arguments.has("control-cells")) r["control_cells"] = arguments.integer("control-cells", 0);
  if (arguments.has("control-batches")) r["control_batches"] = arguments.integer("control-batches", 0);
  if (arguments.has("bridge-cells")) r["bridge_cells"] = arguments.integer("bridge-cells", 0);
  if (arguments.has("times")) r["times"] = arguments.numbers("times");
  if (arguments.has("time-unit")) r["time_unit"] = arguments.text("time-unit");
  const api::Message result = api::run_layout(request);
  if (arguments.has("csv")) {
    write_bytes(arguments.text("csv"), design::write_layout(api::get_layout(result, result.json)));
  }
  write_result(arguments, result);
}

}  // namespace

Command layout_command() {
  return {
      "layout",
      "A ready layout to start from",
      {{"kind", "NAME", "complete, one_batch_each, controls_apart or time_per_batch (default: complete)"},
       {"conditions", "N", "perturbations (default: 24)"},
       {"batches", "N", "batches; time_per_batch: per time point (default: 4)"},
       {"cells", "N", "cells of a perturbation in a batch that holds it (default: 50)"},
       {"control-cells", "N", "cells of the control in a batch that holds it (default: 200)"},
       {"control-batches", "N", "controls_apart: batches that hold the controls (default: 1)"},
       {"times", "T,T,…", "time_per_batch: the time points (default: 2,4)"},
       {"time-unit", "UNIT", "for their names (default: d)"},
       {"bridge-cells", "N", "time_per_batch: cells of a bridging sample in every batch (default: 0, none)"},
       {"csv", "FILE", "also write the layout as design reads it"},
       output_option()},
      "conditions, batches, levels, cells (conditions x batches), control: names, and for time_per_batch contrasts "
      "[{name, terms}]:\n"
      "effects at each time, rates, and rates against those of the control. A design request takes it as its layout.",
      run_layout};
}

}  // namespace groundwork::cli
