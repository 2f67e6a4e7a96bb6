#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "../../../core/src/dynamics/elementwise.hpp"

using namespace groundwork::dynamics;

TEST_CASE("elementary functions in float are within two units in the last place") {
  const double unit = std::numeric_limits<float>::epsilon();
  for (int i = -8700; i <= 8800; ++i) {
    const float x = static_cast<float>(i) * 0.01f;
    CHECK(std::abs(exp_of(x) / std::exp(static_cast<double>(x)) - 1) < 2 * unit);
    CHECK(std::abs(tanh_of(x) - std::tanh(static_cast<double>(x))) < 4 * unit);
    CHECK(std::abs(tanh_of(static_cast<double>(x)) - std::tanh(static_cast<double>(x))) < 5e-16);
    const float y = exp_of(x);
    if (y > std::numeric_limits<float>::min()) {
      const double expected = std::log(static_cast<double>(y));
      CHECK(std::abs(log_of(y) - expected) < 2 * unit * std::max(std::abs(expected), 0.01));
    }
    float value, slope;
    softplus_of(x, value, slope);
    const double exact = std::max<double>(x, 0) + std::log1p(std::exp(-std::abs(static_cast<double>(x))));
    CHECK(std::abs(value / exact - 1) < 4 * unit);
    CHECK(std::abs(slope - 1 / ((1 + std::exp(-static_cast<double>(x))) * exact)) < 8 * unit);
  }
}

TEST_CASE("elementary functions at the ends") {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  CHECK(exp_of(0.0f) == 1);
  CHECK(exp_of(100.0f) == infinity);
  CHECK(exp_of(infinity) == infinity);
  CHECK(exp_of(-infinity) < 1.3e-38f);
  CHECK(std::isnan(exp_of(nan)));
  CHECK(log_of(1.0f) == 0);
  CHECK(log_of(0.0f) == -infinity);
  CHECK(log_of(infinity) == infinity);
  CHECK(std::isnan(log_of(-1.0f)));
  CHECK(std::isnan(log_of(nan)));
  CHECK(tanh_of(0.0f) == 0);
  CHECK(tanh_of(0.0) == 0);
  CHECK(std::abs(tanh_of(infinity) - 1) < 1e-6f);
  CHECK(tanh_of(std::numeric_limits<double>::infinity()) == 1);
  CHECK(std::isnan(tanh_of(nan)));
}
