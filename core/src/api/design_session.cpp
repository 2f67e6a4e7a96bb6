#include "groundwork/api/design_session.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/api/design.hpp"
#include "groundwork/api/design_parts.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/verdict.hpp"

namespace groundwork::api {

DesignSession::DesignSession(const Message& request) : plan_(plan_from_request(request)) { plan_.set_live(true); }

Json DesignSession::update(const Json& variances) {
  Json only = variances;
  bool fixed = false;
  if (only.is_object() && only.contains("fixed_batches")) {
    if (!only["fixed_batches"].is_boolean()) {
      throw Error("request.value", "The value of \"fixed_batches\" is not true or false.");
    }
    fixed = only["fixed_batches"].get<bool>();
    only.erase("fixed_batches");
  }
  design::Assumptions assumptions = assumptions_from_json(only, fixed, plan_.levels());
  refine_assumptions(only, plan_.layout().conditions, assumptions);
  take_guides_of_layout(plan_.layout(), assumptions);
  plan_.set_assumptions(assumptions);
  return summary();
}

Json DesignSession::summary() {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  const design::PlanSummary s = design::summarise(plan_);
  Json without = Json::array();
  for (const int b : plan_.batches_without_controls())
    without.push_back(plan_.layout().batches[static_cast<std::size_t>(b)]);
  return {{"contrasts", s.contrasts},
          {"estimable", s.estimable},
          {"median_se", number(s.median_se)},
          {"smallest_se", number(s.smallest_se)},
          {"largest_se", number(s.largest_se)},
          {"typical", s.estimable > 0 ? answer_to_json(plan_, s.typical) : Json(nullptr)},
          {"components", plan_.components().size()},
          {"batches_without_controls", std::move(without)},
          {"verdict", design::verdict_of(plan_)}};
}

void DesignSession::set_cell(int row, int batch, double cells) { plan_.set_cells({row}, {batch}, {cells}); }

void DesignSession::set_cells(const std::vector<int>& rows, const std::vector<int>& batches,
                              const std::vector<double>& cells) {
  if (rows.size() != batches.size() || rows.size() != cells.size()) {
    throw Error("request.value", "Rows, batches and cells are not of one length.");
  }
  plan_.set_cells(rows, batches, cells);
}

Message DesignSession::rows(std::size_t first, std::size_t count) {
  Message message;
  message.json["first"] = first;
  message.json["contrasts"] = Json::array();
  const std::size_t end = std::min(plan_.contrasts().size(), first + std::min(count, plan_.contrasts().size()));
  for (std::size_t k = first; k < end; ++k) message.json["contrasts"].push_back(answer_to_json(plan_, k));
  return message;
}

Message DesignSession::standard_errors() {
  Message message;
  put_vector(message, message.json, "se", "se", plan_.variances().cwiseSqrt());
  return message;
}

}  // namespace groundwork::api
