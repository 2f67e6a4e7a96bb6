#include "groundwork/api/typical.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "components_input.hpp"
#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/measurement/gene_spread.hpp"
#include "groundwork/measurement/guide_variation.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

constexpr std::initializer_list<double> shares{0.1, 0.25, 0.5, 0.75, 0.9};

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/** The variance of a standard deviation of 1 % of expression. */
constexpr double next_to_nothing = 1e-4;

/** One variance over genes: as estimated gene by gene, and with the error of estimation taken off. */
Json figure_of(const std::vector<double>& estimates, double pooled, const measurement::GeneSpread* spread,
               const std::string& reason) {
  int known = 0;
  for (const double value : estimates) known += std::isfinite(value) ? 1 : 0;
  Json between = nullptr;
  if (spread && std::isfinite(spread->log_median)) {
    Json quantiles = Json::object();
    for (const double share : shares) quantiles[significant(share)] = spread->quantile(share);
    between = {{"quantiles", std::move(quantiles)},
               {"log_sd", spread->log_sd},
               {"genes", spread->genes},
               {"may_be_zero", spread->may_be_zero}};
  }
  const Json quantiles = quantiles_of(estimates, shares);
  // The safe side of what few batches did not see: nine estimates in ten stay below.
  const bool unseen = pooled < next_to_nothing && spread && spread->may_be_zero && !quantiles["0.9"].is_null();
  return {{"pooled", number_or_null(pooled)},
          {"planned", number_or_null(unseen ? std::max(pooled, quantiles["0.9"].get<double>()) : pooled)},
          {"genes", known},
          {"estimates", quantiles},
          {"between_genes", std::move(between)},
          {"reason", text_or_null(reason)}};
}

Json deviation_figure(double variance, double se, std::vector<double> variances, const std::string& reason) {
  std::vector<double> deviations;
  for (const double value : variances)
    if (std::isfinite(value)) deviations.push_back(std::sqrt(std::max(0.0, value)));
  return {{"sd", std::isnan(variance) ? Json(nullptr) : Json(std::sqrt(std::max(0.0, variance)))},
          {"variance", number_or_null(variance)},
          {"variance_se", number_or_null(se)},
          {"quantiles", quantiles_of(deviations, shares)},
          {"of", deviations.size()},
          {"reason", text_or_null(reason)}};
}

Json guides_figure(const screen::Screen& data, const ComponentsInput& input,
                   const measurement::VarianceComponents& components) {
  const measurement::GuideVariation v =
      measurement::guide_variation(data, input.genes, measurement::moderate(input.table, components));
  std::vector<double> edits(0), genes(v.off_target.data(), v.off_target.data() + v.off_target.size());
  for (const auto& edit : v.edits) edits.push_back(edit.variance);
  return {{"efficacy", deviation_figure(v.efficacy_variance, v.efficacy_se, edits, v.efficacy_reason)},
          {"off_target", deviation_figure(v.off_target_variance, v.off_target_se, genes, v.off_target_reason)},
          {"control_guides", v.control_guides}};
}

Json figures_of(const Message& request, const Json& entry, std::size_t number) {
  const std::string where = "typical.screens[" + std::to_string(number) + "]";
  refuse_unknown(entry, {"screen", "states", "name", "assay", "source", "level", "genes"}, where);
  if (entry.contains("screen") == entry.contains("states"))
    throw Error("request.missing_key", where + ": expected either \"screen\" or \"states\".");
  std::optional<screen::Screen> data;
  ComponentsInput input;
  if (entry.contains("screen")) {
    data = screen_from_message(extract(request, entry, "screen"));
    input = components_input_of_screen(*data, entry);
  } else {
    input = components_input_of_states(extract(request, entry, "states"), entry);
  }
  const measurement::VarianceComponents v = measurement::variance_components(input.table);
  const std::vector<measurement::GeneSpread> spread = measurement::spread_between_genes(input.table, v);
  std::vector<double> values;
  Json levels = Json::array(), sb2 = Json::object();
  for (std::size_t f = 0; f < v.levels.levels(); ++f) {
    levels.push_back({{"level", v.levels.names[f]}, {"groups", v.levels.labels[f].size()}});
    values.clear();
    for (const auto& gene : v.genes) values.push_back(gene.sb2[static_cast<Index>(f)]);
    sb2[v.levels.names[f]] = figure_of(values, v.pooled.sb2[static_cast<Index>(f)], &spread[f],
                                       v.estimability.level[f] ? "" : v.estimability.level_reason[f]);
  }
  std::vector<double> sg2, sw2;
  for (const auto& gene : v.genes) {
    sg2.push_back(gene.sg2);
    sw2.push_back(gene.sw2);
  }
  const std::vector<double> phi(input.phi.data(), input.phi.data() + input.phi.size());
  const Json middle = quantiles_of(phi, {0.5})["0.5"];
  const std::string name = text_from_json(entry, "name", data ? data->counts_name : "", where);
  Json out = {
      {"name", text_or_null(name)},
      {"assay", text_or_null(text_from_json(entry, "assay", "", where))},
      {"source", text_or_null(text_from_json(entry, "source", "", where))},
      {"modality", data ? Json(screen::name_of(data->roles.modality)) : Json(nullptr)},
      {"cells", data ? Json(data->cells_kept) : Json(nullptr)},
      {"rows", input.table.rows.size()},
      {"conditions", input.table.conditions.size()},
      {"genes", input.table.genes.size()},
      {"levels", std::move(levels)},
      {"df", v.pooled.df},
      {"sb2", std::move(sb2)},
      {"sg2", figure_of(sg2, v.pooled.sg2, &spread.back(), v.estimability.group ? "" : v.estimability.group_reason)},
      {"sw2", figure_of(sw2, v.pooled.sw2, nullptr, "")},
      {"phi", figure_of(phi, middle.is_null() ? nan : middle.get<double>(), nullptr,
                        data ? "" : "states come without counts of cells")},
      {"guides", data ? guides_figure(*data, input, v) : Json(nullptr)},
      {"weak", v.weak}};
  return out;
}

}  // namespace

Message run_typical(const Message& request) {
  refuse_unknown(request.json, {"screens", "date", "buffers"}, "typical");
  if (!request.json.contains("screens") || !request.json["screens"].is_array() || request.json["screens"].empty())
    throw Error("request.missing_key", "typical: \"screens\" is not a list of at least one screen.");
  Message message;
  Json& out = message.json;
  out["kind"] = "typical";
  out["schema"] = 1;
  out["version"] = GROUNDWORK_VERSION;
  out["date"] = text_or_null(text_from_json(request.json, "date", "", "typical"));
  out["screens"] = Json::array();
  for (std::size_t k = 0; k < request.json["screens"].size(); ++k)
    out["screens"].push_back(figures_of(request, request.json["screens"][k], k));
  return message;
}

}  // namespace groundwork::api
