#include "groundwork/api/screen_form.hpp"

#include <cmath>
#include <set>
#include <utility>

#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

using screen::Screen;

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
double number_or_nan(const Json& value) { return value.is_null() ? std::nan("") : value.get<double>(); }

Json conditions_to_json(const Screen& s) {
  std::vector<std::int64_t> cells(s.conditions.size(), 0);
  for (const auto& g : s.groups) cells[static_cast<std::size_t>(g.condition)] += g.cells;
  Json array = Json::array();
  for (std::size_t i = 0; i < s.conditions.size(); ++i) {
    const auto& c = s.conditions[i];
    Json edits = Json::array();
    for (const auto& e : c.edits) edits.push_back({{"name", e.name}, {"dose", e.dose}});
    array.push_back({{"label", label_of(c)},
                     {"edits", std::move(edits)},
                     {"medium", c.medium},
                     {"time", finite_or_null(c.time)},
                     {"compartment", c.compartment},
                     {"control", c.is_control()},
                     {"cells", cells[i]}});
  }
  return array;
}

template <typename Part>
std::vector<int> column_of(const std::vector<Part>& parts, int Part::*member) {
  std::vector<int> values;
  for (const Part& p : parts) values.push_back(p.*member);
  return values;
}

template <typename Part>
Vector numbers_of(const std::vector<Part>& parts, double Part::*member) {
  Vector values(static_cast<Index>(parts.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) values[static_cast<Index>(i)] = parts[i].*member;
  return values;
}

template <typename Part>
Vector cells_of(const std::vector<Part>& parts) {
  Vector values(static_cast<Index>(parts.size()));
  for (std::size_t i = 0; i < parts.size(); ++i) values[static_cast<Index>(i)] = static_cast<double>(parts[i].cells);
  return values;
}

void put_groups(Message& m, const Screen& s) {
  Json groups = Json::object();
  put_integers(m, groups, "condition", "groups/condition", column_of(s.groups, &screen::Group::condition));
  Json batch = Json::array();
  for (const auto& g : s.groups) batch.push_back(g.batch);
  groups["batch"] = std::move(batch);
  put_integers(m, groups, "half", "groups/half", column_of(s.groups, &screen::Group::half));
  put_vector(m, groups, "cells", "groups/cells", cells_of(s.groups));
  put_vector(m, groups, "sum_size", "groups/sum_size", numbers_of(s.groups, &screen::Group::sum_size));
  put_vector(m, groups, "sum_size_sq", "groups/sum_size_sq", numbers_of(s.groups, &screen::Group::sum_size_sq));
  put_vector(m, groups, "sum_inverse_size", "groups/sum_inverse_size",
             numbers_of(s.groups, &screen::Group::sum_inverse_size));
  m.json["groups"] = std::move(groups);
}

/** The seven sums, with the names they have in the document. */
constexpr std::pair<const char*, Matrix screen::GroupStatistics::*> statistics_parts[] = {
    {"sum", &screen::GroupStatistics::sum},           {"sum_sq", &screen::GroupStatistics::sum_sq},
    {"scaled", &screen::GroupStatistics::scaled},     {"scaled_sq", &screen::GroupStatistics::scaled_sq},
    {"log1p", &screen::GroupStatistics::log1p},       {"log1p_sq", &screen::GroupStatistics::log1p_sq},
    {"detected", &screen::GroupStatistics::detected},
};

void put_guides(Message& m, const Screen& s) {
  Json guides = Json::object();
  Json names = Json::array();
  for (const auto& g : s.guides) names.push_back(g.guide);
  guides["guide"] = std::move(names);
  put_integers(m, guides, "group", "guides/group", column_of(s.guides, &screen::GuideGroup::group));
  put_vector(m, guides, "cells", "guides/cells", cells_of(s.guides));
  put_vector(m, guides, "sum_size", "guides/sum_size", numbers_of(s.guides, &screen::GuideGroup::sum_size));
  put_columns(m, guides, "sum", "guides/sum", s.guide_sum);
  put_columns(m, guides, "scaled_sq", "guides/scaled_sq", s.guide_scaled_sq);
  m.json["guides"] = std::move(guides);
}

void put_reservoir(Message& m, const screen::Reservoir& r) {
  Json json = Json::object();
  put_integers(m, json, "group", "reservoir/group", r.group);
  put_integers(m, json, "cell", "reservoir/cell", r.cell);
  put_floats(m, json, "size", "reservoir/size", r.size);
  put_integers(m, json, "start", "reservoir/start", r.start);
  put_integers(m, json, "gene", "reservoir/gene", r.gene);
  put_floats(m, json, "count", "reservoir/count", r.count);
  m.json["reservoir"] = std::move(json);
}

Json target_left_to_json(const Screen& s) {
  Json array = Json::array();
  for (const auto& t : s.target_left) {
    array.push_back({{"edit", t.edit},
                     {"guide", t.guide.empty() ? Json(nullptr) : Json(t.guide)},
                     {"gene", t.gene < 0 ? Json(nullptr) : Json(s.genes[static_cast<std::size_t>(t.gene)])},
                     {"fraction", finite_or_null(t.fraction)},
                     {"low", finite_or_null(t.low)},
                     {"high", finite_or_null(t.high)},
                     {"cells", t.cells},
                     {"control_cells", t.control_cells},
                     {"reason", t.reason.empty() ? Json(nullptr) : Json(t.reason)}});
  }
  return array;
}

[[noreturn]] void damaged(const std::string& what) {
  throw Error("screen.damaged", "the screen document does not fit together: " + what,
              "Summarise the screen again from its counts.");
}

void require(bool fits, const std::string& what) {
  if (!fits) damaged(what);
}

void read_conditions(Screen& s, const Json& json) {
  for (const Json& c : json.at("conditions")) {
    screen::Condition condition;
    for (const Json& e : c.at("edits"))
      condition.edits.push_back({e.at("name").get<std::string>(), e.at("dose").get<double>()});
    condition.medium = c.at("medium").get<std::string>();
    condition.time = number_or_nan(c.at("time"));
    condition.compartment = c.at("compartment").get<std::string>();
    s.conditions.push_back(std::move(condition));
  }
  for (const Json& b : json.at("batches"))
    s.batches.push_back({b.at("name").get<std::string>(), b.at("levels").get<std::vector<std::string>>()});
}

void read_groups(Screen& s, const Message& m) {
  const Json& json = m.json.at("groups");
  const auto condition = get_integers(m, json, "condition"), half = get_integers(m, json, "half");
  const Vector cells = get_vector(m, json, "cells"), size = get_vector(m, json, "sum_size"),
               size_sq = get_vector(m, json, "sum_size_sq"), inverse = get_vector(m, json, "sum_inverse_size");
  const Json& batch = json.at("batch");
  const std::size_t n = condition.size();
  for (std::size_t length :
       {half.size(), static_cast<std::size_t>(cells.size()), static_cast<std::size_t>(size.size()),
        static_cast<std::size_t>(size_sq.size()), static_cast<std::size_t>(inverse.size()), batch.size()})
    require(length == n, "its arrays over groups differ in length");
  for (std::size_t i = 0; i < n; ++i) {
    screen::Group g;
    g.condition = condition[i];
    require(g.condition >= 0 && g.condition < static_cast<int>(s.conditions.size()),
            "a group has a condition that is not listed");
    g.batch = batch[i].get<std::vector<int>>();
    require(g.batch.size() == s.batches.size(), "a group does not have one level for each batch column");
    for (std::size_t f = 0; f < g.batch.size(); ++f)
      require(g.batch[f] >= 0 && g.batch[f] < static_cast<int>(s.batches[f].levels.size()),
              "a group has a batch level that is not listed");
    g.half = half[i];
    const auto at = static_cast<Index>(i);
    g.cells = static_cast<std::int64_t>(cells[at]);
    g.sum_size = size[at];
    g.sum_size_sq = size_sq[at];
    g.sum_inverse_size = inverse[at];
    s.groups.push_back(std::move(g));
  }
}

/** A matrix of `rows` × `columns`; an empty array stands for one without columns. */
Matrix matrix_in(const Message& m, const Json& parent, const std::string& key, std::size_t rows, std::size_t columns) {
  Matrix matrix = get_columns(m, parent, key);
  if (matrix.size() == 0 && columns == 0) matrix.resize(static_cast<Index>(rows), 0);
  require(matrix.rows() == static_cast<Index>(rows) && matrix.cols() == static_cast<Index>(columns),
          "'" + key + "' is " + std::to_string(matrix.cols()) + " × " + std::to_string(matrix.rows()) + ", expected " +
              std::to_string(columns) + " × " + std::to_string(rows));
  return matrix;
}

void read_guides(Screen& s, const Message& m) {
  const Json& json = m.json.at("guides");
  const auto group = get_integers(m, json, "group");
  const Vector cells = get_vector(m, json, "cells"), size = get_vector(m, json, "sum_size");
  const auto names = json.at("guide").get<std::vector<std::string>>();
  require(
      names.size() == group.size() && cells.size() == size.size() && cells.size() == static_cast<Index>(names.size()),
      "its arrays over guides differ in length");
  for (std::size_t i = 0; i < names.size(); ++i) {
    require(group[i] >= 0 && group[i] < static_cast<int>(s.groups.size()),
            "a guide belongs to a group that is not listed");
    s.guides.push_back(
        {names[i], group[i], static_cast<std::int64_t>(cells[static_cast<Index>(i)]), size[static_cast<Index>(i)]});
  }
  s.guide_sum = matrix_in(m, json, "sum", s.genes.size(), names.size());
  s.guide_scaled_sq = matrix_in(m, json, "scaled_sq", s.genes.size(), names.size());
}

void read_reservoir(Screen& s, const Message& m) {
  const Json& json = m.json.at("reservoir");
  auto& r = s.reservoir;
  r.group = get_integers(m, json, "group");
  r.cell = get_integers(m, json, "cell");
  r.size = get_floats(m, json, "size");
  r.start = get_integers(m, json, "start");
  r.gene = get_integers(m, json, "gene");
  r.count = get_floats(m, json, "count");
  require(r.cell.size() == r.group.size() && r.size.size() == r.group.size() && r.start.size() == r.group.size() + 1 &&
              r.count.size() == r.gene.size() && r.start.front() == 0 &&
              r.start.back() == static_cast<int>(r.gene.size()),
          "the arrays of its reservoir differ in length");
}

void read_targets(Screen& s, const Json& json) {
  for (const Json& h : json.at("target_histograms"))
    s.target_histograms.push_back({h.at("gene").get<int>(), h.at("group").get<int>(),
                                   h.at("count").get<std::vector<int>>(), h.at("cells").get<std::vector<int>>()});
  for (const Json& t : json.at("target_left")) {
    screen::TargetLeft left;
    left.edit = t.at("edit").get<std::string>();
    if (t.at("guide").is_string()) left.guide = t.at("guide").get<std::string>();
    if (t.at("gene").is_string())
      for (std::size_t g = 0; g < s.genes.size(); ++g)
        if (s.genes[g] == t.at("gene").get<std::string>()) left.gene = static_cast<int>(g);
    left.fraction = number_or_nan(t.at("fraction"));
    left.low = number_or_nan(t.at("low"));
    left.high = number_or_nan(t.at("high"));
    left.cells = t.at("cells").get<std::int64_t>();
    left.control_cells = t.at("control_cells").get<std::int64_t>();
    if (t.at("reason").is_string()) left.reason = t.at("reason").get<std::string>();
    s.target_left.push_back(std::move(left));
  }
  for (const Json& i : json.at("impossible"))
    s.impossible.push_back({i.at("what").get<std::string>(), i.at("why").get<std::string>()});
}

}  // namespace

Message screen_to_message(const Screen& s) {
  Message m;
  Json& json = m.json;
  json["kind"] = "screen";
  json["schema"] = screen_schema;
  json["version"] = GROUNDWORK_VERSION;
  json["counts_name"] = s.counts_name;
  json["cells_name"] = s.cells_name;
  json["seed"] = s.seed;
  json["roles"] = roles_to_json(s.roles);
  json["cells_read"] = s.cells_read;
  json["cells_kept"] = s.cells_kept;
  json["mean_depth"] = s.mean_depth;
  json["warnings"] = s.warnings;
  json["impossible"] = Json::array();
  for (const auto& i : s.impossible) json["impossible"].push_back({{"what", i.what}, {"why", i.why}});
  json["genes"] = s.genes;
  json["conditions"] = conditions_to_json(s);
  json["batches"] = Json::array();
  for (const auto& b : s.batches) json["batches"].push_back({{"name", b.name}, {"levels", b.levels}});
  put_groups(m, s);
  Json statistics = Json::object();
  for (const auto& [name, part] : statistics_parts)
    put_columns(m, statistics, name, std::string("statistics/") + name, s.statistics.*part);
  m.json["statistics"] = std::move(statistics);
  Json depth = Json::object();
  put_vector(m, depth, "edges", "depth_edges", s.depth_edges);
  put_columns(m, depth, "histogram", "depth_histogram", s.depth_histogram);
  m.json["depth_edges"] = std::move(depth["edges"]);
  m.json["depth_histogram"] = std::move(depth["histogram"]);
  put_guides(m, s);
  put_reservoir(m, s.reservoir);
  m.json["target_histograms"] = Json::array();
  for (const auto& h : s.target_histograms)
    m.json["target_histograms"].push_back(
        {{"gene", h.gene}, {"group", h.group}, {"count", h.count}, {"cells", h.cells}});
  m.json["target_left"] = target_left_to_json(s);
  return m;
}

Screen screen_from_message(const Message& m) {
  require_kind(m.json, "screen", screen_schema, "screen");
  Screen s;
  try {
    const Json& json = m.json;
    s.counts_name = json.at("counts_name").get<std::string>();
    s.cells_name = json.at("cells_name").get<std::string>();
    s.seed = json.at("seed").get<std::uint64_t>();
    s.roles = roles_from_json(json.at("roles"));
    s.genes = json.at("genes").get<std::vector<std::string>>();
    s.cells_read = json.at("cells_read").get<std::int64_t>();
    s.cells_kept = json.at("cells_kept").get<std::int64_t>();
    s.mean_depth = json.at("mean_depth").get<double>();
    s.warnings = json.at("warnings").get<std::vector<std::string>>();
    read_conditions(s, json);
    read_groups(s, m);
    for (const auto& [name, part] : statistics_parts)
      s.statistics.*part = matrix_in(m, json.at("statistics"), name, s.genes.size(), s.groups.size());
    s.depth_edges = get_vector(m, json, "depth_edges");
    s.depth_histogram =
        matrix_in(m, json, "depth_histogram", static_cast<std::size_t>(s.depth_edges.size() - 1), s.groups.size());
    read_guides(s, m);
    read_reservoir(s, m);
    read_targets(s, json);
  } catch (const nlohmann::json::exception& e) {
    const std::string what = e.what();  // "[json.exception.…] sentence"
    damaged(what.substr(std::min(what.size(), what.find("] ") + 2)));
  }
  return s;
}

Json roles_to_json(const screen::Roles& r) {
  return {{"perturbation", r.perturbation},
          {"separator", r.separator},
          {"control", r.control},
          {"no_control", r.no_control},
          {"modality", name_of(r.modality)},
          {"batch", r.batch},
          {"host", r.host},
          {"time", r.time},
          {"time_unit", r.time_unit},
          {"medium", r.medium},
          {"guide", r.guide},
          {"cell_type", r.cell_type},
          {"drop", r.drop},
          {"exclude_from_size_factor", r.exclude_from_size_factor}};
}

screen::Roles roles_from_json(const Json& json) {
  refuse_unknown(json,
                 {"perturbation", "separator", "control", "no_control", "modality", "batch", "host", "time",
                  "time_unit", "medium", "guide", "cell_type", "drop", "exclude_from_size_factor"},
                 "roles");
  screen::Roles r;
  const auto text = [&](const char* key, std::string& into) {
    if (!json.contains(key) || json[key].is_null()) return;
    if (!json[key].is_string()) throw Error("request.value", std::string("roles: '") + key + "': expected a text");
    into = json[key].get<std::string>();
  };
  const auto list = [&](const char* key, std::vector<std::string>& into) {
    if (!json.contains(key) || json[key].is_null()) return;
    into.clear();
    if (json[key].is_string())
      into.push_back(json[key].get<std::string>());
    else if (!json[key].is_array())
      throw Error("request.value", std::string("roles: '") + key + "': expected a list of texts");
    else
      for (const Json& entry : json[key]) {
        if (!entry.is_string())
          throw Error("request.value", std::string("roles: '") + key + "': expected a list of texts");
        into.push_back(entry.get<std::string>());
      }
  };
  text("perturbation", r.perturbation);
  text("separator", r.separator);
  list("control", r.control);
  if (json.contains("no_control")) {
    if (!json["no_control"].is_boolean()) throw Error("request.value", "roles: 'no_control': expected true or false");
    r.no_control = json["no_control"].get<bool>();
  }
  std::string modality = name_of(r.modality);
  text("modality", modality);
  r.modality = screen::modality_of(modality);
  list("batch", r.batch);
  text("host", r.host);
  text("time", r.time);
  text("time_unit", r.time_unit);
  text("medium", r.medium);
  text("guide", r.guide);
  text("cell_type", r.cell_type);
  list("drop", r.drop);
  list("exclude_from_size_factor", r.exclude_from_size_factor);
  return r;
}

}  // namespace groundwork::api
