#include "groundwork/dynamics/structural_model.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"

namespace groundwork::dynamics {

Matrix structural_coefficients(const Matrix& jacobian) {
  const Index d = jacobian.rows();
  Matrix coefficients(d, d);
  for (Index i = 0; i < d; ++i) {
    const double own = jacobian(i, i);
    if (own < 0)
      coefficients.row(i) = jacobian.row(i) / -own;
    else
      coefficients.row(i).setConstant(nan);
    coefficients(i, i) = 0;
  }
  return coefficients;
}

StructuralResponse structural_response(const Matrix& jacobian, const std::vector<Index>& held, const Vector& levels,
                                       const Vector& push) {
  const Index d = jacobian.rows();
  std::vector<char> is_held(static_cast<std::size_t>(d), 0);
  for (const Index g : held) {
    if (g < 0 || g >= d || is_held[static_cast<std::size_t>(g)])
      throw Error("links.held",
                  "Gene " + std::to_string(g) + " cannot be held; the model has " + std::to_string(d) +
                      " genes, and each is held once.",
                  "Name each gene once.");
    is_held[static_cast<std::size_t>(g)] = 1;
  }
  std::vector<Index> free;
  for (Index g = 0; g < d; ++g)
    if (!is_held[static_cast<std::size_t>(g)]) free.push_back(g);

  StructuralResponse out;
  out.change = Vector::Constant(d, nan);
  const Matrix rest = jacobian(free, free);
  out.abscissa = free.empty() ? -infinity : rest.eigenvalues().real().maxCoeff();
  out.stable = out.abscissa < 0;
  if (!out.stable) return out;
  for (std::size_t k = 0; k < held.size(); ++k) out.change(held[k]) = levels(static_cast<Index>(k));
  if (free.empty()) return out;
  Vector driven = push(free);
  for (std::size_t k = 0; k < held.size(); ++k) driven += jacobian(free, held[k]) * levels(static_cast<Index>(k));
  const Vector answer = -rest.partialPivLu().solve(driven);
  out.change(free) = answer;
  return out;
}

}  // namespace groundwork::dynamics
