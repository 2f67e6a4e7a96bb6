#include "groundwork/audit/shares.hpp"

#include <algorithm>
#include <cmath>

namespace groundwork::audit {
namespace {

double median(std::vector<double> v) {
  std::sort(v.begin(), v.end());
  const std::size_t n = v.size();
  return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

}  // namespace

std::vector<ShareChange> share_changes(const SampleCounts& counts, bool centred) {
  const Index categories = counts.cells.rows(), samples = counts.cells.cols();
  Matrix y(categories, samples), noise(categories, samples);
  for (Index s = 0; s < samples; ++s) {
    const double total = counts.cells.col(s).sum();
    std::vector<double> logs;
    for (Index k = 0; k < categories; ++k) {
      const double n = counts.cells(k, s);
      y(k, s) = centred ? std::log(n + 0.5) : std::log((n + 0.5) / (total - n + 0.5));
      noise(k, s) = 1 / (n + 0.5) + (centred ? 0 : 1 / (total - n + 0.5));
      logs.push_back(y(k, s));
    }
    if (centred) y.col(s).array() -= median(logs);
  }
  // τ² beyond counting, from samples of one class, pooled over categories.
  double square = 0, expected = 0, df = 0;
  std::vector<double> size(static_cast<std::size_t>(counts.classes), 0);
  for (const int c : counts.of_class) size[static_cast<std::size_t>(c)] += 1;
  Matrix mean = Matrix::Zero(categories, counts.classes), mean_noise = mean;
  for (Index s = 0; s < samples; ++s) {
    const int c = counts.of_class[static_cast<std::size_t>(s)];
    mean.col(c) += y.col(s) / size[static_cast<std::size_t>(c)];
    mean_noise.col(c) += noise.col(s) / std::pow(size[static_cast<std::size_t>(c)], 2);
  }
  for (Index s = 0; s < samples; ++s) {
    const int c = counts.of_class[static_cast<std::size_t>(s)];
    const double n = size[static_cast<std::size_t>(c)];
    if (n < 2) continue;
    square += (y.col(s) - mean.col(c)).squaredNorm();
    expected += (1 - 1 / n) * noise.col(s).sum();
  }
  for (const double n : size) df += n > 1 ? n - 1 : 0;
  if (df == 0) return {};
  // Samples are the replicates. Categories of one sample vary together when shares are relative, so that only centred
  // ratios of many categories add degrees of freedom.
  const double independent = centred && categories > 2 ? static_cast<double>(categories - 1) : 1;
  const double tau2 =
      std::max(0.0, (square - expected) / (df * static_cast<double>(centred ? categories - 1 : categories)));
  std::vector<ShareChange> changes;
  for (int c = 1; c < counts.classes; ++c)
    for (Index k = 0; k < categories; ++k) {
      const double variance =
          mean_noise(k, 0) + mean_noise(k, c) + tau2 * (1 / size[0] + 1 / size[static_cast<std::size_t>(c)]);
      changes.push_back(
          {static_cast<std::size_t>(k), c, mean(k, c) - mean(k, 0), std::sqrt(variance), df * independent});
    }
  return changes;
}

}  // namespace groundwork::audit
