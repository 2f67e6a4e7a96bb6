#include "groundwork/measurement/satterthwaite.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>

#include "groundwork/base/tiles.hpp"

namespace groundwork::measurement {
namespace {

/** Sums of the rows of `m` over the groups of one level: GᵀM. */
Matrix grouped(const Matrix& m, const std::vector<int>& group, Index groups) {
  Matrix sum = Matrix::Zero(groups, m.cols());
  for (Index b = 0; b < m.rows(); ++b) sum.row(group[static_cast<std::size_t>(b)]) += m.row(b);
  return sum;
}

double trace_of_product(const Matrix& a, const Matrix& b) { return a.cwiseProduct(b.transpose()).sum(); }

/** What the products are made of, for one condition: x holds its weights; the sums are over conditions. */
template <typename Scalar>
struct Factors {
  Scalar times, inverse, root, ratio, skew;
};
template <typename Scalar>
[[gnu::noinline]] void factors_of(Index n, const Scalar* __restrict x, const Factors<Scalar>& f,
                                  Scalar* __restrict share, Scalar* __restrict first, Scalar* __restrict second,
                                  Scalar* __restrict scaled, Scalar* __restrict squares, Scalar* __restrict cubes) {
  const Scalar times = f.times, share_scale = f.inverse * f.times, root = f.root, ratio = f.ratio, skew = f.skew;
  for (Index b = 0; b < n; ++b) {
    const Scalar square = x[b] * x[b], cube = square * x[b];
    share[b] = x[b] * share_scale;
    first[b] = square - Scalar(0.5) * ratio * x[b];
    second[b] = cube - ratio * square - skew * x[b];
    scaled[b] = square * root;
    squares[b] += times * square;
    cubes[b] += times * cube;
  }
}

/**
 * Fills the sums. Weights are divided by `unit`, at least the largest of them, so that their cubes fit a float.
 * `count`: rows stand for that many conditions; empty: for one each.
 */
template <typename Scalar>
void sum_moments(const Matrix& w, const Vector& count, double unit, WeightMoments& m) {
  const Index rows = w.rows(), batches = w.cols(), width = padded_rows<Scalar>(batches);
  m.second = Matrix::Zero(batches, batches);
  m.third = Matrix::Zero(batches, batches);
  if (!(unit > 0)) return;
  Matrix first_sum = m.second, second_sum = m.second, outer_sum = m.second;
  Vector square_sum = Vector::Zero(batches), cube_sum = Vector::Zero(batches);
  // Blocks of conditions, one a column, stay in the cache; single precision is summed over a few of them only.
  constexpr Index block = 64, together = 4;
  const auto zeros = [width](Index columns) { return MatrixOf<Scalar>(MatrixOf<Scalar>::Zero(width, columns)); };
  MatrixOf<Scalar> weights = zeros(block), share = weights, first = weights, second = weights, scaled = weights;
  MatrixOf<Scalar> first_part = zeros(width), second_part = first_part, outer_part = first_part;
  MatrixOf<Scalar> squares = zeros(1), cubes = squares;
  const double scale = 1 / unit;
  for (Index start = 0, blocks = 1; start < rows; start += block, ++blocks) {
    const Index size = std::min(block, rows - start);
    for (Index b = 0; b < batches; ++b) {
      const double* from = w.data() + b * rows + start;
      Scalar* to = weights.data() + b;
      for (Index c = 0; c < size; ++c) to[c * width] = static_cast<Scalar>(from[c] * scale);
    }
    for (Index c = 0; c < size; ++c) {
      const auto x = weights.col(c).array();
      const Scalar d = x.sum(), q = x.square().sum(), t = x.cube().sum();
      Factors<Scalar> f;
      f.times = count.size() > 0 ? static_cast<Scalar>(count[start + c]) : Scalar(1);
      f.inverse = d > 0 ? 1 / d : Scalar(0);
      f.root = std::sqrt(f.inverse * f.times);
      f.ratio = q * f.inverse;
      f.skew = Scalar(0.5) * (t * f.inverse - f.ratio * f.ratio);
      m.trace_square += static_cast<double>(f.times * (q - 2 * t * f.inverse + f.ratio * f.ratio));
      factors_of(width, weights.col(c).data(), f, share.col(c).data(), first.col(c).data(), second.col(c).data(),
                 scaled.col(c).data(), squares.data(), cubes.data());
    }
    add_outer_products(first.data(), share.data(), size, first_part);
    add_outer_products(second.data(), share.data(), size, second_part);
    add_outer_products(scaled.data(), scaled.data(), size, outer_part, true);
    if (blocks % together != 0 && start + block < rows) continue;
    first_sum += first_part.topLeftCorner(batches, batches).template cast<double>();
    second_sum += second_part.topLeftCorner(batches, batches).template cast<double>();
    outer_sum += outer_part.topLeftCorner(batches, batches).template cast<double>();
    square_sum += squares.col(0).head(batches).template cast<double>();
    cube_sum += cubes.col(0).head(batches).template cast<double>();
    for (auto* part : {&first_part, &second_part, &outer_part, &squares, &cubes}) part->setZero();
  }
  m.trace_square *= unit * unit;
  m.second.diagonal() = square_sum;
  m.second -= first_sum + first_sum.transpose();
  m.second *= unit * unit;
  m.third = -outer_sum;
  m.third.triangularView<Eigen::StrictlyUpper>() = m.third.transpose();
  m.third.diagonal() += cube_sum;
  m.third -= second_sum + second_sum.transpose();
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
  const double unit = gls.totals().size() > 0 ? gls.totals().maxCoeff() : 0;
  if (single_precision) {
    sum_moments<float>(rows, patterns.count, unit, m);
  } else {
    sum_moments<double>(rows, patterns.count, unit, m);
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
    y += a * gls_.shares_of(c).transpose();
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
    const double centre = gls_.shares_of(c).dot(kappa);
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
