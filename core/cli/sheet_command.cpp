#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/sheet.hpp"
#include "groundwork/design/layout.hpp"

namespace groundwork::cli {
namespace {

void run_sheet(const Arguments& arguments) {
  const std::string path = arguments.text("layout");
  const design::Layout layout = design::read_layout(read_text(path), path);
  api::Message request;
  api::Json form = api::Json::object();
  request.json = api::Json::object();
  api::put_layout(request, form, layout);
  request.json["layout"] = std::move(form);
  for (const char* key : {"rows", "columns", "seed"})
    if (arguments.has(key)) request.json[key] = arguments.integer(key, 0);
  write_result(arguments, api::run_sheet(request));
}

}  // namespace

Command sheet_command() {
  return {
      "sheet",
      "A layout as plates for the bench, samples in random order",
      {{"layout", "FILE", "as for design", true},
       {"rows", "N", "of a plate (default: 8)"},
       {"columns", "N", "of a plate (default: 12)"},
       {"seed", "N", "of the order (default: 1)"},
       output_option()},
      "batches [{batch, levels, wells [{plate, well, condition, cells}]}] in the order of wells; seed, rows, columns.",
      run_sheet};
}

}  // namespace groundwork::cli
