#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "groundwork/dynamics/flow.hpp"

/**
 * One full-batch epoch (forward, squared error, adjoint) of a neural vector field: 103 genes, 64 hidden units, 60
 * one-hot edits observed at 4 times to day 5, Runge-Kutta 4 with h = 0.5, in float. Prints the median over epochs in
 * milliseconds.
 */
using namespace groundwork;
using namespace groundwork::dynamics;

int main() {
  FieldOptions options;
  options.kind = FieldKind::neural;
  options.genes = 103;
  options.hidden = 64;
  options.inputs = 60;
  const auto field = make_field<float>(options);
  Random random(1);
  VectorOf<float> parameters = field->initial_parameters(random);
  std::vector<ConditionInputs> conditions(60);
  for (Index edit = 0; edit < 60; ++edit) conditions[static_cast<std::size_t>(edit)].doses = {{edit, 1.0}};
  const std::vector<double> times{2, 3, 4, 5};
  std::vector<MatrixOf<float>> observed(times.size(), MatrixOf<float>(103, 60)), residuals(times.size());
  for (auto& x : observed)
    for (float& value : x.reshaped()) value = static_cast<float>(random.normal());

  Flow<float> flow(*field, {Method::rk4, 0.5});
  VectorOf<float> gradient(parameters.size());
  const int warm_up = 20, epochs = 200;
  std::vector<double> milliseconds;
  double first_loss = 0, loss = 0;
  const float rate = 0.5f / (103 * 60 * 4);
  for (int epoch = 0; epoch < warm_up + epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    if (!flow.forward(parameters, conditions, times, true)) return 1;
    loss = 0;
    for (std::size_t t = 0; t < times.size(); ++t) {
      residuals[t] = flow.states()[t] - observed[t];
      loss += 0.5 * residuals[t].squaredNorm();
    }
    gradient.setZero();
    flow.backward(residuals, gradient);
    parameters -= rate * gradient;
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    if (epoch == 0) first_loss = loss;
    if (epoch >= warm_up) milliseconds.push_back(taken.count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf(
      "{\"name\":\"neural_epoch\",\"ms\":%.3f,\"fastest_ms\":%.3f,\"epochs\":%d,\"first_loss\":%.6g,\"loss\":%.6g}\n",
      milliseconds[milliseconds.size() / 2], milliseconds.front(), epochs, first_loss, loss);
}
