#include "groundwork/fit/latent_shift.hpp"

#include <Eigen/Cholesky>
#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <utility>

#include "groundwork/base/not_finite.hpp"

namespace groundwork::fit {
namespace {

constexpr int most_em_steps = 200, latent_folds = 5;
constexpr Index most_latent = 10;
/** More dimensions are not tried after so many in a row that describe left-out edits no better. */
constexpr Index patience_of_dimensions = 3;

/** Observed entries of a column, and the rows of W there. */
struct ObservedPart {
  std::vector<Index> genes;
  Vector x;
  Matrix loadings;

  ObservedPart(const Matrix& w, const Vector& column) {
    for (Index g = 0; g < column.size(); ++g)
      if (std::isfinite(column(g))) genes.push_back(g);
    x = column(genes);
    loadings = w(genes, Eigen::all);
  }
  /** I-free part of the posterior: Wᵀ W + noise I. */
  Matrix inner(double noise) const {
    Matrix m = loadings.transpose() * loadings;
    m.diagonal().array() += noise;
    return m;
  }
};

}  // namespace

Matrix LatentComponents::codes(const Matrix& x) const {
  Matrix out(loadings.cols(), x.cols());
  for (Index c = 0; c < x.cols(); ++c) {
    const ObservedPart part(loadings, x.col(c));
    out.col(c) = part.inner(noise).llt().solve(part.loadings.transpose() * part.x);
  }
  return out;
}

Vector LatentComponents::log_density(const Matrix& x) const {
  Vector out(x.cols());
  const double k = static_cast<double>(loadings.cols());
  for (Index c = 0; c < x.cols(); ++c) {
    const ObservedPart part(loadings, x.col(c));
    const double n = static_cast<double>(part.x.size());
    // |W Wᵀ + s I| = s^(n − k) |Wᵀ W + s I|, and Woodbury's identity for the quadratic form.
    double square = part.x.squaredNorm() / noise, log_determinant = n * std::log(noise);
    if (loadings.cols() > 0) {
      const Eigen::LLT<Matrix> inner(part.inner(noise));
      const Vector across = part.loadings.transpose() * part.x;
      square -= across.dot(inner.solve(across)) / noise;
      log_determinant += 2 * inner.matrixLLT().diagonal().array().log().sum() - k * std::log(noise);
    }
    out(c) = -0.5 * (n * std::log(2 * std::numbers::pi) + log_determinant + square);
  }
  return out;
}

LatentComponents latent_components(const Matrix& x, Index k) {
  const Matrix filled = x.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; });
  const double observed = static_cast<double>((x.array() == x.array()).count());
  const double total = observed > 0 ? filled.squaredNorm() / observed : 1;
  const double least = 1e-9 * std::max(total, 1e-300);
  LatentComponents out;
  out.loadings = Matrix::Zero(x.rows(), k);
  out.noise = std::max(total, 1e-12);
  if (k == 0 || x.cols() == 0) return out;
  const Eigen::BDCSVD<Matrix> svd(filled, Eigen::ComputeThinU);
  const double n = static_cast<double>(x.cols());
  const Index known = std::min(k, svd.singularValues().size());
  double rest = filled.squaredNorm() - svd.singularValues().head(known).squaredNorm();
  out.noise = std::max(rest / std::max(1.0, observed - n * static_cast<double>(k)), std::max(least, 1e-3 * total));
  for (Index j = 0; j < known; ++j) {
    const double size = std::max(svd.singularValues()(j) * svd.singularValues()(j) / n - out.noise, 1e-6 * total);
    out.loadings.col(j) = std::sqrt(size) * svd.matrixU().col(j);
  }
  double before = -infinity;
  for (int step = 0; step < most_em_steps; ++step) {
    std::vector<Matrix> second(static_cast<std::size_t>(x.cols()));  // E z zᵀ
    const Matrix z = out.codes(x);
    for (Index c = 0; c < x.cols(); ++c) {
      const ObservedPart part(out.loadings, x.col(c));
      second[static_cast<std::size_t>(c)] =
          out.noise * part.inner(out.noise).llt().solve(Matrix::Identity(k, k)) + z.col(c) * z.col(c).transpose();
    }
    double residual = 0;
    for (Index g = 0; g < x.rows(); ++g) {
      Matrix gram = 1e-12 * Matrix::Identity(k, k);
      Vector across = Vector::Zero(k);
      double square = 0;
      for (Index c = 0; c < x.cols(); ++c) {
        const double value = x(g, c);
        if (!std::isfinite(value)) continue;
        gram += second[static_cast<std::size_t>(c)];
        across += value * z.col(c);
        square += value * value;
      }
      const Vector w = gram.llt().solve(across);
      out.loadings.row(g) = w.transpose();
      residual += square - 2 * w.dot(across) + w.dot(gram * w);
    }
    out.noise = std::max(residual / observed, least);
    const double now = out.log_density(x).sum();
    if (now - before < 1e-6 * observed) break;
    before = now;
  }
  return out;
}

LatentShift latent_shift(const Evaluation& evaluation) {
  // One column a set of edits with doses: the mean over its training conditions.
  const auto key_of = [](const screen::Condition& c) { return screen::edits_label(c); };
  std::map<std::string, std::vector<Index>> sets;
  const bool any = std::find(evaluation.held_out.begin(), evaluation.held_out.end(), 1) != evaluation.held_out.end();
  std::set<std::string> names;
  for (std::size_t c = 0; c < evaluation.conditions.size(); ++c) {
    const auto& condition = evaluation.conditions[c];
    if ((any && evaluation.held_out[c]) || condition.is_control()) continue;
    sets[key_of(condition)].push_back(static_cast<Index>(c));
    for (const auto& edit : condition.edits) names.insert(edit.name);
  }
  LatentShift out;
  out.edits.assign(names.begin(), names.end());
  const Index genes = evaluation.observed.rows(), n = static_cast<Index>(sets.size());
  Matrix x(genes, n), doses = Matrix::Zero(static_cast<Index>(out.edits.size()), n);
  Index at = 0;
  for (const auto& [label, members] : sets) {
    for (Index g = 0; g < genes; ++g) {
      double sum = 0, count = 0;
      for (const Index c : members)
        if (std::isfinite(evaluation.observed(g, c))) sum += evaluation.observed(g, c), count += 1;
      x(g, at) = count > 0 ? sum / count : nan;
    }
    for (const auto& edit : evaluation.conditions[static_cast<std::size_t>(members.front())].edits)
      doses(std::lower_bound(out.edits.begin(), out.edits.end(), edit.name) - out.edits.begin(), at) = edit.dose;
    ++at;
  }
  const Index most = n < 3 ? 0 : std::min({most_latent, n - 2, genes - 1});
  Index best = 0;
  for (Index k = 0; k <= std::min(most, best + patience_of_dimensions); ++k) {
    double sum = 0, count = 0;
    const int folds = static_cast<int>(std::min<Index>(latent_folds, n));
    for (int fold = 0; fold < folds; ++fold) {
      std::vector<Index> learn, judge;
      for (Index c = 0; c < n; ++c) (c % folds == fold ? judge : learn).push_back(c);
      if (learn.empty() || static_cast<Index>(learn.size()) < k) continue;
      const Matrix left = x(Eigen::all, judge);
      sum += latent_components(x(Eigen::all, learn), k).log_density(left).sum();
      count += static_cast<double>((left.array() == left.array()).count());
    }
    out.held_out_fit.push_back(count > 0 ? sum / count : nan);
    if (out.held_out_fit.back() > out.held_out_fit[static_cast<std::size_t>(best)]) best = k;
  }
  out.components = latent_components(x, best);
  const Matrix codes = out.components.codes(x);
  out.codes = n == 0 ? Matrix::Zero(best, doses.rows())
                     : Matrix(doses.transpose().completeOrthogonalDecomposition().solve(codes.transpose()).transpose());
  return out;
}

Matrix shifted_effects(const LatentShift& shift, const std::vector<screen::Condition>& conditions) {
  Matrix z = Matrix::Zero(shift.codes.rows(), static_cast<Index>(conditions.size()));
  const Vector mean = shift.codes.cols() > 0 ? Vector(shift.codes.rowwise().mean()) : Vector::Zero(z.rows());
  for (std::size_t c = 0; c < conditions.size(); ++c)
    for (const auto& edit : conditions[c].edits) {
      const auto found = std::lower_bound(shift.edits.begin(), shift.edits.end(), edit.name);
      const bool known = found != shift.edits.end() && *found == edit.name;
      z.col(static_cast<Index>(c)) += known ? Vector(edit.dose * shift.codes.col(found - shift.edits.begin())) : mean;
    }
  return shift.components.loadings * z;
}

}  // namespace groundwork::fit
