#include "groundwork/measurement/gene_set_tests.hpp"

#include <algorithm>
#include <cmath>

#include "gene_least_squares.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"

namespace groundwork::measurement {
namespace {

/** Smaller p would be an infinite z-score. */
constexpr double smallest_p = 1e-300;

/** The test of every gene as the standard normal value of the same one-sided p; NaN where not tested. */
Matrix z_scores_of(const EffectTests& tests) {
  Matrix z = Matrix::Constant(tests.p.rows(), tests.p.cols(), nan);
  for (Index i = 0; i < z.size(); ++i)
    if (std::isfinite(tests.p(i)))
      z(i) = std::copysign(normal_quantile(std::max(tests.p(i), smallest_p) / 2), tests.estimate(i));
  return z;
}

/** Of the tested genes of one contrast. */
struct Moments {
  double count = 0, mean = 0, variance = 0, mean_fold = 0;
};

Moments moments_over_genes(const Vector& z, const Vector& fold) {
  Moments m;
  for (Index g = 0; g < z.size(); ++g)
    if (std::isfinite(z[g])) m.count += 1, m.mean += z[g], m.mean_fold += fold[g];
  m.mean /= m.count;
  m.mean_fold /= m.count;
  for (Index g = 0; g < z.size(); ++g)
    if (std::isfinite(z[g])) m.variance += std::pow(z[g] - m.mean, 2) / (m.count - 1);
  return m;
}

}  // namespace

ReplicateResiduals replicate_residuals(const screen::Levels& table, const ModeratedVariances& variances) {
  const Index genes = table.x.rows(), rows = table.x.cols();
  const TableColumns columns(table);
  ReplicateResiduals out{Matrix::Zero(genes, rows), Matrix::Zero(genes, rows), Vector::Zero(genes)};
  for (Index g = 0; g < genes; ++g) {
    const Matrix states = states_of(table, columns, g);
    Gls gls(columns.levels, weights_of(table, columns, g, variances.group[g]));
    gls.set_level_variances(all_fixed(columns));
    const Vector& totals = gls.totals();
    const Matrix shares = gls.shares(), covariance = gls.batch_covariance();
    const Matrix& w = gls.weights();
    const Fitted fitted = fitted_to(gls, states);
    double squares = 0;
    for (Index r = 0; r < rows; ++r) {
      const int c = table.rows[static_cast<std::size_t>(r)].condition;
      const int b = columns.of_row[static_cast<std::size_t>(r)];
      if (!(w(c, b) > 0)) continue;
      // The fitted value is ȳ_c + (e_b − u_c)ᵀ β̂, and ȳ_c is independent of β̂.
      Vector direction = -shares.row(c).transpose();
      direction[b] += 1;
      const double leverage = w(c, b) * (1 / totals[c] + direction.dot(covariance * direction));
      const double left = 1 - leverage;
      if (!(left > 1e-9)) continue;
      out.extent(g, r) = std::sqrt(left);
      out.df[g] += left;
      out.scaled(g, r) = std::sqrt(w(c, b)) * (states(c, b) - fitted.weighted_mean[c] - direction.dot(fitted.batch));
      squares += std::pow(out.scaled(g, r), 2);
    }
    if (squares > 0) out.scaled.row(g) *= std::sqrt(out.df[g] / squares);
  }
  return out;
}

double residual_correlation(const ReplicateResiduals& residuals, const std::vector<int>& genes) {
  Vector sum = Vector::Zero(residuals.scaled.cols()), extent = sum;
  double df = 0;
  for (const int g : genes) {
    sum += residuals.scaled.row(g).transpose();
    extent += residuals.extent.row(g).transpose();
    df += residuals.df[g];
  }
  const double pairs = extent.squaredNorm() - df;
  return pairs > 1e-9 * df ? (sum.squaredNorm() - df) / pairs : nan;
}

GeneSetTests test_gene_sets(const EffectTests& tests, const ReplicateResiduals& residuals,
                            const std::vector<std::vector<int>>& sets, const GeneSetOptions& options) {
  const Index contrasts = tests.p.cols(), count = static_cast<Index>(sets.size());
  GeneSetTests out;
  out.estimate = out.score = out.df = out.p = Matrix::Constant(count, contrasts, nan);
  out.correlation = Vector::Constant(count, nan);
  out.from_replicates.assign(sets.size(), 0);
  Vector residual_df = Vector::Zero(count);
  for (Index s = 0; s < count; ++s) {
    const auto& genes = sets[static_cast<std::size_t>(s)];
    if (genes.size() < 2) continue;
    for (const int g : genes) residual_df[s] += residuals.df[g] / static_cast<double>(genes.size());
    const double found = residual_df[s] >= options.least_df ? residual_correlation(residuals, genes) : nan;
    out.from_replicates[static_cast<std::size_t>(s)] = std::isfinite(found);
    // Less than no correlation is not believed, as in limma: it would make p too small.
    out.correlation[s] = std::isfinite(found) ? std::clamp(found, 0.0, 1.0) : options.preset_correlation;
  }
  const Matrix z = z_scores_of(tests);
  for (Index k = 0; k < contrasts; ++k) {
    const Moments all = moments_over_genes(z.col(k), tests.estimate.col(k));
    for (Index s = 0; s < count; ++s) {
      double m = 0, mean = 0, fold = 0;
      for (const int g : sets[static_cast<std::size_t>(s)])
        if (std::isfinite(z(g, k))) m += 1, mean += z(g, k), fold += tests.estimate(g, k);
      const double others = all.count - m;
      if (m < 2 || others < 2) continue;
      const double share = all.count / others;
      const double difference = share * (mean / m - all.mean);
      const double variance =
          ((all.count - 1) * all.variance - difference * difference * m * others / all.count) / (all.count - 2);
      const double inflation = 1 + (m - 1) * out.correlation[s];
      const double se = std::sqrt(variance * (inflation / m + 1 / others));
      if (!(se > 0)) continue;
      out.estimate(s, k) = share * (fold / m - all.mean_fold);
      out.score(s, k) = difference / se;
      out.df(s, k) = all.count - 2;
      if (out.from_replicates[static_cast<std::size_t>(s)]) out.df(s, k) = std::min(out.df(s, k), residual_df[s]);
      out.p(s, k) = std::min(1.0, 2 * student_t_cdf(-std::abs(out.score(s, k)), out.df(s, k)));
    }
  }
  return out;
}

}  // namespace groundwork::measurement
