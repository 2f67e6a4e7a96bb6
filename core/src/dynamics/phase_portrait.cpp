#include "groundwork/dynamics/phase_portrait.hpp"

#include <Eigen/SVD>
#include <cmath>

#include "groundwork/base/error.hpp"

namespace groundwork::dynamics {

Matrix PhasePlane::coordinates(const Matrix& states) const { return axes.transpose() * (states.colwise() - origin); }

PhasePlane plane_of_genes(const Vector& origin, Index first, Index second) {
  PhasePlane plane{origin, Matrix::Zero(origin.size(), 2)};
  plane.axes(first, 0) = plane.axes(second, 1) = 1;
  plane.origin(first) = plane.origin(second) = 0;
  return plane;
}

PhasePlane plane_of_components(const Matrix& states, std::array<double, 2>& share) {
  PhasePlane plane;
  plane.origin = states.rowwise().mean();
  const Eigen::BDCSVD<Matrix> svd(states.colwise() - plane.origin, Eigen::ComputeThinU);
  const Vector& size = svd.singularValues();
  if (size.size() < 2 || !(size(1) > 1e-9 * size(0)))
    throw Error("portrait.components", "The states of this fit do not span a plane, so there are no two components.",
                "Choose two genes instead.");
  plane.axes = svd.matrixU().leftCols(2);
  for (Index k = 0; k < 2; ++k) {
    Index largest = 0;
    plane.axes.col(k).cwiseAbs().maxCoeff(&largest);
    if (plane.axes(largest, k) < 0) plane.axes.col(k) *= -1;
    share[static_cast<std::size_t>(k)] = size(k) * size(k) / size.squaredNorm();
  }
  return plane;
}

PhaseGrid phase_grid(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition,
                     const PhasePlane& plane, const Vector& u, const Vector& v) {
  const Index count = u.size() * v.size(), d = field.genes();
  const std::vector<ConditionInputs> columns(static_cast<std::size_t>(count), condition);
  field.bind(parameters, columns);
  Matrix states(d, count), slopes(d, count);
  for (Index j = 0; j < v.size(); ++j)
    for (Index i = 0; i < u.size(); ++i)
      states.col(i + j * u.size()) = plane.origin + u(i) * plane.axes.col(0) + v(j) * plane.axes.col(1);
  std::vector<double> record(static_cast<std::size_t>(field.record_size()));
  field.evaluate(states, record.data(), slopes);
  const Matrix along = plane.axes.transpose() * slopes;
  PhaseGrid grid{u,  v, along.row(0).reshaped(u.size(), v.size()), along.row(1).reshaped(u.size(), v.size()), {},
                 {}, {}};
  grid.leaving =
      ((slopes - plane.axes * along).colwise().squaredNorm() / static_cast<double>(d)).cwiseSqrt().transpose();
  grid.u_nullcline = zero_contour(u, v, grid.du);
  grid.v_nullcline = zero_contour(u, v, grid.dv);
  return grid;
}

std::vector<PlaneSegment> zero_contour(const Vector& u, const Vector& v, const Matrix& values) {
  std::vector<PlaneSegment> out;
  struct Point {
    double u, v;
  };
  for (Index j = 0; j + 1 < v.size(); ++j)
    for (Index i = 0; i + 1 < u.size(); ++i) {
      const Index at[4][2] = {{i, j}, {i + 1, j}, {i + 1, j + 1}, {i, j + 1}};
      double corner[4];
      for (int k = 0; k < 4; ++k) corner[k] = values(at[k][0], at[k][1]);
      std::vector<Point> crossings;
      for (int k = 0; k < 4; ++k) {
        const int next = (k + 1) % 4;
        if (!std::isfinite(corner[k]) || !std::isfinite(corner[next])) continue;
        if ((corner[k] < 0) == (corner[next] < 0)) continue;
        const double s = corner[k] / (corner[k] - corner[next]);
        crossings.push_back(
            {u(at[k][0]) + s * (u(at[next][0]) - u(at[k][0])), v(at[k][1]) + s * (v(at[next][1]) - v(at[k][1]))});
      }
      // A saddle has four crossings: its centre decides which of them belong together.
      std::size_t first = 0;
      if (crossings.size() == 4) {
        const double centre = (corner[0] + corner[1] + corner[2] + corner[3]) / 4;
        first = (corner[0] < 0) == (centre < 0) ? 0 : 1;
      }
      for (std::size_t k = 0; k + 1 < crossings.size(); k += 2) {
        const Point& a = crossings[(k + first) % crossings.size()];
        const Point& b = crossings[(k + first + 1) % crossings.size()];
        out.push_back({a.u, a.v, b.u, b.v});
      }
    }
  return out;
}

}  // namespace groundwork::dynamics
