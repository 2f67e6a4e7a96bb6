// Standard errors, intervals and power as planned, against those of simulated counts that are analysed as a screen is.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/design/depth.hpp"
#include "groundwork/design/plan.hpp"
#include "groundwork/design/power.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

struct Realised {
  double se = 0, coverage = 0, power = 0;
};

/**
 * Complete blocks of equal groups: counts are pooled, the state is log((T + ½)/n), and the residual of the two-way
 * table estimates the error with (B − 1)(C − 1) degrees of freedom. Condition 1 has the effect; the
 * standard error is that of condition 2, which has none: a plan takes the noise of the controls for every group.
 */
Realised realised(int conditions, int batches, int cells, double umis, double dispersion, double sb2, double sg2,
                  double effect, int replicates, std::uint64_t seed) {
  Random random(seed);
  const double df = (batches - 1) * (conditions - 1), critical = student_t_quantile(0.975, df);
  double sum = 0, squares = 0;
  int covered = 0, found = 0;
  Matrix x(conditions, batches);
  for (int replicate = 0; replicate < replicates; ++replicate) {
    for (Index b = 0; b < batches; ++b) {
      const double batch = std::sqrt(sb2) * random.normal();
      for (Index c = 0; c < conditions; ++c) {
        const double state = batch + std::sqrt(sg2) * random.normal() + (c == 1 ? effect : 0);
        double total = 0;
        for (int k = 0; k < cells; ++k)
          total += static_cast<double>(random.negative_binomial(umis * std::exp(state), dispersion));
        x(c, b) = std::log((total + 0.5) / cells);
      }
    }
    const Matrix residual =
        (x.colwise() - x.rowwise().mean()).rowwise() - (x.colwise().mean().array() - x.mean()).matrix();
    const double se = std::sqrt(2 * residual.squaredNorm() / df / batches);
    const double estimate = x.row(1).mean() - x.row(0).mean(), without = x.row(2).mean() - x.row(0).mean();
    sum += without;
    squares += without * without;
    covered += std::abs(estimate - effect) <= critical * se;
    found += std::abs(estimate) > critical * se;
  }
  const double n = replicates, mean = sum / n;
  return {std::sqrt(squares / n - mean * mean), covered / n, found / n};
}

}  // namespace

TEST_CASE("planned errors and power are those of simulated counts, at two degrees of freedom too") {
  struct Case {
    int conditions, batches, cells;
    double umis, dispersion, sg2, effect;
  };
  for (const Case& k : {Case{3, 2, 60, 1.5, 0.3, 0.02, 0.8}, Case{4, 3, 40, 0.5, 0.1, 0.08, 0.6},
                        Case{5, 4, 30, 3.0, 0.6, 0.05, -0.45}}) {
    Layout layout;
    for (int c = 0; c < k.conditions; ++c) layout.conditions.push_back("c" + std::to_string(c));
    for (int b = 0; b < k.batches; ++b) layout.batches.push_back("b" + std::to_string(b));
    layout.cells = Matrix::Constant(k.conditions, k.batches, k.cells);
    Plan plan(layout, {0});
    Assumptions a;
    a.level_variances = Vector::Constant(1, 0.05);
    a.sg2 = k.sg2;
    a.sw2 = cell_variance(k.umis, k.dispersion);
    plan.set_assumptions(a);
    const ContrastAnswer planned = plan.answer(0);
    CHECK(relative_error(planned.df, (k.batches - 1) * (k.conditions - 1)) < 1e-9);
    const Realised found =
        realised(k.conditions, k.batches, k.cells, k.umis, k.dispersion, 0.05, k.sg2, k.effect, 3000, 5);
    CAPTURE(k.batches);
    CHECK(relative_error(planned.se, found.se) < 0.05);
    CHECK(found.coverage > 0.93);
    CHECK(found.coverage < 0.97);
    const double power = rejection_probability(k.effect / planned.se, planned.df, 0.05, Side::both);
    CHECK(std::abs(power - found.power) < 0.03);
    // The normal distribution would promise far more with so few degrees of freedom.
    if (k.batches == 2)
      CHECK(rejection_probability(k.effect / planned.se, std::numeric_limits<double>::infinity(), 0.05, Side::both) >
            power + 0.3);
  }
}
