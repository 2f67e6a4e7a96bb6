// Flows without a step: the matrix exponential and its derivative, steady states and theirs, dense output.
#include <doctest/doctest.h>

#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "draws.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/flow.hpp"
#include "groundwork/dynamics/steady_state.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

namespace {

const std::vector<double> days{0, 0.3, 1, 5};

std::vector<Matrix> weights_for(Index columns) {
  std::vector<Matrix> weights;
  for (std::size_t t = 0; t < days.size(); ++t) weights.push_back(draws::states(5, columns, 60 + t, 1));
  return weights;
}

double weighted_sum(const std::vector<Matrix>& states, const std::vector<Matrix>& weights) {
  double sum = 0;
  for (std::size_t t = 0; t < states.size(); ++t) sum += states[t].cwiseProduct(weights[t]).sum();
  return sum;
}

}  // namespace

TEST_CASE("the matrix exponential in training is the closed form, and its adjoint the derivative of that") {
  for (bool centred : {false, true})
    for (Scale scale : {Scale::log, Scale::linear}) {
      const auto field = make_field<double>(draws::options(FieldKind::linear, centred, scale));
      const auto conditions = draws::conditions(FieldKind::linear);
      const auto n = static_cast<Index>(conditions.size());
      const Vector p = draws::parameters(*field, 61, 0.3);
      const Matrix initial = draws::states(5, n, 62, 0.2);
      const auto weights = weights_for(n);
      Flow<double> flow(*field, {Method::exponential});
      REQUIRE(flow.forward(p, conditions, days, true, initial));
      const auto closed = closed_form(*field, p, conditions, days, initial);
      for (std::size_t t = 0; t < days.size(); ++t)
        CHECK((flow.states()[t] - closed[t]).cwiseAbs().maxCoeff() < 1e-11 * (1 + closed[t].cwiseAbs().maxCoeff()));

      REQUIRE(flow.forward(p, conditions, days, true, initial));
      Vector gradient = Vector::Zero(p.size());
      const Matrix initial_adjoint = flow.backward(weights, gradient);
      const Vector expected = draws::differences(
          [&](const Vector& q) { return weighted_sum(closed_form(*field, q, conditions, days, initial), weights); }, p);
      const Vector by_initial = draws::differences(
          [&](const Vector& s) {
            return weighted_sum(closed_form(*field, p, conditions, days, s.reshaped(5, n)), weights);
          },
          initial.reshaped());
      CHECK(draws::relative(gradient, expected) < 1e-6);
      CHECK(draws::relative(initial_adjoint.reshaped(), by_initial) < 1e-6);
    }
}

TEST_CASE("the gradient by A is the Fréchet derivative of the matrix exponential") {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = 4;
  const auto field = make_field<double>(options);
  const Vector p = draws::parameters(*field, 71, 0.8);
  const Matrix A = field->layout().view(p, "A"), direction = draws::states(4, 4, 72, 1);
  const Vector from = draws::states(4, 1, 73, 1), weight = draws::states(4, 1, 74, 1);
  Vector no_drive = p;
  field->layout().view(no_drive, "b").setZero();
  const double t = 2.5;
  // exp [A E; 0 A] holds the derivative of exp A along E in its corner (Higham 2008, 3.6).
  Matrix block = Matrix::Zero(8, 8);
  block.topLeftCorner(4, 4) = block.bottomRightCorner(4, 4) = A * t;
  block.topRightCorner(4, 4) = direction * t;
  const Matrix both = block.exp();
  const double expected = weight.dot(both.topRightCorner(4, 4) * from);

  Flow<double> flow(*field, {Method::exponential});
  const std::vector<ConditionInputs> one(1);
  REQUIRE(flow.forward(no_drive, one, std::vector<double>{t}, true, from));
  CHECK((flow.states()[0].col(0) - both.topLeftCorner(4, 4) * from).norm() < 1e-12 * from.norm() * both.norm());
  Vector gradient = Vector::Zero(p.size());
  flow.backward(std::vector<Matrix>{weight}, gradient);
  const double found = field->layout().view(gradient, "A").cwiseProduct(direction).sum();
  CHECK(std::abs(found - expected) < 1e-11 * (1 + std::abs(expected)));
}

TEST_CASE("a fast system needs no small steps, and an exploding one says so") {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = 3;
  const auto field = make_field<float>(options);
  VectorOf<float> p = VectorOf<float>::Zero(field->layout().size());
  field->layout().view(p, "A").diagonal() << -300, -2, -0.5;
  field->layout().view(p, "b").setOnes();
  const std::vector<ConditionInputs> one(1);
  Flow<float> flow(*field, {Method::exponential});
  REQUIRE(flow.forward(p, one, std::vector<double>{7}, false));
  CHECK(flow.states()[0](0, 0) == doctest::Approx(1.0 / 300).epsilon(1e-3));
  CHECK(flow.states()[0](2, 0) == doctest::Approx(2 * (1 - std::exp(-3.5))).epsilon(1e-4));
  field->layout().view(p, "A").diagonal() << 300, -2, -0.5;
  CHECK_FALSE(flow.forward(p, one, std::vector<double>{7}, false));
  CHECK_THROWS_AS(flow.require_finite(), Error);
  const auto neural = make_field<double>(draws::options(FieldKind::neural, false));
  CHECK_THROWS_AS(Flow<double>(*neural, {Method::exponential}), Error);
}

TEST_CASE("steady states of a batch: the residual is nothing, and the adjoint is that of the implicit function") {
  for (FieldKind kind :
       {FieldKind::linear, FieldKind::saturating, FieldKind::production_decay, FieldKind::neural_decay})
    for (Scale scale : {Scale::log, Scale::linear})
      for (bool centred : {false, true}) {
        CAPTURE(name_of(kind));
        CAPTURE(centred);
        const auto field = make_field<double>(draws::options(kind, centred, scale));
        const auto conditions = draws::conditions(kind);
        const auto n = static_cast<Index>(conditions.size());
        const Vector p = draws::parameters(*field, 81, 0.12);
        const std::vector<double> times{0, 7};
        const std::vector<Matrix> weights{draws::states(5, n, 82, 1), draws::states(5, n, 83, 1)};
        const auto value = [&](const Vector& q) {
          Flow<double> fresh(*field, {Method::steady_state});
          REQUIRE(fresh.forward(q, conditions, times, false));
          return fresh.states()[1].cwiseProduct(weights[1]).sum();
        };
        Flow<double> flow(*field, {Method::steady_state});
        REQUIRE(flow.forward(p, conditions, times, true));
        CHECK(flow.states()[0].cwiseAbs().maxCoeff() == 0);
        Vector gradient = Vector::Zero(p.size());
        flow.backward(weights, gradient);
        for (Index j = 0; j < n; ++j) {
          const SteadyState alone = find_steady_state(*field, p, conditions[static_cast<std::size_t>(j)]);
          REQUIRE(alone.converged);
          CHECK((alone.state - flow.states()[1].col(j)).cwiseAbs().maxCoeff() < 1e-9);
        }
        field->bind(p, conditions);
        std::vector<double> record(static_cast<std::size_t>(field->record_size()));
        Matrix slope(5, n);
        field->evaluate(flow.states()[1], record.data(), slope);
        CHECK(slope.cwiseAbs().maxCoeff() < 1e-10);
        CHECK(draws::relative(gradient, draws::differences(value, p)) < 1e-6);
        // From the states of the call before, the same.
        REQUIRE(flow.forward(p + Vector::Constant(p.size(), 1e-3), conditions, times, false));
        REQUIRE(flow.forward(p, conditions, times, true));
        Vector again = Vector::Zero(p.size());
        flow.backward(weights, again);
        CHECK(draws::relative(again, gradient) < 1e-7);
      }
}

TEST_CASE("a condition without a steady state is named") {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = 2;
  const auto field = make_field<double>(options);
  Vector p = Vector::Zero(field->layout().size());
  field->layout().view(p, "b").setConstant(1);
  std::vector<ConditionInputs> one(1);
  one[0].label = "STAT1";
  Flow<double> flow(*field, {Method::steady_state});
  CHECK_FALSE(flow.forward(p, one, std::vector<double>{7}, true));
  try {
    flow.require_finite();
    FAIL("went on without a steady state");
  } catch (const Error& e) {
    CHECK(e.code() == "flow.no_steady_state");
    CHECK(std::string(e.what()).find("STAT1") != std::string::npos);
  }
}

TEST_CASE("dense output is the flow between its steps, and times between do not shorten them") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const Vector p = draws::parameters(*field, 91, 0.1);
    const AdaptiveOptions options{1e-9, 1e-11};
    const DenseFlow dense = dense_flow(*field, p, conditions, 6, options);
    CHECK(dense.end() == doctest::Approx(6));
    std::vector<double> many;
    for (int i = 0; i <= 100; ++i) many.push_back(0.06 * i);
    const auto read = integrate(*field, p, conditions, many, options);
    double worst = 0;
    for (std::size_t i = 0; i < many.size(); i += 7) {
      worst = std::max(worst, (dense.at(many[i]) - read[i]).cwiseAbs().maxCoeff());
      if (many[i] == 0) continue;
      const std::vector<double> alone{many[i]};
      worst =
          std::max(worst, (integrate(*field, p, conditions, alone, {1e-12, 1e-13})[0] - read[i]).cwiseAbs().maxCoeff());
    }
    CHECK(worst < 1e-6);
    CHECK(dense.steps() < 400);
    CHECK_THROWS_AS(dense.at(6.5), Error);
  }
}
