#include <doctest/doctest.h>

#include <cmath>

#include "draws.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/phase_portrait.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

TEST_CASE("on a plane of two genes the grid is the field with all others held") {
  for (const auto& variant : draws::variants()) {
    CAPTURE(draws::name(variant));
    const auto field = draws::field(variant);
    const Vector parameters = draws::parameters(*field, 3);
    const Vector origin = draws::states(5, 1, 4).col(0);
    const auto conditions = draws::conditions(variant.kind);
    const ConditionInputs& condition = conditions.back();
    const PhasePlane plane = plane_of_genes(origin, 3, 1);
    const Vector u = Vector::LinSpaced(4, -1, 1), v = Vector::LinSpaced(3, -0.5, 0.5);
    const PhaseGrid grid = phase_grid(*field, parameters, condition, plane, u, v);
    field->bind(parameters, {&condition, 1});
    std::vector<double> record(static_cast<std::size_t>(field->record_size()));
    for (Index i = 0; i < 4; ++i)
      for (Index j = 0; j < 3; ++j) {
        Matrix state = origin, slope(5, 1);
        state(3, 0) = u(i);
        state(1, 0) = v(j);
        field->evaluate(state, record.data(), slope);
        CHECK(grid.du(i, j) == doctest::Approx(slope(3, 0)).epsilon(1e-12));
        CHECK(grid.dv(i, j) == doctest::Approx(slope(1, 0)).epsilon(1e-12));
        slope(3, 0) = slope(1, 0) = 0;
        CHECK(grid.leaving(i + 4 * j) == doctest::Approx(slope.norm() / std::sqrt(5)).epsilon(1e-12));
        CHECK((plane.coordinates(state).col(0) - Vector{{u(i), v(j)}}).norm() < 1e-14);
      }
  }
}

TEST_CASE("components are those of states drawn along two directions") {
  Vector a(4), b(4);
  a << 0.5, -0.5, 0.5, -0.5;
  b << 0.5, 0.5, 0.5, 0.5;
  Matrix states(4, 4);
  const Vector centre{{1, 2, 3, 4}};
  states.col(0) = centre + 3 * a;
  states.col(1) = centre - 3 * a;
  states.col(2) = centre + b;
  states.col(3) = centre - b;
  std::array<double, 2> share{};
  const PhasePlane plane = plane_of_components(states, share);
  CHECK((plane.origin - centre).norm() < 1e-12);
  CHECK(std::abs(plane.axes.col(0).dot(a)) == doctest::Approx(1).epsilon(1e-12));
  CHECK(plane.axes.col(1).dot(b) == doctest::Approx(1).epsilon(1e-12));
  CHECK(share[0] == doctest::Approx(0.9).epsilon(1e-12));
  CHECK(share[1] == doctest::Approx(0.1).epsilon(1e-12));
  std::array<double, 2> none{};
  try {
    plane_of_components(Matrix(centre.replicate(1, 3)), none);
    FAIL("found a plane in a point");
  } catch (const Error& e) {
    CHECK(e.code() == "portrait.components");
  }
}

TEST_CASE("a nullcline lies where the function is zero") {
  const Vector u = Vector::LinSpaced(41, -2, 2), v = Vector::LinSpaced(31, -2, 2);
  Matrix circle(41, 31), slanted(41, 31);
  for (Index i = 0; i < 41; ++i)
    for (Index j = 0; j < 31; ++j) {
      circle(i, j) = u(i) * u(i) + v(j) * v(j) - 1.7;
      slanted(i, j) = 2 * u(i) - v(j) + 0.3;
    }
  double length = 0;
  for (const PlaneSegment& s : zero_contour(u, v, circle)) {
    length += std::hypot(s.u1 - s.u0, s.v1 - s.v0);
    CHECK(std::hypot(s.u0, s.v0) == doctest::Approx(std::sqrt(1.7)).epsilon(0.005));
  }
  CHECK(length == doctest::Approx(2 * M_PI * std::sqrt(1.7)).epsilon(0.005));
  for (const PlaneSegment& s : zero_contour(u, v, slanted)) CHECK(std::abs(2 * s.u1 - s.v1 + 0.3) < 1e-12);
  CHECK(zero_contour(u, v, Matrix::Ones(41, 31)).empty());
  // A saddle: the crossings of one cell belong to two branches of u v = c.
  Matrix saddle(2, 2);
  saddle << 1, -1, -1, 2;  // the centre is positive: the positive corners are joined
  const auto pieces = zero_contour(Vector{{0, 1}}, Vector{{0, 1}}, saddle);
  REQUIRE(pieces.size() == 2);
  for (const PlaneSegment& s : pieces) {
    // Each piece cuts off one negative corner, (1, 0) or (0, 1).
    const double mu = (s.u0 + s.u1) / 2, mv = (s.v0 + s.v1) / 2;
    CHECK((mu > 0.5) != (mv > 0.5));
  }
}
