#include "groundwork/api/fit.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "data_source.hpp"
#include "fit_form_parts.hpp"
#include "fit_start.hpp"
#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/api/recommended.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/problem.hpp"
#include "groundwork/fit/training.hpp"

namespace groundwork::api {

FitRecord empty_record(const fit::Problem& problem, const fit::EditModel& stored, const std::string& screen) {
  FitRecord record;
  record.options = problem.options;
  record.screen = screen;
  record.scale = problem.table_scale;
  record.unit = problem.unit;
  record.time_unit = problem.time_unit;
  record.genes = problem.genes;
  record.edits = stored;
  record.times = problem.times;
  record.single_time = problem.single_time;
  record.differentiating = problem.differentiating;
  record.held_out_edits = problem.split.edits;
  record.held_out_times = problem.split.times;
  if (problem.split.kind == fit::SplitKind::batch) {
    record.options.held_out = problem.split.batches;
    record.options.batch_level = problem.split.level;
  }
  std::set<int> trained, judged;
  if (problem.split.kind == fit::SplitKind::batch)
    for (const auto& row : problem.evaluation.rows) judged.insert(row.condition);
  for (const auto& row : problem.training.levels.rows) trained.insert(row.condition);
  for (std::size_t c = 0; c < problem.conditions.size(); ++c) {
    if (problem.split.held_out[c] || judged.contains(static_cast<int>(c)))
      record.test.push_back(screen::label_of(problem.conditions[c]));
    if (!problem.split.held_out[c] && trained.contains(static_cast<int>(c)))
      record.train.push_back(screen::label_of(problem.conditions[c]));
  }
  record.control = fit::control_state(problem) * problem.unit;
  record.warnings = problem.warnings;
  record.censored = problem.censored;
  record.bounded = problem.bounded;
  return record;
}

namespace {

class FitJob final : public Job {
 public:
  explicit FitJob(const Message& request) : options_(fit_options_from_json(request.json)) {
    DataSource data = data_source_of(request, "fit");
    name_ = std::move(data.name);
    source_ = std::move(data.source);
    problem_ = fit::prepare(source_, options_);
    if (options_.refit_all && problem_.split.kind != fit::SplitKind::none)
      everything_ = std::make_unique<fit::TrainingData>(fit::training_on_everything(source_, problem_));
    panel_ = fit::panel_of(problem_);
    record_ = empty_record(problem_, everything_ ? everything_->edits : problem_.training.edits, name_);
    record_.evaluation = fit::evaluation_of(problem_, panel_);
    put_in_units(record_.evaluation, problem_.unit);
    begin_member();
  }

  bool advance(double milliseconds) override {
    if (!training_) return true;
    if (!training_->advance(milliseconds)) return false;
    record_.members.push_back(stored(training_->member()));
    warn_of_missing(record_.members.back());
    last_history_ = training_->history();
    if (static_cast<int>(record_.members.size()) < options_.members)
      begin_member();
    else
      training_.reset();
    return !training_;
  }

  Json progress() const override {
    const double done = static_cast<double>(record_.members.size()), all = options_.members;
    Json json;
    json["fraction"] = (done + (training_ ? training_->fraction() : 0)) / all;
    json["member"] = std::min(options_.members, static_cast<int>(record_.members.size()) + 1);
    json["members"] = options_.members;
    json["phase"] = training_ ? "Member " + std::to_string(record_.members.size() + 1) + " of " +
                                    std::to_string(options_.members) + ": " + training_->phase()
                              : std::string("done");
    const fit::History& history = training_ ? training_->history() : last_history_;
    Json curves = Json::object();
    put_series(curves, "epoch", history.epoch);
    put_series(curves, "train", history.train);
    put_series(curves, "inner", history.inner);
    put_series(curves, "drift", history.drift);
    json["curves"] = std::move(curves);
    return json;
  }

  Message result() const override {
    if (!training_) return fit_to_message(record_);
    FitRecord snapshot = record_;
    snapshot.complete = false;
    snapshot.members.push_back(stored(training_->member()));
    snapshot.options.members = static_cast<int>(snapshot.members.size());
    return fit_to_message(snapshot);
  }

 private:
  void begin_member() {
    const int number = options_.first_member + static_cast<int>(record_.members.size());
    training_ = std::make_unique<fit::MemberTraining>(problem_, everything_.get(), number);
  }

  FitRecord::Member stored(fit::Member member) const {
    FitRecord::Member out;
    out.effects = fit::predicted_effects(problem_, panel_, problem_.training.edits, member.parameters) * problem_.unit;
    out.drift = fit::predicted_drift(problem_, problem_.training.edits, member.parameters) * problem_.unit;
    if (member.intervals) {
      const auto& edits = everything_ ? everything_->edits : problem_.training.edits;
      out.intervals = intervals_to_json(*member.intervals, fit::field_options(problem_, edits), edits);
    }
    out.training = std::move(member);
    return out;
  }

  void warn_of_missing(const FitRecord::Member& member) {
    std::string names;
    int missing = 0;
    for (Index c = 0; c < member.effects.cols(); ++c)
      if (member.effects.col(c).array().isNaN().any() && ++missing <= 5)
        names += (names.empty() ? "" : ", ") + record_.evaluation.labels[static_cast<std::size_t>(c)];
    if (missing == 0) return;
    record_.warnings.push_back(
        "Member " + std::to_string(member.training.number) + " has no prediction for " + std::to_string(missing) +
        (missing == 1 ? " condition (" : " conditions (") + names + (missing > 5 ? ", …" : "") + "): its course " +
        (options_.solver == fit::SolverKind::steady_state ? "has no steady state that is reached from the control."
                                                          : "leaves the finite numbers.") +
        " Try a larger l2, a centred field or another model.");
  }

  fit::FitOptions options_;
  std::string name_;
  fit::StateSource source_;
  fit::Problem problem_;
  std::unique_ptr<fit::TrainingData> everything_;
  fit::Panel panel_;
  FitRecord record_;
  std::unique_ptr<fit::MemberTraining> training_;
  fit::History last_history_;
};

}  // namespace

std::unique_ptr<Job> start_fit(const Message& request) {
  if (fit_options_from_json(request.json).recommended) return start_recommended(request);
  return std::make_unique<FitJob>(request);
}

}  // namespace groundwork::api
