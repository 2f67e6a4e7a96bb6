#include "groundwork/api/components.hpp"

#include <functional>

#include "components_input.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/measurement/effect_tests.hpp"
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

ComponentsInput input_of(const Message& request) {
  if (request.json.contains("states"))
    return components_input_of_states(extract(request, request.json, "states"), request.json);
  screen::Screen data = screen_from_message(extract(request, request.json, "screen"));
  return components_input_of_screen(data, request.json);
}

}  // namespace

Message run_components(const Message& request) {
  refuse_unknown(request.json, {"screen", "states", "genes", "level", "buffers"}, "components");
  if (request.json.contains("screen") == request.json.contains("states"))
    throw Error("request.missing_key", "components: expected either \"screen\" or \"states\".");
  if (request.json.contains("states") && request.json.contains("level") && !request.json["level"].is_null())
    throw Error("components.level", "A state table has one batch level; \"level\" has nothing to choose from.",
                "Leave the level out.");
  const ComponentsInput input = input_of(request);
  const screen::Levels& table = input.table;
  const measurement::VarianceComponents v = measurement::variance_components(table);
  const measurement::ModeratedVariances moderated = measurement::moderate(table, v);

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
    out["genes"].push_back(
        {{"gene", table.genes[i]},
         {"sb2", by_level(v.levels, g.sb2)},
         {"sb2_se", by_level(v.levels, g.sb2_se)},
         {"sg2", number_or_null(g.sg2)},
         {"sg2_se", number_or_null(g.sg2_se)},
         {"sg2_moderated", moderated.estimable ? Json(moderated.group[static_cast<Index>(i)]) : Json(nullptr)},
         {"sw2", number_or_null(g.sw2)},
         {"phi", number_or_null(phi)},
         {"mean", number_or_null(g.mean)},
         {"df", g.df},
         {"reason", g.reason.empty() ? Json(nullptr) : Json(g.reason)}});
  }
  const auto over_genes = [&](const std::function<double(const measurement::GeneComponents&)>& value) {
    std::vector<double> values;
    for (const auto& gene : v.genes) values.push_back(value(gene));
    return quantiles_of(std::move(values), {0.1, 0.5, 0.9});
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
  const Json phi_quantiles = quantiles_of(phis, {0.1, 0.5, 0.9});
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
