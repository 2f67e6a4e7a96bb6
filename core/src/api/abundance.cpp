#include "groundwork/api/abundance.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/measurement/composition_split.hpp"
#include "groundwork/measurement/count_noise.hpp"
#include "groundwork/measurement/effect_tests.hpp"
#include "groundwork/screen/cell_table.hpp"
#include "groundwork/screen/delimited_text.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

using measurement::AbundanceEffects;
using measurement::AbundanceTable;
using measurement::GrowthBasis;
using measurement::HostEstimate;

/** A number above 0 of the request; `otherwise` where it is absent. */
double positive(const Json& request, const char* key, double otherwise, double most) {
  if (!request.contains(key) || request[key].is_null()) return otherwise;
  const double value = request[key].is_number() ? request[key].get<double>() : nan;
  if (!(value > 0 && value < most))
    throw Error("request.value", std::string("abundance: \"") + key + "\" is " + request[key].dump().substr(0, 60) +
                                     "; expected a number above 0" +
                                     (std::isfinite(most) ? " and below " + significant(most) : "") + ".");
  return value;
}

/** Edits and their numbers at the start, from a table `edit,number` with a header; "control" is unedited cells. */
std::map<std::string, double> read_input(const std::string& file, const std::string& text) {
  std::map<std::string, double> numbers;
  bool header = true;
  screen::DelimitedText reader(file);
  reader.push(text, true, [&](std::int64_t line, std::span<const std::string_view> fields) {
    const std::string where = file + ", line " + std::to_string(line);
    if (fields.size() != 2)
      throw Error("abundance.input", where + ": found " + std::to_string(fields.size()) +
                                         " fields; expected two, an edit and its number at the start.");
    if (std::exchange(header, false)) return;
    const std::string name = fields[0] == "control" ? "" : std::string(fields[0]);
    const auto number = screen::number_in(fields[1]);
    if (!number || !(*number > 0))
      throw Error(
          "abundance.input",
          where + ": the number of \"" + std::string(fields[0]) + "\" is \"" + std::string(fields[1].substr(0, 40)) +
              "\"; expected a number above 0.",
          "An edit that was not in the library cannot be counted against its start: leave it out of the screen.");
    if (!numbers.emplace(name, *number).second)
      throw Error("abundance.input", where + ": \"" + std::string(fields[0]) + "\" is there twice.");
  });
  return numbers;
}

/** Relative numbers at the start, one for every edit that the screen holds and one for unedited cells. */
Vector input_of(const Json& request, const AbundanceTable& table, Json& warnings) {
  if (!request.contains("input") || request["input"].is_null()) return {};
  const Json& given = request["input"];
  if (!given.is_object() || !given.contains("name") || !given.contains("text") || !given["name"].is_string() ||
      !given["text"].is_string())
    throw Error("request.value", "abundance: \"input\" is " + given.dump().substr(0, 60) +
                                     "; expected the \"name\" and the \"text\" of a table edit,number.");
  const std::string file = given["name"].get<std::string>();
  auto numbers = read_input(file, given["text"].get<std::string>());
  Vector input(static_cast<Index>(table.edits.size()));
  for (std::size_t p = 0; p < table.edits.size(); ++p) {
    const auto entry = numbers.extract(table.edits[p]);
    if (!entry)
      throw Error("abundance.input",
                  file + " has no number for " + (p == 0 ? "unedited cells (a row \"control\")" : table.edits[p]) + ".",
                  "Give one for every edit of the screen and for unedited cells: reads or cells of the library at the "
                  "start.");
    input(static_cast<Index>(p)) = entry.mapped();
  }
  std::vector<std::string> unused;
  for (const auto& [name, value] : numbers) unused.push_back(name);
  if (!unused.empty()) warnings.push_back(file + " names what the screen does not hold: " + joined(unused) + ".");
  return input;
}

const char* name_of(GrowthBasis basis) {
  switch (basis) {
    case GrowthBasis::input:
      return "input";
    case GrowthBasis::times:
      return "times";
    case GrowthBasis::both:
      return "input_and_times";
    case GrowthBasis::none:
      break;
  }
  return "none";
}

std::string sentence_of(GrowthBasis basis) {
  switch (basis) {
    case GrowthBasis::input:
      return "Growth is the log ratio to unedited cells, less that of the input, over the days since the start: only "
             "the "
             "difference from unedited cells is identified by one harvest.";
    case GrowthBasis::times:
      return "Growth is the slope over time of the log ratio to unedited cells: only the difference from them is "
             "identified, whatever the numbers at the start were.";
    case GrowthBasis::both:
      return "Growth is the slope over time of the log ratio to unedited cells, from the input on: only the difference "
             "from them is identified.";
    case GrowthBasis::none:
      break;
  }
  return "There is one harvest and no input, so a fold may come from growth or from the numbers at the start: no "
         "growth "
         "is given. Count the library at the start, or harvest at two times.";
}

Json estimate_to_json(const HostEstimate& e) {
  return {{"value", number_or_null(e.value)}, {"se", number_or_null(e.se)},     {"df", number_or_null(e.df)},
          {"low", number_or_null(e.low)},     {"high", number_or_null(e.high)}, {"p", number_or_null(e.p)}};
}

/** Benjamini and Hochberg over the edits. */
Vector q_of(const AbundanceEffects& effects, HostEstimate measurement::AbundanceEffect::*part) {
  Vector p(static_cast<Index>(effects.effects.size()));
  for (Index i = 0; i < p.size(); ++i) p(i) = (effects.effects[static_cast<std::size_t>(i)].*part).p;
  return measurement::adjusted(p);
}

Json effects_to_json(const AbundanceTable& table, const AbundanceEffects& effects) {
  Json list = Json::array();
  const Vector fold_q = q_of(effects, &measurement::AbundanceEffect::fold),
               growth_q = q_of(effects, &measurement::AbundanceEffect::growth);
  for (std::size_t i = 0; i < effects.effects.size(); ++i) {
    const auto& e = effects.effects[i];
    Json fold = estimate_to_json(e.fold), growth = estimate_to_json(e.growth), shares = Json::array();
    fold["q"] = number_or_null(fold_q(static_cast<Index>(i)));
    growth["q"] = number_or_null(growth_q(static_cast<Index>(i)));
    for (const auto& share : e.share) shares.push_back(estimate_to_json(share));
    list.push_back({{"edit", table.edits[static_cast<std::size_t>(e.edit)]},
                    {"cells", e.cells},
                    {"control_cells", e.control_cells},
                    {"hosts", e.hosts},
                    {"lost", e.lost},
                    {"fold", std::move(fold)},
                    {"growth", std::move(growth)},
                    {"variation", number_or_null(e.variation)},
                    {"share", std::move(shares)}});
  }
  return list;
}

Json samples_to_json(const AbundanceTable& table) {
  Json list = Json::array();
  for (const auto& sample : table.samples) {
    Json cells = Json::array();
    for (Index p = 0; p < sample.cells.rows(); ++p) {
      Json row = Json::array();
      for (Index k = 0; k < sample.cells.cols(); ++k) row.push_back(sample.cells(p, k));
      cells.push_back(std::move(row));
    }
    list.push_back({{"host", table.hosts[static_cast<std::size_t>(sample.host)]},
                    {"time", sample.time},
                    {"cells", std::move(cells)}});
  }
  return list;
}

/** Edits × genes of one number of every estimate. */
Matrix gathered(const std::vector<measurement::SplitOverHosts>& splits, Index genes,
                std::vector<HostEstimate> measurement::SplitOverHosts::*part, double HostEstimate::*number) {
  Matrix out(genes, static_cast<Index>(splits.size()));
  for (Index p = 0; p < out.cols(); ++p)
    for (Index g = 0; g < genes; ++g)
      out(g, p) = (splits[static_cast<std::size_t>(p)].*part)[static_cast<std::size_t>(g)].*number;
  return out;
}

/** The total effect of every edit on every gene, and its parts. */
Json split_to_json(Message& message, const screen::Screen& data, const AbundanceTable& table,
                   const std::vector<int>& genes) {
  const auto splits = measurement::composition_splits(data, table, genes);
  const auto count = static_cast<Index>(genes.size());
  Json out = Json::object(), names = Json::array(), hosts = Json::array();
  for (const int g : genes) names.push_back(data.genes[static_cast<std::size_t>(g)]);
  for (const auto& split : splits) hosts.push_back(split.hosts);
  out["genes"] = std::move(names);
  out["hosts"] = std::move(hosts);
  using Split = measurement::SplitOverHosts;
  const std::pair<const char*, std::vector<HostEstimate> Split::*> parts[] = {
      {"total", &Split::total}, {"moved", &Split::moved}, {"changed", &Split::changed}};
  const std::pair<const char*, double HostEstimate::*> numbers[] = {
      {"value", &HostEstimate::value}, {"low", &HostEstimate::low}, {"high", &HostEstimate::high}};
  for (const auto& [part, member] : parts) {
    Json entry = Json::object();
    for (const auto& [name, number] : numbers)
      put_columns(message, entry, name, std::string("split/") + part + "/" + name,
                  gathered(splits, count, member, number));
    out[part] = std::move(entry);
  }
  put_columns(message, out, "q", "split/q",
              measurement::adjusted(gathered(splits, count, &Split::total, &HostEstimate::p)));
  return out;
}

std::vector<int> genes_of(const Json& request, const screen::Screen& data) {
  if (request.contains("genes") && !request["genes"].is_null())
    return measurement::gene_indices(data, names_from_json(request["genes"], "genes"));
  return measurement::genes_above_noise(data);
}

/** Without the numbers at the start a fold is mostly how the library was made: no edit is called different. */
std::string verdict_of(const AbundanceEffects& effects, double fdr) {
  if (effects.basis == GrowthBasis::none)
    return "The cells of " + std::to_string(effects.effects.size()) +
           " edits were counted; how they grew is not known, since the numbers at the start are not.";
  const Vector q = q_of(effects, &measurement::AbundanceEffect::growth);
  int more = 0, fewer = 0;
  for (Index i = 0; i < q.size(); ++i) {
    if (!(q(i) <= fdr)) continue;
    const auto& e = effects.effects[static_cast<std::size_t>(i)];
    ++(e.growth.value > 0 ? more : fewer);
  }
  return std::to_string(more + fewer) + " of " + std::to_string(effects.effects.size()) +
         " edits grow otherwise than unedited cells at a false discovery rate of " + significant(fdr) + " (" +
         std::to_string(more) + " faster, " + std::to_string(fewer) + " slower).";
}

}  // namespace

Message run_abundance(const Message& request) {
  refuse_unknown(request.json, {"screen", "medium", "input", "sampling_time", "genes", "fdr", "buffers"}, "abundance");
  if (!request.json.contains("screen")) throw Error("request.missing_key", "The key \"screen\" is missing.");
  const screen::Screen data = screen_from_message(extract(request, request.json, "screen"));
  const double fdr = positive(request.json, "fdr", 0.05, 1),
               days = positive(request.json, "sampling_time", 7, infinity);
  std::string medium;
  if (request.json.contains("medium") && !request.json["medium"].is_null()) {
    if (!request.json["medium"].is_string()) throw Error("request.value", "abundance: \"medium\" is not a name.");
    medium = request.json["medium"].get<std::string>();
  }
  AbundanceTable table = measurement::abundance_of(data, medium, days);
  Json warnings = Json::array();
  table.input = input_of(request.json, table, warnings);
  const AbundanceEffects effects = measurement::abundance_effects(table);

  Message message;
  Json out;
  out["kind"] = "abundance";
  out["schema"] = 1;
  out["fdr"] = fdr;
  out["compartments"] = table.compartments;
  out["hosts"] = table.hosts;
  out["edits"] = table.edits;
  out["basis"] = name_of(effects.basis);
  out["variation"] = number_or_null(effects.variation);
  out["effects"] = effects_to_json(table, effects);
  out["samples"] = samples_to_json(table);
  const std::vector<int> genes = table.compartments.size() > 1 ? genes_of(request.json, data) : std::vector<int>{};
  out["split"] = genes.empty() ? Json(nullptr) : split_to_json(message, data, table, genes);

  Json verdict = Json::array();
  verdict.push_back(verdict_of(effects, fdr));
  verdict.push_back(sentence_of(effects.basis));
  if (effects.variation > 0)
    verdict.push_back(
        (data.roles.host.empty() ? "Between the levels of " + data.batches.front().name : "Between hosts") +
        " the number of cells of a typical edit varies by " + significant(100 * std::sqrt(effects.variation), 2) +
        " % beyond counting, as if each came from about " + significant(1 / effects.variation, 2) +
        " founder cells of equal clones.");
  const bool timed = std::any_of(data.conditions.begin(), data.conditions.end(),
                                 [](const screen::Condition& c) { return c.has_time(); });
  if (!timed && effects.basis == GrowthBasis::input && !request.json.contains("sampling_time"))
    warnings.push_back("The screen has no times: growth is per day of " + significant(days) +
                       " days since the start, the usual sampling time.");
  if (effects.edits_with_few_hosts > 0)
    warnings.push_back(std::to_string(effects.edits_with_few_hosts) + " of " + std::to_string(effects.effects.size()) +
                       " edits were counted in fewer than three " + (data.roles.host.empty() ? "batches" : "hosts") +
                       ": their intervals are wide or missing.");
  if (data.roles.host.empty())
    warnings.push_back("The screen names no host column; the levels of " + data.batches.front().name +
                       " stand for hosts.");
  out["verdict"] = std::move(verdict);
  out["warnings"] = std::move(warnings);
  for (auto& [key, value] : out.items()) message.json[key] = std::move(value);
  return message;
}

}  // namespace groundwork::api
