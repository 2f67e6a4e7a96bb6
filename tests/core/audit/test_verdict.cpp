#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "groundwork/audit/f_distribution.hpp"
#include "groundwork/audit/profiles.hpp"
#include "groundwork/audit/verdict.hpp"
#include "groundwork/base/random.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::audit;

TEST_CASE("F distribution") {
  const double infinite = std::numeric_limits<double>::infinity();
  // R: qf(0.95, 3, 10), qf(0.975, 5, Inf) = qchisq(0.975, 5)/5, pf(2, 4, 6)
  CHECK(relative_error(f_quantile(0.95, 3, 10), 3.708264819) < 1e-8);
  CHECK(relative_error(f_quantile(0.975, 5, infinite), 12.83250199 / 5) < 1e-8);
  CHECK(relative_error(f_cdf(2, 4, 6), 0.7863993607) < 1e-4);
  CHECK(f_cdf(0, 2, 2) == 0);
  CHECK(relative_error(f_cdf(1, 2, 2), 0.5) < 1e-12);  // 1 − 1/(1 + x)
}

TEST_CASE("an interval of a mean square covers it as often as it says") {
  Random random(4);
  constexpr int genes = 12, replicates = 4000, df = 9;
  for (const double effect : {0.0, 0.5, 2.0}) {
    int covered = 0, above = 0;
    for (int i = 0; i < replicates; ++i) {
      double raw = 0, noise = 0;
      for (int g = 0; g < genes; ++g) raw += std::pow(effect + random.normal(), 2) / genes;
      for (int k = 0; k < df; ++k) noise += std::pow(random.normal(), 2) / df;
      const Bounds b = mean_square_bounds(raw, noise, genes, df, 0.1);
      covered += b.low <= effect * effect && effect * effect <= b.high;
      above += b.low > effect * effect;
    }
    CAPTURE(effect);
    CHECK(covered >= (effect == 0 ? 0.93 : 0.88) * replicates);
    CHECK(above <= 0.065 * replicates);
  }
}

TEST_CASE("inside, outside, across: and how much more would decide") {
  const Margin margin{-1, 1, "one"};
  const auto at = [&](double estimate, double se, std::size_t items = 1) {
    return judged("x", estimate, t_bounds(estimate, se, std::numeric_limits<double>::infinity()), margin, items);
  };
  CHECK(at(0, 0.3).verdict == Verdict::supported);
  CHECK(at(0, 0.6).verdict == Verdict::undecided);
  CHECK(at(3, 0.5).verdict == Verdict::violated);
  CHECK(at(-3, 0.5).verdict == Verdict::violated);
  CHECK(at(2, 0.4).verdict == Verdict::undecided);  // outside by its own interval, not by that of all rows
  CHECK(at(3, 0.6, 1).verdict == Verdict::violated);
  CHECK(at(3, 0.6, 100).verdict == Verdict::undecided);  // one of a hundred
  CHECK(at(0, 0.6).interval.high == doctest::Approx(0.6 * 1.959964));
  CHECK(factor_to_decide(at(0, 1.0), margin) == doctest::Approx(1.959964 * 1.959964));
  CHECK(simultaneous_error(5) == doctest::Approx(0.05 / 50));
  Row row;
  row.margin = margin;
  row.items = {at(0, 0.3), at(0, 0.6)};
  conclude(row, "cells");
  CHECK(row.verdict == Verdict::undecided);
  CHECK(row.would_decide.find("1.38 times as many cells") != std::string::npos);
  row.items.push_back(at(5, 0.3));
  conclude(row, "cells");
  CHECK(row.verdict == Verdict::violated);
}

TEST_CASE("correlated genes count for fewer") {
  Random random(8);
  Matrix alone(50, 60), together(50, 60);
  for (Index k = 0; k < 60; ++k) {
    const double common = random.normal();
    for (Index g = 0; g < 50; ++g) {
      alone(g, k) = random.normal();
      together(g, k) = std::sqrt(0.5) * common + std::sqrt(0.5) * random.normal();
    }
  }
  CHECK(dimension_of(alone) > 35);
  // tr Σ = 50, tr Σ² = 50 + 50 · 49 · 0.25: 3.8
  CHECK(dimension_of(together) == doctest::Approx(2500.0 / (50 + 50 * 49 * 0.25)).epsilon(0.3));
  CHECK(dimension_of(alone.leftCols(1)) == 1);
}
