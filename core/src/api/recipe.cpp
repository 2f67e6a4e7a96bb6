#include "groundwork/api/recipe.hpp"

#include <algorithm>
#include <limits>

#include "groundwork/base/error.hpp"
#include "recipe_names.hpp"
#include "recipe_reader.hpp"

namespace groundwork::api {
namespace {

constexpr double million = 1e6;

/** A list of names, or how many of the stock of names. */
std::vector<std::string> names_or_count(const RecipeReader& reader, const std::string& key, int otherwise,
                                        std::vector<std::string> (*stock)(int)) {
  if (reader.has(key) && reader.at(key).is_array()) return reader.names(key);
  return stock(reader.whole(key, otherwise, 0, 100000));
}

NetworkRecipe read_network(const Json& json, const std::vector<std::string>& genes) {
  const RecipeReader reader(json, "network", {"regulators", "density", "strength", "activating", "modules", "edges"});
  NetworkRecipe network;
  network.regulators = reader.whole("regulators", 0, 0, static_cast<int>(genes.size()));
  network.density = reader.number("density", 0, 0, 1);
  network.strength = reader.number("strength", network.strength, 0, 5);
  network.activating = reader.number("activating", network.activating, 0, 1);
  if (reader.has("modules"))
    for (std::size_t i = 0; i < reader.at("modules").size(); ++i) {
      const std::string where = "network.modules[" + std::to_string(i) + "]";
      const RecipeReader item(reader.at("modules")[i], where, {"name", "regulators", "members", "strength"});
      ModuleRecipe module;
      module.name = item.text("name", "module " + std::to_string(i + 1));
      module.regulators = item.names("regulators");
      module.members = item.names("members");
      module.strength = item.number("strength", module.strength, -5, 5);
      for (const auto& name : module.regulators) require_known(name, genes, where + ".regulators", "a gene");
      for (const auto& name : module.members) require_known(name, genes, where + ".members", "a gene");
      network.modules.push_back(module);
    }
  if (reader.has("edges"))
    for (std::size_t i = 0; i < reader.at("edges").size(); ++i) {
      const std::string where = "network.edges[" + std::to_string(i) + "]";
      const RecipeReader item(reader.at("edges")[i], where, {"from", "to", "weight"});
      EdgeRecipe edge{item.text("from", ""), item.text("to", ""), item.number("weight", 0, -20, 20)};
      require_known(edge.from, genes, where + ".from", "a gene");
      require_known(edge.to, genes, where + ".to", "a gene");
      network.edges.push_back(edge);
    }
  return network;
}

FieldRecipe read_field(const Json& json) {
  const RecipeReader reader(json, "field", {"name", "gamma", "activity", "synthesis", "transcript"});
  const std::string name = reader.text("name", "production_decay");
  require_known(name, {"linear", "saturating", "production_decay"}, "field.name", "a field that the simulator knows");
  FieldRecipe field;
  field.kind = dynamics::field_kind_of(name);
  field.gamma = reader.per_gene("gamma", field.gamma, 1e-3, 100);
  field.activity = reader.number("activity", field.activity, 1e-6, 1);
  field.synthesis = reader.number("synthesis", field.synthesis, 1e-6, 100);
  field.transcript = reader.number("transcript", field.transcript, 1e-6, 1);
  return field;
}

void read_edits(const RecipeReader& top, Recipe& recipe) {
  const bool listed = top.has("edits") && top.at("edits").is_array();
  if (listed) {
    recipe.edits = top.names("edits");
    for (const auto& name : recipe.edits)
      require_known(name, recipe.genes, "edits", "a gene (`outside.edits` takes the others)");
  } else {
    const int count = top.whole("edits", 0, 0, static_cast<int>(recipe.genes.size()));
    recipe.edits.assign(recipe.genes.begin(), recipe.genes.begin() + count);
  }
  if (top.has("outside")) {
    const RecipeReader reader(top.at("outside"), "outside", {"edits", "genes", "strength", "responses"});
    recipe.outside.edits = names_or_count(reader, "edits", 0, outside_targets);
    recipe.outside.genes = reader.whole("genes", recipe.outside.genes, 0, 100000);
    recipe.outside.strength = reader.number("strength", recipe.outside.strength, 0, 10);
    for (const auto& name : recipe.outside.edits)
      if (std::count(recipe.genes.begin(), recipe.genes.end(), name))
        throw Error("recipe.name", "The recipe's `outside.edits` names \"" + name +
                                       "\", which is one of its genes; it belongs to `edits`.");
    if (reader.has("responses"))
      for (const auto& item : reader.at("responses").items()) {
        require_known(item.key(), recipe.outside.edits, "outside.responses", "an edit of `outside.edits`");
        const RecipeReader responses(reader.at("responses"), "outside.responses", {item.key()});
        auto& given = recipe.outside.responses[item.key()];
        given = responses.number_by_name(item.key(), -20, 20);
        for (const auto& [gene, value] : given) require_known(gene, recipe.genes, responses.path(item.key()), "a gene");
      }
  }
  if (top.has("pairs")) {
    std::vector<std::string> singles = recipe.edits;
    singles.insert(singles.end(), recipe.outside.edits.begin(), recipe.outside.edits.end());
    if (top.at("pairs").is_number()) {
      const int most = std::max(0, static_cast<int>(singles.size()) - 1);
      const int count = top.whole("pairs", 0, 0, most);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        recipe.pairs.push_back({singles[i], singles[i + 1]});
        std::sort(recipe.pairs.back().begin(), recipe.pairs.back().end());
      }
    }
    for (std::size_t i = 0; top.at("pairs").is_array() && i < top.at("pairs").size(); ++i) {
      const std::string where = "pairs[" + std::to_string(i) + "]";
      const Json& item = top.at("pairs")[i];
      if (!item.is_array() || item.size() != 2)
        throw Error("recipe.type", "The recipe's `" + where + "` is not a list of two edits.");
      std::vector<std::string> pair;
      for (const auto& name : item) pair.push_back(text_at(name, where));
      require_unique(pair, where);
      for (const auto& name : pair) require_known(name, singles, where, "an edit");
      std::sort(pair.begin(), pair.end());
      recipe.pairs.push_back(pair);
    }
  }
  auto labels = recipe.perturbations();
  labels.push_back("non-targeting");
  require_unique(labels, "edits");
}

/** `names`: the media before this one. */
void read_stages(const RecipeReader& item, const std::string& where, const std::vector<std::string>& names,
                 MediumRecipe& medium) {
  for (const char* key : {"response", "genes", "strength"})
    if (item.has(key))
      throw Error("recipe.name", "The recipe's `" + where + "` has `stages` and `" + key + "`.",
                  "The media of its stages have responses; it has none of its own.");
  const Json& stages = item.at("stages");
  if (!stages.is_array() || stages.empty())
    throw Error("recipe.type", "The recipe's `" + where + ".stages` is not a list of stages.");
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const std::string place = where + ".stages[" + std::to_string(s) + "]";
    const RecipeReader stage(stages[s], place, {"medium", "days"});
    StageRecipe read{stage.text("medium", ""), stage.number("days", 0, 0, 10000)};
    require_known(read.medium, names, place + ".medium", "a medium before it in the list");
    if (s + 1 < stages.size() && !stage.has("days"))
      throw Error("recipe.type", "The recipe's `" + place + "` does not say for how many `days`.",
                  "Only the last stage goes on without an end.");
    medium.stages.push_back(read);
  }
  medium.edit_day = item.number("edit_day", 0, 0, 10000);
}

void read_media(const Json& json, Recipe& recipe) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string where = "media[" + std::to_string(i) + "]";
    const RecipeReader item(json[i], where, {"name", "response", "genes", "strength", "stages", "edit_day"});
    MediumRecipe medium;
    medium.name = item.text("name", "medium " + std::to_string(i + 1));
    if (item.has("stages")) {
      const std::vector<std::string> plain(names.begin(),
                                           names.begin() + static_cast<std::ptrdiff_t>(recipe.plain_media()));
      read_stages(item, where, plain, medium);
    } else {
      if (recipe.plain_media() < recipe.media.size())
        throw Error("recipe.range", "The recipe's `" + where + "` has no stages but comes after a medium that has.",
                    "Give media without stages first.");
      if (item.has("edit_day"))
        throw Error("recipe.name", "The recipe's `" + where + ".edit_day` is given for a medium without stages.",
                    "Edits are made at t = 0 there: leave it out, or give `stages`.");
      medium.response = item.number_by_name("response", -20, 20);
      medium.genes = item.whole("genes", medium.genes, 0, 100000);
      medium.strength = item.number("strength", medium.strength, 0, 10);
      for (const auto& [gene, value] : medium.response)
        require_known(gene, recipe.genes, where + ".response", "a gene");
    }
    names.push_back(medium.name);
    recipe.media.push_back(medium);
  }
  require_unique(names, "media");
}

/** Nested level names for batches given as counts: [2, 3] with levels day, lane is day1 … day2, each with lanes
 * day1_lane1 … */
std::vector<std::vector<std::string>> nested_names(const std::vector<std::string>& levels,
                                                   const std::vector<int>& counts) {
  std::vector<std::vector<std::string>> result{{}};
  for (std::size_t f = 0; f < levels.size(); ++f) {
    std::vector<std::vector<std::string>> finer;
    for (const auto& outer : result)
      for (int i = 1; i <= counts[f]; ++i) {
        auto path = outer;
        path.push_back((outer.empty() ? "" : outer.back() + "_") + levels[f] + std::to_string(i));
        finer.push_back(path);
      }
    result = finer;
  }
  return result;
}

BatchRecipe read_batch(const RecipeReader& item, const BatchRecipe& shared, const Recipe& recipe,
                       const std::string& where) {
  BatchRecipe batch = shared;
  if (item.has("name")) {
    if (item.at("name").is_string())
      batch.levels = {item.text("name", "")};
    else
      batch.levels = item.names("name");
  }
  if (batch.levels.size() != recipe.levels.size())
    throw Error("recipe.type", "The recipe's `" + where + ".name` has " + std::to_string(batch.levels.size()) +
                                   " names; one for each of the " + std::to_string(recipe.levels.size()) +
                                   " levels was expected.");
  const auto labels = recipe.perturbations();
  if (item.has("edits")) batch.edits = item.names("edits");
  for (const auto& name : batch.edits) require_known(name, labels, where + ".edits", "a perturbation");
  if (item.has("times")) batch.times = item.numbers("times", 0, million);
  for (double t : batch.times)
    if (!std::count(recipe.times.begin(), recipe.times.end(), t))
      throw Error("recipe.name", "The recipe's `" + where + ".times` holds a time that is not in `times`.");
  if (item.has("media")) batch.media = item.names("media");
  std::vector<std::string> media;
  for (const auto& medium : recipe.media) media.push_back(medium.name);
  for (const auto& name : batch.media) require_known(name, media, where + ".media", "a medium");
  if (item.has("cells") && item.at("cells").is_object()) {
    for (const auto& [name, count] : item.at("cells").items()) {
      require_known(name, labels, where + ".cells", "a perturbation");
      batch.cells_by_edit[name] = whole_at(count, where + ".cells." + name, 0, 1000000000);
    }
  } else {
    batch.cells = item.whole("cells", batch.cells, 0, 1000000000);
  }
  batch.control_cells = item.whole("control_cells", batch.control_cells, 0, 1000000000);
  return batch;
}

void read_layout(const Json& json, Recipe& recipe) {
  const RecipeReader reader(json, "layout", {"levels", "batches", "cells", "control_cells"});
  recipe.levels = reader.names("levels");
  BatchRecipe shared;
  shared.times = recipe.times;
  for (const auto& medium : recipe.media) shared.media.push_back(medium.name);
  shared.edits = recipe.perturbations();
  shared.cells = reader.whole("cells", 40, 0, 1000000000);
  shared.control_cells = reader.whole("control_cells", 100, 0, 1000000000);
  const bool listed = reader.has("batches") && reader.at("batches").is_array() && !reader.at("batches").empty() &&
                      reader.at("batches")[0].is_object();
  if (listed) {
    for (std::size_t i = 0; i < reader.at("batches").size(); ++i) {
      const std::string where = "layout.batches[" + std::to_string(i) + "]";
      const RecipeReader item(reader.at("batches")[i], where,
                              {"name", "times", "media", "edits", "cells", "control_cells"});
      recipe.batches.push_back(read_batch(item, shared, recipe, where));
    }
  } else {
    std::vector<int> counts;
    if (reader.has("batches") && reader.at("batches").is_array())
      for (double n : reader.numbers("batches", 1, 100000)) counts.push_back(static_cast<int>(n));
    else if (!recipe.levels.empty())
      counts.push_back(reader.whole("batches", 1, 1, 100000));
    if (counts.size() != recipe.levels.size())
      throw Error("recipe.type", "The recipe's `layout.batches` has " + std::to_string(counts.size()) +
                                     " counts; one for each of the " + std::to_string(recipe.levels.size()) +
                                     " levels was expected.");
    for (const auto& path : nested_names(recipe.levels, counts)) {
      recipe.batches.push_back(shared);
      recipe.batches.back().levels = path;
    }
  }
  std::vector<std::string> paths;
  for (const auto& batch : recipe.batches) {
    std::string path;
    for (const auto& level : batch.levels) path += level + "\n";
    paths.push_back(path);
  }
  require_unique(paths, "layout.batches");
}

void read_variances(const RecipeReader& top, Recipe& recipe) {
  for (const auto& level : recipe.levels) recipe.sb2[level] = PerGene{0.02, 0, {}};
  if (top.has("sb2")) {
    if (recipe.levels.empty())
      throw Error("recipe.name", "The recipe gives `sb2`, but its layout has no batch levels.",
                  "Add `layout.levels`, or leave `sb2` out.");
    const Json& json = top.at("sb2");
    const bool by_level =
        json.is_object() && !json.contains("median") && !json.contains("log_sd") && !json.contains("values");
    if (by_level) {
      for (const auto& item : json.items()) {
        require_known(item.key(), recipe.levels, "sb2", "a batch level");
        recipe.sb2[item.key()] = per_gene_at(item.value(), "sb2." + item.key(), recipe.sb2[item.key()], 0, 10);
      }
    } else {
      for (auto& [level, variance] : recipe.sb2) variance = per_gene_at(json, "sb2", variance, 0, 10);
    }
  }
  recipe.sg2 = top.per_gene("sg2", PerGene{0.005, 0, {}}, 0, 10);
}

GuidesRecipe read_guides(const Json& json) {
  const RecipeReader reader(json, "guides", {"per_edit", "control", "efficacy", "escapers", "off_target_sd"});
  GuidesRecipe guides;
  guides.per_edit = reader.whole("per_edit", 3, 1, 1000);
  guides.control = reader.whole("control", 4, 1, 10000);
  if (reader.has("efficacy")) {
    if (reader.at("efficacy").is_number()) {
      guides.efficacy = reader.number("efficacy", 1, 0, 1);
    } else {
      const RecipeReader efficacy(reader.at("efficacy"), "guides.efficacy", {"mean", "sd"});
      guides.efficacy = efficacy.number("mean", 0.9, 0, 1);
      guides.efficacy_sd = efficacy.number("sd", 0, 0, 0.5);
      const double m = guides.efficacy;
      if (guides.efficacy_sd > 0 && guides.efficacy_sd * guides.efficacy_sd >= m * (1 - m))
        throw Error("recipe.range",
                    "The recipe's `guides.efficacy.sd` is too large: shares with that mean cannot vary so much.",
                    "The square of `sd` must be below mean × (1 − mean).");
    }
  }
  guides.escapers = reader.flag("escapers", false);
  guides.off_target_sd = reader.number("off_target_sd", 0, 0, 2);
  return guides;
}

MeasurementRecipe read_measurement(const Json& json) {
  const RecipeReader reader(json, "measurement", {"depth", "depth_cv", "dispersion", "dropout"});
  MeasurementRecipe measurement;
  measurement.depth = reader.number("depth", 0, 0, million);
  measurement.depth_cv = reader.number("depth_cv", measurement.depth_cv, 0, 3);
  measurement.dispersion = reader.per_gene("dispersion", measurement.dispersion, 0, 100);
  measurement.dropout = reader.number("dropout", 0, 0, 0.99);
  return measurement;
}

void require_genes(const PerGene& value, const std::vector<std::string>& genes, const std::string& path) {
  for (const auto& [gene, number] : value.values) require_known(gene, genes, path + ".values", "a gene");
}

}  // namespace

std::size_t Recipe::plain_media() const {
  return static_cast<std::size_t>(
      std::count_if(media.begin(), media.end(), [](const auto& m) { return m.stages.empty(); }));
}

std::vector<std::string> Recipe::perturbations() const {
  std::vector<std::string> labels = edits;
  labels.insert(labels.end(), outside.edits.begin(), outside.edits.end());
  for (const auto& pair : pairs) labels.push_back(pair[0] + "+" + pair[1]);
  return labels;
}

Recipe recipe_from_json(const Json& json) {
  const RecipeReader top(json, "", {"kind",    "schema", "title",    "seed",  "genes",   "housekeeping", "expression",
                                    "network", "field",  "modality", "edits", "outside", "pairs",        "media",
                                    "times",   "layout", "sb2",      "sg2",   "guides",  "measurement"});
  if (top.text("kind", "recipe") != "recipe") throw Error("recipe.type", "The recipe's `kind` is not \"recipe\".");
  if (top.whole("schema", 1, 0, 1000000) != 1)
    throw Error("recipe.range", "The recipe's `schema` is not 1, the only one this version reads.");
  Recipe recipe;
  recipe.title = top.text("title", "");
  recipe.seed = static_cast<std::uint64_t>(top.number("seed", 1, 0, 9007199254740991.0));
  recipe.genes = names_or_count(top, "genes", 30, pluripotency_genes);
  if (recipe.genes.empty()) throw Error("recipe.range", "The recipe has no `genes`.", "Give their names, or how many.");
  if (top.has("housekeeping")) {
    const RecipeReader reader(top.at("housekeeping"), "housekeeping", {"genes", "share"});
    recipe.housekeeping = names_or_count(reader, "genes", 0, housekeeping_genes);
    recipe.housekeeping_share = reader.number("share", recipe.housekeeping_share, 0.01, 0.99);
  }
  auto all = recipe.genes;
  all.insert(all.end(), recipe.housekeeping.begin(), recipe.housekeeping.end());
  require_unique(all, "genes");
  recipe.expression = top.per_gene("expression", recipe.expression, 1e-6, million);
  if (top.has("network")) recipe.network = read_network(top.at("network"), recipe.genes);
  if (top.has("field")) recipe.field = read_field(top.at("field"));
  recipe.modality = screen::modality_of(top.text("modality", "knockout"));
  if (recipe.modality == screen::Modality::drug && (!top.has("outside") || top.has("edits")))
    throw Error("recipe.name", "The recipe's `modality` is \"drug\", but drugs have no target gene here.",
                "Give them as `outside.edits` and leave `edits` out.");
  read_edits(top, recipe);
  if (top.has("media")) read_media(top.at("media"), recipe);
  recipe.times = top.has("times") ? top.numbers("times", 0, 10000) : std::vector<double>{7};
  if (recipe.times.empty() || !std::is_sorted(recipe.times.begin(), recipe.times.end(), std::less_equal<double>()))
    throw Error("recipe.range", "The recipe's `times` must be one or more days in ascending order, each once.");
  read_layout(top.has("layout") ? top.at("layout") : Json::object(), recipe);
  read_variances(top, recipe);
  if (top.has("guides")) recipe.guides = read_guides(top.at("guides"));
  if (top.has("measurement")) recipe.measurement = read_measurement(top.at("measurement"));
  require_genes(recipe.expression, all, "expression");
  require_genes(recipe.field.gamma, recipe.genes, "field.gamma");
  require_genes(recipe.sg2, all, "sg2");
  for (const auto& [level, variance] : recipe.sb2) require_genes(variance, all, "sb2." + level);
  require_genes(recipe.measurement.dispersion, all, "measurement.dispersion");
  return recipe;
}

}  // namespace groundwork::api
