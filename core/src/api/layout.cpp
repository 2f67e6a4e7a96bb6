#include "groundwork/api/layout.hpp"

#include <cmath>

#include "groundwork/api/job.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/ready_layouts.hpp"

namespace groundwork::api {
namespace {

double number_at(const Json& request, const std::string& key, double otherwise) {
  if (!request.contains(key)) return otherwise;
  if (!request[key].is_number()) throw Error("request.value", "The value of \"" + key + "\" is not a number.");
  return request[key].get<double>();
}

int count_at(const Json& request, const std::string& key, int otherwise) {
  const double value = number_at(request, key, otherwise);
  if (value != std::floor(value) || std::abs(value) > 1e9) {
    throw Error("request.value", "The value of \"" + key + "\" is not a whole number.");
  }
  return static_cast<int>(value);
}

std::string text_at(const Json& request, const std::string& key, const std::string& otherwise) {
  if (!request.contains(key)) return otherwise;
  if (!request[key].is_string()) throw Error("request.value", "The value of \"" + key + "\" is not a text.");
  return request[key].get<std::string>();
}

/** A layout from the text of a file, which says neither what the controls are nor what is to be compared. */
Message layout_in_text(const Json& request) {
  refuse_unknown(request, {"text", "file"}, "layout");
  Message message;
  message.json["kind"] = "layout";
  put_layout(message, message.json,
             design::read_layout(text_at(request, "text", ""), text_at(request, "file", "the layout")));
  message.json["control"] = Json::array();
  return message;
}

}  // namespace

Message run_layout(const Message& request) {
  const Json& r = request.json;
  if (r.is_object() && r.contains("text")) return layout_in_text(r);
  refuse_unknown(r,
                 {"kind", "conditions", "batches", "cells", "control_cells", "control_batches", "times", "time_unit",
                  "bridge_cells"},
                 "layout");
  design::ReadyOptions o;
  if (r.contains("kind")) {
    if (!r["kind"].is_string()) throw Error("request.value", "The value of \"kind\" is not a name.");
    o.kind = design::ready_kind_of(r["kind"].get<std::string>());
  }
  o.perturbations = count_at(r, "conditions", o.perturbations);
  o.batches = count_at(r, "batches", o.batches);
  o.cells = number_at(r, "cells", o.cells);
  o.control_cells = number_at(r, "control_cells", o.control_cells);
  o.control_batches = count_at(r, "control_batches", o.control_batches);
  o.bridge_cells = number_at(r, "bridge_cells", o.bridge_cells);
  if (r.contains("times")) {
    if (!r["times"].is_array()) throw Error("request.value", "The value of \"times\" is not a list of numbers.");
    o.times.clear();
    for (const Json& time : r["times"]) {
      if (!time.is_number()) throw Error("request.value", "The value of \"times\" is not a list of numbers.");
      o.times.push_back(time.get<double>());
    }
  }
  if (r.contains("time_unit")) {
    if (!r["time_unit"].is_string()) throw Error("request.value", "The value of \"time_unit\" is not a name.");
    o.time_unit = r["time_unit"].get<std::string>();
  }
  const design::ReadyLayout ready = design::ready_layout(o);
  Message message;
  message.json["kind"] = "layout";
  put_layout(message, message.json, ready.layout);
  message.json["control"] = ready.control;
  if (!ready.contrasts.empty()) message.json["contrasts"] = contrasts_to_json(ready.contrasts, ready.layout);
  return message;
}

}  // namespace groundwork::api
