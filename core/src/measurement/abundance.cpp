#include "groundwork/measurement/abundance.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "groundwork/base/special.hpp"

namespace groundwork::measurement {
namespace {

double mean_of(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v;
  return sum / static_cast<double>(x.size());
}

double squares_around(const std::vector<double>& x, double center) {
  double sum = 0;
  for (const double v : x) sum += (v - center) * (v - center);
  return sum;
}

/** Log of the edit's cells over those of unedited cells in one sample; half a cell more of each, so that none is 0. */
double log_ratio(const AbundanceTable::Sample& sample, int edit, double input) {
  return std::log((sample.cells.row(edit).sum() + 0.5) / (sample.cells.row(0).sum() + 0.5)) - input;
}

/** One point of a line: a log ratio `y` at `time` in a host. */
struct Point {
  int host;
  double time, y;
};

/** Slope of the least-squares line, through (0, 0) where `anchored`. */
HostEstimate slope_over_hosts(const std::vector<Point>& points, bool anchored) {
  const double n = static_cast<double>(points.size());
  double mt = 0, my = 0;
  if (!anchored)
    for (const auto& point : points) mt += point.time / n, my += point.y / n;
  double stt = 0, sty = 0;
  for (const auto& point : points) {
    stt += (point.time - mt) * (point.time - mt);
    sty += (point.time - mt) * (point.y - my);
  }
  if (!(stt > 0)) return {};
  const double slope = sty / stt, df = n - (anchored ? 1 : 2);
  double rest = 0;
  for (const auto& point : points) {
    const double residual = point.y - my - slope * (point.time - mt);
    rest += residual * residual;
  }
  return with_interval(slope, df > 0 ? std::sqrt(rest / df / stt) : nan, df);
}

/** Growth from log ratios: slopes within hosts where at least two were sampled again, else a line over hosts. */
HostEstimate growth_of(const std::vector<Point>& points, bool anchored) {
  std::map<int, std::vector<Point>> by_host;
  for (const auto& point : points) by_host[point.host].push_back(point);
  std::vector<double> slopes;
  for (const auto& [host, own] : by_host) {
    const HostEstimate slope = own.size() > 1 || anchored ? slope_over_hosts(own, anchored) : HostEstimate{};
    if (std::isfinite(slope.value)) slopes.push_back(slope.value);
  }
  if (slopes.size() == by_host.size() || (slopes.size() > 1 && by_host.size() < points.size()))
    return over_hosts(slopes);
  return slope_over_hosts(points, anchored);
}

GrowthBasis basis_of(const AbundanceTable& table) {
  double first = infinity, last = -infinity;
  for (const auto& sample : table.samples) {
    first = std::min(first, sample.time);
    last = std::max(last, sample.time);
  }
  const bool several = last > first;
  if (table.input.size() == 0) return several ? GrowthBasis::times : GrowthBasis::none;
  return several ? GrowthBasis::both : GrowthBasis::input;
}

/** The log fold at the last time and the variation of the edit's share between hosts. */
void put_fold(const std::vector<const AbundanceTable::Sample*>& last, int edit, double input, AbundanceEffect& out) {
  std::vector<double> own, control;
  double counting = 0;
  for (const auto* sample : last) {
    const double all = sample->cells.sum();
    own.push_back(sample->cells.row(edit).sum() / all);
    control.push_back(sample->cells.row(0).sum() / all);
    out.cells += sample->cells.row(edit).sum();
    out.control_cells += sample->cells.row(0).sum();
    out.lost += sample->cells.row(edit).sum() == 0;
  }
  const double hosts = static_cast<double>(last.size());
  out.hosts = static_cast<int>(last.size());
  const double p = mean_of(own), c = mean_of(control);
  if (!(p > 0 && c > 0)) return;
  std::vector<double> linearised;
  for (std::size_t h = 0; h < last.size(); ++h) {
    linearised.push_back(own[h] / p - control[h] / c);
    counting += 1 / (p * last[h]->cells.sum() * hosts);
  }
  const double se = std::sqrt(squares_around(linearised, 0) / (hosts - 1) / hosts);
  out.fold = with_interval(std::log(p / c) - input, hosts > 1 ? se : nan, hosts - 1);
  if (hosts > 1) out.variation = std::max(0.0, squares_around(own, p) / (hosts - 1) / (p * p) - counting);
}

void put_shares(const std::vector<const AbundanceTable::Sample*>& last, int edit, std::size_t compartments,
                AbundanceEffect& out) {
  for (std::size_t k = 0; k < compartments; ++k) {
    std::vector<double> differences;
    for (const auto* sample : last) {
      const double own = sample->cells.row(edit).sum(), control = sample->cells.row(0).sum();
      if (own > 0 && control > 0)
        differences.push_back(sample->cells(edit, static_cast<Index>(k)) / own -
                              sample->cells(0, static_cast<Index>(k)) / control);
    }
    out.share.push_back(over_hosts(differences));
  }
}

}  // namespace

HostEstimate with_interval(double value, double se, double df) {
  HostEstimate out;
  out.value = value;
  if (!(df > 0) || !(se >= 0)) return out;
  out.se = se;
  out.df = df;
  const double half = student_t_quantile(0.975, df) * se;
  out.low = value - half;
  out.high = value + half;
  out.p = se > 0 ? 2 * student_t_cdf(-std::abs(value) / se, df) : nan;
  return out;
}

HostEstimate over_hosts(const std::vector<double>& values) {
  std::vector<double> finite;
  for (const double x : values)
    if (std::isfinite(x)) finite.push_back(x);
  if (finite.empty()) return {};
  const double n = static_cast<double>(finite.size()), mean = mean_of(finite);
  return with_interval(mean, n > 1 ? std::sqrt(squares_around(finite, mean) / (n - 1) / n) : nan, n - 1);
}

AbundanceEffects abundance_effects(const AbundanceTable& table) {
  AbundanceEffects out;
  out.basis = basis_of(table);
  double last_time = -infinity;
  for (const auto& sample : table.samples) last_time = std::max(last_time, sample.time);
  std::vector<const AbundanceTable::Sample*> last;
  for (const auto& sample : table.samples)
    if (sample.time == last_time && sample.cells.row(0).sum() > 0) last.push_back(&sample);
  std::vector<double> variations;
  for (std::size_t p = 1; p < table.edits.size(); ++p) {
    AbundanceEffect effect;
    effect.edit = static_cast<int>(p);
    const double input = table.input.size() == 0 ? 0 : std::log(table.input(effect.edit) / table.input(0));
    if (!last.empty()) put_fold(last, effect.edit, input, effect);
    if (out.basis == GrowthBasis::input) {
      const HostEstimate& fold = effect.fold;
      effect.growth = with_interval(fold.value / last_time, fold.se / last_time, fold.df);
    } else if (out.basis != GrowthBasis::none) {
      std::vector<Point> points;
      for (const auto& sample : table.samples)
        if (sample.cells.row(0).sum() > 0)
          points.push_back({sample.host, sample.time, log_ratio(sample, effect.edit, input)});
      effect.growth = growth_of(points, out.basis == GrowthBasis::both);
    }
    if (table.compartments.size() > 1) put_shares(last, effect.edit, table.compartments.size(), effect);
    if (std::isfinite(effect.variation)) variations.push_back(effect.variation);
    out.edits_with_few_hosts += effect.hosts < 3;
    out.effects.push_back(std::move(effect));
  }
  if (!variations.empty()) {
    const auto middle = variations.begin() + static_cast<std::ptrdiff_t>(variations.size() / 2);
    std::nth_element(variations.begin(), middle, variations.end());
    out.variation = *middle;
  }
  return out;
}

}  // namespace groundwork::measurement
