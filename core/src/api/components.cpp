#include "groundwork/api/components.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/api/states_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/options.hpp"
#include "groundwork/fit/source.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

Json by_level(const measurement::BatchLevels& levels, const Vector& values) {
  Json object = Json::object();
  for (std::size_t f = 0; f < levels.levels(); ++f)
    object[levels.names[f]] = number_or_null(values[static_cast<Index>(f)]);
  return object;
}

/** Type 7 quantiles, as R and numpy have them. */
Json quantiles_of(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }), values.end());
  if (values.empty()) return {{"0.1", nullptr}, {"0.5", nullptr}, {"0.9", nullptr}};
  std::sort(values.begin(), values.end());
  const auto at = [&](double p) {
    const double position = p * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(position);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    return values[low] + (position - static_cast<double>(low)) * (values[high] - values[low]);
  };
  return {{"0.1", at(0.1)}, {"0.5", at(0.5)}, {"0.9", at(0.9)}};
}

/** Drops the batch columns finer than `name`: groups that differ in those only become one, exactly, as sums add up. */
void coarsen(screen::Screen& data, const std::string& name) {
  std::size_t last = 0;
  while (last < data.batches.size() && data.batches[last].name != name) ++last;
  if (last == data.batches.size()) {
    std::string known;
    for (const auto& level : data.batches) known += (known.empty() ? "" : ", ") + level.name;
    throw Error("components.level",
                "The screen has no batch level \"" + name + "\"; it has " + (known.empty() ? "none" : known) + ".",
                "Name one of the screen's batch columns, or leave the level out.");
  }
  data.batches.resize(last + 1);
  for (screen::Group& group : data.groups) group.batch.resize(last + 1);
}

/** States of the rows, replicates joined, with what the counts say of each gene's overdispersion. */
struct ComponentsInput {
  screen::Levels table;
  Vector phi;  ///< of the genes of `table`; NaN where there are no counts
};

/**
 * A state table: a replicate stands where a cell stands in a screen, so that sw2 is the variance of one row and a group
 * of n replicates adds sw2/n. On the table's scale.
 */
ComponentsInput input_from_states(const Message& request) {
  const screen::StateTable table = states_from_message(extract(request, request.json, "states"));
  const fit::StateSource source = fit::source_of(table);
  std::vector<int> rows(source.rows.size()), genes;
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<int>(r);
  if (request.json.contains("genes") && !request.json["genes"].is_null()) {
    for (const auto& name : names_from_json(request.json["genes"], "genes")) {
      const auto found = std::find(source.genes.begin(), source.genes.end(), name);
      if (found == source.genes.end())
        throw Error("genes.unknown",
                    "The table has no gene \"" + name + "\"" + fit::near_matches(name, source.genes) + ".");
      genes.push_back(static_cast<int>(found - source.genes.begin()));
    }
  } else {
    for (std::size_t g = 0; g < source.genes.size(); ++g) genes.push_back(static_cast<int>(g));
  }
  ComponentsInput input{source.levels(rows, genes, true), Vector::Constant(static_cast<Index>(genes.size()), NAN)};
  input.table.x *= source.unit;
  input.table.variance *= source.unit * source.unit;
  for (auto& row : input.table.rows) {
    row.cells = 0;
    for (const auto& own : source.rows) row.cells += own.condition == row.condition && own.batch == row.batch ? 1 : 0;
  }
  return input;
}

ComponentsInput input_from_screen(const Message& request) {
  screen::Screen data = screen_from_message(extract(request, request.json, "screen"));
  if (request.json.contains("level") && !request.json["level"].is_null()) {
    if (!request.json["level"].is_string()) throw Error("request.value", "The value of \"level\" is not a name.");
    coarsen(data, request.json["level"].get<std::string>());
  }
  std::vector<int> genes;
  if (request.json.contains("genes") && !request.json["genes"].is_null()) {
    genes = measurement::gene_indices(data, names_from_json(request.json["genes"], "genes"));
  } else {
    genes = measurement::genes_above_noise(data);
    if (genes.empty()) {
      throw Error("components.no_genes",
                  "No gene is counted often enough in the controls to be trusted (theta at most 0.2).",
                  "Name genes explicitly, or use a screen with more cells.");
    }
  }
  measurement::LevelsOptions options;
  options.merge_halves = true;
  ComponentsInput input{measurement::levels_of(data, genes, options), Vector(static_cast<Index>(genes.size()))};
  const measurement::Dispersion dispersion = measurement::dispersion_of(data);
  for (std::size_t i = 0; i < genes.size(); ++i) input.phi[static_cast<Index>(i)] = dispersion.shrunken[genes[i]];
  return input;
}

}  // namespace

Message run_components(const Message& request) {
  refuse_unknown(request.json, {"screen", "states", "genes", "level", "buffers"}, "components");
  if (request.json.contains("screen") == request.json.contains("states"))
    throw Error("request.missing_key", "components: expected either \"screen\" or \"states\".");
  if (request.json.contains("states") && request.json.contains("level") && !request.json["level"].is_null())
    throw Error("components.level", "A state table has one batch level; \"level\" has nothing to choose from.",
                "Leave the level out.");
  const ComponentsInput input =
      request.json.contains("states") ? input_from_states(request) : input_from_screen(request);
  const screen::Levels& table = input.table;
  const measurement::VarianceComponents v = measurement::variance_components(table);

  Message message;
  Json& out = message.json;
  out["kind"] = "components";
  out["levels"] = v.levels.names;
  out["genes"] = Json::array();
  std::vector<double> phis;
  for (std::size_t i = 0; i < table.genes.size(); ++i) {
    const measurement::GeneComponents& g = v.genes[i];
    const double phi = input.phi[static_cast<Index>(i)];
    phis.push_back(phi);
    out["genes"].push_back({{"gene", table.genes[i]},
                            {"sb2", by_level(v.levels, g.sb2)},
                            {"sb2_se", by_level(v.levels, g.sb2_se)},
                            {"sg2", number_or_null(g.sg2)},
                            {"sg2_se", number_or_null(g.sg2_se)},
                            {"sw2", number_or_null(g.sw2)},
                            {"phi", number_or_null(phi)},
                            {"mean", number_or_null(g.mean)},
                            {"df", g.df},
                            {"reason", g.reason.empty() ? Json(nullptr) : Json(g.reason)}});
  }
  const auto over_genes = [&](const std::function<double(const measurement::GeneComponents&)>& value) {
    std::vector<double> values;
    for (const auto& gene : v.genes) values.push_back(value(gene));
    return quantiles_of(std::move(values));
  };
  Json reasons = Json::object();
  for (std::size_t f = 0; f < v.levels.levels(); ++f) {
    if (!v.estimability.level[f]) reasons[v.levels.names[f]] = v.estimability.level_reason[f];
  }
  if (!v.estimability.group) reasons["sg2"] = v.estimability.group_reason;
  Json level_quantiles = Json::object();
  for (std::size_t f = 0; f < v.levels.levels(); ++f) {
    level_quantiles[v.levels.names[f]] = over_genes([f](const auto& gene) { return gene.sb2[static_cast<Index>(f)]; });
  }
  const Json phi_quantiles = quantiles_of(phis);
  out["pooled"] = {{"sb2", by_level(v.levels, v.pooled.sb2)},
                   {"sg2", number_or_null(v.pooled.sg2)},
                   {"sw2", number_or_null(v.pooled.sw2)},
                   {"phi", phi_quantiles["0.5"]},
                   {"df", v.pooled.df},
                   {"reason", reasons.empty() ? Json(nullptr) : reasons},
                   {"quantiles",
                    {{"sb2", std::move(level_quantiles)},
                     {"sg2", over_genes([](const auto& gene) { return gene.sg2; })},
                     {"sw2", over_genes([](const auto& gene) { return gene.sw2; })},
                     {"phi", phi_quantiles}}}};
  out["weak"] = v.weak;
  return message;
}

}  // namespace groundwork::api
