#include "groundwork/api/recommended.hpp"

#include <chrono>
#include <set>

#include "data_source.hpp"
#include "fit_start.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/recommended.hpp"

namespace groundwork::api {
namespace {

/** What cannot be chosen beside `recommended`, because it chooses. */
void refuse_settings(const Json& request) {
  static const std::set<std::string> kept{"screen",         "states",        "model",           "genes",
                                          "split",          "holdout",       "level",           "seed",
                                          "refit_all",      "sampling_time", "differentiating", "baseline_medium",
                                          "kappa_activity", "kappa_floor",   "discrepancy",     "step",
                                          "part",           "parts",         "buffers"};
  for (const auto& [key, value] : request.items())
    if (!kept.contains(key) && !value.is_null() && value != Json(false))
      throw Error("request.value", "fit: \"" + key + "\" is given with the model recommended, which chooses it.",
                  "Leave it out, or choose a model.");
}

class RecommendedJob final : public Job {
 public:
  explicit RecommendedJob(const Message& request) : options_(fit_options_from_json(request.json)) {
    refuse_settings(request.json);
    const DataSource data = data_source_of(request, "fit");
    problem_ = fit::prepare(data.source, options_);
    if (options_.refit_all && problem_.split.kind != fit::SplitKind::none)
      everything_ = std::make_unique<fit::TrainingData>(fit::training_on_everything(data.source, problem_));
    panel_ = fit::panel_of(problem_);
    record_ = empty_record(problem_, everything_ ? everything_->edits : problem_.training.edits, data.name);
    record_.evaluation = fit::evaluation_of(problem_, panel_);
    record_.evaluation.model = "recommended";
    put_in_units(record_.evaluation, problem_.unit);
    fit_ = std::make_unique<fit::RecommendedFit>(problem_, panel_, everything_.get(), options_.seed);
    results_.resize(static_cast<std::size_t>(fit_->tasks()));
    std::vector<char> done(results_.size(), 0);
    if (request.json.contains("parts"))
      for (std::size_t p = 0; p < request.json.at("parts").size(); ++p) {
        const Json holder = {{"part", request.json.at("parts")[p]}};
        Message outer{holder, request.bytes};
        if (request.json.contains("buffers")) outer.json["buffers"] = request.json.at("buffers");
        take(extract(outer, outer.json, "part"), done);
      }
    int index = 0, of = 1;
    if (request.json.contains("part")) {
      const Json& part = request.json.at("part");
      index = part.value("index", 0);
      of = part.value("of", 0);
      if (of < 1 || index < 0 || index >= of)
        throw Error("request.value",
                    "fit: \"part\" is " + part.dump().substr(0, 60) + "; expected an index from 0 on, below \"of\".");
      partial_ = true;
    }
    for (const int task : fit_->part(index, of))
      if (!done[static_cast<std::size_t>(task)]) todo_.push_back(task);
  }

  bool advance(double milliseconds) override {
    const auto start = std::chrono::steady_clock::now();
    while (next_ < todo_.size()) {
      const int task = todo_[next_++];
      results_[static_cast<std::size_t>(task)] = fit_->run(task);
      if (std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() >= milliseconds)
        break;
    }
    if (next_ < todo_.size()) return false;
    if (!partial_ && !finished_) finish();
    finished_ = true;
    return true;
  }

  Json progress() const override {
    Json json;
    json["fraction"] = todo_.empty() ? 1.0 : static_cast<double>(next_) / static_cast<double>(todo_.size());
    json["member"] = static_cast<int>(next_);
    json["members"] = static_cast<int>(todo_.size());
    json["phase"] = finished_ ? std::string("done") : fit_->phase(next_ < todo_.size() ? todo_[next_] : fit_->tasks());
    json["curves"] = Json::object();
    for (const char* key : {"epoch", "train", "inner", "drift"}) json["curves"][key] = Json::array();
    return json;
  }

  Message result() const override {
    if (partial_) return part();
    if (!finished_)
      throw Error("fit.unfinished", "The recommended model is not chosen before all its candidates are trained.",
                  "Let it finish, or fit one model.");
    return fit_to_message(record_);
  }

 private:
  void take(const Message& part, std::vector<char>& done) {
    require_kind(part.json, "fit_part", 1, "fit: parts");
    if (part.json.at("tasks_in_all").get<std::size_t>() != results_.size())
      throw Error("request.value", "fit: a part was made from other data or settings.");
    for (const Json& item : part.json.at("tasks")) {
      const auto task = item.at("task").get<std::size_t>();
      if (task >= results_.size()) throw Error("request.value", "fit: a part has a task that does not exist.");
      results_[task] = get_columns(part, item, "values");
      done[task] = 1;
    }
  }

  Message part() const {
    Message message;
    message.json["kind"] = "fit_part";
    message.json["schema"] = 1;
    message.json["buffers"] = Json::object();
    Json list = Json::array();
    for (std::size_t k = 0; k < next_; ++k) {
      Json item = {{"task", todo_[k]}};
      put_columns(message, item, "values", "task" + std::to_string(todo_[k]),
                  results_[static_cast<std::size_t>(todo_[k])]);
      list.push_back(std::move(item));
    }
    message.json["tasks_in_all"] = results_.size();
    message.json["tasks"] = std::move(list);
    if (message.json["buffers"].empty()) message.json.erase("buffers");
    return message;
  }

  void finish() {
    const fit::RecommendedFit::Result result = fit_->finish(results_);
    record_.recommended = result.stored;
    std::vector<screen::Condition> conditions;
    std::vector<double> when;
    for (const int c : panel_.conditions) {
      conditions.push_back(problem_.conditions[static_cast<std::size_t>(c)]);
      when.push_back(problem_.time[static_cast<std::size_t>(c)]);
    }
    const int members = result.scored.members();
    for (int m = 0; m < members; ++m) {
      FitRecord::Member member;
      member.training.number = m;
      member.training.seed = fit::member_seed(options_.seed, m);
      member.effects = result.scored.effects(m, conditions, when) * problem_.unit;
      member.drift = Matrix::Zero(member.effects.rows(), static_cast<Index>(problem_.times.size()));
      record_.members.push_back(std::move(member));
    }
    record_.options.members = members;
  }

  fit::FitOptions options_;
  fit::Problem problem_;
  std::unique_ptr<fit::TrainingData> everything_;
  fit::Panel panel_;
  FitRecord record_;
  std::unique_ptr<fit::RecommendedFit> fit_;
  std::vector<Matrix> results_;
  std::vector<int> todo_;
  std::size_t next_ = 0;
  bool partial_ = false, finished_ = false;
};

}  // namespace

std::unique_ptr<Job> start_recommended(const Message& request) { return std::make_unique<RecommendedJob>(request); }

}  // namespace groundwork::api
