#include "links_form.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "groundwork/base/words.hpp"
#include "groundwork/screen/state_table.hpp"
#include "json_values.hpp"
#include "links_request.hpp"

namespace groundwork::api {
namespace {

Json numbers_of(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double v : values) list.push_back(number_or_null(v));
  return list;
}

Json text_if_any(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json edges_form(Message& message, const fit::Edges& edges) {
  Json json;
  json["basis"] = fit::name_of(edges.basis);
  json["what"] = text_if_any(edges.what);
  json["reason"] = text_if_any(edges.reason);
  json["identified"] = edges.identified;
  const Index d = edges.value.rows();
  json["possible"] = d * (d - 1);
  std::vector<std::pair<Index, Index>> order;
  for (Index i = 0; i < d; ++i)
    for (Index j = 0; j < d; ++j)
      if (std::isfinite(edges.value(i, j))) order.emplace_back(i, j);
  std::stable_sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::abs(edges.value(a.first, a.second)) > std::abs(edges.value(b.first, b.second));
  });
  const std::size_t count = order.size();
  std::vector<int> to, from;
  Vector value(static_cast<Index>(count)), low = value, high = value, learned = value;
  for (std::size_t k = 0; k < count; ++k) {
    const auto [i, j] = order[k];
    const Index at = static_cast<Index>(k);
    to.push_back(static_cast<int>(i));
    from.push_back(static_cast<int>(j));
    value(at) = edges.value(i, j);
    low(at) = edges.low(i, j);
    high(at) = edges.high(i, j);
    learned(at) = edges.learned(i, j);
  }
  Json ranked = Json::object();
  put_integers(message, ranked, "from", "edges/ranked/from", from);
  put_integers(message, ranked, "to", "edges/ranked/to", to);
  put_vector(message, ranked, "value", "edges/ranked/value", value);
  put_vector(message, ranked, "low", "edges/ranked/low", low);
  put_vector(message, ranked, "high", "edges/ranked/high", high);
  put_vector(message, ranked, "learned", "edges/ranked/learned", learned);
  json["ranked"] = std::move(ranked);
  // Rows are the genes that are acted on.
  put_columns(message, json, "matrix", "edges/matrix", edges.value.transpose());
  put_columns(message, json, "learned", "edges/learned", edges.learned.transpose());
  return json;
}

Json rest_form(Message& message, const FitRecord& fit, const fit::Links& links) {
  Json json;
  json["stands"] = links.stands();
  json["sentence"] = links.rest_sentence();
  std::vector<double> abscissa;
  std::vector<Matrix> states;
  for (const auto& rest : links.rests()) {
    abscissa.push_back(rest.found ? rest.abscissa : NAN);
    if (rest.found) states.push_back(fit.control + fit.unit * rest.state);
  }
  json["abscissa"] = numbers_of(abscissa);
  const Index d = fit.control.size();
  const Vector state =
      states.size() == links.rests().size() ? Vector(fit::mean_and_spread(states).mean) : Vector::Constant(d, NAN);
  put_vector(message, json, "state", "equilibrium/state", state);
  return json;
}

Json answer_form(Message& message, const std::string& prefix, const fit::Ensemble& answer,
                 const std::vector<double>& abscissa, int unstable, const std::string& sentence) {
  Json json;
  json["stable"] = !answer.mean.array().isNaN().all();
  json["unstable"] = unstable;
  json["abscissa"] = numbers_of(abscissa);
  json["sentence"] = sentence;
  put_vector(message, json, "mean", prefix + "mean", answer.mean.col(0));
  put_vector(message, json, "low", prefix + "low", fit::range_end(answer, -1).col(0));
  put_vector(message, json, "high", prefix + "high", fit::range_end(answer, 1).col(0));
  return json;
}

Json edit_form(Message& message, const FitRecord& fit, const fit::EditLink& link, std::size_t index) {
  Json json;
  json["label"] = label_of_edits(link.edits);
  json["edits"] = edit_list(link.edits);
  json["unseen"] = link.unseen;
  json["kind"] = link.held.empty() ? "shift" : link.pushes ? "both" : "intervention";
  Json held = Json::array();
  for (const Index g : link.held) held.push_back(fit.genes[static_cast<std::size_t>(g)]);
  json["held"] = std::move(held);
  const std::string prefix = "edits/" + std::to_string(index) + "/";
  json["scm"] = answer_form(message, prefix + "scm/", link.scm, link.scm_abscissa, link.unstable, link.scm_sentence);
  json["model"] = answer_form(message, prefix + "model/", link.model, link.model_abscissa, link.model_unstable,
                              link.model_sentence);
  json["difference"] = number_or_null(link.difference);
  json["size"] = number_or_null(link.size);
  return json;
}

Json census_form(Message& message, const FitRecord& fit, const fit::RestCensus& census, std::size_t index) {
  Json json;
  json["label"] = label_of_edits(census.edits);
  json["edits"] = edit_list(census.edits);
  json["sentence"] = census.sentence;
  Json members = Json::array();
  for (std::size_t m = 0; m < census.members.size(); ++m) {
    const auto& found = census.members[m];
    Json points = Json::array();
    Matrix states(fit.control.size(), static_cast<Index>(found.list.size()));
    for (std::size_t k = 0; k < found.list.size(); ++k) {
      const auto& point = found.list[k];
      states.col(static_cast<Index>(k)) = fit.control + fit.unit * point.state;
      points.push_back(
          {{"stable", point.stable()},
           {"abscissa", point.abscissa},
           {"starts", point.starts},
           {"from_control", point.first == 0},
           {"distance", fit.unit * point.state.norm() / std::sqrt(static_cast<double>(point.state.size()))}});
    }
    Json one = {{"member", fit.members[m].training.number}, {"failed", found.failed}, {"points", std::move(points)}};
    put_columns(message, one, "states", "steady_states/" + std::to_string(index) + "/" + std::to_string(m) + "/states",
                states);
    members.push_back(std::move(one));
  }
  json["members"] = std::move(members);
  return json;
}

Json shift_form(Message& message, const FitRecord& fit, const fit::ShiftComparison& comparison) {
  Json json;
  const auto& shift = comparison.shift;
  json["dimensions"] = shift.components.loadings.cols();
  json["held_out_fit"] = numbers_of(shift.held_out_fit);
  json["noise"] = shift.components.noise;
  json["edits"] = shift.edits;
  // A row a dimension: over genes, over edits.
  put_columns(message, json, "loadings", "latent_shift/loadings", shift.components.loadings);
  put_columns(message, json, "codes", "latent_shift/codes", shift.codes.transpose());
  json["limit_is_shift"] = comparison.limit_is_shift;
  json["sentence"] = comparison.sentence;
  json["score_sentence"] = text_if_any(comparison.score_sentence);
  json["held_out"] = fit.evaluation.split != fit::SplitKind::none;
  Json scores = Json::array(), limits = Json::array();
  for (const auto& score : comparison.scores.list)
    scores.push_back({{"name", score.name},
                      {"mse", number_or_null(score.mse)},
                      {"mse_se", number_or_null(score.mse_se)},
                      {"relative_to_no_change", number_or_null(score.relative_to_no_change)}});
  for (const auto& one : comparison.edits)
    limits.push_back({{"label", label_of_edits(one.edits)},
                      {"limit", number_or_null(one.limit)},
                      {"shift", number_or_null(one.shift)},
                      {"difference", number_or_null(one.difference)}});
  json["scores"] = std::move(scores);
  json["limits"] = std::move(limits);
  return json;
}

std::string statement_of(const FitRecord& fit) {
  return (fit.options.model == dynamics::FieldKind::linear
              ? std::string("The steady states of this linear field are those of a cyclic linear structural causal "
                            "model with the coefficients −A_ij/A_ii (j → i). ")
              : std::string("Near the rest of unedited cells the steady states of this field are, to first order, "
                            "those of a cyclic linear structural causal model with the coefficients −J_ij/J_ii "
                            "(j → i) of its Jacobian there. ")) +
         "This is a correspondence of means only: nothing is said about variances, single cells or the way there, and "
         "what the model left out is not in it.";
}

}  // namespace

Message links_to_message(const FitRecord& fit, const fit::Links& links, const std::vector<fit::EditLink>& answered,
                         const std::vector<fit::RestCensus>& censuses, const std::optional<fit::ShiftComparison>& shift,
                         bool complete) {
  Message message;
  message.json["kind"] = "links";
  message.json["schema"] = 1;
  message.json["version"] = GROUNDWORK_VERSION;
  message.json["buffers"] = Json::object();
  Json body;
  body["complete"] = complete;
  body["screen"] = fit.screen;
  body["model"] = dynamics::name_of(fit.options.model);
  body["centred"] = fit.options.centred;
  body["scale"] = screen::name_of(fit.scale);
  body["members"] = fit.members.size();
  body["genes"] = fit.genes;
  body["medium"] = links.settings().medium;
  body["statement"] = statement_of(fit);
  body["equilibrium"] = rest_form(message, fit, links);
  body["edges"] = edges_form(message, links.edges());
  Json edits = Json::array(), steady = Json::array();
  for (std::size_t i = 0; i < answered.size(); ++i) edits.push_back(edit_form(message, fit, answered[i], i));
  for (std::size_t i = 0; i < censuses.size(); ++i) steady.push_back(census_form(message, fit, censuses[i], i));
  body["edits"] = std::move(edits);
  body["steady_states"] = {
      {"starts", links.settings().starts}, {"seed", links.settings().seed}, {"conditions", std::move(steady)}};
  body["latent_shift"] = shift ? shift_form(message, fit, *shift) : Json(nullptr);
  std::vector<std::string> warnings = links.warnings();
  for (const auto& link : answered)
    for (const auto& name : fit.edits.read(link.edits, links.settings().medium).shared)
      say(warnings, fit::shared_effect_sentence(fit.edits, name));
  body["warnings"] = warnings;
  for (auto& [key, value] : body.items()) message.json[key] = std::move(value);
  if (message.json["buffers"].empty()) message.json.erase("buffers");
  return message;
}

}  // namespace groundwork::api
