#include "groundwork/api/layout_form.hpp"

#include <cmath>

#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/design/contrasts.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

[[noreturn]] void refuse_value(const std::string& key, const std::string& expected) {
  throw Error("request.value", "The value of \"" + key + "\" is not " + expected + ".");
}

const Json& required(const Json& object, const std::string& key, const std::string& where) {
  if (!object.is_object() || !object.contains(key)) {
    throw Error("request.missing_key", "The key \"" + key + "\" of " + where + " is missing.");
  }
  return object[key];
}

Json numbers_or_nothing(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number_or_null(value));
  return list;
}

/** Numbers that are not negative, and `otherwise` for null. */
std::vector<double> column_from_json(const Json& list, const std::string& key, double otherwise) {
  if (!list.is_array()) refuse_value(key, "a list of numbers");
  std::vector<double> values;
  for (const Json& value : list) {
    if (!value.is_null() && (!value.is_number() || !(value.get<double>() >= 0)))
      refuse_value(key, "a list of numbers that are not negative, with null where not known");
    values.push_back(value.is_null() ? otherwise : value.get<double>());
  }
  return values;
}

design::ConditionColumns condition_columns_from_json(const Json& form) {
  refuse_unknown(form, {"perturbation", "medium", "time", "guides"}, "layout.about");
  design::ConditionColumns about;
  if (form.contains("perturbation"))
    about.perturbation = names_from_json(form["perturbation"], "layout.about.perturbation");
  if (form.contains("medium")) about.medium = names_from_json(form["medium"], "layout.about.medium");
  if (form.contains("time")) about.time = column_from_json(form["time"], "layout.about.time", nan);
  if (form.contains("guides")) about.guides = column_from_json(form["guides"], "layout.about.guides", 0);
  return about;
}

}  // namespace

std::vector<std::string> names_from_json(const Json& value, const std::string& key) {
  if (value.is_string()) return {value.get<std::string>()};
  if (!value.is_array()) refuse_value(key, "a name or a list of names");
  std::vector<std::string> names;
  for (const Json& name : value) {
    if (!name.is_string()) refuse_value(key, "a name or a list of names");
    names.push_back(name.get<std::string>());
  }
  return names;
}

void put_layout(Message& message, Json& parent, const design::Layout& layout) {
  parent["conditions"] = layout.conditions;
  parent["batches"] = layout.batches;
  parent["finest"] = layout.finest;
  parent["levels"] = Json::array();
  for (const design::CoarseLevel& level : layout.coarser) {
    parent["levels"].push_back({{"name", level.name}, {"of_batch", level.of_batch}});
  }
  put_columns(message, parent, "cells", "cells", layout.cells.transpose());
  const design::ConditionColumns& about = layout.about;
  if (!about.any()) return;
  Json& columns = parent["about"] = Json::object();
  if (!about.perturbation.empty()) columns["perturbation"] = about.perturbation;
  if (!about.medium.empty()) columns["medium"] = about.medium;
  if (!about.time.empty()) columns["time"] = numbers_or_nothing(about.time);
  if (!about.guides.empty()) {
    columns["guides"] = Json::array();
    for (const double guides : about.guides) columns["guides"].push_back(guides > 0 ? Json(guides) : Json(nullptr));
  }
}

design::Layout get_layout(const Message& message, const Json& form) {
  // What the `layout` command adds is allowed to stand here, so that its answer can be used as it is.
  refuse_unknown(
      form, {"conditions", "batches", "finest", "levels", "cells", "about", "kind", "control", "contrasts", "buffers"},
      "layout");
  design::Layout layout;
  layout.conditions = names_from_json(required(form, "conditions", "the layout"), "layout.conditions");
  layout.batches = names_from_json(required(form, "batches", "the layout"), "layout.batches");
  if (form.contains("finest")) {
    if (!form["finest"].is_string()) refuse_value("layout.finest", "a name");
    layout.finest = form["finest"].get<std::string>();
  }
  if (form.contains("levels")) {
    if (!form["levels"].is_array()) refuse_value("layout.levels", "a list of {name, of_batch}");
    for (const Json& level : form["levels"]) {
      refuse_unknown(level, {"name", "of_batch"}, "layout.levels");
      const Json& name = required(level, "name", "a level");
      if (!name.is_string()) refuse_value("layout.levels.name", "a name");
      layout.coarser.push_back(
          {name.get<std::string>(), names_from_json(required(level, "of_batch", "a level"), "layout.levels.of_batch")});
    }
  }
  if (form.contains("about") && !form["about"].is_null()) layout.about = condition_columns_from_json(form["about"]);
  required(form, "cells", "the layout");
  layout.cells = get_columns(message, form, "cells").transpose();
  design::check_layout(layout);
  return layout;
}

Json contrasts_to_json(const std::vector<measurement::Contrast>& contrasts, const design::Layout& layout) {
  Json list = Json::array();
  for (const auto& contrast : contrasts) {
    Json terms = Json::array();
    for (const auto& [condition, coefficient] : contrast.terms) {
      terms.push_back(
          {{"condition", layout.conditions[static_cast<std::size_t>(condition)]}, {"coefficient", coefficient}});
    }
    list.push_back({{"name", contrast.name}, {"terms", std::move(terms)}});
  }
  return list;
}

std::vector<measurement::Contrast> contrasts_from_json(const Json& list, const design::Layout& layout) {
  if (!list.is_array() || list.empty()) refuse_value("contrasts", "a list of {name, terms}");
  std::vector<measurement::Contrast> contrasts;
  for (const Json& one : list) {
    refuse_unknown(one, {"name", "terms"}, "contrasts");
    const Json& name = required(one, "name", "a contrast");
    if (!name.is_string()) refuse_value("contrasts.name", "a name");
    measurement::Contrast contrast{name.get<std::string>(), {}};
    const Json& terms = required(one, "terms", "the contrast \"" + contrast.name + "\"");
    if (!terms.is_array()) refuse_value("contrasts.terms", "a list of {condition, coefficient}");
    for (const Json& term : terms) {
      refuse_unknown(term, {"condition", "coefficient"}, "contrasts.terms");
      const Json& condition = required(term, "condition", "a term of \"" + contrast.name + "\"");
      const Json& coefficient = required(term, "coefficient", "a term of \"" + contrast.name + "\"");
      if (!condition.is_string() || !coefficient.is_number())
        refuse_value("contrasts.terms", "a list of {condition, coefficient}");
      const int index = design::condition_index(layout, condition.get<std::string>());
      if (index < 0) {
        throw Error("contrasts.unknown_condition",
                    "The contrast \"" + contrast.name + "\" names the condition \"" + condition.get<std::string>() +
                        "\", which the layout does not have.",
                    "Name conditions as they stand in the layout.");
      }
      contrast.terms.emplace_back(index, coefficient.get<double>());
    }
    design::check_contrast(contrast);
    contrasts.push_back(std::move(contrast));
  }
  return contrasts;
}

}  // namespace groundwork::api
