#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>

#include "draws.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/equilibria.hpp"
#include "groundwork/dynamics/flow.hpp"
#include "groundwork/dynamics/rest_points.hpp"
#include "groundwork/dynamics/structural_model.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

namespace {

/** Stable: the diagonal outweighs the rest. */
Matrix drawn_jacobian(Index d, std::uint64_t seed) {
  Random random(seed);
  Matrix j(d, d);
  for (double& x : j.reshaped()) x = 0.3 * random.normal();
  for (Index i = 0; i < d; ++i) j(i, i) = -0.5 - j.row(i).cwiseAbs().sum();
  return j;
}

/** A `linear` field with these parts, centred, one input. */
std::unique_ptr<VectorField<double>> linear_field(const Matrix& a, const Vector& b, Vector& parameters) {
  FieldOptions options;
  options.kind = FieldKind::linear;
  options.genes = a.rows();
  options.inputs = 1;
  options.centred = true;
  auto field = make_field<double>(options);
  parameters = Vector::Zero(field->layout().size());
  field->layout().view(parameters, "A") = a;
  field->layout().view(parameters, "B") = b;
  return field;
}

/** One gene with dδ/dt = tanh(2.5 δ) − δ, and another that follows it: rests at 0 (unstable) and at ±root (stable). */
std::unique_ptr<VectorField<double>> switch_field(Vector& parameters) {
  FieldOptions options;
  options.kind = FieldKind::saturating;
  options.genes = 2;
  options.centred = true;
  auto field = make_field<double>(options);
  parameters = Vector::Zero(field->layout().size());
  auto w = field->layout().view(parameters, "W");
  w(0, 0) = 2.5;
  w(1, 0) = 1;
  return field;  // log ε = log α = 0
}

}  // namespace

TEST_CASE("the reduced form solves the structural equations gene by gene") {
  const Matrix j = drawn_jacobian(6, 1);
  const Matrix c = structural_coefficients(j);
  Vector push(6);
  push << 0.3, -1, 0, 0.2, 0, 0.7;
  const StructuralResponse response = structural_response(j, {}, Vector(), push);
  REQUIRE(response.stable);
  for (Index i = 0; i < 6; ++i) {
    CHECK(c(i, i) == 0);
    // Written out: y_i = Σ_j c_ij y_j + push_i / |J_ii|
    double sum = push(i) / std::abs(j(i, i));
    for (Index k = 0; k < 6; ++k)
      if (k != i) sum += -j(i, k) / j(i, i) * response.change(k);
    CHECK(response.change(i) == doctest::Approx(sum).epsilon(1e-12));
  }
  CHECK((response.change + j.fullPivLu().solve(push)).norm() < 1e-12);
}

TEST_CASE("two genes in a cycle have the textbook answer") {
  // y0 = a y1, y1 = b y0 + s: y1 = s/(1 − ab). Holding y0 cuts its equation: y1 = b y0.
  Matrix j(2, 2);
  j << -2, 0.8, -0.5, -1;  // a = 0.4, b = −0.5
  Vector push(2);
  push << 0, 3;
  const StructuralResponse both = structural_response(j, {}, Vector(), push);
  CHECK(both.change(1) == doctest::Approx(3 / (1 + 0.4 * 0.5)).epsilon(1e-14));
  CHECK(both.change(0) == doctest::Approx(0.4 * 3 / 1.2).epsilon(1e-14));
  const StructuralResponse held = structural_response(j, {0}, Vector::Constant(1, -3), Vector::Zero(2));
  CHECK(held.change(0) == -3);
  CHECK(held.change(1) == doctest::Approx(1.5).epsilon(1e-14));
  CHECK(held.abscissa == doctest::Approx(-1).epsilon(1e-14));
  const StructuralResponse all = structural_response(j, {1, 0}, Vector::Constant(2, 1), Vector::Zero(2));
  CHECK(all.stable);
  CHECK(all.change == Vector::Ones(2));
}

TEST_CASE("a knock-out of the structural model is where the flow of the linear field goes") {
  const Index d = 5;
  const Matrix a = drawn_jacobian(d, 4);
  Vector b = Vector::Zero(d), parameters;
  b(3) = 0.7;
  const auto field = linear_field(a, b, parameters);
  for (const bool drug : {false, true})
    for (Index g = 0; g < d; ++g) {
      ConditionInputs knockout;
      knockout.clamps = {{g, ClampKind::activity, 0.05, -1}};
      if (drug) knockout.doses = {{0, 1.0}};
      Flow<double> flow(*field, {Method::exponential});
      const double late = 200;
      REQUIRE(flow.forward(parameters, {&knockout, 1}, {&late, 1}, false));
      const StructuralResponse response =
          structural_response(a, {g}, Vector::Constant(1, std::log(0.05)), drug ? b : Vector(Vector::Zero(d)));
      REQUIRE(response.stable);
      for (Index i = 0; i < d; ++i)
        if (i != g) CHECK(response.change(i) == doctest::Approx(flow.states().back()(i, 0)).epsilon(1e-9));
    }
}

TEST_CASE("an intervention that leaves an unstable system has no number") {
  // Gene 0 restrains the pair 1 ⇄ 2, which activates itself: together stable, without gene 0 not.
  Matrix j(3, 3);
  j << -1, 3, 0,  //
      -3, -1, 1.5, 0, 1.5, -1;
  REQUIRE(j.eigenvalues().real().maxCoeff() < 0);
  const StructuralResponse whole = structural_response(j, {}, Vector(), Vector::Ones(3));
  CHECK(whole.stable);
  const StructuralResponse held = structural_response(j, {0}, Vector::Constant(1, -3), Vector::Zero(3));
  CHECK_FALSE(held.stable);
  CHECK(held.abscissa == doctest::Approx(0.5).epsilon(1e-12));  // −1 + 1.5
  CHECK(held.change.array().isNaN().all());
  // The equations have a solution all the same; the flow leaves it.
  Vector parameters;
  const auto field = linear_field(j, Vector::Zero(3), parameters);
  ConditionInputs knockout;
  knockout.clamps = {{0, ClampKind::activity, 0.05, -1}};
  Flow<double> flow(*field, {Method::exponential});
  const double times[] = {10, 20};
  REQUIRE(flow.forward(parameters, {&knockout, 1}, times, false));
  CHECK(flow.states()[1].norm() > 50 * flow.states()[0].norm());
}

TEST_CASE("a gene that does not settle by itself has no equation") {
  Matrix j(2, 2);
  j << 0.5, -2, 2, -1;
  const Matrix c = structural_coefficients(j);
  CHECK(c(0, 0) == 0);
  CHECK(std::isnan(c(0, 1)));
  CHECK(c(1, 0) == 2);
  try {
    structural_response(j, {0, 0}, Vector::Zero(2), Vector::Zero(2));
    FAIL("held a gene twice");
  } catch (const Error& e) {
    CHECK(e.code() == "links.held");
  }
}

TEST_CASE("many starts find the three rests of a switch, and which of them are stable") {
  Vector parameters;
  const auto field = switch_field(parameters);
  double root = 1;  // δ = tanh(2.5 δ), by iteration of a contraction
  for (int i = 0; i < 200; ++i) root = std::tanh(2.5 * root);
  Random random(2);
  Matrix starts = Matrix::Zero(2, 21);
  for (Index s = 1; s < starts.cols(); ++s)
    for (Index g = 0; g < 2; ++g) starts(g, s) = 2 * random.normal();
  const RestPoints found = rest_points(*field, parameters, {}, starts);
  REQUIRE(found.list.size() == 3);
  CHECK(found.failed == 0);
  int counted = 0;
  for (const RestPoint& point : found.list) {
    counted += point.starts;
    const double x = point.state(0);
    CHECK(point.state(1) == doctest::Approx(std::tanh(x)).epsilon(1e-9));
    // The Jacobian is triangular: 2.5 (1 − tanh²) − 1 and −1.
    const double slope = 2.5 * (1 - std::pow(std::tanh(2.5 * x), 2)) - 1;
    CHECK(point.abscissa == doctest::Approx(std::max(slope, -1.0)).epsilon(1e-8));
    CHECK(std::min(std::abs(x), std::abs(std::abs(x) - root)) < 1e-9);
    CHECK(point.stable() == (std::abs(x) > 0.1));
  }
  CHECK(counted == 21);
  CHECK(found.list.front().first == 0);
}
