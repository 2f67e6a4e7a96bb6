#include "groundwork/fit/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>

#include "groundwork/base/error.hpp"

namespace groundwork::fit {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t member_stream = 202, inner_stream = 203, start_stream = 204;
constexpr int most_halvings = 8;

bool is_edited(const Problem& problem, const screen::LevelRow& row) { return !problem.is_control(row.condition); }

/** Sets aside all rows of conditions that contain one of the edits. */
std::vector<char> rows_with(const Problem& problem, const std::set<std::string>& edits) {
  std::vector<char> inner;
  for (const auto& row : problem.training.levels.rows) {
    char aside = 0;
    for (const auto& edit : problem.conditions[static_cast<std::size_t>(row.condition)].edits)
      if (edits.contains(edit.name)) aside = 1;
    inner.push_back(aside);
  }
  return inner;
}

std::vector<char> inner_edits(const Problem& problem, const std::vector<std::string>& candidates, Random& random) {
  std::set<std::string> chosen;
  for (const std::size_t i : draw_part(candidates.size(), problem.options.holdout, random))
    chosen.insert(candidates[i]);
  return rows_with(problem, chosen);
}

std::vector<char> inner_time(const Problem& problem, Random& random) {
  std::set<double> times;
  for (const auto& row : problem.training.levels.rows) {
    const double t = problem.time[static_cast<std::size_t>(row.condition)];
    if (t > 0) times.insert(t);
  }
  if (times.size() < 2) return {};
  std::vector<double> list(times.begin(), times.end());
  if (list.size() >= 3) list = {list.begin() + 1, list.end() - 1};
  const double chosen = list[random.below(list.size())];
  std::vector<char> inner;
  for (const auto& row : problem.training.levels.rows)
    inner.push_back(problem.time[static_cast<std::size_t>(row.condition)] == chosen ? 1 : 0);
  return inner;
}

/** A fifth of the edited rows, such that each edit keeps a row to learn from. */
std::vector<char> inner_rows(const Problem& problem, Random& random) {
  const auto& rows = problem.training.levels.rows;
  std::map<std::string, int> left;
  std::vector<std::size_t> edited;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (!is_edited(problem, rows[r])) continue;
    edited.push_back(r);
    ++left[edits_label(problem.conditions[static_cast<std::size_t>(rows[r].condition)])];
  }
  std::vector<char> inner(rows.size(), 0);
  std::size_t wanted = std::max<std::size_t>(1, edited.size() / 5), taken = 0;
  for (const std::size_t i : random.permutation(edited.size())) {
    int& remaining = left[edits_label(problem.conditions[static_cast<std::size_t>(rows[edited[i]].condition)])];
    if (taken >= wanted || remaining < 2) continue;
    inner[edited[i]] = 1;
    --remaining;
    ++taken;
  }
  return inner;
}

std::vector<char> trained_edits(const Problem& problem, const TrainingData& data, const std::vector<int>& rows) {
  std::set<std::string> names;
  for (const int r : rows)
    for (const auto& edit :
         problem.conditions[static_cast<std::size_t>(data.levels.rows[static_cast<std::size_t>(r)].condition)].edits)
      names.insert(edit.name);
  std::vector<char> trained;
  for (const auto& edit : data.edits.edits) trained.push_back(names.contains(edit.name) ? 1 : 0);
  return trained;
}

}  // namespace

std::uint64_t member_seed(std::uint64_t seed, int number) {
  return Random::stream(seed, member_stream + 1000 * static_cast<std::uint64_t>(number)).bits() >> 12;
}

std::vector<char> draw_inner(const Problem& problem, std::uint64_t seed) {
  Random random = Random::stream(seed, inner_stream);
  std::vector<char> inner;
  std::vector<std::string> any, clamped;
  for (const auto& edit : problem.training.edits.edits) {
    if (!edit.trained) continue;
    any.push_back(edit.name);
    if (edit.input < 0) clamped.push_back(edit.name);
  }
  if (any.empty() || problem.split.kind == SplitKind::time) {
    inner = inner_time(problem, random);
  } else if (clamped.size() >= 4) {
    inner = inner_edits(problem, clamped, random);
  } else if (problem.split.kind == SplitKind::perturbation && any.size() >= 3) {
    inner = inner_edits(problem, any, random);
  } else {
    inner = inner_rows(problem, random);
  }
  if (std::find(inner.begin(), inner.end(), 1) == inner.end()) return {};
  // Something must be left to learn from, and controls to refer to.
  bool edited = any.empty(), control = false;
  for (std::size_t r = 0; r < inner.size(); ++r) {
    if (inner[r]) continue;
    (is_edited(problem, problem.training.levels.rows[r]) ? edited : control) = true;
  }
  return edited && control ? inner : std::vector<char>{};
}

/** One optimisation from the common start. */
struct MemberTraining::Run {
  std::unique_ptr<dynamics::VectorField<float>> field, inner_field;
  std::unique_ptr<Objective<float>> objective, inner;
  VectorOf<float> scale, z, best, gradient;
  Adam<float> adam{0};
  int epoch = 0, epochs = 0, best_epoch = 0, patience = 0;
  double rate = 0, factor = 1, best_value = std::numeric_limits<double>::infinity();
  int halvings = 0;
};

MemberTraining::MemberTraining(const Problem& problem, const TrainingData* everything, int number)
    : problem_(problem), everything_(everything) {
  member_.number = number;
  member_.seed = member_seed(problem.options.seed, number);
  begin_search();
}

MemberTraining::~MemberTraining() = default;

namespace {

template <typename Run>
void start(Run& run, const Problem& problem, const TrainingData& data, const std::vector<int>& rows, std::uint64_t seed,
           int epochs) {
  const auto options = field_options(problem, data.edits);
  run.field = dynamics::make_field<float>(options);
  ObjectiveParts parts = objective_parts(problem, data, rows, trained_edits(problem, data, rows));
  run.scale = parts.prior.scale.template cast<float>();
  run.objective = std::make_unique<Objective<float>>(*run.field, flow_options(problem.options), std::move(parts));
  Random random = Random::stream(seed, start_stream);
  // Drawn in double, so that a build's float does not decide the draws; weights start small in units of their scale.
  const auto exact = dynamics::make_field<double>(options);
  run.z = exact->initial_parameters(random).template cast<float>();
  for (const auto& block : exact->layout().blocks())
    if (!block.weight || block.name == "A")
      run.z.segment(block.offset, block.size()).array() /= run.scale.segment(block.offset, block.size()).array();
  run.best = run.z;
  run.adam = Adam<float>(run.z.size());
  run.epochs = epochs;
  run.rate = problem.options.learning_rate;
}

}  // namespace

void MemberTraining::begin_search() {
  const auto& levels = problem_.training.levels;
  const std::vector<char> inner = draw_inner(problem_, member_.seed);
  std::vector<int> learn, aside;
  for (std::size_t r = 0; r < levels.rows.size(); ++r) {
    const bool taken = !inner.empty() && inner[r];
    if (!taken) learn.push_back(static_cast<int>(r));
    if (taken || problem_.is_control(levels.rows[r].condition)) aside.push_back(static_cast<int>(r));
  }
  run_ = std::make_unique<Run>();
  start(*run_, problem_, problem_.training, learn, member_.seed, problem_.options.epochs);
  run_->patience = std::max(40, problem_.options.epochs / 4);
  if (!inner.empty()) {
    run_->inner_field = dynamics::make_field<float>(field_options(problem_, problem_.training.edits));
    ObjectiveParts parts =
        objective_parts(problem_, problem_.training, aside, trained_edits(problem_, problem_.training, learn));
    run_->inner =
        std::make_unique<Objective<float>>(*run_->inner_field, flow_options(problem_.options), std::move(parts));
  }
  phase_ = Phase::search;
}

void MemberTraining::begin_final() {
  std::vector<int> rows(problem_.training.levels.rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<int>(r);
  run_ = std::make_unique<Run>();
  start(*run_, problem_, problem_.training, rows, member_.seed, problem_.options.epochs);
  phase_ = Phase::final;
}

void MemberTraining::begin_refit() {
  std::vector<int> rows(everything_->levels.rows.size());
  for (std::size_t r = 0; r < rows.size(); ++r) rows[r] = static_cast<int>(r);
  run_ = std::make_unique<Run>();
  start(*run_, problem_, *everything_, rows, member_.seed, problem_.options.epochs);
  phase_ = Phase::refit;
}

void MemberTraining::epoch() {
  Run& run = *run_;
  const int last = phase_ == Phase::search ? run.epochs : member_.best_epoch;
  const double value = run.objective->value(run.z, &run.gradient);
  double judged = value;
  bool finite = std::isfinite(value);
  if (finite && run.inner) {
    judged = run.inner->value(run.z, nullptr);
    judged = std::isfinite(judged) ? run.inner->data() : judged;
  }
  if (finite && phase_ == Phase::search) {
    member_.history.epoch.push_back(run.epoch);
    member_.history.train.push_back(value);
    member_.history.inner.push_back(run.inner ? judged : nan);
    member_.history.drift.push_back(run.objective->drift());
  }
  if (!finite) {
    if (++run.halvings > most_halvings)
      throw Error("fit.diverged",
                  "Training diverged at epoch " + std::to_string(run.epoch) + " and again after the rate was halved " +
                      std::to_string(most_halvings) + " times.",
                  "Use a smaller learning_rate or step, or a larger l2.");
    if (run.halvings == 1)
      member_.warnings.push_back("Training of member " + std::to_string(member_.number) + " diverged at epoch " +
                                 std::to_string(run.epoch) +
                                 "; the rate was halved and training went on from the best point so far.");
    run.factor /= 2;
    run.z = run.best;
    run.adam = Adam<float>(run.z.size());
    return;
  }
  // Without anything set aside, and in the later phases, the last point is the one that is kept.
  const bool improved = run.inner ? judged < run.best_value : true;
  if (improved) {
    run.best_value = judged;
    run.best = run.z;
    run.best_epoch = run.epoch;
  }
  const bool waited = run.inner && run.epoch - run.best_epoch > run.patience;
  if (run.epoch < last && !waited) {
    const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * run.epoch / run.epochs));
    run.adam.step(run.z, run.gradient, run.rate * run.factor * std::max(cosine, 0.01));
    ++run.epoch;
    return;
  }
  const Vector theta = run.scale.cwiseProduct(run.best).template cast<double>();
  if (phase_ == Phase::search) {
    member_.best_epoch = run.best_epoch;
    member_.parameters = theta;
    member_.stored = theta;
    const bool again = run.inner != nullptr;
    searched_ = true;
    if (again)
      begin_final();
    else if (everything_)
      begin_refit();
    else
      phase_ = Phase::done;
  } else if (phase_ == Phase::final) {
    member_.parameters = theta;
    member_.stored = theta;
    if (everything_)
      begin_refit();
    else
      phase_ = Phase::done;
  } else {
    member_.stored = theta;
    phase_ = Phase::done;
  }
}

bool MemberTraining::advance(double milliseconds) {
  const auto begin = std::chrono::steady_clock::now();
  while (phase_ != Phase::done) {
    epoch();
    if (std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count() >= milliseconds)
      break;
  }
  return phase_ == Phase::done;
}

double MemberTraining::fraction() const {
  const double phases = 2 + (everything_ ? 1 : 0);
  switch (phase_) {
    case Phase::search:
      return run_->epoch / (phases * run_->epochs);
    case Phase::final:
      return (1 + run_->epoch / (member_.best_epoch + 1.0)) / phases;
    case Phase::refit:
      return (2 + run_->epoch / (member_.best_epoch + 1.0)) / phases;
    case Phase::done:
      return 1;
  }
  return 1;
}

std::string MemberTraining::phase() const {
  switch (phase_) {
    case Phase::search:
      return "training, with part of the training rows set aside to decide when to stop";
    case Phase::final:
      return "training on all training rows";
    case Phase::refit:
      return "refitting on every row";
    case Phase::done:
      return "done";
  }
  return "";
}

Member MemberTraining::member() const {
  Member out = member_;
  if (!searched_) {
    out.best_epoch = run_->best_epoch;
    out.parameters = run_->scale.cwiseProduct(run_->best).cast<double>();
    out.stored = out.parameters;
  }
  return out;
}

}  // namespace groundwork::fit
