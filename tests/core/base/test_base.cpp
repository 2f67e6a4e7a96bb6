#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "relative.hpp"

using namespace groundwork;

TEST_CASE("special functions agree with published values") {
  CHECK(trigamma(1.0) == doctest::Approx(std::acos(-1.0) * std::acos(-1.0) / 6).epsilon(1e-14));
  CHECK(trigamma(0.5) == doctest::Approx(std::acos(-1.0) * std::acos(-1.0) / 2).epsilon(1e-14));
  // R: qt(0.975, c(1, 2, 3.7, 30)), pt(2, 5)
  CHECK(student_t_quantile(0.975, 1) == doctest::Approx(12.7062047361747).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, 2) == doctest::Approx(4.30265272974946).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, 30) == doctest::Approx(2.04227245630124).epsilon(1e-12));
  CHECK(student_t_quantile(0.025, 30) == doctest::Approx(-2.04227245630124).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, std::numeric_limits<double>::infinity()) ==
        doctest::Approx(1.95996398454005).epsilon(1e-12));
  CHECK(student_t_cdf(2, 5) == doctest::Approx(0.949030260585071).epsilon(1e-12));
  // Far tails, by Simpson's rule over the density in numpy: they keep their relative precision.
  CHECK(relative_error(student_t_cdf(-20, 6526), 1.0250245790672317e-86) < 1e-7);
  CHECK(relative_error(student_t_cdf(-9, 200), 8.854691461632056e-17) < 1e-7);
  CHECK(relative_error(student_t_cdf(-12, 50), 1.2311903126662743e-16) < 1e-7);
  CHECK(relative_error(student_t_cdf(-3, 1000), 0.0013833545221192008) < 1e-9);
  CHECK(relative_error(student_t_cdf(-1.5, 60), 0.06942917715909008) < 1e-9);
  CHECK(student_t_cdf(0.01, 5) == doctest::Approx(0.503795914).epsilon(1e-6));
}

TEST_CASE("log Φ keeps its digits far below zero") {
  // mpmath with 30 digits.
  const double known[][2] = {{3, -0.00135080996474819380},   {0, -0.693147180559945309},  {-10, -53.2312851505124706},
                             {-34, -582.446162246871685},    {-36, -652.503227593798397}, {-40, -804.608442013753788},
                             {-100, -5005.52420869420508863}};
  for (const auto& [x, value] : known) CHECK(relative_error(log_normal_cdf(x), value) < 1e-13);
}

TEST_CASE("draws have the moments of their distributions") {
  Random random(7);
  const int n = 200000;
  double sum = 0, square = 0, nb = 0, nb2 = 0, gamma = 0;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    sum += x;
    square += x * x;
    const double y = static_cast<double>(random.negative_binomial(20, 0.3));
    nb += y;
    nb2 += y * y;
    gamma += random.gamma(0.4);
  }
  CHECK(std::abs(sum / n) < 4 / std::sqrt(n));
  CHECK(square / n == doctest::Approx(1).epsilon(0.02));
  CHECK(nb / n == doctest::Approx(20).epsilon(0.01));
  CHECK(nb2 / n - (nb / n) * (nb / n) == doctest::Approx(20 + 0.3 * 400).epsilon(0.03));
  CHECK(gamma / n == doctest::Approx(0.4).epsilon(0.02));
}

TEST_CASE("equal seeds give equal draws, and streams differ") {
  Random a(3), b(3);
  CHECK(a.bits() == b.bits());
  CHECK(Random::stream(3, 1).bits() != Random::stream(3, 2).bits());
  CHECK(hash_of(1, 2) == hash_of(1, 2));
  CHECK(hash_of(1, 2) != hash_of(2, 2));
}

TEST_CASE("quantiles of chi square") {
  // R: qchisq.
  CHECK(relative_error(chi_square_quantile(0.025, 1), 0.000982069117175) < 1e-10);
  CHECK(relative_error(chi_square_quantile(0.975, 1), 5.023886187314885) < 1e-12);
  CHECK(relative_error(chi_square_quantile(0.025, 32), 18.2907649072830) < 1e-12);
  CHECK(relative_error(chi_square_quantile(0.975, 32), 49.4804377429717) < 1e-12);
  // Two degrees of freedom are an exponential law, far into both tails.
  for (const double p : {1e-12, 0.3, 0.5, 0.9})
    CHECK(relative_error(chi_square_quantile(p, 2), -2 * std::log1p(-p)) < 1e-10);
  CHECK(relative_error(chi_square_quantile(0.025, 0.5), 5.27320259126e-07) < 1e-10);
  CHECK(std::isinf(chi_square_quantile(1, 3)));
}
