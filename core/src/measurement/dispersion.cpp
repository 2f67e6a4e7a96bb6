#include "groundwork/measurement/dispersion.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "groundwork/base/not_finite.hpp"

namespace groundwork::measurement {
namespace {

double median_of(std::vector<double> values) {
  if (values.empty()) return nan;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

std::vector<Index> reference_groups(const screen::Screen& screen) {
  std::vector<Index> controls, all;
  for (std::size_t g = 0; g < screen.groups.size(); ++g) {
    if (screen.groups[g].cells < 1 || !(screen.groups[g].sum_size > 0)) continue;
    all.push_back(static_cast<Index>(g));
    if (screen.conditions[static_cast<std::size_t>(screen.groups[g].condition)].is_control()) {
      controls.push_back(static_cast<Index>(g));
    }
  }
  return controls.empty() ? all : controls;
}

/** Running median of φ over log μ, weighted by a normal kernel, at points between which the trend is interpolated. */
class Trend {
 public:
  Trend(const std::vector<double>& log_rate, const std::vector<double>& value) {
    const std::size_t genes = value.size();
    std::vector<std::size_t> order(genes);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return value[a] < value[b]; });
    const auto [low, high] = std::minmax_element(log_rate.begin(), log_rate.end());
    // Wide enough that a window holds about 30 genes, and never narrower than a factor of 1.6 in expression.
    const double width = std::max(0.5, 15.0 * (*high - *low) / static_cast<double>(genes));
    const int points = static_cast<int>(std::min(60.0, std::ceil((*high - *low) / (0.5 * width)))) + 1;
    for (int k = 0; k < points; ++k) {
      at_.push_back(points == 1 ? *low : *low + (*high - *low) * k / (points - 1));
      double total = 0;
      std::vector<double> weight(genes);
      for (std::size_t i = 0; i < genes; ++i) {
        const double z = (log_rate[i] - at_.back()) / width;
        total += weight[i] = std::exp(-0.5 * z * z);
      }
      double below = 0;
      value_.push_back(value[order.back()]);
      for (const std::size_t i : order) {
        below += weight[i];
        if (below >= 0.5 * total) {
          value_.back() = value[i];
          break;
        }
      }
    }
  }

  double operator()(double log_rate) const {
    if (at_.size() == 1 || log_rate <= at_.front()) return value_.front();
    if (log_rate >= at_.back()) return value_.back();
    const double position = (log_rate - at_.front()) / (at_[1] - at_.front());
    const auto k = std::min(static_cast<std::size_t>(position), at_.size() - 2);
    const double share = std::clamp(position - static_cast<double>(k), 0.0, 1.0);
    return (1 - share) * value_[k] + share * value_[k + 1];
  }

 private:
  std::vector<double> at_, value_;
};

}  // namespace

Dispersion dispersion_of(const screen::Screen& screen) {
  const auto genes = static_cast<Index>(screen.genes.size());
  const std::vector<Index> groups = reference_groups(screen);
  const screen::GroupStatistics& s = screen.statistics;
  Dispersion d{Vector::Zero(genes), Vector::Constant(genes, nan), Vector::Zero(genes), Vector::Zero(genes)};
  Vector variance = Vector::Constant(genes, nan);  // sampling variance per unit of kurtosis, filled in below

  double cells = 0, size = 0, inverse = 0;
  Vector excess = Vector::Zero(genes), scale = Vector::Zero(genes), counts = Vector::Zero(genes);
  for (const Index g : groups) {
    const screen::Group& group = screen.groups[static_cast<std::size_t>(g)];
    const auto n = static_cast<double>(group.cells);
    size += group.sum_size;
    counts += s.sum.col(g);
    if (group.cells < 2) continue;
    cells += n;
    inverse += group.sum_inverse_size;
    for (Index i = 0; i < genes; ++i) {
      const double mean = s.scaled(i, g) / n;
      const double within = std::max(0.0, s.scaled_sq(i, g) - n * mean * mean) / (n - 1);
      excess[i] += (n - 1) * (within - mean * group.sum_inverse_size / n);
      scale[i] += (n - 1) * std::max(0.0, mean * mean - within / n);  // mean² without its own sampling variance
    }
  }
  std::vector<Index> known;
  std::vector<double> log_rate, positive;
  for (Index i = 0; i < genes; ++i) {
    if (size > 0) d.rate[i] = counts[i] / size;
    if (!(counts[i] > 0) || !(scale[i] > 0)) continue;
    d.raw[i] = excess[i] / scale[i];
    known.push_back(i);
    log_rate.push_back(std::log(d.rate[i]));
    positive.push_back(std::max(0.0, d.raw[i]));
  }
  if (known.empty()) return d;

  const Trend trend(log_rate, positive);
  const double lowest = *std::min_element(log_rate.begin(), log_rate.end());
  std::vector<double> spread, noise;
  for (Index i = 0; i < genes; ++i) {
    d.trend[i] = trend(d.rate[i] > 0 ? std::log(d.rate[i]) : lowest);
    if (std::isnan(d.raw[i])) continue;
    // Var(s²) = κ₄/n + 2σ⁴/(n − 1) with the negative binomial's fourth cumulant at the trend, not at the gene's own
    // estimate: a gene must not earn weight by its own noise.
    const double m = d.rate[i] * cells / inverse, p = d.trend[i];
    const double second = m + p * m * m;
    const double fourth = m + 7 * p * m * m + 12 * p * p * m * m * m + 6 * p * p * p * m * m * m * m;
    variance[i] = (fourth + 2 * second * second) / (cells * m * m * m * m);
    spread.push_back(std::abs(d.raw[i] - d.trend[i]));
    noise.push_back(variance[i]);
  }
  const double deviation = 1.4826 * median_of(spread);
  const double between = std::max(0.0, deviation * deviation - median_of(noise));
  for (Index i = 0; i < genes; ++i) {
    if (std::isnan(d.raw[i])) {
      d.shrunken[i] = d.trend[i];
      continue;
    }
    const double own = between / (between + variance[i]);
    const bool outlier = d.raw[i] - d.trend[i] > 2 * std::sqrt(between + variance[i]);
    d.shrunken[i] = std::max(0.0, outlier ? d.raw[i] : d.trend[i] + own * (d.raw[i] - d.trend[i]));
  }
  return d;
}

}  // namespace groundwork::measurement
