#include "groundwork/design/layout_information.hpp"

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <Eigen/QR>
#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"

namespace groundwork::design {
namespace {

constexpr int updates_before_refactorising = 100;

}  // namespace

LayoutInformation::LayoutInformation(InformationSetting setting, Matrix cells)
    : setting_(std::move(setting)), cells_(std::move(cells)), conditions_(cells_.rows()) {
  const auto& levels = setting_.levels;
  const double large = 1e7 * (setting_.sg2 + setting_.sw2.maxCoeff());
  std::vector<std::vector<int>> node(levels.levels());
  int next = static_cast<int>(conditions_);
  for (std::size_t f = 0; f < levels.levels(); ++f) {
    const double variance = std::min(setting_.level_variances[static_cast<Index>(f)], large);
    for (std::size_t g = 0; g < levels.labels[f].size(); ++g) {
      const int above = f == 0 ? -1 : node[f - 1][static_cast<std::size_t>(levels.parent[f][g])];
      if (variance == 0) {
        node[f].push_back(above);
        continue;
      }
      node[f].push_back(next);
      edges_.push_back({next++, above, 1 / variance});
    }
  }
  nodes_ = next;
  node_of_batch_ = node.empty() ? std::vector<int>(static_cast<std::size_t>(cells_.cols()), -1) : node.back();
  l_ = Matrix::Zero(static_cast<Index>(setting_.contrasts.size()), conditions_);
  for (std::size_t k = 0; k < setting_.contrasts.size(); ++k)
    for (const auto& [c, l] : setting_.contrasts[k].terms) l_(static_cast<Index>(k), c) += l;
  if (setting_.criterion == Criterion::D) {
    const Eigen::ColPivHouseholderQR<Matrix> qr(l_.transpose());
    if (qr.rank() < l_.rows()) {
      throw Error("optimise.criterion",
                  "The contrasts depend on one another, so that the determinant of their covariance is 0.",
                  "Use criterion A, or leave out contrasts that follow from the others.");
    }
  }
  refactorise();
}

void LayoutInformation::refactorise() {
  updates_ = 0;
  Matrix j = Matrix::Zero(nodes_, nodes_);
  for (Index b = 0; b < cells_.cols(); ++b) {
    const int node = node_of_batch_[static_cast<std::size_t>(b)];
    for (Index c = 0; c < conditions_; ++c) {
      const double w = weight(static_cast<int>(c), cells_(c, b));
      if (w == 0) continue;
      j(c, c) += w;
      if (node < 0) continue;
      j(node, node) += w;
      j(c, node) -= w;
      j(node, c) -= w;
    }
  }
  for (const Edge& edge : edges_) {
    j(edge.child, edge.child) += edge.conductance;
    if (edge.parent < 0) continue;
    j(edge.parent, edge.parent) += edge.conductance;
    j(edge.child, edge.parent) -= edge.conductance;
    j(edge.parent, edge.child) -= edge.conductance;
  }
  // A condition without cells: next to nothing is known about it, which is still a number to search downhill from.
  const double tiny = 1e-8 / (setting_.sg2 + setting_.sw2.maxCoeff());
  for (Index c = 0; c < conditions_; ++c)
    if (j(c, c) == 0) j(c, c) = tiny;
  c_ = j.llt().solve(Matrix::Identity(nodes_, nodes_));
  const Matrix lc = l_ * c_.topRows(conditions_);
  const Matrix v = lc.leftCols(conditions_) * l_.transpose();
  if (setting_.criterion == Criterion::A) {
    q_ = lc.transpose() * setting_.weights.asDiagonal() * lc;
    value_ = setting_.weights.dot(v.diagonal()) / setting_.weights.sum();
  } else {
    const Eigen::LLT<Matrix> factor(v);
    q_ = lc.transpose() * factor.solve(lc);
    value_ = 2 * factor.matrixLLT().diagonal().array().log().sum();
  }
}

double LayoutInformation::between(const Matrix& m, int c, int b, int other_c, int other_b) const {
  const int node = node_of_batch_[static_cast<std::size_t>(b)],
            other = node_of_batch_[static_cast<std::size_t>(other_b)];
  double sum = m(c, other_c);
  if (node >= 0) sum -= m(node, other_c);
  if (other >= 0) sum -= m(c, other);
  if (node >= 0 && other >= 0) sum += m(node, other);
  return sum;
}

Vector LayoutInformation::column(const Matrix& m, int c, int b) const {
  const int node = node_of_batch_[static_cast<std::size_t>(b)];
  return node < 0 ? Vector(m.col(c)) : Vector(m.col(c) - m.col(node));
}

double LayoutInformation::value_after(std::span<const Change> changes) const {
  const double scale = setting_.criterion == Criterion::A ? setting_.weights.sum() : 1;
  if (changes.size() == 1 || changes.size() == 2) {
    // By hand: this is what a search spends its time on.
    const Change& x = changes[0];
    const double dx = weight(x.condition, x.cells) - weight(x.condition, cells_(x.condition, x.batch));
    const double sx = between(c_, x.condition, x.batch, x.condition, x.batch);
    const double qx = between(q_, x.condition, x.batch, x.condition, x.batch);
    if (changes.size() == 1) {
      const double det = 1 + dx * sx;
      if (det < 1e-9) return infinity;
      if (setting_.criterion == Criterion::A) return value_ - dx * qx / det / scale;
      const double ratio = 1 - dx * qx / det;
      return ratio > 0 ? value_ + std::log(ratio) : infinity;
    }
    const Change& y = changes[1];
    const double dy = weight(y.condition, y.cells) - weight(y.condition, cells_(y.condition, y.batch));
    const double sy = between(c_, y.condition, y.batch, y.condition, y.batch);
    const double qy = between(q_, y.condition, y.batch, y.condition, y.batch);
    const double sxy = between(c_, x.condition, x.batch, y.condition, y.batch);
    const double qxy = between(q_, x.condition, x.batch, y.condition, y.batch);
    // H = (I + D S)⁻¹ D for two groups.
    const double det = (1 + dx * sx) * (1 + dy * sy) - dx * dy * sxy * sxy;
    if (det < 1e-9) return infinity;
    const double hx = dx * (1 + dy * sy) / det, hy = dy * (1 + dx * sx) / det, hxy = -dx * dy * sxy / det;
    if (setting_.criterion == Criterion::A) return value_ - (hx * qx + hy * qy + 2 * hxy * qxy) / scale;
    const double ratio =
        (1 - hx * qx - hxy * qxy) * (1 - hxy * qxy - hy * qy) - (hx * qxy + hxy * qy) * (hxy * qx + hy * qxy);
    return ratio > 0 ? value_ + std::log(ratio) : infinity;
  }
  const auto k = static_cast<Index>(changes.size());
  Vector d(k);
  Matrix s(k, k), e(k, k);
  for (Index i = 0; i < k; ++i) {
    const Change& x = changes[static_cast<std::size_t>(i)];
    d[i] = weight(x.condition, x.cells) - weight(x.condition, cells_(x.condition, x.batch));
    for (Index j = 0; j < k; ++j) {
      const Change& y = changes[static_cast<std::size_t>(j)];
      s(i, j) = between(c_, x.condition, x.batch, y.condition, y.batch);
      e(i, j) = between(q_, x.condition, x.batch, y.condition, y.batch);
    }
  }
  const Eigen::PartialPivLU<Matrix> lu(Matrix::Identity(k, k) + d.asDiagonal() * s);
  if (lu.determinant() < 1e-9) return infinity;
  const Matrix h = lu.solve(Matrix(d.asDiagonal()));
  if (setting_.criterion == Criterion::A) return value_ - h.cwiseProduct(e.transpose()).sum() / scale;
  const double ratio = (Matrix::Identity(k, k) - h * e).determinant();
  return ratio > 0 ? value_ + std::log(ratio) : infinity;
}

void LayoutInformation::apply(std::span<const Change> changes) {
  const auto k = static_cast<Index>(changes.size());
  const double after = value_after(changes);
  Vector d(k);
  Matrix s(k, k), e(k, k), z(nodes_, k), y(nodes_, k);
  for (Index i = 0; i < k; ++i) {
    const Change& x = changes[static_cast<std::size_t>(i)];
    d[i] = weight(x.condition, x.cells) - weight(x.condition, cells_(x.condition, x.batch));
    z.col(i) = column(c_, x.condition, x.batch);
    y.col(i) = column(q_, x.condition, x.batch);
    for (Index j = 0; j < k; ++j) {
      const Change& other = changes[static_cast<std::size_t>(j)];
      s(i, j) = between(c_, x.condition, x.batch, other.condition, other.batch);
      e(i, j) = between(q_, x.condition, x.batch, other.condition, other.batch);
    }
  }
  for (const Change& x : changes) cells_(x.condition, x.batch) = x.cells;
  if (++updates_ >= updates_before_refactorising || !std::isfinite(after)) {
    refactorise();
    return;
  }
  const Matrix h = (Matrix::Identity(k, k) + d.asDiagonal() * s).partialPivLu().solve(Matrix(d.asDiagonal()));
  const Matrix zh = z * h, yh = y * h;
  q_ -= yh * z.transpose() + z * yh.transpose();
  q_ += zh * e * zh.transpose();
  if (setting_.criterion == Criterion::D) {
    // V' = V − G H Gᵀ, G = L C A: the inverse moves by another update of rank k. (H⁻¹ − E)⁻¹ = (I − H E)⁻¹ H.
    const Matrix g = y - zh * e;
    const Matrix inner = (Matrix::Identity(k, k) - h * e).partialPivLu().solve(h);
    q_ += g * inner * g.transpose();
  }
  c_ -= zh * z.transpose();
  value_ = after;
}

}  // namespace groundwork::design
