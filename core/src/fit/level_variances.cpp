#include <algorithm>

#include "groundwork/fit/effects.hpp"

namespace groundwork::fit {

LevelVariances variances_of(const screen::Levels& levels) {
  const Index genes = levels.x.rows(), depth = static_cast<Index>(levels.batches.size());
  LevelVariances out{Matrix::Zero(genes, depth), Vector::Zero(genes)};
  for (Index f = 0; f < depth; ++f) {
    int first = -1;
    bool several = false;
    for (const auto& row : levels.rows) {
      const int b = row.batch[static_cast<std::size_t>(f)];
      if (first < 0) first = b;
      several = several || b != first;
    }
    if (several) out.batch.col(f).setConstant(infinity);
  }
  return out;
}

}  // namespace groundwork::fit
