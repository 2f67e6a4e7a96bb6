#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/measurement/composition_split.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

TEST_CASE("cells that moved and cells that changed add up to the total effect") {
  Random random(4);
  for (const Index compartments : {1, 2, 5}) {
    CompartmentMeans m;
    const auto share = [&] {
      Vector x(compartments);
      for (double& v : x) v = random.gamma(1);
      return Vector(x / x.sum());
    };
    m.share = share();
    m.control_share = share();
    if (compartments > 2) {  // none of the edit's cells in one compartment
      m.share(1) = 0;
      m.share /= m.share.sum();
    }
    m.mean = Matrix::NullaryExpr(30, compartments, [&] { return 5 * random.gamma(0.5); });
    m.control_mean = Matrix::NullaryExpr(30, compartments, [&] { return 5 * random.gamma(0.5); });
    const CompositionSplit split = split_of(m);
    for (Index g = 0; g < 30; ++g) {
      // Written out from the framework, sum by sum.
      double edited = 0, control = 0, overall = 0, moved = 0, changed = 0;
      for (Index k = 0; k < compartments; ++k) {
        edited += m.share(k) * m.mean(g, k);
        control += m.control_share(k) * m.control_mean(g, k);
        overall += (m.share(k) + m.control_share(k)) / 2 * (m.mean(g, k) + m.control_mean(g, k)) / 2;
      }
      for (Index k = 0; k < compartments; ++k) {
        moved += (m.share(k) - m.control_share(k)) * ((m.mean(g, k) + m.control_mean(g, k)) / 2 - overall);
        changed += (m.share(k) + m.control_share(k)) / 2 * (m.mean(g, k) - m.control_mean(g, k));
      }
      const double scale = edited + control;
      CHECK(std::abs(split.total(g) - (edited - control)) < 1e-12 * scale);
      CHECK(std::abs(split.moved(g) - moved) < 1e-12 * scale);
      CHECK(std::abs(split.changed(g) - changed) < 1e-12 * scale);
      CHECK(std::abs(split.moved(g) + split.changed(g) - split.total(g)) < 1e-12 * scale);
    }
  }
}

TEST_CASE("cells that only moved change nothing within, and the other way round") {
  CompartmentMeans m{Vector{{0.2, 0.8}}, Vector{{0.6, 0.4}}, Matrix{{1.0, 3.0}}, Matrix{{1.0, 3.0}}};
  CompositionSplit split = split_of(m);
  CHECK(split.changed(0) == 0);
  CHECK(std::abs(split.moved(0) - 0.8) < 1e-15);
  m.share = m.control_share;
  m.mean(0, 1) = 4;
  split = split_of(m);
  CHECK(std::abs(split.moved(0)) < 1e-15);
  CHECK(std::abs(split.changed(0) - 0.4) < 1e-15);
}
