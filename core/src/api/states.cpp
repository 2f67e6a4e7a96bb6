#include "groundwork/api/states.hpp"

#include "groundwork/api/job.hpp"
#include "groundwork/api/states_form.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

std::string text_in(const Json& request, const char* key, const std::string& otherwise) {
  if (!request.contains(key) || request[key].is_null()) return otherwise;
  if (!request[key].is_string()) throw Error("request.value", std::string("states: \"") + key + "\" is not a text.");
  return request[key].get<std::string>();
}

}  // namespace

Message run_states(const Message& request) {
  const Json& json = request.json;
  refuse_unknown(json, {"text", "states", "file", "scale", "modality", "time_unit"}, "states");
  if (json.contains("text") == json.contains("states"))
    throw Error("request.missing", "states: expected either \"text\", a table, or \"states\", its document.");
  screen::StateTable table;
  if (json.contains("states")) {
    if (json.contains("time_unit"))
      throw Error("request.value", "states: the time unit of a table is settled when its text is read.");
    table = states_from_message(extract(request, json, "states"));
    table.modality = screen::modality_of(text_in(json, "modality", screen::name_of(table.modality)));
    table.scale = screen::scale_of(text_in(json, "scale", screen::name_of(table.scale)));
  } else {
    screen::StateTableForm form;
    form.modality = screen::modality_of(text_in(json, "modality", screen::name_of(form.modality)));
    form.time_unit = text_in(json, "time_unit", "d");
    table = screen::read_state_table(text_in(json, "file", "the table"), text_in(json, "text", ""), form);
    table.scale = screen::scale_of(text_in(json, "scale", screen::name_of(screen::propose_scale(table).scale)));
  }
  return states_to_message(table);
}

}  // namespace groundwork::api
