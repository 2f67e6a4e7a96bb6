#include <doctest/doctest.h>

#include <boost/numeric/odeint.hpp>
#include <boost/numeric/odeint/external/eigen/eigen.hpp>
#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>

#include "draws.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/flow.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;
namespace odeint = boost::numeric::odeint;

TEST_CASE("synthesis is 1 at the control to the bit, and its ceiling is what it can reach") {
  FieldOptions options;
  options.kind = FieldKind::production_decay;
  options.genes = 4;
  options.inputs = 1;
  options.centred = true;
  options.synthesis_ceiling = {1.5, 2, 8, 3000};
  const auto single = make_field<float>(options);
  const auto field = make_field<double>(options);
  Vector p = Vector::Zero(field->layout().size());
  for (double& b : field->layout().view(p, "B").reshaped()) b = 1;
  ConditionInputs still, pushed;
  pushed.doses = {{0, 40.0}};
  Flow<float> at_rest(*single, {Method::rk4, 0.5});
  REQUIRE(at_rest.forward(VectorOf<float>(p.cast<float>()), {&still, 1}, std::vector<double>{30.0}, false));
  CHECK((at_rest.states()[0].array() == 0).all());
  // The steady state of γ (M e^{−δ} − 1) is log M.
  const auto end = predict_states(*field, p, {&pushed, 1}, std::vector<double>{400.0});
  for (Index g = 0; g < 4; ++g)
    CHECK(std::abs(end[0](g, 0) - std::log(options.synthesis_ceiling[static_cast<std::size_t>(g)])) < 1e-6);
  // One step away from the control: s(a) = M/(1 + (M − 1) e^{−a}).
  pushed.doses = {{0, 0.7}};
  const auto level = predict_states(*field, p, {&pushed, 1}, std::vector<double>{400.0});
  for (Index g = 0; g < 4; ++g) {
    const double m = options.synthesis_ceiling[static_cast<std::size_t>(g)];
    CHECK(std::abs(level[0](g, 0) - std::log(m / (1 + (m - 1) * std::exp(-0.7)))) < 1e-6);
  }
}

TEST_CASE("linear: closed form, adaptive and fixed steps against the matrix exponential written out") {
  for (bool centred : {false, true}) {
    auto options = draws::options(FieldKind::linear, centred);
    const auto field = make_field<double>(options);
    const Vector p = draws::parameters(*field, 11, 0.2);
    const auto conditions = draws::conditions(FieldKind::linear);
    const Matrix A = field->layout().view(p, "A"), B = field->layout().view(p, "B"), b = field->layout().view(p, "b");
    const Vector kappas = field->kappas(p);
    const std::vector<double> times{0.5, 1, 3, 7};
    const auto closed = closed_form(*field, p, conditions, times);
    const auto adaptive = integrate(*field, p, conditions, times, {1e-12, 1e-14});
    Flow<double> fixed(*field, {Method::rk4, 0.0025});
    REQUIRE(fixed.forward(p, conditions, times, false));

    for (std::size_t c = 0; c < conditions.size(); ++c) {
      // The mutilated system: a knock-out's column keeps its diagonal only and moves to the constant term.
      Matrix J = A;
      Vector constant = Vector::Zero(5);
      const Index medium = conditions[c].medium - (centred ? 1 : 0);
      if (medium >= 0) constant += b.col(medium);
      for (const InputDose& dose : conditions[c].doses) constant += dose.dose * B.col(dose.input);
      for (const Clamp& clamp : conditions[c].clamps) {
        const double level = std::log(clamp.estimated >= 0 ? kappas[clamp.estimated] : clamp.kappa);
        const double own = A(clamp.gene, clamp.gene);
        if (clamp.kind == ClampKind::activity) {
          constant += A.col(clamp.gene) * level;
          constant[clamp.gene] -= own * level;
          J.col(clamp.gene).setZero();
          J(clamp.gene, clamp.gene) = own;
        } else {
          constant[clamp.gene] -= own * level;
        }
      }
      for (std::size_t t = 0; t < times.size(); ++t) {
        const Matrix flow = (J * times[t]).exp();
        const Vector expected = J.partialPivLu().solve((flow - Matrix::Identity(5, 5)) * constant);
        const auto j = static_cast<Index>(c);
        CHECK((closed[t].col(j) - expected).cwiseAbs().maxCoeff() < 1e-10);
        CHECK((adaptive[t].col(j) - expected).cwiseAbs().maxCoeff() < 1e-10);
        CHECK((fixed.states()[t].col(j) - expected).cwiseAbs().maxCoeff() < 1e-10);
      }
    }
  }
}

TEST_CASE("production_decay against Boost.odeint") {
  const auto options = draws::options(FieldKind::production_decay, false);
  const auto field = make_field<double>(options);
  const Vector p = draws::parameters(*field, 21, 0.4);
  const auto conditions = draws::conditions(FieldKind::production_decay);
  const Matrix W = field->layout().view(p, "W"), B = field->layout().view(p, "B"), b = field->layout().view(p, "b");
  const Vector gamma = field->layout().view(p, "log_gamma").array().exp().matrix(), kappas = field->kappas(p);
  const std::vector<double> times{1, 2.5, 7};
  const auto states = integrate(*field, p, conditions, times, {1e-11, 1e-12});
  using Stepper = odeint::runge_kutta_dopri5<Vector, double, Vector, double, odeint::vector_space_algebra>;
  for (std::size_t c = 0; c < conditions.size(); ++c) {
    const auto system = [&](const Vector& x, Vector& dx, double) {
      Vector seen = x, kappa = Vector::Ones(5);
      for (const Clamp& clamp : conditions[c].clamps) {
        const double k = clamp.estimated >= 0 ? kappas[clamp.estimated] : clamp.kappa;
        if (clamp.kind == ClampKind::activity)
          seen[clamp.gene] = std::log(k);
        else
          kappa[clamp.gene] *= k;
      }
      Vector a = W * seen + b.col(conditions[c].medium);
      for (const InputDose& dose : conditions[c].doses) a += dose.dose * B.col(dose.input);
      dx = gamma.array() * (kappa.array() * 2 / (1 + (-a).array().exp()) * (-x).array().exp() - 1);
    };
    Vector x = Vector::Zero(5);
    double from = 0;
    for (std::size_t t = 0; t < times.size(); ++t) {
      odeint::integrate_adaptive(odeint::make_controlled(1e-12, 1e-12, Stepper()), system, x, from, times[t], 1e-3);
      from = times[t];
      CHECK((states[t].col(static_cast<Index>(c)) - x).cwiseAbs().maxCoeff() < 1e-8);
    }
  }
}

TEST_CASE("removed synthesis decays at its rate on the log scale") {
  const auto field = make_field<double>(draws::options(FieldKind::production_decay, true));
  const Vector p = draws::parameters(*field, 31);
  std::vector<ConditionInputs> condition(1);
  condition[0].clamps = {{2, ClampKind::synthesis, 0, -1}};
  const std::vector<double> times{2};
  const double expected = -2 * field->layout().view(p, "log_gamma").array().exp()(2);
  CHECK(integrate(*field, p, condition, times)[0](2, 0) == doctest::Approx(expected).epsilon(1e-9));
  Flow<double> flow(*field, {Method::exponential_euler, 0.5});
  REQUIRE(flow.forward(p, condition, times, false));
  CHECK(flow.states()[0](2, 0) == doctest::Approx(expected).epsilon(1e-12));
}

TEST_CASE("only an affine field has a closed form") {
  const auto field = make_field<double>(draws::options(FieldKind::neural, false));
  const std::vector<ConditionInputs> control(1);
  const std::vector<double> times{1};
  CHECK_THROWS_AS(closed_form(*field, draws::parameters(*field, 1), control, times), Error);
}
