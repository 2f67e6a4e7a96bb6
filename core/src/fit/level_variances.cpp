#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/fit/effects.hpp"
#include "groundwork/measurement/variance_components.hpp"

namespace groundwork::fit {
namespace {

/** Degrees of freedom that the estimate pooled over genes stands for beside a gene's own. */
constexpr double prior_df = 4;

double moderated(double own, double own_df, double pooled) {
  if (!std::isfinite(own)) return pooled;
  if (!std::isfinite(pooled)) return own;
  return (own_df * own + prior_df * pooled) / (own_df + prior_df);
}

}  // namespace

LevelVariances variances_of(const screen::Levels& levels) {
  const Index genes = levels.x.rows(), depth = static_cast<Index>(levels.batches.size());
  LevelVariances out{Matrix::Zero(genes, depth), Vector::Zero(genes)};
  const auto components = measurement::variance_components(levels);
  std::vector<double> batches;
  for (Index f = 0; f < depth; ++f) {
    std::set<int> present;
    for (const auto& row : levels.rows) present.insert(row.batch[static_cast<std::size_t>(f)]);
    batches.push_back(static_cast<double>(present.size()));
  }
  for (Index g = 0; g < genes; ++g) {
    const auto& own = components.genes[static_cast<std::size_t>(g)];
    const double group = moderated(own.sg2, own.df, components.pooled.sg2);
    out.group(g) = std::isfinite(group) ? group : 0;
    for (Index f = 0; f < depth; ++f) {
      const double count = batches[static_cast<std::size_t>(f)];
      if (count < 2) continue;
      const double s = moderated(own.sb2(f), count - 1, components.pooled.sb2(f));
      out.batch(g, f) = std::isfinite(s) ? s : infinity;
    }
  }
  return out;
}

}  // namespace groundwork::fit
