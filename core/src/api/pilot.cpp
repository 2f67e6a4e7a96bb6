#include "groundwork/api/pilot.hpp"

#include <cmath>

#include "groundwork/api/design.hpp"
#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/pilot.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

design::PilotQuestion question_from(const Json& form) {
  refuse_unknown(form, {"confidence", "factor", "genes", "effect", "sizes", "most"}, "pilot");
  design::PilotQuestion q;
  q.confidence = number_from_json(form, "confidence", q.confidence, "pilot");
  q.factor = number_from_json(form, "factor", q.factor, "pilot");
  q.genes = number_from_json(form, "genes", q.genes, "pilot");
  q.effect = number_from_json(form, "effect", q.effect, "pilot");
  const auto whole = [](double value, const std::string& key) {
    if (value != std::floor(value) || std::abs(value) > 1e6)
      throw Error("request.value", "The value of \"pilot." + key + "\" is not a whole number.");
    return static_cast<int>(value);
  };
  q.most = whole(number_from_json(form, "most", q.most, "pilot"), "most");
  if (form.contains("sizes") && !form["sizes"].is_null()) {
    if (!form["sizes"].is_array())
      throw Error("request.value", "The value of \"pilot.sizes\" is not a list of numbers.");
    for (const Json& size : form["sizes"]) {
      if (!size.is_number()) throw Error("request.value", "The value of \"pilot.sizes\" is not a list of numbers.");
      q.sizes.push_back(whole(size.get<double>(), "sizes"));
    }
  }
  return q;
}

std::string symbol_of(const std::string& name, bool last) { return last ? "s_g²" : "s_b² of " + name; }

std::string percent_of(double share) { return significant(100 * share, 2) + " %"; }

Json pilot_sentences(const design::PilotAnswer& a, const design::PilotQuestion& q, int own) {
  Json list = Json::array();
  for (std::size_t i = 0; i < a.names.size(); ++i) {
    const std::string what = symbol_of(a.names[i], i + 1 == a.names.size());
    if (a.needed[i] > 0)
      list.push_back(what + " is known within a factor of " + significant(q.factor, 3) + " (" +
                     percent_of(q.confidence) + " interval" +
                     (q.genes > 1 ? ", pooled over " + significant(q.genes, 3) + " genes" : "") + ") from " +
                     std::to_string(a.needed[i]) + " batches of this kind on.");
    else if (a.needed[i] < 0)
      list.push_back(what + " is not known within a factor of " + significant(q.factor, 3) + " with " +
                     std::to_string(q.most) + " batches of this kind.");
    else
      list.push_back(what + " is not known from any number of batches of this kind: " + a.reasons[i] + ".");
  }
  for (const design::PilotSize& size : a.sizes) {
    if (size.batches != own || std::isnan(size.power_least) || std::isnan(size.power_most)) continue;
    list.push_back("If these " + std::to_string(own) + " batches were the pilot, the power of the plan for a " +
                   significant(std::exp(std::abs(a.effect)), 3) + "-fold change would lie between " +
                   percent_of(size.power_least) + " and " + percent_of(size.power_most) + " (" + percent_of(a.power) +
                   " if the variances are as assumed).");
  }
  return list;
}

}  // namespace

Message run_pilot(const Message& request) {
  Message plan_request = request;
  const Json form =
      request.json.contains("pilot") && !request.json["pilot"].is_null() ? request.json["pilot"] : Json::object();
  plan_request.json.erase("pilot");
  design::Plan plan = plan_from_request(plan_request);
  const design::PilotQuestion q = question_from(form);
  const design::PilotAnswer a = design::pilot_for(plan, q);
  Message message;
  Json& out = message.json;
  out["kind"] = "pilot";
  out["confidence"] = q.confidence;
  out["factor"] = q.factor;
  out["genes"] = q.genes;
  out["effect"] = number_or_null(a.effect);
  out["power"] = number_or_null(a.power);
  out["variances"] = Json::array();
  for (std::size_t i = 0; i < a.names.size(); ++i)
    out["variances"].push_back(
        {{"name", a.names[i]},
         {"needed", a.needed[i] > 0 ? Json(a.needed[i]) : Json(nullptr)},
         {"reason", a.reasons[i].empty()
                        ? a.needed[i] < 0 ? Json("more than " + std::to_string(q.most) + " batches") : Json(nullptr)
                        : Json(a.reasons[i])}});
  out["sizes"] = Json::array();
  for (const design::PilotSize& size : a.sizes) {
    Json variances = Json::array();
    for (const design::VarianceInterval& one : size.variances)
      variances.push_back({{"name", one.name},
                           {"value", one.value},
                           {"df", one.df},
                           {"low", number_or_null(one.low)},
                           {"high", number_or_null(one.high)},
                           {"reason", one.reason.empty() ? Json(nullptr) : Json(one.reason)}});
    out["sizes"].push_back({{"batches", size.batches},
                            {"cells", size.cells},
                            {"variances", std::move(variances)},
                            {"power", {number_or_null(size.power_least), number_or_null(size.power_most)}},
                            {"mdfc", {number_or_null(size.mdfc_least), number_or_null(size.mdfc_most)}}});
  }
  out["verdict"] = pilot_sentences(a, q, static_cast<int>(plan.layout().batches.size()));
  return message;
}

}  // namespace groundwork::api
