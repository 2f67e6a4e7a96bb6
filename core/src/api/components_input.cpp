#include "components_input.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/states_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/options.hpp"
#include "groundwork/fit/source.hpp"
#include "groundwork/measurement/count_noise.hpp"

namespace groundwork::api {
namespace {

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

}  // namespace

ComponentsInput components_input_of_states(const Message& states, const Json& options) {
  const screen::StateTable table = states_from_message(states);
  const fit::StateSource source = fit::source_of(table);
  std::vector<int> rows(source.rows.size()), genes;
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<int>(r);
  if (options.contains("genes") && !options["genes"].is_null()) {
    for (const auto& name : names_from_json(options["genes"], "genes")) {
      const auto found = std::find(source.genes.begin(), source.genes.end(), name);
      if (found == source.genes.end())
        throw Error("genes.unknown",
                    "The table has no gene \"" + name + "\"" + fit::near_matches(name, source.genes) + ".");
      genes.push_back(static_cast<int>(found - source.genes.begin()));
    }
  } else {
    for (std::size_t g = 0; g < source.genes.size(); ++g) genes.push_back(static_cast<int>(g));
  }
  ComponentsInput input{source.levels(rows, genes, true), Vector::Constant(static_cast<Index>(genes.size()), nan),
                        genes};
  input.table.x *= source.unit;
  input.table.variance *= source.unit * source.unit;
  for (auto& row : input.table.rows) {
    row.cells = 0;
    for (const auto& own : source.rows) row.cells += own.condition == row.condition && own.batch == row.batch ? 1 : 0;
  }
  return input;
}

ComponentsInput components_input_of_screen(screen::Screen& data, const Json& options) {
  if (options.contains("level") && !options["level"].is_null()) {
    if (!options["level"].is_string()) throw Error("request.value", "The value of \"level\" is not a name.");
    coarsen(data, options["level"].get<std::string>());
  }
  std::vector<int> genes;
  if (options.contains("genes") && !options["genes"].is_null()) {
    genes = measurement::gene_indices(data, names_from_json(options["genes"], "genes"));
  } else {
    genes = measurement::genes_above_noise(data);
    if (genes.empty()) {
      throw Error("components.no_genes",
                  "No gene is counted often enough in the controls to be trusted (theta at most 0.2).",
                  "Name genes explicitly, or use a screen with more cells.");
    }
  }
  measurement::LevelsOptions joined_halves;
  joined_halves.merge_halves = true;
  ComponentsInput input{measurement::levels_of(data, genes, joined_halves), Vector(static_cast<Index>(genes.size())),
                        genes};
  const measurement::Dispersion dispersion = measurement::dispersion_of(data);
  for (std::size_t i = 0; i < genes.size(); ++i) input.phi[static_cast<Index>(i)] = dispersion.shrunken[genes[i]];
  return input;
}

Json quantiles_of(std::vector<double> values, std::initializer_list<double> shares) {
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }), values.end());
  std::sort(values.begin(), values.end());
  Json out = Json::object();
  for (const double share : shares) {
    Json& at = out[significant(share)];
    if (values.empty()) continue;
    const double position = share * static_cast<double>(values.size() - 1);
    const auto low = static_cast<std::size_t>(position);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    at = values[low] + (position - static_cast<double>(low)) * (values[high] - values[low]);
  }
  return out;
}

}  // namespace groundwork::api
