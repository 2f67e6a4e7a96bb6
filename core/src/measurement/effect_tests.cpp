#include "groundwork/measurement/effect_tests.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gene_least_squares.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/measurement/satterthwaite.hpp"

namespace groundwork::measurement {
namespace {

double value_of(const Contrast& contrast, const Vector& mean) {
  double sum = 0;
  for (const auto& [c, a] : contrast.terms) sum += a * mean[c];
  return sum;
}

bool occupied(const Contrast& contrast, const Gls& gls) {
  return std::all_of(contrast.terms.begin(), contrast.terms.end(),
                     [&](const auto& term) { return term.second == 0 || gls.totals()[term.first] > 0; });
}

/** The information about s_g² (the last parameter) with a prior's added. */
double degrees_of_freedom(const Satterthwaite& own, const Contrast& contrast, double variance, double prior) {
  Matrix information = own.information().matrix;
  information(information.rows() - 1, information.cols() - 1) += prior;
  return satterthwaite_df(variance, own.variance_gradient(contrast), information);
}

}  // namespace

ModeratedVariances moderate(const screen::Levels& table, const VarianceComponents& components) {
  const Index genes = table.x.rows();
  ModeratedVariances out;
  out.group = Vector::Zero(genes);
  out.pooled_level = components.pooled.sb2;
  out.prior_mean = components.pooled.sg2;
  out.estimable = std::isfinite(out.prior_mean);
  if (!out.estimable) return out;
  const TableColumns columns(table);
  Vector error = Vector::Constant(genes, nan);
  double squares = 0, errors = 0, count = 0;
  for (Index g = 0; g < genes; ++g) {
    const double own = components.genes[static_cast<std::size_t>(g)].sg2;
    if (!std::isfinite(own)) continue;
    Gls gls(columns.levels, weights_of(table, columns, g, out.prior_mean));
    gls.set_level_variances(all_fixed(columns));
    const Matrix information = information_of(gls, moments_of(gls)).matrix;
    const double known = information(information.rows() - 1, information.cols() - 1);
    if (!(known > 0)) continue;
    error[g] = 1 / known;
    squares += std::pow(own - out.prior_mean, 2);
    errors += error[g];
    count += 1;
  }
  const double least = std::pow(0.1 * out.prior_mean, 2);
  out.prior_spread = count > 0 ? std::max((squares - errors) / count, least) : least;
  for (Index g = 0; g < genes; ++g) {
    out.group[g] = out.prior_mean;
    if (std::isnan(error[g]) || !(out.prior_spread > 0)) continue;
    const double own = components.genes[static_cast<std::size_t>(g)].sg2;
    out.group[g] += out.prior_spread / (out.prior_spread + error[g]) * (own - out.prior_mean);
  }
  return out;
}

EffectTests test_contrasts(const screen::Levels& table, const ModeratedVariances& variances,
                           const std::vector<Contrast>& contrasts) {
  const Index genes = table.x.rows(), count = static_cast<Index>(contrasts.size());
  const TableColumns columns(table);
  EffectTests out;
  out.estimate = out.se = out.df = out.p = Matrix::Constant(genes, count, nan);
  out.basis.assign(contrasts.size(), ErrorBasis::none);
  const bool can_be_random = columns.batched && variances.estimable && variances.pooled_level.allFinite();
  const double prior = variances.prior_spread > 0 ? 1 / variances.prior_spread : 0;
  for (Index g = 0; g < genes; ++g) {
    const Matrix states = states_of(table, columns, g);
    Gls gls(columns.levels, weights_of(table, columns, g, variances.group[g]));
    const WeightMoments moments = moments_of(gls);
    std::vector<char> done(contrasts.size(), 0);
    const auto test_with = [&](const Vector& level_variances, ErrorBasis basis) {
      gls.set_level_variances(level_variances);
      const Vector mean = fitted_to(gls, states).mean;
      const Satterthwaite satterthwaite(gls, moments);
      for (Index k = 0; k < count; ++k) {
        const auto at = static_cast<std::size_t>(k);
        if (done[at] || !occupied(contrasts[at], gls)) continue;
        const double variance = gls.variance(contrasts[at]);
        if (!(variance > 0)) continue;
        const double df =
            variances.estimable ? degrees_of_freedom(satterthwaite, contrasts[at], variance, prior) : infinity;
        if (!(df > 0)) continue;
        done[at] = 1;
        out.estimate(g, k) = value_of(contrasts[at], mean);
        out.se(g, k) = std::sqrt(variance);
        out.df(g, k) = df;
        out.p(g, k) = std::min(1.0, 2 * student_t_cdf(-std::abs(out.estimate(g, k)) / out.se(g, k), df));
        const ErrorBasis stands = variances.estimable ? basis : ErrorBasis::cells;
        if (out.basis[at] == ErrorBasis::none || stands > out.basis[at]) out.basis[at] = stands;
      }
    };
    test_with(all_fixed(columns), ErrorBasis::batches);
    if (can_be_random && std::find(done.begin(), done.end(), 0) != done.end())
      test_with(variances.pooled_level, ErrorBasis::across_batches);
  }
  return out;
}

Matrix adjusted(const Matrix& p) {
  std::vector<Index> order;
  for (Index i = 0; i < p.size(); ++i)
    if (std::isfinite(p(i))) order.push_back(i);
  std::sort(order.begin(), order.end(), [&](Index a, Index b) { return p(a) > p(b); });
  Matrix q = Matrix::Constant(p.rows(), p.cols(), nan);
  const double tests = static_cast<double>(order.size());
  double least = 1;
  for (std::size_t k = 0; k < order.size(); ++k) {
    least = std::min(least, p(order[k]) * tests / (tests - static_cast<double>(k)));
    q(order[k]) = least;
  }
  return q;
}

std::vector<int> matched_controls(const std::vector<screen::Condition>& conditions) {
  std::vector<int> matched(conditions.size(), -1);
  for (std::size_t c = 0; c < conditions.size(); ++c) {
    if (conditions[c].is_control()) continue;
    screen::Condition context = conditions[c];
    context.edits.clear();
    const auto found = std::find(conditions.begin(), conditions.end(), context);
    if (found != conditions.end()) matched[c] = static_cast<int>(found - conditions.begin());
  }
  return matched;
}

}  // namespace groundwork::measurement
