#include "groundwork/measurement/satterthwaite.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

namespace groundwork::measurement {
namespace {

/** Sums of the rows of `m` over the groups of one level: GᵀM. */
Matrix grouped(const Matrix& m, const std::vector<int>& group, Index groups) {
  Matrix sum = Matrix::Zero(groups, m.cols());
  for (Index b = 0; b < m.rows(); ++b) sum.row(group[static_cast<std::size_t>(b)]) += m.row(b);
  return sum;
}

double trace_of_product(const Matrix& a, const Matrix& b) { return a.cwiseProduct(b.transpose()).sum(); }

/** Fills the sums. Weights are scaled to at most 1, so that their cubes fit a float. `count`: rows stand for that many
 * conditions; empty: for one each. */
template <typename Scalar>
void sum_moments(const Matrix& w, const Vector& count, WeightMoments& m) {
  const Index rows = w.rows(), batches = w.cols();
  m.second = Matrix::Zero(batches, batches);
  m.third = Matrix::Zero(batches, batches);
  const double unit = w.size() > 0 ? w.maxCoeff() : 0;
  if (!(unit > 0)) return;
  Vector sum_square = Vector::Zero(batches), sum_cube = Vector::Zero(batches);
  Matrix cross_sum = Matrix::Zero(2 * batches, batches), outer_sum = Matrix::Zero(batches, batches);
  // In blocks of conditions, so that the work stays in the cache.
  constexpr Index block = 256;
  MatrixOf<Scalar> weights, both, share, scaled, cross(2 * batches, batches), outer(batches, batches);
  VectorOf<Scalar> d, inverse, root, q, t, ratio, skew, times, square, cube;
  for (Index start = 0; start < rows; start += block) {
    const Index size = std::min(block, rows - start);
    times = VectorOf<Scalar>::Ones(size);
    if (count.size() > 0) times = count.segment(start, size).template cast<Scalar>();
    weights.resize(size, batches);
    d = q = t = VectorOf<Scalar>::Zero(size);
    for (Index b = 0; b < batches; ++b) {
      weights.col(b) = (w.col(b).segment(start, size) * (1 / unit)).template cast<Scalar>();
      d += weights.col(b);
      square = weights.col(b).cwiseAbs2();
      q += square;
      t += square.cwiseProduct(weights.col(b));
    }
    inverse = (d.array() > 0).select(d.array().inverse(), Scalar(0));
    root = (inverse.cwiseProduct(times)).cwiseSqrt();
    ratio = q.cwiseProduct(inverse);
    skew = Scalar(0.5) * (t.cwiseProduct(inverse) - ratio.cwiseAbs2());
    m.trace_square += static_cast<double>(times.dot(q - 2 * t.cwiseProduct(inverse) + ratio.cwiseAbs2()));
    inverse = inverse.cwiseProduct(times);
    share.resize(size, batches);
    both.resize(size, 2 * batches);
    scaled.resize(size, batches);
    for (Index b = 0; b < batches; ++b) {
      const auto x = weights.col(b);
      square = x.cwiseAbs2();
      cube = square.cwiseProduct(x);
      sum_square[b] += static_cast<double>(times.dot(square));
      sum_cube[b] += static_cast<double>(times.dot(cube));
      share.col(b) = x.cwiseProduct(inverse);
      both.col(b) = square - Scalar(0.5) * ratio.cwiseProduct(x);
      both.col(batches + b) = cube - ratio.cwiseProduct(square) - skew.cwiseProduct(x);
      scaled.col(b) = square.cwiseProduct(root);
    }
    cross.noalias() = both.transpose() * share;
    cross_sum += cross.template cast<double>();
    outer.setZero();
    outer.template selfadjointView<Eigen::Lower>().rankUpdate(scaled.transpose());
    outer_sum += outer.template cast<double>();
  }
  m.trace_square *= unit * unit;
  m.second.diagonal() = sum_square;
  m.second -= cross_sum.topRows(batches) + cross_sum.topRows(batches).transpose();
  m.second *= unit * unit;
  m.third = -outer_sum;
  m.third.triangularView<Eigen::StrictlyUpper>() = m.third.transpose();
  m.third.diagonal() += sum_cube;
  m.third -= cross_sum.bottomRows(batches) + cross_sum.bottomRows(batches).transpose();
  m.third *= unit * unit * unit;
}

void place_batches(const std::vector<GraphComponent>& components, Index batches, WeightMoments& m) {
  m.component.assign(static_cast<std::size_t>(batches), -1);
  for (std::size_t k = 0; k < components.size(); ++k) {
    if (!components[k].batches.empty()) m.rank += static_cast<Index>(components[k].batches.size()) - 1;
    for (const int b : components[k].batches) m.component[static_cast<std::size_t>(b)] = static_cast<int>(k);
  }
}

}  // namespace

WeightMoments moments_of(const Gls& gls, bool single_precision) {
  WeightMoments m;
  const RowPatterns& patterns = gls.patterns();
  const Matrix& rows = patterns.repeated() ? patterns.weights : gls.weights();
  if (single_precision) {
    sum_moments<float>(rows, patterns.count, m);
  } else {
    sum_moments<double>(rows, patterns.count, m);
  }
  m.groups = (gls.weights().array() > 0).count();
  m.conditions = (gls.totals().array() > 0).count();
  place_batches(gls.components(), gls.weights().cols(), m);
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gls.laplacian());
  m.eigenvalues = eigen.eigenvalues();
  m.eigenvectors = eigen.eigenvectors();
  return m;
}

WeightMoments moments_of(const Matrix& weights) {
  std::vector<std::string> names;
  for (Index b = 0; b < weights.cols(); ++b) names.push_back(std::to_string(b));
  return moments_of(Gls(nest_levels({"batch"}, {names}), weights));
}

VarianceInformation information_of(const Gls& gls, const WeightMoments& moments) {
  const BatchLevels& levels = gls.levels();
  const Vector& variances = gls.level_variances();
  VarianceInformation result;
  int fixed = -1;  // the finest fixed level absorbs the coarser ones
  for (int f = 0; f < static_cast<int>(levels.levels()); ++f) {
    if (std::isinf(variances[f])) fixed = f;
  }
  for (int f = fixed + 1; f < static_cast<int>(levels.levels()); ++f) result.level.push_back(f);
  const auto parameters = static_cast<Index>(result.level.size()) + 1;
  result.matrix = Matrix::Zero(parameters, parameters);
  if (moments.groups <= moments.conditions) return result;  // no condition is measured twice

  // L = QΛQᵀ on its range, whose rank the graph gives exactly. C = QΛ^½, without what the fixed level explains.
  const Index rank = moments.rank, batches = gls.weights().cols();
  const Matrix basis = moments.eigenvectors.rightCols(rank);
  const Vector values = moments.eigenvalues.tail(rank);
  Matrix root = basis * values.cwiseSqrt().asDiagonal();
  if (fixed >= 0 && rank > 0) {
    const auto f = static_cast<std::size_t>(fixed);
    const auto groups = static_cast<Index>(levels.labels[f].size());
    const Matrix explained = grouped(root, levels.of_column[f], groups).transpose();
    const Eigen::ColPivHouseholderQR<Matrix> qr(explained);
    const Matrix q = qr.householderQ() * Matrix::Identity(rank, rank);
    // Again the graph knows the rank, of conditions and fixed groups, where rounding would have to guess.
    Index lost = 0;
    for (const GraphComponent& part :
         components_of(grouped(gls.weights().transpose(), levels.of_column[f], groups).transpose())) {
      if (!part.batches.empty()) lost += static_cast<Index>(part.batches.size()) - 1;
    }
    root = root * q.rightCols(rank - lost);
  }
  if (moments.groups - moments.conditions - (rank - root.cols()) <= 0) return result;

  // N₁ = ZᵀPZ = C(I + CᵀSC)⁻¹Cᵀ, N₂ = ZᵀP²Z, J = L⁺ − L⁺N₁L⁺; then tr P² = tr H² − 2 tr(J ZᵀH³Z) + tr((J ZᵀH²Z)²).
  Matrix middle = Matrix::Identity(root.cols(), root.cols());
  for (const int f : result.level) {
    if (variances[f] == 0) continue;
    const auto k = static_cast<std::size_t>(f);
    const Matrix sums = grouped(root, levels.of_column[k], static_cast<Index>(levels.labels[k].size()));
    middle.noalias() += variances[f] * sums.transpose() * sums;
  }
  const Eigen::LLT<Matrix> factor(middle);
  const Matrix inverse = basis * values.cwiseInverse().asDiagonal() * basis.transpose();
  const Matrix first = root * factor.solve(root.transpose());
  const Matrix inverse_first = inverse * first;
  const Matrix second = inverse_first.transpose() * moments.second * inverse_first;
  const Matrix joint = inverse - inverse_first * inverse;
  const double largest = rank > 0 ? values[rank - 1] : 0;
  for (Index i = 0; i + 1 < parameters; ++i) {
    const auto fi = static_cast<std::size_t>(result.level[static_cast<std::size_t>(i)]);
    const auto groups = static_cast<Index>(levels.labels[fi].size());
    // Sums over groups come before products: a level about which nothing is known then leaves a trace of rounding that
    // is far smaller than any information.
    const Matrix sums = grouped(root, levels.of_column[fi], groups);
    if (sums.squaredNorm() <= 1e-24 * largest) continue;
    const Matrix rows = factor.solve(sums.transpose());
    for (Index j = 0; j <= i; ++j) {
      const auto fj = static_cast<std::size_t>(result.level[static_cast<std::size_t>(j)]);
      const Matrix others = grouped(root, levels.of_column[fj], static_cast<Index>(levels.labels[fj].size()));
      if (others.squaredNorm() <= 1e-24 * largest) continue;
      result.matrix(i, j) = result.matrix(j, i) = 0.5 * (others * rows).squaredNorm();
    }
    const Matrix left = grouped(second, levels.of_column[fi], groups);
    double trace = 0;
    for (Index b = 0; b < batches; ++b) trace += left(levels.of_column[fi][static_cast<std::size_t>(b)], b);
    result.matrix(i, parameters - 1) = result.matrix(parameters - 1, i) = 0.5 * trace;
  }
  const Matrix spread = joint * moments.second;
  result.matrix(parameters - 1, parameters - 1) =
      0.5 * (moments.trace_square - 2 * trace_of_product(joint, moments.third) + trace_of_product(spread, spread));
  return result;
}

double satterthwaite_df(double variance, const Vector& gradient, const Matrix& information) {
  const Index n = gradient.size();
  // Parameters of very different size are brought to one scale; one without any information must not matter.
  std::vector<Index> known;
  for (Index i = 0; i < n; ++i) {
    if (information(i, i) > 0) {
      known.push_back(i);
    } else if (gradient[i] > 0) {
      return 0;
    }
  }
  const auto size = static_cast<Index>(known.size());
  Matrix scaled(size, size);
  Vector g(size);
  for (Index i = 0; i < size; ++i) {
    const Index a = known[static_cast<std::size_t>(i)];
    g[i] = gradient[a] / std::sqrt(information(a, a));
    for (Index j = 0; j < size; ++j) {
      const Index b = known[static_cast<std::size_t>(j)];
      scaled(i, j) = information(a, b) / std::sqrt(information(a, a) * information(b, b));
    }
  }
  if (!(g.norm() > 0)) return 0;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scaled);
  double form = 0;
  for (Index k = 0; k < size; ++k) {
    const double part = eigen.eigenvectors().col(k).dot(g);
    if (eigen.eigenvalues()[k] > 1e-9) {
      form += part * part / eigen.eigenvalues()[k];
    } else if (std::abs(part) > 1e-6 * g.norm()) {
      return 0;
    }
  }
  return form > 0 ? 2 * variance * variance / form : 0;
}

Satterthwaite::Satterthwaite(const Gls& gls, const WeightMoments& moments)
    : gls_(gls),
      moments_(moments),
      information_(information_of(gls, moments)),
      covariance_(gls.batch_covariance()),
      laplacian_(gls.laplacian()) {}

Vector Satterthwaite::variance_gradient(const Contrast& contrast) const {
  const BatchLevels& levels = gls_.levels();
  const Matrix& w = gls_.weights();
  const Index batches = w.cols();
  Vector y = Vector::Zero(batches);
  double size = 0;
  const auto terms = merged_terms(contrast);
  for (const auto& [c, a] : terms) {
    y += a * gls_.shares().row(c).transpose();
    size += std::abs(a);
  }
  Vector kappa = covariance_ * y;
  // Zᵀa, the weight of each batch in the estimate Σ a y: what flows from it to its parent, or the balance at the batch.
  Vector flow = y - laplacian_ * kappa;
  const auto finest = static_cast<Index>(levels.levels()) - 1;
  if (finest == 0 && gls_.level_variances()[0] > 0) flow = kappa / gls_.level_variances()[0];
  Vector gradient = Vector::Zero(information_.matrix.rows());
  for (std::size_t i = 0; i < information_.level.size(); ++i) {
    const auto f = static_cast<std::size_t>(information_.level[i]);
    Vector sums = Vector::Zero(static_cast<Index>(levels.labels[f].size()));
    for (Index b = 0; b < batches; ++b) sums[levels.of_column[f][static_cast<std::size_t>(b)]] += flow[b];
    const double square = sums.squaredNorm();
    gradient[static_cast<Index>(i)] = square > 1e-24 * size * size ? square : 0;
  }
  // Only differences of κ within a component matter: take its mean out before squaring.
  std::vector<double> mean(static_cast<std::size_t>(w.rows()), 0.0), count(static_cast<std::size_t>(w.rows()), 0.0);
  for (Index b = 0; b < batches; ++b) {
    const int k = moments_.component[static_cast<std::size_t>(b)];
    if (k < 0) continue;
    mean[static_cast<std::size_t>(k)] += kappa[b];
    count[static_cast<std::size_t>(k)] += 1;
  }
  for (Index b = 0; b < batches; ++b) {
    const int k = moments_.component[static_cast<std::size_t>(b)];
    kappa[b] = k < 0 ? 0 : kappa[b] - mean[static_cast<std::size_t>(k)] / count[static_cast<std::size_t>(k)];
  }
  double sum = kappa.dot(moments_.second * kappa);
  for (const auto& [c, a] : terms) {
    if (a == 0) continue;
    const double alpha = a / gls_.totals()[c];
    const double centre = gls_.shares().row(c).dot(kappa);
    sum += alpha * alpha * w.row(c).squaredNorm();
    sum += 2 * alpha * (w.row(c).cwiseAbs2() * (Vector::Constant(batches, centre) - kappa)).value();
  }
  gradient[gradient.size() - 1] = sum;
  return gradient;
}

double Satterthwaite::df(const Contrast& contrast) const {
  const double variance = gls_.variance(contrast);
  if (std::isnan(variance)) return std::numeric_limits<double>::quiet_NaN();
  return satterthwaite_df(variance, variance_gradient(contrast), information_.matrix);
}

}  // namespace groundwork::measurement
