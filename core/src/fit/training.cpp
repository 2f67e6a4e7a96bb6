#include "groundwork/fit/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/adam.hpp"
#include "groundwork/fit/inner.hpp"
#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t member_stream = 202, start_stream = 204;
constexpr int most_halvings = 8;

/**
 * The folds have fewer edits to learn from than the fit will have and would stop too early, at the start where few
 * edits are strong: so many epochs are run whatever they say.
 */
constexpr int least_epochs = 60;

/** Of the running mean of the parameters over steps, which is what is judged and kept: it has none of Adam's jitter. */
constexpr float average_decay = 0.9F;

std::vector<char> edits_in_rows(const Problem& problem, const TrainingData& data, const std::vector<int>& rows) {
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

/** One optimisation. `aside` are rows that are judged beside the controls; none: nothing is judged. */
struct MemberTraining::Run {
  std::unique_ptr<dynamics::VectorField<float>> field, inner_field;
  std::unique_ptr<Objective<float>> objective, inner;
  VectorOf<float> scale, z, average, best, gradient;
  Adam<float> adam{0};
  double factor = 1, value = 0, best_value = std::numeric_limits<double>::infinity();
  int halvings = 0;

  Run(const Problem& problem, const TrainingData& data, std::uint64_t seed, const std::vector<char>& aside) {
    std::vector<int> learn, judge;
    for (std::size_t r = 0; r < data.levels.rows.size(); ++r) {
      const bool out = !aside.empty() && aside[r];
      if (!out) learn.push_back(static_cast<int>(r));
      if (out || problem.is_control(data.levels.rows[r].condition)) judge.push_back(static_cast<int>(r));
    }
    const auto options = field_options(problem, data.edits);
    const auto flow = flow_options(problem.options);
    const auto trained = edits_in_rows(problem, data, learn);
    field = dynamics::make_field<float>(options);
    ObjectiveParts parts = objective_parts(problem, data, learn, trained);
    scale = parts.prior.scale.cast<float>();
    objective = std::make_unique<Objective<float>>(*field, flow, std::move(parts));
    if (!aside.empty()) {
      inner_field = dynamics::make_field<float>(options);
      inner = std::make_unique<Objective<float>>(*inner_field, flow, objective_parts(problem, data, judge, trained));
    }
    // Weights start small in units of their scale; rates, intercepts and A at the values that the field gives them.
    Random random = Random::stream(seed, start_stream);
    const auto exact = dynamics::make_field<double>(options);
    z = exact->initial_parameters(random).cast<float>();
    for (const auto& block : exact->layout().blocks())
      if (!block.weight || block.name == "A")
        z.segment(block.offset, block.size()).array() /= scale.segment(block.offset, block.size()).array();
    best = average = z;
    adam = Adam<float>(z.size());
  }
};

MemberTraining::MemberTraining(const Problem& problem, const TrainingData* everything, int number)
    : problem_(problem), everything_(everything) {
  member_.number = number;
  member_.seed = member_seed(problem.options.seed, number);
  begin(Phase::search);
  member_.parameters = member_.stored = parameters_of(*runs_.front());
}

MemberTraining::~MemberTraining() = default;

Vector MemberTraining::parameters_of(const Run& run) const {
  return run.scale.cwiseProduct(run.average).cast<double>();
}

void MemberTraining::begin(Phase phase) {
  phase_ = phase;
  epoch_ = 0;
  runs_.clear();
  if (phase == Phase::search) {
    best_inner_ = std::numeric_limits<double>::infinity();
    for (const auto& fold : inner_folds(problem_, member_.seed))
      runs_.push_back(std::make_unique<Run>(problem_, problem_.training, member_.seed, fold));
  }
  if (phase != Phase::done && runs_.empty())
    runs_.push_back(std::make_unique<Run>(problem_, phase == Phase::refit ? *everything_ : problem_.training,
                                          member_.seed, std::vector<char>{}));
}

void MemberTraining::step(Run& run) {
  run.value = run.objective->value(run.z, &run.gradient);
  if (!std::isfinite(run.value)) {
    if (++run.halvings > most_halvings)
      throw Error("fit.diverged",
                  "Training diverged at epoch " + std::to_string(epoch_) + ", after the rate had been halved " +
                      std::to_string(most_halvings) + " times.",
                  "Use a smaller learning_rate or step, or a larger l2.");
    if (member_.warnings.empty())
      member_.warnings.push_back("Training of member " + std::to_string(member_.number) + " diverged at epoch " +
                                 std::to_string(epoch_) +
                                 "; the rate was halved and training went on from the best point so far.");
    run.factor /= 2;
    run.z = run.average = run.best;
    run.adam = Adam<float>(run.z.size());
    run.value = run.objective->value(run.z, &run.gradient);
  }
  if (run.value < run.best_value) {
    run.best_value = run.value;
    run.best = run.z;
  }
  const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * epoch_ / problem_.options.epochs));
  run.adam.step(run.z, run.gradient, *problem_.options.learning_rate * run.factor * std::max(cosine, 0.01));
  run.average = average_decay * run.average + (1 - average_decay) * run.z;
}

void MemberTraining::search_epoch() {
  double train = 0, inner = 0, drift = 0;
  const double folds = static_cast<double>(runs_.size());
  for (const auto& run : runs_) {
    if (run->inner) {
      const double value = run->inner->value(run->average, nullptr);
      inner += (std::isfinite(value) ? run->inner->data() : std::numeric_limits<double>::infinity()) / folds;
    }
    step(*run);
    train += run->value / folds;
    drift += run->objective->drift() / folds;
  }
  const bool judged = runs_.front()->inner != nullptr;
  member_.history.epoch.push_back(epoch_);
  member_.history.train.push_back(train);
  member_.history.inner.push_back(judged ? inner : nan);
  member_.history.drift.push_back(drift);
  if (!judged || epoch_ <= least_epochs || inner < best_inner_) {
    best_inner_ = inner;
    member_.best_epoch = epoch_;
  }
}

void MemberTraining::finish_phase() {
  const bool folds = runs_.front()->inner != nullptr;
  if (phase_ == Phase::search && folds) {
    begin(Phase::final);
    return;
  }
  const Vector theta = parameters_of(*runs_.front());
  if (phase_ != Phase::refit) member_.parameters = theta;
  member_.stored = theta;
  begin(phase_ != Phase::refit && everything_ ? Phase::refit : Phase::done);
}

void MemberTraining::epoch() {
  // The parameters before the step of epoch e have had e steps: those of `best_epoch` are kept by stopping there.
  const int last = phase_ == Phase::search ? problem_.options.epochs : member_.best_epoch;
  const int patience = std::max(40, problem_.options.epochs / 4);
  const bool folds = phase_ == Phase::search && runs_.front()->inner;
  if (epoch_ >= last || (folds && epoch_ - member_.best_epoch > patience)) {
    if (phase_ == Phase::search && !folds) member_.best_epoch = epoch_;
    finish_phase();
    return;
  }
  if (phase_ == Phase::search) {
    search_epoch();
    if (!folds) member_.parameters = member_.stored = parameters_of(*runs_.front());
  } else {
    step(*runs_.front());
    if (phase_ == Phase::final) member_.parameters = parameters_of(*runs_.front());
    member_.stored = parameters_of(*runs_.front());
  }
  ++epoch_;
}

bool MemberTraining::advance(double milliseconds) {
  const auto begin = std::chrono::steady_clock::now();
  while (phase_ != Phase::done) {
    epoch();
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
    if (taken.count() >= milliseconds) break;
  }
  return phase_ == Phase::done;
}

double MemberTraining::fraction() const {
  // The search trains several folds: it is most of the work.
  const double refit = everything_ ? 0.15 : 0;
  const double share = epoch_ / (member_.best_epoch + 1.0);
  switch (phase_) {
    case Phase::search:
      return (0.8 - refit) * epoch_ / problem_.options.epochs;
    case Phase::final:
      return 0.8 - refit + 0.2 * share;
    case Phase::refit:
      return 1 - refit + refit * share;
    case Phase::done:
      return 1;
  }
  return 1;
}

std::string MemberTraining::phase() const {
  switch (phase_) {
    case Phase::search:
      return "training, with parts of the training rows set aside in turn to decide when to stop";
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
  // While folds are trained, the first of them stands for the member.
  if (phase_ == Phase::search) out.parameters = out.stored = parameters_of(*runs_.front());
  return out;
}

}  // namespace groundwork::fit
