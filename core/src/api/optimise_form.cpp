#include <cmath>
#include <limits>

#include "groundwork/api/design.hpp"
#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/optimise.hpp"
#include "groundwork/api/prices.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/depth.hpp"

namespace groundwork::api {
namespace {

int whole(const Json& object, const std::string& key, int otherwise, const std::string& where) {
  const double value = number_from_json(object, key, otherwise, where);
  if (value != std::floor(value) || std::abs(value) > 1e9)
    throw Error("request.value", "The value of \"" + where + "." + key + "\" is not a whole number.");
  return static_cast<int>(value);
}

const Json& part(const Json& spec, const std::string& key) {
  static const Json empty = Json::object();
  if (!spec.contains(key) || spec[key].is_null()) return empty;
  if (!spec[key].is_object()) throw Error("request.value", "The value of \"" + key + "\" is not an object.");
  return spec[key];
}

int condition_from(const design::Layout& names, const std::string& name, const std::string& key) {
  const int c = design::condition_index(names, name);
  if (c < 0)
    throw Error("optimise.links", "\"" + key + "\" names \"" + name + "\", which is none of the conditions.",
                "Name conditions as they stand in \"conditions\".");
  return c;
}

std::vector<std::vector<int>> links(const Json& spec, const std::string& key, const design::Layout& names) {
  std::vector<std::vector<int>> result;
  if (!spec.contains(key) || spec[key].is_null()) return result;
  if (!spec[key].is_array()) throw Error("request.value", "The value of \"" + key + "\" is not a list of lists.");
  for (const Json& set : spec[key]) {
    result.emplace_back();
    for (const std::string& name : names_from_json(set, key)) result.back().push_back(condition_from(names, name, key));
    if (result.back().size() < 2)
      throw Error("optimise.links", "A set in \"" + key + "\" has fewer than two conditions.", "Name two or more.");
  }
  return result;
}

}  // namespace

design::OptimiseProblem problem_from_spec(const Message& message) {
  const Json& spec = message.json;
  refuse_unknown(spec,
                 {"kind",      "schema",     "conditions",    "perturbations", "control",   "contrasts",   "weights",
                  "criterion", "variances",  "fixed_batches", "levels",        "prices",    "budget",      "target_se",
                  "batches",   "replicates", "min_group",     "controls",      "must_link", "cannot_link", "existing",
                  "depth",     "starts",     "seed",          "buffers"},
                 "optimise");
  design::OptimiseProblem p;
  design::Layout names;
  if (spec.contains("existing") && !spec["existing"].is_null()) p.existing = get_layout(message, spec["existing"]);
  std::vector<std::string> control;
  if (spec.contains("control") && !spec["control"].is_null()) control = names_from_json(spec["control"], "control");
  if (spec.contains("conditions")) {
    p.conditions = names_from_json(spec["conditions"], "conditions");
  } else if (spec.contains("perturbations")) {
    const int count = whole(spec, "perturbations", 0, "optimise");
    if (count < 1 || count > 2000)
      throw Error("optimise.size", "The number of perturbations is not from 1 to 2,000.", "Name conditions instead.");
    if (control.empty()) control = {"control"};
    p.conditions = control;
    for (int k = 1; k <= count; ++k) p.conditions.push_back("P" + std::to_string(k));
  } else if (p.existing) {
    p.conditions = p.existing->conditions;
  } else {
    throw Error("request.missing_key", "Neither \"conditions\" nor \"perturbations\" say what is to be laid out.",
                "Name the conditions, the control among them, or give a number of perturbations.");
  }
  names.conditions = p.conditions;
  names.batches = {"b"};
  names.cells = Matrix::Ones(static_cast<Index>(p.conditions.size()), 1);
  if (p.existing && p.existing->conditions != p.conditions) {
    // The same conditions, in the order of the spec; new ones have no cells yet.
    Matrix cells = Matrix::Zero(static_cast<Index>(p.conditions.size()), p.existing->cells.cols());
    for (std::size_t c = 0; c < p.existing->conditions.size(); ++c) {
      const int at = condition_from(names, p.existing->conditions[c], "existing");
      cells.row(at) = p.existing->cells.row(static_cast<Index>(c));
    }
    p.existing->conditions = p.conditions;
    p.existing->cells = cells;
  }
  p.controls = design::control_indices(names, control);
  if (spec.contains("contrasts") && !spec["contrasts"].is_null()) {
    p.contrasts = contrasts_from_json(spec["contrasts"], names);
  } else if (!p.controls.empty()) {
    p.contrasts = design::contrasts_to_controls(names, p.controls);
  }
  p.weights = Vector::Ones(static_cast<Index>(p.contrasts.size()));
  for (const auto& [name, value] : part(spec, "weights").items()) {
    bool found = false;
    for (std::size_t k = 0; k < p.contrasts.size(); ++k) {
      if (p.contrasts[k].name != name) continue;
      found = true;
      p.weights[static_cast<Index>(k)] = number_from_json(spec["weights"], name, 1, "weights");
    }
    if (!found)
      throw Error("optimise.weights", "A weight is given for \"" + name + "\", which is none of the contrasts.",
                  "Contrasts with the control are named after their condition.");
  }
  const std::string criterion = text_from_json(spec, "criterion", "A", "optimise");
  if (criterion != "A" && criterion != "D")
    throw Error("optimise.criterion", "There is no criterion called \"" + criterion + "\".", "There are A and D.");
  p.criterion = criterion == "A" ? design::Criterion::A : design::Criterion::D;

  if (spec.contains("levels") && !spec["levels"].is_null()) {
    p.level_names = names_from_json(spec["levels"], "levels");
    p.level_names.push_back("batch");
  } else if (p.existing) {
    p.level_names.clear();
    for (const auto& level : p.existing->coarser) p.level_names.push_back(level.name);
    p.level_names.push_back(p.existing->finest);
  }
  if (!spec.contains("variances"))
    throw Error("request.missing_key", "The key \"variances\" is missing.", "Give sb2, sg2 and sw2.");
  measurement::BatchLevels levels;
  levels.names = p.level_names;
  const bool fixed = spec.contains("fixed_batches") && spec["fixed_batches"] == Json(true);
  p.assumptions = assumptions_from_json(spec["variances"], fixed, levels);
  refine_assumptions(spec["variances"], p.conditions, p.assumptions);

  const design::PricePreset prices = prices_from_json(part(spec, "prices"));
  p.prices.batch = prices.batch;
  p.prices.cell = prices.cell;
  const double price_read = prices.read;
  const Json& depth = part(spec, "depth");
  if (!depth.empty()) {
    refuse_unknown(depth, {"share", "dispersion", "umis_per_read", "molecules"}, "depth");
    const design::BestDepth best = design::best_depth(
        {number_from_json(depth, "umis_per_read", 0.5, "depth"), number_from_json(depth, "molecules", 20000, "depth")},
        number_from_json(depth, "share", 0, "depth"), number_from_json(depth, "dispersion", 0.2, "depth"),
        p.prices.cell, price_read);
    // For any number of cells the same depth makes s_w² times the price of a cell least.
    p.assumptions.sw2 = best.sw2;
    p.assumptions.sw2_control = -1;
    p.prices.cell += price_read * best.reads;
  } else if (price_read > 0) {
    throw Error("optimise.price", "Reads have a price, but nothing is said about depth.",
                "Give \"depth\": share of the gene in a cell's molecules, and its dispersion; or a price of 0.");
  }
  if (spec.contains("budget") && !spec["budget"].is_null()) p.budget = number_from_json(spec, "budget", 0, "optimise");
  if (spec.contains("target_se") && !spec["target_se"].is_null())
    p.target_se = number_from_json(spec, "target_se", 0, "optimise");
  const Json& batches = part(spec, "batches");
  refuse_unknown(batches, {"min", "max", "capacity", "per_day"}, "batches");
  p.min_batches = whole(batches, "min", p.min_batches, "batches");
  p.max_batches = whole(batches, "max", p.max_batches, "batches");
  p.capacity = number_from_json(batches, "capacity", p.capacity, "batches");
  p.batches_per_day = whole(batches, "per_day", 0, "batches");
  const Json& replicates = part(spec, "replicates");
  refuse_unknown(replicates, {"min", "max"}, "replicates");
  p.min_replicates = whole(replicates, "min", p.min_replicates, "replicates");
  p.max_replicates = whole(replicates, "max", std::max(p.max_replicates, p.min_replicates), "replicates");
  p.min_group = number_from_json(spec, "min_group", p.min_group, "optimise");
  const Json& controls = part(spec, "controls");
  refuse_unknown(controls, {"forced", "max_share"}, "controls");
  p.forced_controls = number_from_json(controls, "forced", p.controls.empty() ? 0 : 1, "controls");
  p.max_control_share = number_from_json(controls, "max_share", 1, "controls");
  p.must_link = links(spec, "must_link", names);
  for (const auto& set : links(spec, "cannot_link", names))
    for (std::size_t i = 0; i < set.size(); ++i)
      for (std::size_t j = i + 1; j < set.size(); ++j) p.cannot_link.emplace_back(set[i], set[j]);
  p.starts = whole(spec, "starts", p.starts, "optimise");
  p.seed = static_cast<std::uint64_t>(std::max(0, whole(spec, "seed", 1, "optimise")));
  return design::completed(std::move(p));
}

}  // namespace groundwork::api
