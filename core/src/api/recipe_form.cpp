#include "groundwork/api/recipe.hpp"

namespace groundwork::api {
namespace {

Json by_name(const std::map<std::string, double>& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return json;
}

Json per_gene(const PerGene& value) {
  if (value.log_sd == 0 && value.values.empty()) return value.median;
  Json json = {{"median", value.median}, {"log_sd", value.log_sd}};
  if (!value.values.empty()) json["values"] = by_name(value.values);
  return json;
}

Json network_form(const NetworkRecipe& network) {
  Json json = {{"regulators", network.regulators}, {"density", network.density}, {"strength", network.strength},
               {"activating", network.activating}, {"modules", Json::array()},   {"edges", Json::array()}};
  for (const auto& module : network.modules)
    json["modules"].push_back({{"name", module.name},
                               {"regulators", module.regulators},
                               {"members", module.members},
                               {"strength", module.strength}});
  for (const auto& edge : network.edges)
    json["edges"].push_back({{"from", edge.from}, {"to", edge.to}, {"weight", edge.weight}});
  return json;
}

Json outside_form(const OutsideRecipe& outside) {
  Json json = {{"edits", outside.edits}, {"genes", outside.genes}, {"strength", outside.strength}};
  if (!outside.responses.empty()) {
    json["responses"] = Json::object();
    for (const auto& [edit, response] : outside.responses) json["responses"][edit] = by_name(response);
  }
  return json;
}

Json medium_form(const MediumRecipe& medium) {
  Json json = {{"name", medium.name}};
  if (medium.stages.empty()) {
    json["response"] = by_name(medium.response);
    if (medium.strength > 0) {
      json["genes"] = medium.genes;
      json["strength"] = medium.strength;
    }
    return json;
  }
  json["stages"] = Json::array();
  for (const auto& stage : medium.stages) json["stages"].push_back({{"medium", stage.medium}, {"days", stage.days}});
  json["edit_day"] = medium.edit_day;
  return json;
}

Json batch_form(const BatchRecipe& batch, const Recipe& recipe) {
  Json json = Json::object();
  if (!recipe.levels.empty()) json["name"] = batch.levels;
  json["times"] = batch.times;
  if (!recipe.media.empty()) json["media"] = batch.media;
  if (batch.edits != recipe.perturbations()) json["edits"] = batch.edits;
  if (batch.cells_by_edit.empty()) {
    json["cells"] = batch.cells;
  } else {
    json["cells"] = Json::object();
    for (const auto& name : batch.edits) json["cells"][name] = batch.cells_of(name);
  }
  json["control_cells"] = batch.control_cells;
  return json;
}

Json guides_form(const GuidesRecipe& guides) {
  return {{"per_edit", guides.per_edit},
          {"control", guides.control},
          {"efficacy", {{"mean", guides.efficacy}, {"sd", guides.efficacy_sd}}},
          {"escapers", guides.escapers},
          {"off_target_sd", guides.off_target_sd}};
}

}  // namespace

int BatchRecipe::cells_of(const std::string& perturbation) const {
  const auto own = cells_by_edit.find(perturbation);
  return own == cells_by_edit.end() ? cells : own->second;
}

Json recipe_to_json(const Recipe& recipe) {
  Json json = {{"kind", "recipe"},
               {"schema", 1},
               {"title", recipe.title},
               {"seed", recipe.seed},
               {"genes", recipe.genes},
               {"housekeeping", {{"genes", recipe.housekeeping}, {"share", recipe.housekeeping_share}}},
               {"expression", per_gene(recipe.expression)},
               {"network", network_form(recipe.network)},
               {"field",
                {{"name", dynamics::name_of(recipe.field.kind)},
                 {"gamma", per_gene(recipe.field.gamma)},
                 {"activity", recipe.field.activity},
                 {"synthesis", recipe.field.synthesis},
                 {"transcript", recipe.field.transcript}}},
               {"modality", screen::name_of(recipe.modality)}};
  if (recipe.modality != screen::Modality::drug) json["edits"] = recipe.edits;
  json["outside"] = outside_form(recipe.outside);
  json["pairs"] = recipe.pairs;
  if (!recipe.media.empty()) {
    json["media"] = Json::array();
    for (const auto& medium : recipe.media) json["media"].push_back(medium_form(medium));
  }
  json["times"] = recipe.times;
  Json& layout = json["layout"] = {{"levels", recipe.levels}, {"batches", Json::array()}};
  for (const auto& batch : recipe.batches) layout["batches"].push_back(batch_form(batch, recipe));
  if (!recipe.levels.empty()) {
    json["sb2"] = Json::object();
    for (const auto& level : recipe.levels) json["sb2"][level] = per_gene(recipe.sb2.at(level));
  }
  json["sg2"] = per_gene(recipe.sg2);
  if (recipe.guides.per_edit > 0) json["guides"] = guides_form(recipe.guides);
  json["measurement"] = {{"depth", recipe.measurement.depth},
                         {"depth_cv", recipe.measurement.depth_cv},
                         {"dispersion", per_gene(recipe.measurement.dispersion)},
                         {"dropout", recipe.measurement.dropout}};
  return json;
}

}  // namespace groundwork::api
