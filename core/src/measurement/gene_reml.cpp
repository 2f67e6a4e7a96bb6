#include "gene_reml.hpp"

#include <algorithm>
#include <cmath>

namespace groundwork::measurement {

UsableRows usable_rows(const screen::Levels& table, const std::vector<int>& column, Index gene) {
  UsableRows used;
  for (Index r = 0; r < table.x.cols(); ++r) {
    const double variance = table.variance(gene, r);
    if (table.trust(gene, r) != screen::Trust::trusted || !std::isfinite(table.x(gene, r)) ||
        !std::isfinite(variance)) {
      continue;
    }
    used.condition.push_back(table.rows[static_cast<std::size_t>(r)].condition);
    used.column.push_back(column[static_cast<std::size_t>(r)]);
    used.row.push_back(r);
  }
  return used;
}

Reml reml_of(const screen::Levels& table, const BatchLevels& levels, const UsableRows& used, Index gene,
             Vector& variance) {
  Vector mean(static_cast<Index>(used.row.size()));
  variance.resize(mean.size());
  for (Index k = 0; k < mean.size(); ++k) {
    mean[k] = table.x(gene, used.row[static_cast<std::size_t>(k)]);
    // A variance of exactly 0 (an exact value of a state table) would make the likelihood singular at s_g² = 0.
    variance[k] = std::max(table.variance(gene, used.row[static_cast<std::size_t>(k)]), 1e-12);
  }
  Reml reml(levels, used.condition, used.column);
  reml.set_known(mean, variance);
  return reml;
}

}  // namespace groundwork::measurement
