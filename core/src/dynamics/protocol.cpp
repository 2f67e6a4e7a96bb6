#include "groundwork/dynamics/protocol.hpp"

#include <algorithm>

#include "groundwork/base/error.hpp"

namespace groundwork::dynamics {

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

Vector evolve(VectorField<double>& field, const Vector& parameters, const Protocol& protocol, const Vector& initial,
              const AdaptiveOptions& options) {
  const std::vector<ConditionInputs> acting = conditions_of(protocol);
  Matrix state = initial;
  for (std::size_t s = 0; s < protocol.size(); ++s) {
    const double duration = protocol[s].duration;
    if (!(duration >= 0)) {
      throw Error(
          "protocol.duration",
          "Stage " + std::to_string(s + 1) + " lasts " + std::to_string(duration) + " days; expected at least 0.",
          "Give a duration in days.");
    }
    state = predict_states(field, parameters, {&acting[s], 1}, {&duration, 1}, options, state).front();
  }
  return state.col(0);
}

double commutator(VectorField<double>& field, const Vector& parameters, const Stage& first, const Stage& second,
                  const Vector& initial, const AdaptiveOptions& options) {
  const Vector one = evolve(field, parameters, {first, second}, initial, options);
  const Vector other = evolve(field, parameters, {second, first}, initial, options);
  return (one - other).norm();
}

}  // namespace groundwork::dynamics
