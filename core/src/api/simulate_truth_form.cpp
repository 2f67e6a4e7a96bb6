#include <cmath>
#include <limits>

#include "groundwork/api/simulate_truth.hpp"

namespace groundwork::api {
namespace {

/** Six decimals of a log are far below any noise and keep the file readable. */
Matrix rounded(const Matrix& m) { return (m.array() * 1e6).round() / 1e6; }

Json edges_of(const Truth& truth) {
  Json edges = Json::array();
  for (Index to = 0; to < truth.weights.rows(); ++to)
    for (Index from = 0; from < truth.weights.cols(); ++from)
      if (truth.weights(to, from) != 0)
        edges.push_back({{"from", truth.genes[static_cast<std::size_t>(from)]},
                         {"to", truth.genes[static_cast<std::size_t>(to)]},
                         {"weight", truth.weights(to, from)}});
  return edges;
}

Json inputs_form(const Truth& truth) {
  Json inputs = Json::object();
  for (Index u = 0; u < truth.inputs.cols(); ++u) {
    Json& response = inputs[truth.recipe.outside.edits[static_cast<std::size_t>(u)]] = Json::object();
    for (Index i = 0; i < truth.inputs.rows(); ++i)
      if (truth.inputs(i, u) != 0) response[truth.genes[static_cast<std::size_t>(i)]] = truth.inputs(i, u);
  }
  return inputs;
}

Json condition_form(const Truth& truth, std::size_t c) {
  const SimulatedCondition& condition = truth.conditions[c];
  Json edits = Json::array();
  for (const auto& edit : condition.condition.edits) edits.push_back({{"name", edit.name}, {"dose", edit.dose}});
  return {{"label", screen::label_of(condition.condition)},
          {"perturbation", condition.label},
          {"edits", edits},
          {"medium", condition.condition.medium},
          {"time", condition.condition.has_time() ? Json(condition.condition.time) : Json(nullptr)},
          {"control", condition.perturbation < 0}};
}

const std::string& label_at(const Truth& truth, std::size_t batch, std::size_t level) {
  return truth.levels[level].levels[static_cast<std::size_t>(truth.batch_levels[batch][level])];
}

/** The layout as the command `design` takes it: the finest level names the columns. */
Json layout_form(const Truth& truth) {
  Json layout = {
      {"conditions", Json::array()}, {"batches", Json::array()}, {"levels", Json::array()}, {"cells", Json::array()}};
  for (const auto& condition : truth.conditions) layout["conditions"].push_back(screen::label_of(condition.condition));
  for (std::size_t b = 0; b < truth.recipe.batches.size(); ++b)
    layout["batches"].push_back(truth.levels.empty() ? std::string("all")
                                                     : label_at(truth, b, truth.levels.size() - 1));
  for (std::size_t f = 0; f + 1 < truth.levels.size(); ++f) {
    Json of_batch = Json::array();
    for (std::size_t b = 0; b < truth.batch_levels.size(); ++b) of_batch.push_back(label_at(truth, b, f));
    layout["levels"].push_back({{"name", truth.levels[f].name}, {"of_batch", of_batch}});
  }
  for (Index c = 0; c < truth.cells.rows(); ++c) {
    Json row = Json::array();
    for (Index b = 0; b < truth.cells.cols(); ++b) row.push_back(truth.cells(c, b));
    layout["cells"].push_back(row);
  }
  return layout;
}

}  // namespace

Json simulated_roles(const Truth& truth) {
  const Recipe& recipe = truth.recipe;
  return {{"perturbation", "perturbation"},
          {"separator", "+"},
          {"control", {control_label}},
          {"modality", screen::name_of(recipe.modality)},
          {"batch", recipe.levels},
          {"host", ""},
          {"time", recipe.times.size() > 1 ? "time_d" : ""},
          {"time_unit", "d"},
          {"medium", recipe.media.empty() ? "" : "medium"},
          {"guide", truth.guides.empty() ? "" : "guide"},
          {"cell_type", ""},
          {"drop", Json::array()},
          {"exclude_from_size_factor", Json::array()}};
}

Message truth_to_message(const Truth& truth) {
  Message message;
  Json& json = message.json;
  json = {{"kind", "truth"},
          {"schema", 1},
          {"version", GROUNDWORK_VERSION},
          {"title", truth.recipe.title},
          {"seed", truth.recipe.seed}};
  json["roles"] = simulated_roles(truth);
  json["sampling_time"] = truth.recipe.times.size() > 1 ? Json(nullptr) : Json(truth.recipe.times[0]);
  json["genes"] = truth.genes;
  json["network_genes"] = truth.weights.rows();
  put_vector(message, json, "expression", "expression", truth.expression);
  put_vector(message, json, "dispersion", "dispersion", truth.law.dispersion);
  put_vector(message, json, "gamma", "gamma", truth.gamma);
  json["network"] = edges_of(truth);
  json["inputs"] = inputs_form(truth);
  json["conditions"] = Json::array();
  for (std::size_t c = 0; c < truth.conditions.size(); ++c) json["conditions"].push_back(condition_form(truth, c));
  put_columns(message, json, "effect", "effect", rounded(truth.effect()));
  put_columns(message, json, "unedited", "unedited", rounded(truth.unedited));
  put_vector(message, json, "composition", "composition", rounded(truth.composition()));
  Json variances = Json::object(), batch_effects = Json::object();
  for (std::size_t f = 0; f < truth.levels.size(); ++f) {
    const auto& level = truth.levels[f];
    put_vector(message, variances, level.name, "sb2/" + level.name, truth.sb2[f]);
    Json form = {{"levels", level.levels}};
    put_columns(message, form, "effect", "batch_effect/" + level.name, rounded(truth.batch_effect[f]));
    batch_effects[level.name] = std::move(form);
  }
  json["sb2"] = std::move(variances);
  json["batch_effect"] = std::move(batch_effects);
  put_vector(message, json, "sg2", "sg2", truth.sg2);
  json["guides"] = Json::array();
  Matrix off_target(truth.expression.size(), static_cast<Index>(truth.guides.size()));
  for (std::size_t g = 0; g < truth.guides.size(); ++g) {
    const SimulatedGuide& guide = truth.guides[g];
    json["guides"].push_back(
        {{"name", guide.name},
         {"perturbation",
          guide.perturbation < 0 ? control_label : truth.perturbations[static_cast<std::size_t>(guide.perturbation)]},
         {"efficacy", guide.efficacy}});
    off_target.col(static_cast<Index>(g)) = guide.off_target;
  }
  if (truth.recipe.guides.off_target_sd > 0)
    put_columns(message, json, "off_target", "off_target", rounded(off_target));
  json["escapers"] = truth.recipe.guides.escapers;
  json["layout"] = layout_form(truth);
  return message;
}

}  // namespace groundwork::api
