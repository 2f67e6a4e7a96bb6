#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "groundwork/audit/cells.hpp"
#include "groundwork/audit/edit_strength.hpp"

namespace groundwork::audit {
namespace {

constexpr int fewest_cells = 30;
constexpr std::size_t most_genes = 100;

/** Moments of the scores of one half of the cells on the axis of the other half. */
struct Moments {
  double mean = 0, mean_error = 0;      ///< edited minus control, and its variance
  double excess = 0, excess_error = 0;  ///< variance beyond the controls' and what counting adds
};

double variance_of(const Vector& v) {
  return (v.array() - v.mean()).square().sum() / static_cast<double>(v.size() - 1);
}

/** Sampling variance of variance_of(v), from its fourth moment. */
double error_of_variance(const Vector& v) {
  const double s = variance_of(v), fourth = (v.array() - v.mean()).pow(4).mean();
  return std::max(0.0, fourth - s * s) / static_cast<double>(v.size());
}

/** Mean over cells of Var(residual) for cells of rate `own` whose residuals are taken about `rate`. */
Vector counting_of(const Evidence& e, const std::vector<int>& groups, const std::vector<int>& genes, const Vector& own,
                   const Vector& rate) {
  const auto& r = e.data().reservoir;
  Vector sum = Vector::Zero(own.size());
  double cells = 0;
  for (const int g : groups) {
    const auto [from, to] = std::equal_range(r.group.begin(), r.group.end(), g);
    for (auto at = from; at != to; ++at) {
      const double size = static_cast<double>(r.size[static_cast<std::size_t>(at - r.group.begin())]);
      cells += 1;
      for (Index k = 0; k < own.size(); ++k) {
        const double phi = e.dispersion.shrunken[genes[static_cast<std::size_t>(k)]];
        const double m = own[k] * size, m0 = rate[k] * size;
        if (m0 > 0) sum[k] += (m + phi * m * m) / (m0 + phi * m0 * m0);
      }
    }
  }
  return cells > 0 ? Vector(sum / cells) : sum;
}

Matrix half_of(const Matrix& cells, Index half) {
  const Index n = (cells.cols() + 1 - half) / 2;
  Matrix out(cells.rows(), n);
  for (Index i = 0; i < n; ++i) out.col(i) = cells.col(2 * i + half);
  return out;
}

struct Sides {
  Matrix edited, controls;  ///< residuals about the controls
  Vector counting;          ///< edited minus control, per gene
};

std::vector<Moments> moments_of(const std::vector<Sides>& places) {
  std::vector<Moments> out(places.size());
  for (Index half = 0; half < 2; ++half) {
    Vector axis = Vector::Zero(places.front().edited.rows());
    for (const Sides& p : places)
      axis += half_of(p.edited, half).rowwise().mean() - half_of(p.controls, half).rowwise().mean();
    const double length = axis.norm();
    if (!(length > 0)) continue;
    axis /= length;
    for (std::size_t k = 0; k < places.size(); ++k) {
      const Vector a = half_of(places[k].edited, 1 - half).transpose() * axis,
                   b = half_of(places[k].controls, 1 - half).transpose() * axis;
      Moments& m = out[k];
      m.mean += 0.5 * (a.mean() - b.mean());
      m.mean_error +=
          0.25 * (variance_of(a) / static_cast<double>(a.size()) + variance_of(b) / static_cast<double>(b.size()));
      m.excess += 0.5 * (variance_of(a) - variance_of(b) - axis.cwiseAbs2().dot(places[k].counting));
      m.excess_error += 0.25 * (error_of_variance(a) + error_of_variance(b));
    }
  }
  return out;
}

}  // namespace

std::vector<Escapers> escapers_of(const Evidence& e) {
  const auto& s = e.data();
  std::map<int, std::vector<Meeting>> meetings;
  for (const Meeting& m : meetings_of(e, fewest_cells)) meetings[m.condition].push_back(m);
  std::vector<Escapers> out;
  double squares = 0, df = 0;
  for (const auto& [condition, places] : meetings) {
    const auto c = static_cast<std::size_t>(condition);
    if (!e.has_effect[c] || !(e.effect[c].bounds(simultaneous_error(meetings.size())).low > 0)) continue;
    std::vector<int> targets;
    for (const auto& edit : s.conditions[c].edits)
      for (std::size_t g = 0; g < s.genes.size(); ++g)
        if (s.genes[g] == edit.name) targets.push_back(static_cast<int>(g));
    const std::vector<int> genes = genes_for_cells(e, most_genes, targets);
    if (genes.size() < 3) continue;
    std::vector<Sides> sides;
    for (const Meeting& m : places) {
      const Vector rate = rates_of(e, m.controls, genes), own = rates_of(e, m.edited, genes);
      sides.push_back({cell_residuals(e, m.edited, genes, rate), cell_residuals(e, m.controls, genes, rate),
                       counting_of(e, m.edited, genes, own, rate) - counting_of(e, m.controls, genes, rate, rate)});
    }
    const auto moments = moments_of(sides);
    // Batches are pooled by their edited cells; each also gives a share of its own, for the spread between batches.
    double weight = 0, mean = 0, mean_error = 0, excess = 0, excess_error = 0;
    for (std::size_t k = 0; k < moments.size(); ++k) weight += static_cast<double>(sides[k].edited.cols());
    for (std::size_t k = 0; k < moments.size(); ++k) {
      const double w = static_cast<double>(sides[k].edited.cols()) / weight;
      mean += w * moments[k].mean;
      mean_error += w * w * moments[k].mean_error;
      excess += w * moments[k].excess;
      excess_error += w * w * moments[k].excess_error;
    }
    const double square = mean * mean - mean_error, total = excess + square;
    // The axis has to separate the cells: by three standard errors, and half a standard deviation of the controls.
    if (!(mean > 3 * std::sqrt(mean_error)) || !(square > 0) || !(total > 0)) continue;
    Escapers escapers;
    escapers.condition = condition;
    escapers.share = excess / total;
    const double by_excess = square / (total * total), by_mean = -2 * excess * mean / (total * total);
    const double cells = by_excess * by_excess * excess_error + by_mean * by_mean * mean_error;
    for (const Moments& m : moments) {
      const double own = by_excess * by_excess * m.excess_error + by_mean * by_mean * m.mean_error;
      const double change = by_excess * (m.excess - excess) + by_mean * (m.mean - mean);
      if (own > 0) squares += change * change / own;
    }
    df += static_cast<double>(moments.size()) - 1;
    escapers.standard_error = std::sqrt(cells);
    out.push_back(escapers);
  }
  // What batches differ beyond their cells, pooled over edits: a factor on the variance.
  const double inflation = df > 0 ? std::max(1.0, squares / df) : 1;
  for (Escapers& x : out) {
    x.standard_error *= std::sqrt(inflation);
    x.df = inflation > 1 ? df : std::numeric_limits<double>::infinity();
  }
  return out;
}

}  // namespace groundwork::audit
