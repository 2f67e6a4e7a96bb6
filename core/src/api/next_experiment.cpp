#include "groundwork/api/next_experiment.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "data_source.hpp"
#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/next_experiment.hpp"
#include "groundwork/fit/candidate_information.hpp"
#include "groundwork/fit/problem.hpp"
#include "groundwork/screen/state_table.hpp"
#include "json_values.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

constexpr int next_schema = 1;
constexpr int most_chosen = 48;

std::vector<std::string> names_of(const Json& request, const char* key, const std::string& where) {
  return request.contains(key) && !request[key].is_null() ? names_from_json(request[key], where + "." + key)
                                                          : std::vector<std::string>{};
}

/** At time 0 the model knows the state already. */
std::vector<double> times_to_measure(const Json& request, const std::string& where) {
  std::vector<double> out = times_from(request, where);
  if (std::find(out.begin(), out.end(), 0.0) != out.end())
    throw Error("predict.times", where + ": a time is 0; expected days after the edit.",
                "At time 0 the model knows the state already.");
  return out;
}

/** Edits that a fit can be asked about without being told: clamps that were not trained, else what was. */
std::vector<std::string> edits_to_offer(const fit::EditModel& model) {
  std::vector<std::string> unseen, trained;
  for (const auto& edit : model.edits)
    if (edit.trained) trained.push_back(screen::percent_encoded(edit.name));
  if (model.clamps && model.modality != screen::Modality::drug)
    for (const auto& gene : model.genes) {
      const auto* edit = model.find(gene);
      if (!edit || !edit->trained) unseen.push_back(screen::percent_encoded(gene));
    }
  if (unseen.empty()) unseen = std::move(trained);
  if (unseen.empty()) unseen.emplace_back();
  return unseen;
}

std::vector<screen::Condition> conditions_of(const Json& request, const FitRecord& fit, const std::string& where,
                                             std::vector<std::string> edits) {
  screen::NameIndex genes;
  for (const auto& gene : fit.genes) genes.add(gene);
  std::vector<std::string> media = names_of(request, "media", where);
  std::vector<double> times = times_to_measure(request, where);
  if (auto named = names_of(request, "edits", where); !named.empty()) edits = std::move(named);
  if (media.empty()) media.push_back(usual_medium(fit));
  if (times.empty() || fit.single_time) times = {fit.times.back()};
  std::vector<screen::Condition> out;
  std::vector<std::string> masked;
  for (const auto& text : edits)
    for (const auto& medium : media) {
      fit.edits.read({}, medium);  // a misspelt medium is refused
      for (const double time : times) {
        screen::Condition condition;
        condition.edits = screen::parse_edits(text, genes, where + ", edits '" + text + "'", masked);
        condition.medium = medium;
        condition.time = time;
        if (std::find(out.begin(), out.end(), condition) == out.end()) out.push_back(std::move(condition));
      }
    }
  return out;
}

std::string name_of_condition(const screen::Condition& condition) {
  const std::string edits = edits_label(condition);
  return (edits.empty() ? "unedited cells" : edits) + (condition.medium.empty() ? "" : " in " + condition.medium) +
         " at " + significant(condition.time, 3) + " d";
}

class NextJob final : public Job {
 public:
  explicit NextJob(const Message& request) {
    const Json& json = request.json;
    refuse_unknown(json,
                   {"fit", "screen", "states", "edits", "media", "times", "targets", "choose", "repeats", "replicates"},
                   "next");
    fit_ = fit_of_request(request, "next");
    if (fit_.recommended)
      throw Error("fit.recommended", "What to measure next is asked of one dynamic model; this fit is a mixture.",
                  "Fit a model by its name.");
    if (fit_.members.empty()) throw Error("fit.damaged", "The fit holds no trained member.");
    choose_ = static_cast<int>(whole_from(json, "choose", 1, 1, most_chosen, "next"));
    replicates_ = static_cast<int>(whole_from(json, "replicates", 1, 1, 1000, "next"));
    repeats_ = json.contains("repeats") && json["repeats"] == Json(true);
    DataSource data = data_source_of(request, "next");
    source_ = std::move(data.source);
    problem_ = fit::prepare(source_, fit_.options);
    if (fit_.options.refit_all && problem_.split.kind != fit::SplitKind::none)
      everything_ = std::make_unique<fit::TrainingData>(fit::training_on_everything(source_, problem_));
    const fit::TrainingData& training = everything_ ? *everything_ : problem_.training;
    if (problem_.genes != fit_.genes || !(training.edits.edits == fit_.edits.edits) ||
        training.edits.media != fit_.edits.media)
      throw Error("next.other_data", "The fit was not made from these data: genes, edits or media differ.",
                  "Give the screen or table that it was fitted to, or fit again.");
    candidates_ = conditions_of(json, fit_, "next", edits_to_offer(fit_.edits));
    if (json.contains("targets") && !json["targets"].is_null()) {
      refuse_unknown(json["targets"], {"edits", "media", "times"}, "next: targets");
      if (names_of(json["targets"], "edits", "next: targets").empty())
        throw Error("request.missing", "next: \"targets\" names no edits.", "Name what is to be predicted.");
      targets_ = conditions_of(json["targets"], fit_, "next: targets", {});
    }
    if (!json.contains("edits")) drop_what_does_not_fit(training);
    std::vector<screen::Condition> all = candidates_;
    all.insert(all.end(), targets_.begin(), targets_.end());
    search_ = std::make_unique<fit::InformationSearch>(problem_, training, fit_.members.front().training.stored, all,
                                                       usual_medium(fit_));
  }

  bool advance(double milliseconds) override {
    if (!search_) return true;
    if (!search_->advance(milliseconds)) return false;
    information_ = search_->take();
    search_.reset();
    return true;
  }

  Json progress() const override {
    return {{"fraction", search_ ? search_->fraction() : 1.0}, {"phase", "How effects depend on parameters"}};
  }

  Message result() const override;

 private:
  /** Of the conditions that are only offered: as many as there is memory for, the targets of edits before others. */
  void drop_what_does_not_fit(const fit::TrainingData& training) {
    const Index genes = static_cast<Index>(fit_.genes.size()), parameters = fit_.members.front().training.stored.size();
    const Index rows = fit::most_derivatives / parameters - genes * static_cast<Index>(training.levels.rows.size()) -
                       genes * static_cast<Index>(targets_.size());
    const auto most = static_cast<std::size_t>(std::max<Index>(1, rows / genes));
    if (candidates_.size() <= most) return;
    warnings_.push_back("Of " + std::to_string(candidates_.size()) + " possible conditions the first " +
                        std::to_string(most) + " are ranked; name edits to rank others.");
    candidates_.resize(most);
  }

  void put_sentences(Json& out, const design::Prospects&, const std::vector<design::ExperimentValue>&,
                     const design::ChosenExperiments&) const;
  /** The same number of times spread evenly, where only times are chosen; empty otherwise. */
  std::vector<int> even_times() const;

  FitRecord fit_;
  fit::StateSource source_;
  fit::Problem problem_;
  std::unique_ptr<fit::TrainingData> everything_;
  std::vector<screen::Condition> candidates_, targets_;
  std::unique_ptr<fit::InformationSearch> search_;
  fit::CandidateInformation information_;
  std::vector<std::string> warnings_;
  int choose_ = 1, replicates_ = 1;
  bool repeats_ = false;
};

std::vector<int> NextJob::even_times() const {
  const std::size_t n = candidates_.size(), wanted = static_cast<std::size_t>(choose_);
  if (wanted >= n) return {};
  std::vector<int> order(n);
  for (std::size_t i = 0; i < n; ++i) {
    order[i] = static_cast<int>(i);
    if (candidates_[i].edits != candidates_[0].edits || candidates_[i].medium != candidates_[0].medium) return {};
  }
  std::sort(order.begin(), order.end(), [this](int a, int b) {
    return candidates_[static_cast<std::size_t>(a)].time < candidates_[static_cast<std::size_t>(b)].time;
  });
  std::vector<int> out;
  for (std::size_t k = 1; k <= wanted; ++k) out.push_back(order[k * n / wanted - 1]);
  return out;
}

void NextJob::put_sentences(Json& out, const design::Prospects& prospects,
                            const std::vector<design::ExperimentValue>& values,
                            const design::ChosenExperiments& found) const {
  std::vector<std::string> said;
  const bool predicts = prospects.targets > 0;
  const auto name = [&](int c) { return name_of_condition(candidates_[static_cast<std::size_t>(c)]); };
  const double unit = fit_.unit, now = std::sqrt(design::target_variance(prospects)) * unit;
  std::vector<double> alone;
  for (const auto& value : values) alone.push_back(predicts ? -value.target : value.information);
  const auto best = static_cast<int>(std::max_element(alone.begin(), alone.end()) - alone.begin());
  std::nth_element(alone.begin(), alone.begin() + static_cast<std::ptrdiff_t>(alone.size() / 2), alone.end());
  const double median = alone[alone.size() / 2];
  const auto& first = values[static_cast<std::size_t>(best)];
  if (predicts) {
    said.push_back("Measuring " + name(best) + " would lower the standard deviation of the predicted effects from " +
                   significant(now, 3) + " to " + significant(std::sqrt(first.target) * unit, 3) +
                   "; the median candidate to " + significant(std::sqrt(-median) * unit, 3) + ".");
  } else {
    said.push_back(name(best) + " would tell most about the model's " + std::to_string(information_.parameters) +
                   " parameters: " + significant(first.information / std::log(2.0), 3) +
                   " bits; the median candidate tells " + significant(median / std::log(2.0), 3) + ".");
    said.back()[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(said.back()[0])));
  }
  if (choose_ > 1) {
    const std::string these = "These " + std::to_string(choose_) + " together ";
    if (predicts)
      said.push_back(these + "lower it to " +
                     significant(std::sqrt(std::max(0.0, now * now / unit / unit - found.value)) * unit, 3) + ".");
    else
      said.push_back(these + "tell " + significant(found.value / std::log(2.0), 3) + " bits, " +
                     (found.value > 0.9995 * found.bound
                          ? "as much as"
                          : "at least " + significant(100 * found.value / found.bound, 3) + " % of what") +
                     " any " + std::to_string(choose_) + " of the candidates could.");
  }
  if (!predicts && alone.size() > 2 && median > 0.95 * first.information)
    said.push_back(
        "Half of the candidates tell nearly the same: neither the data nor the prior have much to tell them apart by.");
  if (const std::vector<int> even = even_times(); !even.empty() && found.value > 0) {
    const double share = design::value_together(prospects, even) / found.value;
    Json places = Json::array();
    for (const int c : even) places.push_back(c);
    out["even"] = {{"conditions", std::move(places)}, {"share", share}};
    said.push_back((choose_ == 1 ? "The last time" : "As many times spread evenly") + std::string(" would be worth ") +
                   significant(100 * share, 3) + " % of that.");
  }
  said.push_back(
      "This holds if the form of the model is right: it is worked out by linearising the first member at its fitted "
      "parameters.");
  out["verdict"] = said;
}

Message NextJob::result() const {
  Message message;
  Json& out = message.json;
  out["kind"] = "next";
  out["schema"] = next_schema;
  out["version"] = GROUNDWORK_VERSION;
  out["model"] = dynamics::name_of(fit_.options.model);
  out["scale"] = screen::name_of(fit_.scale);
  out["criterion"] = targets_.empty() ? "parameters" : "prediction";
  out["parameters"] = information_.parameters;
  out["genes"] = fit_.genes.size();
  out["replicates"] = replicates_;
  out["conditions"] = out["targets"] = out["chosen"] = Json::array();
  out["even"] = out["bound"] = out["value"] = out["target_sd"] = nullptr;
  if (search_) {  // not there yet
    out["verdict"] = Json::array();
    out["warnings"] = warnings_;
    return message;
  }
  const Index genes = information_.genes;
  design::Prospects prospects;
  prospects.covariance = information_.covariance;
  prospects.noise = information_.noise / replicates_;
  prospects.genes = genes;
  prospects.candidates = static_cast<Index>(candidates_.size());
  prospects.targets = static_cast<Index>(targets_.size());
  if (!(prospects.noise.array().isFinite() && prospects.noise.array() > 0).any())
    throw Error("next.no_noise", "No measured gene of the training rows has a variance, so nothing can be weighed.",
                "Give variances in the table, or replicates.");
  const auto values = design::value_of_each(prospects);
  const auto found = design::choose_experiments(prospects, choose_, repeats_);
  const double bits = 1 / std::log(2.0), unit = fit_.unit;
  const double now = design::target_variance(prospects);
  const auto rms = [&](const Matrix& m, Index c) { return std::sqrt(m.col(c).squaredNorm() / genes) * unit; };
  for (std::size_t i = 0; i < candidates_.size(); ++i) {
    const Index c = static_cast<Index>(i);
    out["conditions"].push_back(
        {{"edits", edits_label(candidates_[i])},
         {"medium", candidates_[i].medium},
         {"time", information_.times[i]},
         {"unseen", information_.unseen[i] != 0},
         {"effect", number_or_null(rms(information_.effect, c))},
         {"sd", number_or_null(values[i].spread * unit)},
         {"prior_sd", number_or_null(std::sqrt(information_.prior_variance.col(c).mean()) * unit)},
         {"information", number_or_null(values[i].information * bits)},
         {"target_sd", number_or_null(std::sqrt(values[i].target) * unit)}});
  }
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const Index c = static_cast<Index>(candidates_.size() + i);
    out["targets"].push_back(
        {{"edits", edits_label(targets_[i])},
         {"medium", targets_[i].medium},
         {"time", information_.times[candidates_.size() + i]},
         {"unseen", information_.unseen[candidates_.size() + i] != 0},
         {"effect", number_or_null(rms(information_.effect, c))},
         {"sd",
          number_or_null(std::sqrt(information_.covariance.diagonal().segment(c * genes, genes).mean()) * unit)}});
  }
  double left = now;
  for (std::size_t k = 0; k < found.chosen.size(); ++k) {
    left = std::max(0.0, left - found.gains[k]);
    out["chosen"].push_back({{"condition", found.chosen[k]},
                             {"information", targets_.empty() ? number_or_null(found.gains[k] * bits) : Json(nullptr)},
                             {"target_sd", targets_.empty() ? Json(nullptr) : number_or_null(std::sqrt(left) * unit)}});
  }
  if (targets_.empty()) {
    out["value"] = found.value * bits;
    out["bound"] = number_or_null(found.bound * bits);
  } else {
    out["target_sd"] = number_or_null(std::sqrt(now) * unit);
  }
  put_sentences(out, prospects, values, found);
  std::vector<std::string> warnings = warnings_;
  for (const auto& sentence : information_.warnings) say(warnings, sentence);
  if (prospects.noise.array().isNaN().any())
    say(warnings, "Genes without a trusted variance in the training rows are taken as not measured.");
  out["warnings"] = warnings;
  return message;
}

}  // namespace

std::unique_ptr<Job> start_next(const Message& request) { return std::make_unique<NextJob>(request); }

}  // namespace groundwork::api
