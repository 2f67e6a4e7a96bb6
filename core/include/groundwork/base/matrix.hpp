#pragma once

#include <Eigen/Core>

namespace groundwork {

/** Column-major, as Eigen's default. Genes are rows: a column is the state of one condition, contiguous in memory. */
template <typename Scalar>
using MatrixOf = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
template <typename Scalar>
using VectorOf = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
template <typename Scalar>
using ArrayOf = Eigen::Array<Scalar, Eigen::Dynamic, Eigen::Dynamic>;

using Matrix = MatrixOf<double>;
using Vector = VectorOf<double>;
using Index = Eigen::Index;

}  // namespace groundwork
