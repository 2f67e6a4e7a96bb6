#include "groundwork/measurement/reml.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

namespace groundwork::measurement {

Reml::Reml(const BatchLevels& levels, std::vector<int> condition, std::vector<int> column)
    : levels_(levels), condition_(std::move(condition)), column_(std::move(column)) {
  std::map<int, int> number;  // conditions that have groups, without gaps
  for (int& c : condition_) c = number.try_emplace(c, static_cast<int>(number.size())).first->second;
  conditions_ = static_cast<Index>(number.size());
}

void Reml::set_known(const Vector& mean, const Vector& variance) {
  mean_ = mean;
  noise_ = variance;
  cells_ = false;
}

void Reml::set_cells(const Vector& mean, const Vector& cells, double within_squares) {
  mean_ = mean;
  noise_ = cells.cwiseInverse();
  cells_ = true;
  total_cells_ = cells.sum();
  sum_log_cells_ = cells.array().log().sum();
  within_squares_ = within_squares;
}

Index Reml::size() const { return static_cast<Index>(levels_.levels()) + 1 + (cells_ ? 1 : 0); }

double Reml::within() const {
  if (!cells_) return std::numeric_limits<double>::quiet_NaN();
  return within_squares_ / std::max(1.0, total_cells_ - static_cast<double>(mean_.size()));
}

double Reml::scale() const {
  Vector sum = Vector::Zero(conditions_), count = Vector::Zero(conditions_);
  for (std::size_t k = 0; k < condition_.size(); ++k) {
    sum[condition_[k]] += mean_[static_cast<Index>(k)];
    count[condition_[k]] += 1;
  }
  double square = 0;
  for (std::size_t k = 0; k < condition_.size(); ++k) {
    square += std::pow(mean_[static_cast<Index>(k)] - sum[condition_[k]] / count[condition_[k]], 2);
  }
  return square / std::max(1.0, static_cast<double>(mean_.size() - conditions_));
}

Likelihood Reml::evaluate(const Vector& theta, bool derivatives) const {
  const Index groups = mean_.size(), batches = levels_.columns();
  const auto level_count = static_cast<Index>(levels_.levels());
  const double sg2 = theta[level_count], sw2 = cells_ ? theta[level_count + 1] : 1;
  const Vector v = (sw2 * noise_).array() + sg2;
  const Vector w = v.cwiseInverse();
  Vector d = Vector::Zero(conditions_), centre = Vector::Zero(conditions_);
  for (Index k = 0; k < groups; ++k) {
    const int c = condition_[static_cast<std::size_t>(k)];
    d[c] += w[k];
    centre[c] += w[k] * mean_[k];
  }
  centre = centre.cwiseQuotient(d);
  Matrix shares = Matrix::Zero(conditions_, std::max<Index>(batches, 1));
  Vector r(groups), g = Vector::Zero(batches);
  for (Index k = 0; k < groups; ++k) {
    const int c = condition_[static_cast<std::size_t>(k)];
    r[k] = mean_[k] - centre[c];
    if (batches == 0) continue;
    const int b = column_[static_cast<std::size_t>(k)];
    shares(c, b) = w[k] / d[c];
    g[b] += w[k] * r[k];
  }

  // L as the Laplacian of what conditions share, so that its rows sum to zero to the last digit.
  Matrix laplacian = Matrix::Zero(batches, batches);
  if (batches > 0) {
    laplacian.noalias() = -(shares.transpose() * d.asDiagonal() * shares);
    laplacian.diagonal().setZero();
    laplacian.diagonal() = -laplacian.colwise().sum().transpose();
  }
  // K = R A⁻¹ Rᵀ with R = [s_f G_f], A = I + RᵀLR.
  Index width = 0;
  for (Index f = 0; f < level_count; ++f) {
    if (theta[f] > 0) width += static_cast<Index>(levels_.labels[static_cast<std::size_t>(f)].size());
  }
  Matrix root = Matrix::Zero(batches, width);
  Index start = 0;
  for (Index f = 0; f < level_count; ++f) {
    if (!(theta[f] > 0)) continue;
    const auto& of_column = levels_.of_column[static_cast<std::size_t>(f)];
    for (Index b = 0; b < batches; ++b) root(b, start + of_column[static_cast<std::size_t>(b)]) = std::sqrt(theta[f]);
    start += static_cast<Index>(levels_.labels[static_cast<std::size_t>(f)].size());
  }
  Matrix middle = Matrix::Identity(width, width);
  if (width > 0) middle.noalias() += root.transpose() * laplacian * root;
  const Eigen::LLT<Matrix> factor(middle);
  Matrix covariance = Matrix::Zero(batches, batches);
  double log_determinant = 0;
  if (width > 0) {
    covariance = root * factor.solve(root.transpose());
    log_determinant = 2 * factor.matrixLLT().diagonal().array().log().sum();
  }
  const Vector effect = covariance * g;

  Likelihood result;
  const auto observations = cells_ ? total_cells_ : static_cast<double>(groups);
  result.minus_two_log = (observations - static_cast<double>(conditions_)) * std::log(2 * std::numbers::pi) +
                         v.array().log().sum() + d.array().log().sum() + log_determinant +
                         (w.array() * r.array().square()).sum() - g.dot(effect);
  const double rest = cells_ ? total_cells_ - static_cast<double>(groups) : 0;
  if (cells_) result.minus_two_log += rest * std::log(sw2) + within_squares_ / sw2 + sum_log_cells_;
  if (!derivatives) return result;

  const Index parameters = size();
  // p = P y, and the diagonal of P.
  const Matrix spread = shares.leftCols(batches) * covariance;
  Vector p(groups), diagonal(groups);
  for (Index k = 0; k < groups; ++k) {
    const int c = condition_[static_cast<std::size_t>(k)];
    double removed = 0, shrink = 0;
    if (batches > 0) {
      const int b = column_[static_cast<std::size_t>(k)];
      removed = effect[b] - shares.row(c).dot(effect);
      shrink = covariance(b, b) - 2 * spread(c, b) + spread.row(c).dot(shares.row(c));
    }
    p[k] = w[k] * (r[k] - removed);
    diagonal[k] = w[k] - w[k] * w[k] / d[c] - w[k] * w[k] * shrink;
  }
  result.gradient.resize(parameters);
  Matrix moved(groups, parameters);  // V_i p
  const Vector balance = g - laplacian * effect;
  const Matrix first = laplacian - laplacian * covariance * laplacian;
  for (Index f = 0; f < level_count; ++f) {
    const auto& of_column = levels_.of_column[static_cast<std::size_t>(f)];
    const auto size = static_cast<Index>(levels_.labels[static_cast<std::size_t>(f)].size());
    Vector sums = Vector::Zero(size);
    double trace = 0;
    for (Index b = 0; b < batches; ++b) {
      sums[of_column[static_cast<std::size_t>(b)]] += balance[b];
      for (Index e = 0; e < batches; ++e) {
        if (of_column[static_cast<std::size_t>(b)] == of_column[static_cast<std::size_t>(e)]) trace += first(b, e);
      }
    }
    result.gradient[f] = trace - sums.squaredNorm();
    for (Index k = 0; k < groups; ++k) {
      moved(k, f) = sums[of_column[static_cast<std::size_t>(column_[static_cast<std::size_t>(k)])]];
    }
  }
  const Vector excess = diagonal - p.cwiseAbs2();
  result.gradient[level_count] = excess.sum();
  moved.col(level_count) = p;
  if (cells_) {
    result.gradient[level_count + 1] = excess.dot(noise_) + rest / sw2 - within_squares_ / (sw2 * sw2);
    moved.col(level_count + 1) = p.cwiseProduct(noise_);
  }
  // ½ pᵀ V_i P V_j p.
  Matrix projected(groups, parameters);
  for (Index j = 0; j < parameters; ++j) {
    Vector average = Vector::Zero(conditions_), sums = Vector::Zero(batches);
    for (Index k = 0; k < groups; ++k) {
      const int c = condition_[static_cast<std::size_t>(k)];
      average[c] += w[k] * moved(k, j) / d[c];
    }
    for (Index k = 0; k < groups; ++k) {
      const auto i = static_cast<std::size_t>(k);
      projected(k, j) = moved(k, j) - average[condition_[i]];
      if (batches > 0) sums[column_[i]] += w[k] * projected(k, j);
    }
    const Vector shift = covariance * sums;
    for (Index k = 0; k < groups; ++k) {
      const auto i = static_cast<std::size_t>(k);
      if (batches > 0) projected(k, j) -= shift[column_[i]] - shares.row(condition_[i]).dot(shift);
      projected(k, j) *= w[k];
    }
  }
  result.average_information = 0.5 * moved.transpose() * projected;
  if (cells_) result.average_information(level_count + 1, level_count + 1) += 0.5 * within_squares_ / (sw2 * sw2 * sw2);
  return result;
}

RemlFit minimise_reml(const std::function<Likelihood(const Vector&, bool)>& likelihood, Index parameters, double scale,
                      const std::vector<bool>& fixed_at_zero, double within) {
  const bool has_within = !std::isnan(within);
  const Index bounded = parameters - (has_within ? 1 : 0);
  const auto is_fixed = [&](Index i) {
    return static_cast<std::size_t>(i) < fixed_at_zero.size() && fixed_at_zero[static_cast<std::size_t>(i)];
  };
  if (!(scale > 0)) scale = 1e-6;

  // Start: the best of a grid, s_g² against the batch levels.
  RemlFit fit;
  double best = std::numeric_limits<double>::infinity();
  Vector theta = Vector::Zero(parameters);
  for (const double group : {0.02, 0.2, 1.0}) {
    for (const double batch : {0.0, 0.05, 0.4, 2.0}) {
      for (Index i = 0; i < bounded; ++i) theta[i] = is_fixed(i) ? 0 : scale * (i + 1 == bounded ? group : batch);
      if (has_within) theta[bounded] = within;
      const double value = likelihood(theta, false).minus_two_log;
      if (value < best) {
        best = value;
        fit.theta = theta;
      }
    }
  }
  fit.at = likelihood(fit.theta, true);
  for (fit.iterations = 0; fit.iterations < 300; ++fit.iterations) {
    std::vector<Index> free;
    for (Index i = 0; i < parameters; ++i) {
      if (!is_fixed(i) && (fit.theta[i] > 0 || fit.at.gradient[i] < 0)) free.push_back(i);
    }
    const auto count = static_cast<Index>(free.size());
    if (count == 0) {
      fit.converged = true;
      break;
    }
    Matrix information(count, count);
    Vector score(count);
    for (Index i = 0; i < count; ++i) {
      score[i] = -0.5 * fit.at.gradient[free[static_cast<std::size_t>(i)]];
      for (Index j = 0; j < count; ++j) {
        information(i, j) =
            fit.at.average_information(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(j)]);
      }
    }
    information.diagonal() *= 1 + 1e-12;
    Vector step = information.ldlt().solve(score);
    if (!step.allFinite() || step.dot(score) <= 0) {
      step = score.cwiseQuotient(information.diagonal().cwiseMax(1e-300));
    }
    double length = 1, change = 0;
    Vector next = fit.theta;
    Likelihood at;
    bool accepted = false;
    for (int halving = 0; halving < 40; ++halving, length *= 0.5) {
      change = 0;
      for (Index i = 0; i < count; ++i) {
        const Index k = free[static_cast<std::size_t>(i)];
        const double floor = has_within && k == bounded ? 0.1 * fit.theta[k] : 0;
        next[k] = std::max(floor, fit.theta[k] + length * step[i]);
        change = std::max(change, std::abs(next[k] - fit.theta[k]) / (std::abs(fit.theta[k]) + 1e-8 * scale));
      }
      at = likelihood(next, true);
      if (at.minus_two_log <= fit.at.minus_two_log + 1e-11 * (1 + std::abs(fit.at.minus_two_log))) {
        accepted = true;
        break;
      }
    }
    if (!accepted) {
      // The likelihood is flat to rounding: as far as it goes.
      fit.converged = true;
      break;
    }
    fit.theta = next;
    fit.at = std::move(at);
    if (change < 1e-12) {
      fit.converged = true;
      break;
    }
  }
  return fit;
}

RemlFit fit_reml(const Reml& reml, const std::vector<bool>& fixed_at_zero) {
  return minimise_reml([&](const Vector& theta, bool derivatives) { return reml.evaluate(theta, derivatives); },
                       reml.size(), reml.scale(), fixed_at_zero, reml.within());
}

}  // namespace groundwork::measurement
