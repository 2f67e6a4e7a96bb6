#include "groundwork/api/states_form.hpp"

#include <cmath>
#include <map>
#include <set>

#include "groundwork/base/error.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

/** Inputs with their doses, edits of genes, times, media, batches and replicates: what a person looks at first. */
Json found_in(const screen::StateTable& table) {
  std::map<std::string, std::map<double, int>> inputs;
  std::map<std::string, int> edits;
  std::set<double> times;
  std::set<std::string> media, batches, genes(table.genes.begin(), table.genes.end());
  std::vector<std::pair<screen::Condition, int>> conditions;
  int controls = 0, exact = 0, stated = 0, missing = 0;
  for (const auto& row : table.rows) {
    controls += row.condition.is_control() ? 1 : 0;
    exact += row.given_variance == 0 ? 1 : 0;
    stated += std::isfinite(row.given_variance) ? 1 : 0;
    if (row.condition.has_time()) times.insert(row.condition.time);
    media.insert(row.medium);
    if (!row.batch.empty()) batches.insert(row.batch);
    for (const auto& edit : row.condition.edits) {
      if (genes.contains(edit.name))
        ++edits[edit.name];
      else
        ++inputs[edit.name][edit.dose];
    }
    bool known = false;
    for (auto& [condition, count] : conditions)
      if (condition == row.condition) {
        ++count;
        known = true;
        break;
      }
    if (!known) conditions.emplace_back(row.condition, 1);
  }
  for (const double x : table.x.reshaped()) missing += std::isfinite(x) ? 0 : 1;
  int replicated = 0;
  for (const auto& [condition, count] : conditions) replicated += count > 1 ? 1 : 0;

  Json json;
  json["conditions"] = conditions.size();
  json["replicated"] = replicated;
  json["controls"] = controls;
  json["exact"] = exact;
  json["with_variance"] = stated;
  json["missing_values"] = missing;
  json["times"] = Json::array();
  for (const double t : times) json["times"].push_back(t);
  json["media"] = Json::array();
  for (const auto& name : media) json["media"].push_back(name);
  json["batches"] = Json::array();
  for (const auto& name : batches) json["batches"].push_back(name);
  json["gene_edits"] = Json::array();
  for (const auto& [name, rows] : edits) json["gene_edits"].push_back({{"name", name}, {"rows", rows}});
  json["inputs"] = Json::array();
  for (const auto& [name, doses] : inputs) {
    Json list = Json::array();
    int rows = 0;
    for (const auto& [dose, count] : doses) {
      list.push_back(dose);
      rows += count;
    }
    json["inputs"].push_back({{"name", name}, {"doses", std::move(list)}, {"rows", rows}});
  }
  return json;
}

[[noreturn]] void damaged(const std::string& what) {
  throw Error("states.damaged", "the state table document does not fit together: " + what,
              "Read the table again from its file.");
}

}  // namespace

Message states_to_message(const screen::StateTable& table) {
  Message message;
  message.json["kind"] = "states";
  message.json["schema"] = states_schema;
  message.json["version"] = GROUNDWORK_VERSION;
  message.json["buffers"] = Json::object();
  Json body;
  body["file"] = table.file;
  body["scale"] = screen::name_of(table.scale);
  body["modality"] = screen::name_of(table.modality);
  body["time_unit"] = table.time_unit;
  body["genes"] = table.genes;
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json edits = Json::array();
    for (const auto& edit : row.condition.edits) edits.push_back({{"name", edit.name}, {"dose", edit.dose}});
    rows.push_back({{"name", row.name},
                    {"label", screen::label_of(row.condition)},
                    {"edits", std::move(edits)},
                    {"medium", row.medium},
                    {"time", number_or_null(row.condition.time)},
                    {"batch", row.batch},
                    {"variance", number_or_null(row.given_variance)},
                    {"line", row.line}});
  }
  body["rows"] = std::move(rows);
  put_columns(message, body, "states", "states", table.x);
  body["found"] = found_in(table);
  const auto proposal = screen::propose_scale(table);
  body["proposal"] = {{"scale", screen::name_of(proposal.scale)}, {"reason", proposal.reason}};
  body["warnings"] = table.warnings;
  for (auto& [key, value] : body.items()) message.json[key] = std::move(value);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

screen::StateTable states_from_message(const Message& message) {
  require_kind(message.json, "states", states_schema, "states");
  const Json& json = message.json;
  screen::StateTable table;
  try {
    table.file = json.at("file").get<std::string>();
    table.scale = screen::scale_of(json.at("scale").get<std::string>());
    table.modality = screen::modality_of(json.at("modality").get<std::string>());
    table.time_unit = json.at("time_unit").get<std::string>();
    table.genes = json.at("genes").get<std::vector<std::string>>();
    for (const Json& item : json.at("rows")) {
      screen::StateRow row;
      row.name = item.at("name").get<std::string>();
      for (const Json& edit : item.at("edits"))
        row.condition.edits.push_back({edit.at("name").get<std::string>(), edit.at("dose").get<double>()});
      row.medium = row.condition.medium = item.at("medium").get<std::string>();
      if (!item.at("time").is_null()) row.condition.time = item.at("time").get<double>();
      row.batch = item.at("batch").get<std::string>();
      if (!item.at("variance").is_null()) row.given_variance = item.at("variance").get<double>();
      row.line = item.at("line").get<std::int64_t>();
      if (!(std::isnan(row.given_variance) || row.given_variance >= 0)) damaged("a variance is negative");
      table.rows.push_back(std::move(row));
    }
    table.warnings = json.at("warnings").get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception& e) {
    damaged(e.what());
  }
  table.x = get_columns(message, json, "states");
  if (table.x.rows() != static_cast<Index>(table.genes.size()) ||
      table.x.cols() != static_cast<Index>(table.rows.size()))
    damaged("its states are " + std::to_string(table.x.cols()) + " x " + std::to_string(table.x.rows()) +
            ", expected " + std::to_string(table.rows.size()) + " x " + std::to_string(table.genes.size()));
  return table;
}

}  // namespace groundwork::api
