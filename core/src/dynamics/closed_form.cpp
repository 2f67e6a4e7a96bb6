#include <unsupported/Eigen/MatrixFunctions>

#include "divergence.hpp"
#include "groundwork/dynamics/adaptive.hpp"

namespace groundwork::dynamics {

std::vector<Matrix> closed_form(VectorField<double>& field, const Vector& parameters,
                                std::span<const ConditionInputs> conditions, std::span<const double> times,
                                const Matrix& initial) {
  if (!field.is_affine()) {
    throw Error("flow.not_affine", "Only the model 'linear' has a flow in closed form.",
                "Integrate this model instead.");
  }
  require_times(times);
  field.bind(parameters, conditions);
  const Index d = field.genes(), n = field.columns();
  Matrix state;
  start_state(initial, d, n, state);
  std::vector<Matrix> states(times.size(), state);
  Matrix offset(d, n);
  std::vector<double> record(static_cast<std::size_t>(field.record_size()));
  field.evaluate(Matrix::Zero(d, n), record.data(), offset);

  for (Index j = 0; j < n; ++j) {
    Matrix augmented = Matrix::Zero(d + 1, d + 1), jacobian(d, d);
    field.jacobian(state.col(j), j, jacobian);
    augmented.topLeftCorner(d, d) = jacobian;
    augmented.topRightCorner(d, 1) = offset.col(j);
    Vector current(d + 1);
    current << state.col(j), 1;
    double before = 0, interval = -1;
    Matrix flow;
    for (std::size_t t = 0; t < times.size(); ++t) {
      // Equal intervals share one exponential.
      if (times[t] - before != interval) {
        interval = times[t] - before;
        flow = (augmented * interval).exp();
      }
      current = flow * current;
      current[d] = 1;
      states[t].col(j) = current.head(d);
      before = times[t];
      if (!current.allFinite()) refuse_divergence(field.conditions(), j, times[t]);
    }
  }
  return states;
}

}  // namespace groundwork::dynamics
