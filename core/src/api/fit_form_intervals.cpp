#include "fit_form_parts.hpp"

namespace groundwork::api {
namespace {

std::string edit_of(const fit::EditModel& model, Index fit::EditEntry::*field, Index index) {
  for (const auto& edit : model.edits)
    if (edit.*field == index) return edit.name;
  return "";
}

}  // namespace

Json intervals_to_json(const fit::Intervals& intervals, const dynamics::FieldOptions& field,
                       const fit::EditModel& edits) {
  Json json;
  json["reason"] = intervals.reason.empty() ? Json(nullptr) : Json(intervals.reason);
  json["parameters"] = Json::array();
  const bool no_baseline = field.centred && field.kind != dynamics::FieldKind::saturating;
  for (const auto& interval : intervals.list) {
    Json item;
    item["quantity"] = interval.quantity;
    Json gene = nullptr, by = nullptr;
    if (interval.block == "rho") {
      gene = edits.estimates_activity ? Json(nullptr) : Json(edit_of(edits, &fit::EditEntry::estimated, interval.row));
    } else {
      gene = edits.genes[static_cast<std::size_t>(interval.row)];
    }
    if (interval.block == "W" || interval.block == "A") by = edits.genes[static_cast<std::size_t>(interval.col)];
    if (interval.block == "B") by = edit_of(edits, &fit::EditEntry::input, interval.col);
    if (interval.block == "b") by = edits.media[static_cast<std::size_t>(interval.col + (no_baseline ? 1 : 0))];
    item["gene"] = std::move(gene);
    item["by"] = std::move(by);
    item["value"] = number_or_null(interval.value);
    item["low"] = number_or_null(interval.low);
    item["high"] = number_or_null(interval.high);
    item["prior_low"] = number_or_null(interval.prior_low);
    item["prior_high"] = number_or_null(interval.prior_high);
    item["learned"] = number_or_null(interval.learned);
    item["determined"] = interval.determined;
    json["parameters"].push_back(std::move(item));
  }
  json["directions"] = intervals.directions;
  json["determined"] = intervals.determined;
  json["edges"] = nullptr;
  if (intervals.edges.value.size() > 0) {
    const auto rows_of = [](const Matrix& m) {
      Json rows = Json::array();
      for (Index i = 0; i < m.rows(); ++i) {
        Json row = Json::array();
        for (Index j = 0; j < m.cols(); ++j) row.push_back(number_or_null(m(i, j)));
        rows.push_back(std::move(row));
      }
      return rows;
    };
    json["edges"] = {{"value", rows_of(intervals.edges.value)},
                     {"sd", rows_of(intervals.edges.sd)},
                     {"learned", rows_of(intervals.edges.learned)}};
  }
  return json;
}

}  // namespace groundwork::api
