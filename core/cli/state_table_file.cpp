#include "state_table_file.hpp"

#include <filesystem>

#include "files.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/api/states.hpp"
#include "groundwork/base/error.hpp"
#include "project_file.hpp"

namespace groundwork::cli {
namespace {

bool is_document(const std::string& path) {
  return is_project(path) || std::filesystem::path(path).extension() == ".json";
}

api::Message read_states(const Arguments& arguments) {
  const std::string path = arguments.text("states");
  api::Message request;
  if (is_document(path)) {
    if (!arguments.has("scale") && !arguments.has("modality")) return read_message(path, "states");
    api::embed(request, request.json, "states", "states", read_message(path, "states"));
  } else {
    if (!arguments.has("scale"))
      throw Error("usage.missing",
                  "groundwork " + arguments.command() + ": --states " + path + " needs --scale log, log2 or linear",
                  "Numbers do not tell the base of their logarithm: say which scale the states are on.");
    request.json["text"] = read_text(path);
    request.json["file"] = path;
    if (arguments.has("time-unit")) request.json["time_unit"] = arguments.text("time-unit");
  }
  for (const char* name : {"scale", "modality"})
    if (arguments.has(name)) request.json[name] = arguments.text(name);
  return api::run_states(request);
}

}  // namespace

Option states_option() {
  return {"states", "FILE",
          "a table of states instead of a screen: CSV with the columns condition, edits, medium, time, batch, variance "
          "and one a gene (docs/model.md, \"State tables\"), .gz or not; or its document"};
}

Option scale_option() {
  return {"scale", "NAME", "of --states: log (natural), log2 or linear; predictions come back on it"};
}

Option modality_option() {
  return {"modality", "NAME",
          "of --states: what an edit of a gene is: knockout, crispri or crispra (default: knockout)"};
}

api::Message read_data(const Arguments& arguments) {
  // `states` itself takes no screen.
  if (arguments.command() == "states") return read_states(arguments);
  if (arguments.has("screen") == arguments.has("states"))
    throw Error("usage.missing", "groundwork " + arguments.command() + " needs either --screen FILE or --states FILE",
                "See: groundwork help " + arguments.command());
  if (arguments.has("states")) return read_states(arguments);
  for (const char* name : {"scale", "modality"})
    if (arguments.has(name))
      throw Error("usage.flag", std::string("--") + name + " goes with --states; a screen has settled it already");
  return read_message(arguments.text("screen"), "screen");
}

void embed_data(api::Message& request, const api::Message& data) {
  const std::string kind = data.json["kind"].get<std::string>();
  api::embed(request, request.json, kind, kind, data);
}

void predict_table(const Arguments& arguments) {
  for (const char* name : {"edit", "medium", "times", "genes"})
    if (arguments.has(name))
      throw Error("usage.flag", std::string("--") + name + " does not go with --conditions, which names them by row");
  const std::string output = arguments.text("output");
  const bool csv = std::filesystem::path(output).extension() == ".csv";
  if (arguments.has("output") && !csv && std::filesystem::path(output).extension() != ".json")
    throw Error("usage.value", "-o: found '" + output + "', expected a name that ends in .csv or .json");
  const std::string path = arguments.text("conditions");
  api::Message request;
  api::embed(request, request.json, "fit", "fit", read_message(arguments.text("fit"), "fit"));
  request.json["text"] = read_text(path);
  request.json["file"] = path;
  request.json["csv"] = csv;
  if (arguments.has("time-unit")) request.json["time_unit"] = arguments.text("time-unit");
  api::Message result = api::run_predict_conditions(request);
  warn_all(result.json);
  if (csv)
    write_bytes(output, result.json["csv"].get_ref<const std::string&>());
  else
    write_result(arguments, result);
}

}  // namespace groundwork::cli
