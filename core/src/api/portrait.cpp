#include "groundwork/api/portrait.hpp"

#include "groundwork/api/job.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/portrait.hpp"
#include "groundwork/screen/state_table.hpp"
#include "json_values.hpp"
#include "links_request.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

constexpr std::size_t first_paths = 6, most_paths = 24;

Json axis_form(const fit::PortraitAxis& axis) {
  Json loadings = Json::array();
  for (const auto& [gene, loading] : axis.loadings) loadings.push_back({{"gene", gene}, {"loading", loading}});
  return {{"name", axis.name},
          {"component", axis.component},
          {"share", number_or_null(axis.share)},
          {"loadings", std::move(loadings)}};
}

Json segments_form(const std::vector<dynamics::PlaneSegment>& segments) {
  Json list = Json::array();
  for (const auto& s : segments) list.push_back({s.u0, s.v0, s.u1, s.v1});
  return list;
}

fit::PortraitSettings settings_from(const Json& json, const FitRecord& fit) {
  fit::PortraitSettings settings;
  settings.medium = medium_from(json, fit, "portrait");
  if (json.contains("genes") && !json["genes"].is_null()) {
    if (!json["genes"].is_array()) throw Error("request.value", "portrait: \"genes\" is not a list of names.");
    for (const Json& gene : json["genes"])
      settings.genes.push_back(gene.is_string() ? gene.get<std::string>() : gene.dump());
  }
  settings.edits = edits_from(json, "portrait");
  if (json.contains("paths") && !json["paths"].is_null()) {
    settings.paths = edit_sets_from(json["paths"], "paths", "portrait");
    if (settings.paths.size() > most_paths)
      throw Error("request.value", "portrait: found " + std::to_string(settings.paths.size()) + " paths; at most " +
                                       std::to_string(most_paths) + " are drawn.");
  } else {
    settings.paths = observed_edit_sets(fit);
    if (settings.paths.size() > first_paths) settings.paths.resize(first_paths);
  }
  settings.member = static_cast<std::size_t>(
      whole_from(json, "member", 1, 1, static_cast<std::int64_t>(fit.members.size()), "portrait") - 1);
  settings.points = static_cast<int>(whole_from(json, "points", settings.points, 2, 101, "portrait"));
  settings.starts = static_cast<int>(whole_from(json, "starts", settings.starts, 1, 1000, "portrait"));
  settings.seed = static_cast<std::uint64_t>(whole_from(json, "seed", 1, 0, 2147483647, "portrait"));
  return settings;
}

}  // namespace

Message run_portrait(const Message& request) {
  const Json& json = request.json;
  refuse_unknown(json, {"fit", "genes", "edits", "paths", "medium", "member", "points", "starts", "seed"}, "portrait");
  const FitRecord fit = fit_of_request(request, "portrait");
  const fit::DynamicFit dynamic = dynamic_fit_of(fit);
  const fit::PortraitSettings settings = settings_from(json, fit);
  const fit::Portrait portrait = fit::portrait_of(dynamic, fit.evaluation, effects_of_members(fit), settings);

  Message message;
  message.json["kind"] = "portrait";
  message.json["schema"] = 1;
  message.json["version"] = GROUNDWORK_VERSION;
  message.json["buffers"] = Json::object();
  Json body;
  body["screen"] = fit.screen;
  body["model"] = dynamics::name_of(fit.options.model);
  body["scale"] = screen::name_of(fit.scale);
  body["medium"] = settings.medium;
  body["member"] = settings.member + 1;
  body["axes"] = {axis_form(portrait.axes[0]), axis_form(portrait.axes[1])};
  body["label"] = label_of_edits(settings.edits);
  body["edits"] = edit_list(settings.edits);
  Json grid;
  put_vector(message, grid, "u", "grid/u", portrait.grid.u);
  put_vector(message, grid, "v", "grid/v", portrait.grid.v);
  // Rows are along u.
  put_columns(message, grid, "du", "grid/du", portrait.grid.du.transpose());
  put_columns(message, grid, "dv", "grid/dv", portrait.grid.dv.transpose());
  const Matrix leaving = portrait.grid.leaving.reshaped(portrait.grid.u.size(), portrait.grid.v.size());
  put_columns(message, grid, "leaving", "grid/leaving", leaving.transpose());
  grid["u_nullcline"] = segments_form(portrait.grid.u_nullcline);
  grid["v_nullcline"] = segments_form(portrait.grid.v_nullcline);
  body["grid"] = std::move(grid);
  Json paths = Json::array(), rests = Json::array();
  for (const auto& path : portrait.paths) {
    Json one = {{"label", label_of_edits(path.edits)}, {"edits", edit_list(path.edits)}, {"diverged", path.diverged}};
    one["times"] = path.times;
    one["u"] = Json::array();
    one["v"] = Json::array();
    for (Index t = 0; t < path.at.cols(); ++t) {
      one["u"].push_back(path.at(0, t));
      one["v"].push_back(path.at(1, t));
    }
    paths.push_back(std::move(one));
  }
  for (const auto& rest : portrait.rests)
    rests.push_back({{"label", label_of_edits(rest.edits)},
                     {"u", rest.u},
                     {"v", rest.v},
                     {"stable", rest.stable()},
                     {"abscissa", rest.abscissa},
                     {"away", rest.away}});
  body["paths"] = std::move(paths);
  body["rests"] = std::move(rests);
  body["sentence"] = portrait.sentence;
  for (auto& [key, value] : body.items()) message.json[key] = std::move(value);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

}  // namespace groundwork::api
