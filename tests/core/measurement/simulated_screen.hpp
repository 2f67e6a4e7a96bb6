// A screen summarised in memory from negative binomial cells, for the tests of the measurement room.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/screen/screen.hpp"

namespace simulated {

using groundwork::Index;
using groundwork::Matrix;
using groundwork::Random;
namespace screen = groundwork::screen;

inline screen::Screen empty_screen(int genes, int conditions, int batches) {
  screen::Screen s;
  for (int i = 0; i < genes; ++i) s.genes.push_back("g" + std::to_string(i));
  for (int c = 0; c < conditions; ++c) {
    screen::Condition condition;
    if (c > 0) condition.edits.push_back({"E" + std::to_string(c), 1});
    s.conditions.push_back(condition);
  }
  screen::BatchLevel level{"batch", {}};
  for (int b = 0; b < batches; ++b) level.levels.push_back("b" + std::to_string(b));
  s.batches.push_back(level);
  return s;
}

/** Adds one group of `cells` cells with mean counts `rate` per unit of depth; depths are uniform on 0.5 … 1.5. */
inline void add_group(screen::Screen& s, Random& random, int condition, int batch, int half, int cells,
                      const std::vector<double>& rate, const std::vector<double>& dispersion) {
  const Index g = static_cast<Index>(s.groups.size());
  screen::Group group;
  group.condition = condition;
  group.batch = {batch};
  group.half = half;
  group.cells = cells;
  for (Matrix* m : {&s.statistics.sum, &s.statistics.sum_sq, &s.statistics.scaled, &s.statistics.scaled_sq,
                    &s.statistics.log1p, &s.statistics.log1p_sq, &s.statistics.detected}) {
    m->conservativeResize(static_cast<Index>(s.genes.size()), g + 1);
    m->col(g).setZero();
  }
  for (int cell = 0; cell < cells; ++cell) {
    const double size = 0.5 + random.uniform();
    group.sum_size += size;
    group.sum_size_sq += size * size;
    group.sum_inverse_size += 1 / size;
    for (Index i = 0; i < static_cast<Index>(s.genes.size()); ++i) {
      const auto k = static_cast<std::size_t>(i);
      const auto y = static_cast<double>(random.negative_binomial(rate[k] * size, dispersion[k]));
      const double z = y / size;
      s.statistics.sum(i, g) += y;
      s.statistics.sum_sq(i, g) += y * y;
      s.statistics.scaled(i, g) += z;
      s.statistics.scaled_sq(i, g) += z * z;
      s.statistics.log1p(i, g) += std::log1p(z);
      s.statistics.log1p_sq(i, g) += std::log1p(z) * std::log1p(z);
      s.statistics.detected(i, g) += y > 0;
    }
  }
  s.groups.push_back(group);
}

}  // namespace simulated
