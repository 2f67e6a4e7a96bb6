#include "groundwork/audit/populations.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "groundwork/audit/cells.hpp"

namespace groundwork::audit {
namespace {

constexpr int fewest_cells = 60;
constexpr std::size_t most_genes = 60, most_meetings = 400;
constexpr Index control_axes = 2;

/** Columns with even or odd numbers. */
Matrix half_of(const Matrix& cells, Index half) {
  const Index n = (cells.cols() + 1 - half) / 2;
  Matrix out(cells.rows(), n);
  for (Index i = 0; i < n; ++i) out.col(i) = cells.col(2 * i + half);
  return out;
}

Matrix main_axes(const Matrix& cells, Index count) {
  const Matrix centred = cells.colwise() - cells.rowwise().mean();
  const Matrix covariance = centred * centred.transpose();
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(covariance);
  return solver.eigenvectors().rightCols(std::min(count, cells.rows()));
}

/** Takes the span of `axes` (orthonormalised here) out of the cells. */
Matrix without(const Matrix& cells, const Matrix& axes) {
  Matrix basis(axes.rows(), 0);
  for (Index k = 0; k < axes.cols(); ++k) {
    Vector a = axes.col(k);
    for (int twice = 0; twice < 2; ++twice) a -= basis * (basis.transpose() * a);
    const double length = a.norm();
    if (!(length > 1e-9)) continue;
    basis.conservativeResize(Eigen::NoChange, basis.cols() + 1);
    basis.col(basis.cols() - 1) = a / length;
  }
  return cells - basis * (basis.transpose() * cells);
}

struct Normals {
  double share = 0.5, mean0 = 0, mean1 = 0, variance = 1;  ///< of two populations with equal spread
};

double log_normal(double x, double mean, double variance) {
  return -0.5 * (std::log(2 * std::numbers::pi * variance) + (x - mean) * (x - mean) / variance);
}

/** Two normals of one variance by expectation–maximisation, from the halves of the ordered scores. */
Normals two_normals(const Vector& x) {
  Vector ordered = x;
  std::sort(ordered.begin(), ordered.end());
  const Index n = x.size(), middle = n / 2;
  Normals fit;
  fit.mean0 = ordered.head(middle).mean();
  fit.mean1 = ordered.tail(n - middle).mean();
  fit.variance = std::max(1e-6, 0.5 * (x.array() - x.mean()).square().mean());
  for (int iteration = 0; iteration < 100; ++iteration) {
    double weight = 0, sum0 = 0, sum1 = 0, square = 0;
    const Normals old = fit;
    for (const double v : x) {
      const double a = std::log(old.share) + log_normal(v, old.mean1, old.variance);
      const double b = std::log1p(-old.share) + log_normal(v, old.mean0, old.variance);
      const double p = 1 / (1 + std::exp(b - a));
      weight += p;
      sum1 += p * v;
      sum0 += (1 - p) * v;
      square += v * v;
    }
    const double total = static_cast<double>(n);
    fit.share = std::clamp(weight / total, 0.02, 0.98);
    fit.mean1 = sum1 / std::max(weight, 1e-9);
    fit.mean0 = sum0 / std::max(total - weight, 1e-9);
    fit.variance =
        std::max(1e-3, square / total - fit.share * fit.mean1 * fit.mean1 - (1 - fit.share) * fit.mean0 * fit.mean0);
    if (std::abs(fit.mean1 - old.mean1) + std::abs(fit.mean0 - old.mean0) < 1e-6) break;
  }
  return fit;
}

/** What two populations explain beyond one, nats for each cell: each half is scored by the fit of the other. */
Vector gains_of(const Matrix& cells, const Matrix& axes) {
  Vector gains(cells.cols());
  Index at = 0;
  const Matrix left = without(cells, axes);
  for (Index half = 0; half < 2; ++half) {
    const Matrix train = half_of(left, half), test = half_of(left, 1 - half);
    const Vector axis = main_axes(train, 1).col(0);
    const Vector x = train.transpose() * axis, y = test.transpose() * axis;
    const double mean = x.mean(), variance = std::max(1e-6, (x.array() - mean).square().mean());
    const Normals two = two_normals(x);
    for (const double v : y) {
      const double both = std::log(two.share * std::exp(log_normal(v, two.mean1, two.variance)) +
                                   (1 - two.share) * std::exp(log_normal(v, two.mean0, two.variance)) + 1e-300);
      gains[at++] = std::clamp(both - log_normal(v, mean, variance), -2.0, 2.0);
    }
  }
  return gains;
}

struct Gain {
  double difference = 0, variance = 0;
};

Gain gain_of(const Evidence& e, const Meeting& m, const std::vector<int>& genes) {
  const Vector rate = rates_of(e, m.controls, genes), own = rates_of(e, m.edited, genes);
  const Matrix controls = cell_residuals(e, m.controls, genes, rate);
  const Matrix shift = cell_residuals(e, m.edited, genes, rate);
  const Matrix edited = cell_residuals(e, m.edited, genes, own);
  // As many controls as edited cells, so that both fits are equally well informed.
  const Index n = std::min(controls.cols(), edited.cols());
  Matrix some(controls.rows(), n);
  for (Index i = 0; i < n; ++i) some.col(i) = controls.col(i * controls.cols() / n);
  Matrix axes(controls.rows(), control_axes + 1);
  axes.leftCols(control_axes) = main_axes(controls, control_axes);
  axes.col(control_axes) = shift.rowwise().mean() - controls.rowwise().mean();
  const Vector a = gains_of(edited.leftCols(n), axes), b = gains_of(some, axes);
  const auto square_error = [](const Vector& v) {
    return (v.array() - v.mean()).square().sum() / static_cast<double>(v.size() - 1) / static_cast<double>(v.size());
  };
  return {a.mean() - b.mean(), std::max(1e-8, square_error(a) + square_error(b))};
}

}  // namespace

Row audit_populations(const Evidence& e) {
  Row row;
  row.id = "A2";
  row.assumption = "Each condition is one population of cells.";
  row.quantity = "Gain of two populations over one, beyond controls (nats a cell)";
  row.margin = {-std::numeric_limits<double>::infinity(), 0.05,
                "about two equal populations three standard deviations apart"};
  row.evidence =
      "Kept whole cells of each edit against controls of the same batch, treated alike, after depth, after the main "
      "axes of "
      "the controls (cell cycle among them) and after the axis of escapers. Controls alone often look bimodal; only "
      "what "
      "edited cells add counts.";
  if (!e.edited || !e.controls) {
    row.verdict = Verdict::no_data;
    row.sentence = !e.edited ? "No cell is edited, so that there is nothing to hold against the unedited cells."
                             : "No cell is unedited: what divides any cells could not be told from what edits do.";
    row.extra_sample = !e.edited ? "" : "Unedited cells in every batch.";
    return row;
  }
  const std::vector<Meeting> meetings = meetings_of(e, fewest_cells);
  std::map<int, std::vector<Gain>> gains;
  std::size_t used = 0;
  const std::vector<int> genes = genes_for_cells(e, most_genes);
  if (genes.size() >= 4)
    for (const Meeting& m : meetings) {
      if (used++ == most_meetings) break;
      gains[m.condition].push_back(gain_of(e, m, genes));
    }
  int edited = 0;
  for (const auto& c : e.data().conditions) edited += !c.is_control();
  row.items_left_out = edited - static_cast<int>(gains.size());
  if (gains.empty()) {
    row.verdict = Verdict::no_data;
    row.sentence =
        "No edit has " + std::to_string(fewest_cells) + " kept cells in a batch that also holds as many controls.";
    row.extra_sample = "At least " + std::to_string(fewest_cells) + " cells of an edit in one batch, beside controls.";
    return row;
  }
  // What batches differ beyond their cells, pooled over edits: a factor on the variance.
  double squares = 0, df = 0;
  const auto mean_of = [](const std::vector<Gain>& parts, double& variance) {
    double sum = 0, weight = 0;
    for (const Gain& g : parts) {
      sum += g.difference / g.variance;
      weight += 1 / g.variance;
    }
    variance = 1 / weight;
    return sum / weight;
  };
  for (const auto& [condition, parts] : gains) {
    double variance = 0;
    const double mean = mean_of(parts, variance);
    for (const Gain& g : parts) squares += (g.difference - mean) * (g.difference - mean) / g.variance;
    df += static_cast<double>(parts.size()) - 1;
  }
  const double inflation = df > 0 ? std::max(1.0, squares / df) : 1;
  std::vector<std::string> divided;
  double most = -1;
  std::string most_at;
  for (const auto& [condition, parts] : gains) {
    double variance = 0;
    const double mean = mean_of(parts, variance);
    const std::string label = screen::label_of(e.data().conditions[static_cast<std::size_t>(condition)]);
    row.items.push_back(judged(
        label, mean,
        t_bounds(mean, std::sqrt(inflation * variance), inflation > 1 ? df : std::numeric_limits<double>::infinity()),
        row.margin, gains.size()));
    if (row.items.back().verdict == Verdict::violated) divided.push_back(label);
    if (mean > most) {
      most = mean;
      most_at = label;
    }
  }
  conclude(row, "cells");
  if (row.verdict == Verdict::violated) {
    row.sentence =
        "More than one population, beyond what divides controls and beyond escapers, in " + listed(divided) + ".";
    row.consequence =
        "One state per condition is an average of two kinds of cells: give the cell types as a column, and fit them "
        "apart.";
  } else {
    row.sentence = "No edit of " + counted(row.items.size(), "edit", "edits") +
                   " shows a second population for certain; the most is " + in_words(most) + " nats a cell (" +
                   most_at + ").";
    row.consequence = "One state per condition is a fair summary, as far as the kept cells tell.";
  }
  return row;
}

}  // namespace groundwork::audit
