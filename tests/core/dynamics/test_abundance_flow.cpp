#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/dynamics/abundance_flow.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

namespace {

AbundanceRates drawn_rates(Index k, std::uint64_t seed) {
  Random random(seed);
  AbundanceRates rates{Vector(k), Matrix::Zero(k, k)};
  for (Index i = 0; i < k; ++i) {
    rates.growth(i) = 0.5 * random.normal();
    for (Index j = 0; j < k; ++j)
      if (i != j) rates.transition(i, j) = std::exp(0.5 * random.normal() - 1);
  }
  return rates;
}

/** Classical Runge–Kutta in small steps, written from the sum over compartments: no matrix of the library. */
Vector integrated(const AbundanceRates& rates, Vector cells, double days, int steps) {
  const auto field = [&](const Vector& n) {
    Vector d(n.size());
    for (Index k = 0; k < n.size(); ++k) {
      d(k) = rates.growth(k) * n(k);
      for (Index j = 0; j < n.size(); ++j) d(k) += rates.transition(j, k) * n(j) - rates.transition(k, j) * n(k);
    }
    return d;
  };
  const double h = days / steps;
  for (int s = 0; s < steps; ++s) {
    const Vector a = field(cells), b = field(cells + h / 2 * a), c = field(cells + h / 2 * b), d = field(cells + h * c);
    cells += h / 6 * (a + 2 * b + 2 * c + d);
  }
  return cells;
}

}  // namespace

TEST_CASE("abundances follow the matrix exponential: one compartment, a one-way step, Runge-Kutta, composition") {
  const AbundanceRates one{Vector::Constant(1, 0.3), Matrix::Zero(1, 1)};
  CHECK(relative_error(abundance_after(one, Vector::Constant(1, 50.0), 4)(0), 50 * std::exp(1.2)) < 1e-13);

  // N₁ = e^{(a−q)t}, N₂ = q (e^{(a−q)t} − e^{bt})/(a − q − b)
  AbundanceRates step{Vector{{0.4, -0.1}}, Matrix::Zero(2, 2)};
  step.transition(0, 1) = 0.7;
  const Vector after = abundance_after(step, Vector{{1.0, 0.0}}, 3);
  CHECK(relative_error(after(0), std::exp(-0.9)) < 1e-12);
  CHECK(relative_error(after(1), 0.7 * (std::exp(-0.9) - std::exp(-0.3)) / (0.4 - 0.7 + 0.1)) < 1e-12);

  for (const Index k : {2, 3, 6}) {
    const AbundanceRates rates = drawn_rates(k, static_cast<std::uint64_t>(k));
    const Vector start = Vector::LinSpaced(k, 1, 5);
    const Vector end = abundance_after(rates, start, 2.5), slow = integrated(rates, start, 2.5, 4000);
    for (Index i = 0; i < k; ++i) CHECK(relative_error(end(i), slow(i)) < 1e-10);
    const Vector composed = abundance_after(rates, abundance_after(rates, start, 1.0), 1.5);
    for (Index i = 0; i < k; ++i) CHECK(relative_error(end(i), composed(i)) < 1e-12);
    CHECK((abundance_after(rates, start, 0) - start).norm() < 1e-12);
  }
}

TEST_CASE("moving between compartments neither makes nor loses cells") {
  AbundanceRates rates = drawn_rates(4, 9);
  rates.growth.setZero();
  CHECK(relative_error(abundance_after(rates, Vector{{10, 0, 5, 1}}, 3).sum(), 16) < 1e-12);
}

TEST_CASE("rates that no cells have are refused") {
  const auto code_of = [](const AbundanceRates& rates, const Vector& cells) -> std::string {
    try {
      abundance_after(rates, cells, 1);
      return "";
    } catch (const Error& e) {
      return e.code();
    }
  };
  AbundanceRates rates{Vector{{0.1, 0.2}}, Matrix::Zero(2, 2)};
  CHECK(code_of(rates, Vector::Ones(2)).empty());
  CHECK(code_of(rates, Vector::Ones(3)) == "abundance.rates");
  rates.transition(0, 1) = -0.1;
  CHECK(code_of(rates, Vector::Ones(2)) == "abundance.rates");
  rates.transition = Matrix::Identity(2, 2);
  CHECK(code_of(rates, Vector::Ones(2)) == "abundance.rates");
  rates.transition = Matrix::Zero(2, 3);
  CHECK(code_of(rates, Vector::Ones(2)) == "abundance.rates");
}
