#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "groundwork/dynamics/flow.hpp"

/**
 * One full-batch epoch (forward, squared error, adjoint) of a neural vector field: 103 genes, 64 hidden units, 60
 * one-hot edits observed at 4 times to day 5, Runge-Kutta 4 with h = 0.5, in float. Prints the median over epochs in
 * milliseconds. With the argument `workload` it prints the weights that it starts from and the data instead, for the
 * same work in other libraries (tests/bench/peers).
 */
using namespace groundwork;
using namespace groundwork::dynamics;

namespace {

struct Training {
  Flow<float> flow;
  std::vector<ConditionInputs> conditions;
  std::vector<double> times;
  std::vector<MatrixOf<float>> observed, residuals;
  VectorOf<float> parameters, gradient;
  float rate;
};

/** The loss before the step; NaN when the flow diverges. */
double run_epoch(Training& t) {
  if (!t.flow.forward(t.parameters, t.conditions, t.times, true)) return std::numeric_limits<double>::quiet_NaN();
  double loss = 0;
  for (std::size_t k = 0; k < t.times.size(); ++k) {
    t.residuals[k] = t.flow.states()[k] - t.observed[k];
    loss += 0.5 * t.residuals[k].squaredNorm();
  }
  t.gradient.setZero();
  t.flow.backward(t.residuals, t.gradient);
  t.parameters -= t.rate * t.gradient;
  return loss;
}

/**
 * Called through a pointer that no optimiser sees through. A browser improves the code of a function only for its next
 * call: an epoch that is inlined into main(), which is called once, would run in the first, slow code for ever. A page
 * calls into the core once a slice.
 */
double (*volatile epoch_of)(Training&) = run_epoch;

/** Column by column. */
void print_array(const char* name, const Eigen::Ref<const MatrixOf<float>>& values, const char* after) {
  std::printf("\"%s\":{\"rows\":%d,\"values\":[", name, static_cast<int>(values.rows()));
  const char* before = "";
  for (const float value : values.reshaped()) {
    std::printf("%s%.9g", before, static_cast<double>(value));
    before = ",";
  }
  std::printf("]}%s\n", after);
}

void print_workload(const Layout& layout, const Training& t) {
  std::printf("{\"rate\":%.9g,\"step\":0.5,\"times\":[2,3,4,5],\n", static_cast<double>(t.rate));
  for (const char* name : {"W1", "B", "b", "V", "v"}) print_array(name, layout.view(t.parameters, name), ",");
  std::printf("\"observed\":{");
  for (std::size_t k = 0; k < t.times.size(); ++k)
    print_array(std::to_string(static_cast<int>(t.times[k])).c_str(), t.observed[k], k + 1 < t.times.size() ? "," : "");
  std::printf("}}\n");
}

}  // namespace

int main(int argc, char** argv) {
  FieldOptions options;
  options.kind = FieldKind::neural;
  options.genes = 103;
  options.hidden = 64;
  options.inputs = 60;
  const auto field = make_field<float>(options);
  Random random(1);
  Training training{Flow<float>(*field, {Method::rk4, 0.5}),
                    std::vector<ConditionInputs>(60),
                    {2, 3, 4, 5},
                    {},
                    {},
                    {},
                    {},
                    0.5f / (103 * 60 * 4)};
  training.parameters = field->initial_parameters(random);
  training.gradient.resize(training.parameters.size());
  for (Index edit = 0; edit < 60; ++edit) training.conditions[static_cast<std::size_t>(edit)].doses = {{edit, 1.0}};
  training.observed.assign(training.times.size(), MatrixOf<float>(103, 60));
  training.residuals = training.observed;
  for (auto& x : training.observed)
    for (float& value : x.reshaped()) value = static_cast<float>(random.normal());

  if (argc > 1 && std::string(argv[1]) == "workload") {
    print_workload(field->layout(), training);
    return 0;
  }

  const int warm_up = 100, epochs = 200;
  std::vector<double> milliseconds;
  double first_loss = 0, loss_30 = 0, loss = 0;
  for (int epoch = 0; epoch < warm_up + epochs; ++epoch) {
    const auto start = std::chrono::steady_clock::now();
    loss = epoch_of(training);
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    if (!(loss >= 0)) return 1;
    if (epoch == 0) first_loss = loss;
    if (epoch == 30) loss_30 = loss;
    if (epoch >= warm_up) milliseconds.push_back(taken.count());
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf(
      "{\"name\":\"neural_epoch\",\"ms\":%.3f,\"fastest_ms\":%.3f,\"epochs\":%d,\"first_loss\":%.6g,\"loss_30\":%.6g,"
      "\"loss\":%.6g}\n",
      milliseconds[milliseconds.size() / 2], milliseconds.front(), epochs, first_loss, loss_30, loss);
}
