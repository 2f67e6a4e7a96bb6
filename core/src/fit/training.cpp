#include "groundwork/fit/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/adam.hpp"
#include "groundwork/fit/inner.hpp"
#include "groundwork/fit/minimise.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/fit/warm_start.hpp"

namespace groundwork::fit {
namespace {

constexpr std::uint64_t member_stream = 202, start_stream = 204;
constexpr int most_halvings = 8;

/**
 * The folds have fewer edits to learn from than the fit will have and would stop too early, at the start where few
 * edits are strong: so many epochs are run whatever they say.
 */
constexpr int least_epochs = 60;

/** Of the running mean of the parameters over steps, which is what is judged and kept: it has none of Adam's jitter. */
constexpr float average_decay = 0.9F;

/** Epochs of Adam after which the best of several starts is chosen. */
constexpr int choosing_epochs = 30;
/** Most parameters for which Levenberg–Marquardt's curvature is affordable at every iteration. */
constexpr Index most_lm_parameters = 500;

/**
 * Where start `number` of a member begins, in units of the prior's scale. Weights are small in those units; rates,
 * intercepts and A have the values that the field gives them, κ what transcripts say.
 */
Vector start_point(const Problem& problem, const TrainingData& data, const std::vector<int>& rows,
                   const ParameterPrior& prior, std::uint64_t seed, int number) {
  Random random = Random::stream(seed, start_stream + 1000 * static_cast<std::uint64_t>(number));
  const auto field = dynamics::make_field<double>(field_options(problem, data.edits));
  Vector z = field->initial_parameters(random);
  for (const auto& block : field->layout().blocks()) {
    if (!block.weight || block.name == "A")
      z.segment(block.offset, block.size()).array() /= prior.scale.segment(block.offset, block.size()).array();
    if (block.name == "rho") z.segment(block.offset, block.size()) = prior.centre.segment(block.offset, block.size());
  }
  if (problem.options.start == StartKind::ridge) {
    Vector response = Vector::Zero(z.size());
    add_linear_response(problem, data, rows, *field, response);
    z += response.cwiseQuotient(prior.scale);
  }
  return z;
}

double rate_at(const FitOptions& options, int epoch) {
  const double share = static_cast<double>(epoch) / options.epochs;
  double factor = 1;
  if (options.schedule == ScheduleKind::cosine)
    factor = std::max(0.5 * (1 + std::cos(std::numbers::pi * share)), 0.01);
  else if (options.schedule == ScheduleKind::step)
    factor = share < 0.5 ? 1 : share < 0.75 ? 0.1 : 0.01;
  return *options.learning_rate * factor;
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

  Run(const Problem& problem, const TrainingData& data, std::uint64_t seed, int start, const std::vector<char>& aside) {
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
    z = start_point(problem, data, learn, parts.prior, seed, start).cast<float>();
    objective = std::make_unique<Objective<float>>(*field, flow, std::move(parts));
    if (!aside.empty()) {
      inner_field = dynamics::make_field<float>(options);
      inner = std::make_unique<Objective<float>>(*inner_field, flow, objective_parts(problem, data, judge, trained));
    }
    best = average = z;
    adam = Adam<float>(z.size());
  }
};

/** One descent to the minimum. */
struct MemberTraining::Exact {
  std::unique_ptr<dynamics::VectorField<double>> field;
  std::unique_ptr<Objective<double>> objective;
  std::unique_ptr<Minimiser> minimiser;
  bool arrived = false;

  Exact(const Problem& problem, const TrainingData& data, std::uint64_t seed, int start) {
    const auto rows = all_rows(data);
    field = dynamics::make_field<double>(field_options(problem, data.edits));
    ObjectiveParts parts = objective_parts(problem, data, rows, edits_in_rows(problem, data, rows));
    const Vector z = start_point(problem, data, rows, parts.prior, seed, start);
    const bool lm = problem.options.optimiser == OptimiserKind::lm;
    if (lm && z.size() > most_lm_parameters)
      throw Error("fit.option",
                  "The optimiser lm suits up to " + std::to_string(most_lm_parameters) +
                      " parameters; this model has " + std::to_string(z.size()) + ".",
                  "Choose lbfgs, or model fewer genes.");
    objective = std::make_unique<Objective<double>>(*field, flow_options(problem.options), std::move(parts));
    const auto f = [this](const Vector& at, Vector* gradient) { return objective->value(at, gradient); };
    const auto curvature = [this](const Vector& at) -> Matrix {
      Matrix c = data_curvature(*objective, at);
      c.diagonal() += objective->prior().precision;
      return c * (2 / objective->count());
    };
    minimiser = lm ? levenberg_marquardt(f, curvature, z) : lbfgs(f, z);
  }

  Vector theta() const { return objective->prior().scale.cwiseProduct(minimiser->at()); }
};

MemberTraining::MemberTraining(const Problem& problem, const TrainingData* everything, int number)
    : problem_(problem), everything_(everything) {
  member_.number = number;
  member_.seed = member_seed(problem.options.seed, number);
  begin(problem.options.starts > 1 ? Phase::choose : Phase::search);
  member_.parameters = member_.stored = current();
}

MemberTraining::~MemberTraining() = default;

Vector MemberTraining::parameters_of(const Run& run) const {
  return run.scale.cwiseProduct(run.average).cast<double>();
}

Vector MemberTraining::current() const { return exact_ ? exact_->theta() : parameters_of(*runs_.front()); }

const TrainingData& MemberTraining::data_of(Phase phase) {
  const TrainingData& data = phase == Phase::refit ? *everything_ : problem_.training;
  if (!problem_.options.bootstrap) return data;
  resample_ = resample_batches(data, member_.seed);
  member_.batches = resample_->batches;
  return resample_->data;
}

void MemberTraining::begin(Phase phase) {
  const bool exact = problem_.options.optimiser != OptimiserKind::adam;
  if (exact && phase == Phase::search) phase = Phase::final;
  phase_ = phase;
  epoch_ = 0;
  runs_.clear();
  exact_.reset();
  if (phase == Phase::done) return;
  if (phase == Phase::choose) {
    for (int k = 0; k < problem_.options.starts; ++k)
      runs_.push_back(std::make_unique<Run>(problem_, problem_.training, member_.seed, k, std::vector<char>{}));
    return;
  }
  if (exact) {
    exact_ = std::make_unique<Exact>(problem_, data_of(phase), member_.seed, start_);
    return;
  }
  if (phase == Phase::search) {
    best_inner_ = std::numeric_limits<double>::infinity();
    for (const auto& fold : inner_folds(problem_, member_.seed))
      runs_.push_back(std::make_unique<Run>(problem_, problem_.training, member_.seed, start_, fold));
  }
  if (runs_.empty())
    runs_.push_back(std::make_unique<Run>(problem_, data_of(phase), member_.seed, start_, std::vector<char>{}));
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
  run.adam.step(run.z, run.gradient, rate_at(problem_.options, epoch_) * run.factor);
  run.average = average_decay * run.average + (1 - average_decay) * run.z;
}

void MemberTraining::choose_epoch() {
  for (const auto& run : runs_) try {
      step(*run);
    } catch (const Error&) {
      run->best_value = run->value = std::numeric_limits<double>::infinity();
    }
  if (++epoch_ < choosing_epochs) return;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < runs_.size(); ++k)
    if (runs_[k]->value < least) {
      least = runs_[k]->value;
      start_ = static_cast<int>(k);
    }
  member_.warnings.clear();  // of starts that did not go on
  begin(Phase::search);
}

void MemberTraining::exact_epoch() {
  if (exact_->arrived || epoch_ >= problem_.options.epochs) {
    if (!exact_->arrived)
      member_.warnings.push_back("Member " + std::to_string(member_.number) + " had not reached the minimum after " +
                                 std::to_string(epoch_) + " iterations; raise epochs, or look at what is sloppy.");
    if (phase_ == Phase::final) member_.best_epoch = epoch_;
    const double slope = exact_->minimiser->gradient().cwiseAbs().maxCoeff();
    if (exact_->arrived && slope > 1e-4 * std::max(1.0, std::abs(exact_->minimiser->value())))
      member_.warnings.push_back("Member " + std::to_string(member_.number) +
                                 " stopped where the loss still falls, because no step went down any more; try another "
                                 "seed, a smaller step or a larger l2.");
    if (phase_ == Phase::refit || !everything_)
      member_.intervals = intervals_at(*exact_->objective, *exact_->field, exact_->minimiser->at());
    finish_phase();
    return;
  }
  exact_->arrived = exact_->minimiser->step();
  if (phase_ == Phase::final) {
    member_.history.epoch.push_back(epoch_);
    member_.history.train.push_back(exact_->minimiser->value());
    member_.history.inner.push_back(nan);
    member_.history.drift.push_back(exact_->objective->drift());
    member_.parameters = current();
  }
  member_.stored = current();
  ++epoch_;
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
  const bool folds = !exact_ && runs_.front()->inner != nullptr;
  if (phase_ == Phase::search && folds) {
    begin(Phase::final);
    return;
  }
  const Vector theta = current();
  if (phase_ != Phase::refit) member_.parameters = theta;
  member_.stored = theta;
  begin(phase_ != Phase::refit && everything_ ? Phase::refit : Phase::done);
}

void MemberTraining::epoch() {
  if (phase_ == Phase::choose) return choose_epoch();
  if (exact_) return exact_epoch();
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
  if (exact_) {
    const double iterations = 1 - std::exp(-epoch_ / 60.0);  // how many it takes is not known beforehand
    return phase_ == Phase::refit ? 1 - refit + refit * iterations : (1 - refit) * iterations;
  }
  switch (phase_) {
    case Phase::choose:
      return 0;
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
    case Phase::choose:
      return "trying " + std::to_string(problem_.options.starts) + " starts";
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
  if (phase_ == Phase::search || phase_ == Phase::choose) out.parameters = out.stored = current();
  return out;
}

}  // namespace groundwork::fit
