#include <doctest/doctest.h>

#include <cmath>

#include "draws.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/flow.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

namespace {

const std::vector<double> times{0, 0.3, 1, 1.7};

double weighted(const std::vector<Matrix>& states, const std::vector<Matrix>& weights) {
  double sum = 0;
  for (std::size_t t = 0; t < states.size(); ++t) sum += states[t].cwiseProduct(weights[t]).sum();
  return sum;
}

}  // namespace

TEST_CASE("the adjoint of a fixed-step flow is exact for its discretisation") {
  for (const auto& v : draws::variants()) {
    for (Method method : {Method::rk4, Method::exponential_euler}) {
      CAPTURE(draws::name(v));
      CAPTURE(static_cast<int>(method));
      const auto field = draws::field(v);
      const auto conditions = draws::conditions(v.kind);
      const auto n = static_cast<Index>(conditions.size());
      const Vector p = draws::parameters(*field, 11, 0.2);
      const Matrix initial = draws::states(5, n, 12, 0.2);
      std::vector<Matrix> weights;
      for (std::size_t t = 0; t < times.size(); ++t) weights.push_back(draws::states(5, n, 13 + t, 1));

      FlowOptions options{method, 0.4};
      Flow<double> flow(*field, options);
      const auto value = [&](const Vector& q, const Matrix& from) {
        REQUIRE(flow.forward(q, conditions, times, false, from));
        return weighted(flow.states(), weights);
      };
      const Vector by_parameters = draws::differences([&](const Vector& q) { return value(q, initial); }, p);
      const Vector by_initial =
          draws::differences([&](const Vector& s) { return value(p, s.reshaped(5, n)); }, initial.reshaped());

      REQUIRE(flow.forward(p, conditions, times, true, initial));
      Vector gradient = Vector::Zero(p.size());
      const Matrix initial_adjoint = flow.backward(weights, gradient);
      CHECK(draws::relative(gradient, by_parameters) < 1e-6);
      CHECK(draws::relative(initial_adjoint.reshaped(), by_initial) < 1e-6);

      // With no room for the stages they are computed again, to rounding (elsewhere in memory).
      options.record_bytes = 0;
      Flow<double> small(*field, options);
      REQUIRE(small.forward(p, conditions, times, true, initial));
      Vector again = Vector::Zero(p.size());
      small.backward(weights, again);
      CHECK(draws::relative(again, gradient) < 1e-14);
    }
  }
}

TEST_CASE("the adjoint of adaptive steps is that of the flow, which meets the tolerance") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const auto n = static_cast<Index>(conditions.size());
    const Vector p = draws::parameters(*field, 11, 0.2);
    const Matrix initial = draws::states(5, n, 12, 0.2);
    std::vector<Matrix> weights;
    for (std::size_t t = 0; t < times.size(); ++t) weights.push_back(draws::states(5, n, 13 + t, 1));
    Flow<double> flow(*field, {Method::dormand_prince});
    const auto value = [&](const Vector& q, const Matrix& from) {
      REQUIRE(flow.forward(q, conditions, times, false, from));
      return weighted(flow.states(), weights);
    };
    const Vector by_parameters = draws::differences([&](const Vector& q) { return value(q, initial); }, p);
    const Vector by_initial =
        draws::differences([&](const Vector& s) { return value(p, s.reshaped(5, n)); }, initial.reshaped());
    REQUIRE(flow.forward(p, conditions, times, true, initial));
    const std::vector<Matrix> exact = predict_states(*field, p, conditions, times, {1e-11, 1e-12}, initial);
    for (std::size_t t = 0; t < times.size(); ++t) CHECK((flow.states()[t] - exact[t]).cwiseAbs().maxCoeff() < 1e-6);
    Vector gradient = Vector::Zero(p.size());
    const Matrix initial_adjoint = flow.backward(weights, gradient);
    CHECK(draws::relative(gradient, by_parameters) < 1e-6);
    CHECK(draws::relative(initial_adjoint.reshaped(), by_initial) < 1e-6);

    const auto narrow = make_field<float>(field->options());
    Flow<float> rough(*narrow, {Method::dormand_prince});
    REQUIRE(rough.forward(p.cast<float>(), conditions, times, true, initial.cast<float>()));
    std::vector<MatrixOf<float>> narrow_weights;
    for (const Matrix& w : weights) narrow_weights.push_back(w.cast<float>());
    VectorOf<float> narrow_gradient = VectorOf<float>::Zero(p.size());
    rough.backward(narrow_weights, narrow_gradient);
    CHECK(draws::relative(narrow_gradient.cast<double>(), gradient) < 1e-3);
  }
}

TEST_CASE("adaptive steps that cannot go on say where") {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = 2;
  const auto field = make_field<double>(options);
  Vector p = Vector::Zero(field->layout().size());
  field->layout().view(p, "A").diagonal() << 500, -1;
  field->layout().view(p, "b").setOnes();
  Flow<double> flow(*field, {Method::dormand_prince});
  CHECK_FALSE(flow.forward(p, std::vector<ConditionInputs>(1), std::vector<double>{3}, false));
  CHECK_THROWS_AS(flow.require_finite(), Error);
}

TEST_CASE("fixed steps: order four and order one against the adaptive flow") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const Vector p = draws::parameters(*field, 21, 0.1);
    const std::vector<Matrix> exact = integrate(*field, p, conditions, times, {1e-12, 1e-13});
    const auto error = [&](Method method, double step) {
      Flow<double> flow(*field, {method, step});
      REQUIRE(flow.forward(p, conditions, times, false));
      return (flow.states().back() - exact.back()).cwiseAbs().maxCoeff();
    };
    const double coarse = error(Method::rk4, 0.05), fine = error(Method::rk4, 0.025);
    CHECK(fine < 1e-5);
    if (fine > 1e-12) CHECK(coarse / fine > 11);
    const double slow = error(Method::exponential_euler, 0.02), slower = error(Method::exponential_euler, 0.01);
    CHECK(slower < 2e-2);
    if (slower > 1e-12) CHECK(slow / slower == doctest::Approx(2).epsilon(0.2));
  }
}

TEST_CASE("Runge-Kutta flows of a network are the classical steps, however they are carried out") {
  for (bool centred : {false, true}) {
    for (Index hidden : {4, 30}) {
      auto options = draws::options(FieldKind::neural, centred);
      options.hidden = hidden;
      const auto field = make_field<double>(options);
      const auto conditions = draws::conditions(FieldKind::neural);
      const Vector p = draws::parameters(*field, 25);
      const Matrix initial = draws::states(5, 4, 26);
      const std::vector<double> end{2};
      Flow<double> flow(*field, {Method::rk4, 0.5});
      REQUIRE(flow.forward(p, conditions, end, false, initial));

      field->bind(p, conditions);
      std::vector<double> record(static_cast<std::size_t>(field->record_size()));
      const auto slope = [&](const Matrix& x) {
        Matrix f(5, 4);
        field->evaluate(x, record.data(), f);
        return f;
      };
      Matrix x = initial;
      for (int step = 0; step < 4; ++step) {
        const Matrix k1 = slope(x), k2 = slope(x + 0.25 * k1), k3 = slope(x + 0.25 * k2), k4 = slope(x + 0.5 * k3);
        x += 0.5 / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
      }
      CHECK((flow.states()[0] - x).cwiseAbs().maxCoeff() < 1e-13);
    }
  }
}

TEST_CASE("identity and semigroup") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const auto conditions = draws::conditions(v.kind);
    const auto n = static_cast<Index>(conditions.size());
    const Vector p = draws::parameters(*field, 31, 0.2);
    const Matrix x = draws::states(5, n, 32, 0.3);
    const std::vector<double> none{0}, first{0.7}, second{1.1}, both{1.8};
    CHECK(predict_states(*field, p, conditions, none, {}, x)[0] == x);
    const Matrix half = predict_states(*field, p, conditions, first, {}, x)[0];
    const Matrix composed = predict_states(*field, p, conditions, second, {}, half)[0];
    const Matrix direct = predict_states(*field, p, conditions, both, {}, x)[0];
    CHECK((composed - direct).cwiseAbs().maxCoeff() < 1e-7);

    // A fixed step that divides both intervals composes to rounding.
    Flow<double> flow(*field, {Method::rk4, 0.1});
    REQUIRE(flow.forward(p, conditions, first, false, x));
    const Matrix middle = flow.states()[0];
    REQUIRE(flow.forward(p, conditions, second, false, middle));
    const Matrix end = flow.states()[0];
    REQUIRE(flow.forward(p, conditions, both, false, x));
    CHECK((end - flow.states()[0]).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("a centred field keeps unedited cells where they are") {
  for (const auto& v : draws::variants()) {
    if (!v.centred) continue;
    CAPTURE(draws::name(v));
    const auto field = draws::field(v);
    const Vector p = draws::parameters(*field, 41);
    const std::vector<ConditionInputs> control(1);
    const std::vector<double> week{7};
    for (Method method : {Method::rk4, Method::exponential_euler}) {
      Flow<double> flow(*field, {method, 0.5});
      REQUIRE(flow.forward(p, control, week, false));
      CHECK(flow.states()[0].cwiseAbs().maxCoeff() < 1e-13);
    }
    CHECK(integrate(*field, p, control, week)[0].cwiseAbs().maxCoeff() < 1e-13);
  }
}

TEST_CASE("a flow that diverges says so, naming condition and time") {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = 2;
  const auto field = make_field<float>(options);
  VectorOf<float> p = VectorOf<float>::Zero(field->layout().size());
  field->layout().view(p, "A").diagonal().setConstant(200);
  field->layout().view(p, "b").setConstant(1);
  std::vector<ConditionInputs> conditions(2);
  conditions[0].label = "JAK2 · 3 d";
  Flow<float> flow(*field, {});
  const std::vector<double> long_times{1, 30};
  CHECK_FALSE(flow.forward(p, conditions, long_times, true));
  CHECK(flow.diverged().column == 0);
  CHECK(flow.diverged().time == 1);
  try {
    flow.require_finite();
    FAIL("diverged without a word");
  } catch (const Error& e) {
    CHECK(e.code() == "flow.diverged");
    CHECK(std::string(e.what()).find("JAK2 · 3 d") != std::string::npos);
    CHECK(std::string(e.what()).find("day 30") != std::string::npos);
  }
  VectorOf<float> gradient = VectorOf<float>::Zero(p.size());
  CHECK_THROWS_AS(flow.backward(flow.states(), gradient), Error);

  const auto exact = make_field<double>(options);
  for (auto* call : {&integrate, &predict_states}) {
    try {
      (*call)(*exact, p.cast<double>(), conditions, std::vector<double>{30.0}, AdaptiveOptions(), Matrix());
      FAIL("diverged without a word");
    } catch (const Error& e) {
      CHECK(e.code() == "flow.diverged");
    }
  }
}

TEST_CASE("times that cannot be are refused") {
  const auto field = make_field<double>(draws::options(FieldKind::linear, false));
  const Vector p = draws::parameters(*field, 1);
  const std::vector<ConditionInputs> control(1);
  Flow<double> flow(*field, {});
  for (const std::vector<double>& bad : {std::vector<double>{-1}, {1, 1}, {2, 1}, {NAN}}) {
    CHECK_THROWS_AS(flow.forward(p, control, bad, false), Error);
  }
  CHECK_THROWS_AS(Flow<double>(*field, {Method::rk4, 0}), Error);
  CHECK_THROWS_AS(flow.forward(p, control, times, false, Matrix::Zero(4, 1)), Error);
}

TEST_CASE("float trains on what double checks") {
  for (const auto& v : draws::variants()) {
    CAPTURE(draws::name(v));
    const auto options = draws::options(v.kind, v.centred, v.scale, v.layers);
    const auto conditions = draws::conditions(v.kind);
    const auto exact = make_field<double>(options);
    const auto fast = make_field<float>(options);
    const Vector p = draws::parameters(*exact, 51, 0.1);
    const auto run = [&]<typename S>(VectorField<S>& field) {
      Flow<S> flow(field, {Method::rk4, 0.5});
      REQUIRE(flow.forward(p.cast<S>().eval(), conditions, times, true));
      VectorOf<S> gradient = VectorOf<S>::Zero(p.size());
      flow.backward(std::vector<MatrixOf<S>>(flow.states()), gradient);
      return Vector(gradient.template cast<double>());
    };
    CHECK(draws::relative(run(*fast), run(*exact)) < 2e-5);
  }
}
