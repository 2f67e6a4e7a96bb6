#include "data_source.hpp"

#include "groundwork/api/screen_form.hpp"
#include "groundwork/api/states_form.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {

DataSource data_source_of(const Message& request, const std::string& command) {
  const Json& json = request.json;
  if (!json.is_object()) throw Error("request.not_object", command + ": expected an object");
  if (json.contains("screen") == json.contains("states"))
    throw Error("request.missing", command + ": expected either \"screen\" or \"states\".",
                "Pass the document that summarise wrote, or that of a state table.");
  if (json.contains("states")) {
    const screen::StateTable table = states_from_message(extract(request, json, "states"));
    return {table.file, fit::source_of(table)};
  }
  const screen::Screen screen = screen_from_message(extract(request, json, "screen"));
  return {screen.counts_name, fit::source_of(screen)};
}

}  // namespace groundwork::api
