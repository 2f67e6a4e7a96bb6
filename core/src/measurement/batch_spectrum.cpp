#include "groundwork/measurement/batch_spectrum.hpp"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

namespace groundwork::measurement {

BatchSpectrum::BatchSpectrum(const Gls& gls, const std::vector<int>& controls) {
  const Index conditions = gls.weights().rows();
  const auto count = static_cast<double>(controls.size());
  const std::vector<GraphComponent>& components = gls.components();

  // The null space of L is spanned by the components; the graph knows its size exactly.
  Index rank = 0;
  std::vector<int> component_of(static_cast<std::size_t>(conditions), 0);
  component_size_.resize(static_cast<Index>(components.size()));
  for (std::size_t k = 0; k < components.size(); ++k) {
    if (!components[k].batches.empty()) rank += static_cast<Index>(components[k].batches.size()) - 1;
    component_size_[static_cast<Index>(k)] = static_cast<double>(components[k].batches.size());
    for (const int c : components[k].conditions) component_of[static_cast<std::size_t>(c)] = static_cast<int>(k);
  }
  if (components.size() > 1) {
    null_ = Matrix::Zero(conditions, static_cast<Index>(components.size()));
    for (Index c = 0; c < conditions; ++c) null_(c, component_of[static_cast<std::size_t>(c)]) += 1;
    for (const int c : controls) null_.col(component_of[static_cast<std::size_t>(c)]).array() -= 1 / count;
    null_ = (null_.array().abs() > 1e-9).select(null_, 0.0);
  }

  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(gls.laplacian());
  values_ = eigen.eigenvalues().tail(rank);
  squares_.noalias() = gls.weights() * eigen.eigenvectors().rightCols(rank);
  for (Index k = 0; k < rank; ++k) squares_.col(k).array() *= gls.inverse_totals().array();
  Eigen::RowVectorXd reference = Eigen::RowVectorXd::Zero(rank);
  double own = 0;
  for (const int c : controls) {
    reference += squares_.row(c) / count;
    own += 1 / (gls.totals()[c] * count * count);
  }
  own_ = gls.totals().cwiseInverse().array() + own;
  for (Index k = 0; k < rank; ++k) squares_.col(k) = (squares_.col(k).array() - reference[k]).square();
}

Vector BatchSpectrum::variances(double batch_variance) const {
  const double floor = std::isinf(batch_variance) ? 0 : 1 / batch_variance;
  Vector variance = own_;
  variance.noalias() += squares_ * (values_.array() + floor).inverse().matrix();
  // What lies across components: nothing but the batch variance tells about it.
  for (Index k = 0; k < null_.cols(); ++k) {
    if (component_size_[k] == 0) continue;
    for (Index c = 0; c < variance.size(); ++c) {
      if (null_(c, k) != 0) variance[c] += batch_variance * null_(c, k) * null_(c, k) / component_size_[k];
    }
  }
  return variance.array().isFinite().select(variance, std::numeric_limits<double>::quiet_NaN());
}

}  // namespace groundwork::measurement
