#include "groundwork/dynamics/rest_points.hpp"

#include <algorithm>

namespace groundwork::dynamics {

RestPoints rest_points(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                       const Matrix& starts, double same) {
  RestPoints out;
  for (Index s = 0; s < starts.cols(); ++s) {
    const SteadyState found = find_steady_state(field, parameters, condition, {}, starts.col(s));
    if (!found.converged) {
      ++out.failed;
      continue;
    }
    const auto at = std::find_if(out.list.begin(), out.list.end(), [&](const RestPoint& other) {
      return ((other.state - found.state).array().abs() <= same * (1 + found.state.array().abs())).all();
    });
    if (at != out.list.end())
      ++at->starts;
    else
      out.list.push_back({found.state, found.spectral_abscissa, 1, static_cast<int>(s)});
  }
  return out;
}

}  // namespace groundwork::dynamics
