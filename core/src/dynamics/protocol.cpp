#include "groundwork/dynamics/protocol.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/dynamics/flow.hpp"

namespace groundwork::dynamics {
namespace {

double checked_duration(double duration, std::size_t stage) {
  if (duration >= 0 && std::isfinite(duration)) return duration;
  const std::string text = significant(duration);
  throw Error("protocol.duration",
              "Stage " + std::to_string(stage + 1) + " lasts " + text + " days; expected a number from 0 on.",
              "Give a duration in days.");
}

}  // namespace

std::vector<ConditionInputs> conditions_of(const Protocol& protocol) {
  std::vector<ConditionInputs> result;
  ConditionInputs acting;
  for (std::size_t s = 0; s < protocol.size(); ++s) {
    acting.medium = protocol[s].medium;
    acting.label = "stage " + std::to_string(s + 1);
    for (const Clamp& added : protocol[s].clamps) {
      std::erase_if(acting.clamps, [&](const Clamp& c) { return c.gene == added.gene && c.kind == added.kind; });
      acting.clamps.push_back(added);
    }
    for (const InputDose& added : protocol[s].doses) {
      std::erase_if(acting.doses, [&](const InputDose& d) { return d.input == added.input; });
      acting.doses.push_back(added);
    }
    result.push_back(acting);
  }
  return result;
}

std::vector<Matrix> through_stage(VectorField<double>& field, const Vector& parameters,
                                  std::span<const ConditionInputs> conditions, std::span<const double> times,
                                  const Matrix& initial, const AdaptiveOptions& options) {
  if (!field.is_affine()) return integrate(field, parameters, conditions, times, options, initial);
  Flow<double> flow(field, {Method::exponential});
  flow.forward(parameters, conditions, times, false, initial);
  flow.require_finite();
  return flow.states();
}

Course follow(VectorField<double>& field, const Vector& parameters, std::span<const StageColumns> stages,
              const Matrix& initial, int points, const AdaptiveOptions& options) {
  double total = 0;
  for (std::size_t s = 0; s < stages.size(); ++s) total += checked_duration(stages[s].duration, s);
  Course course{{0}, {}, {initial}};
  double start = 0;
  for (const StageColumns& stage : stages) {
    if (stage.duration > 0) {
      const int count = std::max(1, static_cast<int>(std::ceil(points * stage.duration / total)));
      std::vector<double> times;
      for (int i = 1; i <= count; ++i) times.push_back(i == count ? stage.duration : i * stage.duration / count);
      const Matrix from = course.states.back();
      for (auto& state : through_stage(field, parameters, stage.conditions, times, from, options))
        course.states.push_back(std::move(state));
      for (const double t : times) course.times.push_back(start + t);
      start += stage.duration;
    }
    course.ends.push_back(static_cast<Index>(course.times.size()) - 1);
  }
  return course;
}

Matrix carry_through(VectorField<double>& field, const Vector& parameters, std::span<const StageColumns> stages,
                     const Matrix& initial, const AdaptiveOptions& options) {
  Matrix state = initial;
  for (std::size_t s = 0; s < stages.size(); ++s) {
    const double duration = checked_duration(stages[s].duration, s);
    if (duration > 0)
      state = through_stage(field, parameters, stages[s].conditions, {&duration, 1}, state, options).front();
  }
  return state;
}

Vector evolve(VectorField<double>& field, const Vector& parameters, const Protocol& protocol, const Vector& initial,
              const AdaptiveOptions& options) {
  const std::vector<ConditionInputs> acting = conditions_of(protocol);
  std::vector<StageColumns> stages;
  for (std::size_t s = 0; s < protocol.size(); ++s) stages.push_back({{acting[s]}, protocol[s].duration});
  return carry_through(field, parameters, stages, initial, options).col(0);
}

double commutator(VectorField<double>& field, const Vector& parameters, const Stage& first, const Stage& second,
                  const Vector& initial, const AdaptiveOptions& options) {
  const Vector one = evolve(field, parameters, {first, second}, initial, options);
  const Vector other = evolve(field, parameters, {second, first}, initial, options);
  return (one - other).norm();
}

}  // namespace groundwork::dynamics
