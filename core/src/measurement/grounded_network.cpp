#include "groundwork/measurement/grounded_network.hpp"

#include <cmath>

namespace groundwork::measurement {

void GroundedNetwork::factorise(Matrix a, Vector ground) {
  const Index n = ground.size();
  Vector pivot(n);
  // Eliminating node k joins its neighbours directly and hands its way to the ground on to them. Column k of `a` below
  // the diagonal then holds the multipliers.
  for (Index k = 0; k < n; ++k) {
    const Index rest = n - k - 1;
    auto column = a.col(k).tail(rest);
    pivot[k] = ground[k] + column.sum();
    if (!(pivot[k] > 0)) continue;  // the last node of a floating part: nothing is left to eliminate
    const Vector share = column / pivot[k];
    for (Index j = 0; j < rest; ++j) {
      if (column[j] != 0) a.col(k + 1 + j).tail(rest - j) += column[j] * share.tail(rest - j);
    }
    ground.tail(rest) += share * ground[k];
    column = share;
  }
  // Forward substitution of the identity, by columns: x_j gains share_jk x_k.
  factor_ = Matrix::Zero(n, n);
  for (Index c = 0; c < n; ++c) {
    factor_(c, c) = 1;
    for (Index k = c; k < n; ++k) {
      const double x = factor_(k, c);
      if (x != 0 && pivot[k] > 0) factor_.col(c).tail(n - k - 1) += x * a.col(k).tail(n - k - 1);
    }
  }
  for (Index k = 0; k < n; ++k) {
    factor_.row(k).head(k + 1) *= pivot[k] > 0 ? 1 / std::sqrt(pivot[k]) : 0.0;
  }
}

}  // namespace groundwork::measurement
