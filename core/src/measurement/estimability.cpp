#include <Eigen/Eigenvalues>
#include <cmath>
#include <set>

#include "groundwork/measurement/satterthwaite.hpp"
#include "groundwork/measurement/variance_components.hpp"

namespace groundwork::measurement {
namespace {

/** Parameters that take part in a direction about which the information says nothing. */
std::vector<bool> unidentified(const Matrix& information) {
  const Index n = information.rows();
  Vector scale(n);
  for (Index i = 0; i < n; ++i) scale[i] = information(i, i) > 0 ? 1 / std::sqrt(information(i, i)) : 0;
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(scale.asDiagonal() * information * scale.asDiagonal());
  std::vector<bool> found(static_cast<std::size_t>(n), false);
  for (Index i = 0; i < n; ++i) found[static_cast<std::size_t>(i)] = scale[i] == 0;
  for (Index k = 0; k < n; ++k) {
    if (eigen.eigenvalues()[k] > 1e-9) continue;
    for (Index i = 0; i < n; ++i) {
      if (std::abs(eigen.eigenvectors()(i, k)) > 1e-5) found[static_cast<std::size_t>(i)] = true;
    }
  }
  return found;
}

std::size_t groups_used(const std::vector<int>& of_column, const Matrix& present) {
  std::set<int> used;
  for (Index b = 0; b < present.cols(); ++b) {
    if (present.col(b).maxCoeff() > 0) used.insert(of_column[static_cast<std::size_t>(b)]);
  }
  return used.size();
}

}  // namespace

Estimability estimability_of(const BatchLevels& levels, const Matrix& present) {
  const std::size_t count = levels.levels();
  Estimability result;
  result.level.assign(count, false);
  result.level_reason.assign(count, "");
  if (count == 0 || present.size() == 0 || !(present.maxCoeff() > 0)) {
    result.group_reason = count == 0 ? "there is no batch column, so nothing is measured twice" : "nothing is measured";
    return result;
  }
  const Matrix ones = (present.array() > 0).cast<double>();
  const WeightMoments moments = moments_of(ones);
  result.df = moments.groups - moments.conditions - moments.rank;
  const std::string& finest = levels.names.back();
  if (groups_used(levels.of_column.back(), ones) < 2) {
    result.group_reason = "there is one " + finest + " only, so nothing is measured twice";
  } else if (moments.groups == moments.conditions) {
    result.group_reason = "no condition is in more than one " + finest;
  }
  if (!result.group_reason.empty()) {
    for (std::string& reason : result.level_reason) reason = result.group_reason;
    return result;
  }
  Gls gls(levels, ones);
  gls.set_level_variances(Vector::Ones(static_cast<Index>(count)));
  const Matrix information = information_of(gls, moments).matrix;
  std::vector<bool> left_out(count, false);
  while (true) {
    std::vector<Index> kept;
    for (std::size_t f = 0; f < count; ++f) {
      if (!left_out[f]) kept.push_back(static_cast<Index>(f));
    }
    kept.push_back(static_cast<Index>(count));
    Matrix part(static_cast<Index>(kept.size()), static_cast<Index>(kept.size()));
    for (std::size_t i = 0; i < kept.size(); ++i) {
      for (std::size_t j = 0; j < kept.size(); ++j) {
        part(static_cast<Index>(i), static_cast<Index>(j)) = information(kept[i], kept[j]);
      }
    }
    const std::vector<bool> unknown = unidentified(part);
    std::vector<std::size_t> flagged;
    for (std::size_t i = 0; i + 1 < kept.size(); ++i) {
      if (unknown[i]) flagged.push_back(static_cast<std::size_t>(kept[i]));
    }
    if (flagged.empty() && !unknown.back()) break;
    const bool alone = flagged.size() == 1 && !unknown.back();
    if (unknown.back() && flagged.size() < 2) {
      // s_g² and the finest level cannot be told apart: neither is known.
      result.group_reason =
          "the layout does not tell the variation between batches from that of conditions within "
          "batches: too few conditions are in more than one " +
          finest;
      for (std::size_t f = 0; f < count; ++f) {
        if (result.level_reason[f].empty()) result.level_reason[f] = result.group_reason;
      }
      return result;
    }
    const std::size_t f = flagged.front();
    left_out[f] = true;
    if (groups_used(levels.of_column[f], ones) < 2) {
      result.level_reason[f] = "there is one " + levels.names[f] + " only";
    } else if (alone) {
      result.level_reason[f] = "no condition is in more than one " + levels.names[f];
    } else {
      result.level_reason[f] = "it cannot be told from the level below it, which carries its variation here";
    }
  }
  result.group = true;
  for (std::size_t f = 0; f < count; ++f) result.level[f] = !left_out[f];
  return result;
}

}  // namespace groundwork::measurement
