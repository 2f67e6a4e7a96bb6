#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/fit/minimise.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

/** Rosenbrock's valley in pairs of coordinates; as a sum of squares it has a Gauss–Newton curvature. */
double valley(const Vector& z, Vector* gradient) {
  double sum = 0;
  if (gradient) gradient->setZero(z.size());
  for (Index i = 0; i + 1 < z.size(); i += 2) {
    const double a = 1 - z[i], b = z[i + 1] - z[i] * z[i];
    sum += a * a + 100 * b * b;
    if (!gradient) continue;
    (*gradient)[i] = -2 * a - 400 * b * z[i];
    (*gradient)[i + 1] = 200 * b;
  }
  return sum;
}

Matrix valley_curvature(const Vector& z) {
  Matrix c = Matrix::Zero(z.size(), z.size());
  for (Index i = 0; i + 1 < z.size(); i += 2) {
    c(i, i) = 2 + 800 * z[i] * z[i];
    c(i, i + 1) = c(i + 1, i) = -400 * z[i];
    c(i + 1, i + 1) = 200;
  }
  return c;
}

int run(Minimiser& minimiser, int most) {
  for (int k = 1; k <= most; ++k) {
    const double before = minimiser.value();
    const bool arrived = minimiser.step();
    CHECK(minimiser.value() <= before);
    if (arrived) return k;
  }
  return most + 1;
}

}  // namespace

TEST_CASE("both minimisers find the end of Rosenbrock's valley, never going up") {
  Vector start(8);
  start << -1.2, 1, -0.7, 2, 3, -1, 0.1, 0.2;
  const auto a = lbfgs(valley, start), b = levenberg_marquardt(valley, valley_curvature, start);
  CHECK(run(*a, 300) <= 200);
  CHECK(run(*b, 200) <= 100);
  CHECK((a->at() - Vector::Ones(8)).cwiseAbs().maxCoeff() < 1e-5);
  CHECK((b->at() - Vector::Ones(8)).cwiseAbs().maxCoeff() < 1e-5);
}

TEST_CASE("a quadratic is done: L-BFGS in few steps, Levenberg-Marquardt at once when undamped enough") {
  Vector scale(30), centre(30);
  for (Index i = 0; i < 30; ++i) {
    scale[i] = std::pow(10, -2 + 4.0 * static_cast<double>(i) / 29);
    centre[i] = std::sin(static_cast<double>(i));
  }
  const Function f = [&](const Vector& z, Vector* gradient) {
    const Vector off = z - centre;
    if (gradient) *gradient = scale.cwiseProduct(off);
    return 0.5 * off.dot(scale.cwiseProduct(off));
  };
  const auto a = lbfgs(f, Vector::Zero(30), 1e-10);
  const auto b = levenberg_marquardt(
      f, [&](const Vector&) { return Matrix(scale.asDiagonal()); }, Vector::Zero(30), 1e-10);
  run(*a, 500);
  run(*b, 100);
  CHECK(a->value() < 1e-10);
  CHECK(b->value() < 1e-14);
}

TEST_CASE("where the function has no value a step is cut, and a start without one is refused") {
  const Function f = [](const Vector& z, Vector* gradient) {
    if (gradient) gradient->setZero(1);
    if (!(z[0] > 0)) return std::nan("");
    if (gradient) (*gradient)[0] = 1 - 1 / z[0];
    return z[0] - std::log(z[0]);
  };
  const auto a = lbfgs(f, Vector::Constant(1, 0.01)),
             b = levenberg_marquardt(
                 f, [](const Vector&z) { return Matrix::Constant(1, 1, 1 / (z[0] * z[0])); }, Vector::Constant(1, 3.5));
  run(*a, 100);
  run(*b, 100);
  CHECK(a->at()[0] == doctest::Approx(1).epsilon(1e-5));
  CHECK(b->at()[0] == doctest::Approx(1).epsilon(1e-5));
  try {
    lbfgs(f, Vector::Constant(1, -1));
    FAIL("started nowhere");
  } catch (const Error& e) {
    CHECK(e.code() == "minimise.start");
  }
}
