#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>

#include "draws.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/steady_state.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

TEST_CASE("the steady state of a knock-out is that of the mutilated linear system") {
  const auto field = make_field<double>(draws::options(FieldKind::linear, true));
  const Vector p = draws::parameters(*field, 11, 0.1);
  const Matrix A = field->layout().view(p, "A");
  ConditionInputs knockout;
  knockout.clamps = {{1, ClampKind::activity, 0.05, -1}};
  const SteadyState s = find_steady_state(*field, p, knockout);
  REQUIRE(s.converged);
  CHECK(s.spectral_abscissa < 0);
  // δ of the others = −A_{−g,−g}⁻¹ A_{−g,g} log κ, whatever the transcript of g does.
  const std::vector<Index> others{0, 2, 3, 4};
  const Vector expected = -A(others, others).partialPivLu().solve(A(others, std::vector<Index>{1}) * std::log(0.05));
  CHECK((s.state(others) - expected).cwiseAbs().maxCoeff() < 1e-10);
}

TEST_CASE("steady states are where long flows end, with the residual below 1e-10") {
  for (FieldKind kind :
       {FieldKind::linear, FieldKind::saturating, FieldKind::production_decay, FieldKind::neural_decay}) {
    for (Scale scale : {Scale::log, Scale::linear}) {
      for (bool centred : {false, true}) {
        CAPTURE(name_of(kind));
        const auto field = make_field<double>(draws::options(kind, centred, scale));
        const Vector p = draws::parameters(*field, 21, 0.15);
        for (const ConditionInputs& condition : draws::conditions(kind)) {
          const SteadyState s = find_steady_state(*field, p, condition);
          CHECK(s.converged);
          CHECK(s.residual < 1e-10);
          CHECK(s.spectral_abscissa < 0);
          const std::vector<double> late{200};
          const Matrix end = predict_states(*field, p, {&condition, 1}, late, {1e-10, 1e-12})[0];
          CHECK((end.col(0) - s.state).cwiseAbs().maxCoeff() < 1e-6);
        }
      }
    }
  }
}

TEST_CASE("a field without a steady state is reported, and an unstable one shows its spectral abscissa") {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = 2;
  const auto field = make_field<double>(options);
  Vector p = Vector::Zero(field->layout().size());
  field->layout().view(p, "b").setConstant(1);
  CHECK_FALSE(find_steady_state(*field, p, {}).converged);
  field->layout().view(p, "A") << 0.5, 2, 0, -1;
  CHECK(spectral_abscissa(*field, p, {}, Vector::Zero(2)) == doctest::Approx(0.5));
}
