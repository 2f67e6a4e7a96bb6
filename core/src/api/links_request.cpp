#include "links_request.hpp"

#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/links.hpp"
#include "predict_request.hpp"

namespace groundwork::api {

std::string medium_from(const Json& request, const FitRecord& fit, const std::string& where) {
  if (!request.contains("medium") || request["medium"].is_null()) return usual_medium(fit);
  if (!request["medium"].is_string()) throw Error("request.value", where + ": \"medium\" is not a text.");
  return request["medium"].get<std::string>();
}

std::vector<std::vector<screen::Edit>> edit_sets_from(const Json& list, const char* key, const std::string& where) {
  if (!list.is_array())
    throw Error("request.value", where + ": \"" + key + "\" is not a list.", "Give a list of lists of edits.");
  std::vector<std::vector<screen::Edit>> out;
  for (const Json& set : list) {
    out.push_back(edits_from(Json{{"edits", set}}, where));
    if (out.back().empty()) throw Error("edit.empty", where + ": a set of edits is empty.", "Name an edit.");
  }
  return out;
}

std::vector<std::vector<screen::Edit>> observed_edit_sets(const FitRecord& fit) {
  return fit::observed_edits(fit.evaluation);
}

Json edit_list(const std::vector<screen::Edit>& edits) {
  Json list = Json::array();
  for (const auto& edit : edits) list.push_back({{"name", edit.name}, {"dose", edit.dose}});
  return list;
}

std::string label_of_edits(const std::vector<screen::Edit>& edits) {
  screen::Condition condition;
  condition.edits = edits;
  return edits.empty() ? "unedited" : screen::edits_label(condition);
}

std::vector<Matrix> effects_of_members(const FitRecord& fit) {
  std::vector<Matrix> effects;
  for (const auto& member : fit.members) effects.push_back(member.effects);
  return effects;
}

}  // namespace groundwork::api
