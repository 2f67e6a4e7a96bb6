#include "groundwork/fit/gauss_newton.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>

#include "edge_intervals.hpp"

namespace groundwork::fit {
namespace {

constexpr double step = 1e-5;
/** Stands for a flat prior: a standard deviation of 100 units of the parameter's scale. */
constexpr double flat = 1e-4;
constexpr double normal_975 = 1.959963984540054;

struct Transform {
  std::string quantity;
  bool log = false;
};

Transform transform_of(const std::string& block) {
  if (block == "log_gamma") return {"gamma", true};
  if (block == "log_alpha") return {"alpha", true};
  if (block == "log_epsilon") return {"epsilon", true};
  if (block == "log_a") return {"a", true};
  return {block, false};
}

}  // namespace

Matrix data_curvature(Objective<double>& objective, const Vector& z) {
  const Index count = z.size();
  Vector moved = z, here, there;
  if (!objective.outputs(z, here)) return Matrix::Constant(count, count, std::nan(""));
  Matrix jacobian(here.size(), count), weighed(here.size(), count);
  for (Index i = 0; i < count; ++i) {
    moved(i) = z(i) + step;
    if (!objective.outputs(moved, there)) return Matrix::Constant(count, count, std::nan(""));
    moved(i) = z(i);
    jacobian.col(i) = (there - here) / step;
    weighed.col(i) = objective.weigh(jacobian.col(i));
  }
  Matrix curvature = jacobian.transpose() * weighed;
  return 0.5 * (curvature + curvature.transpose());
}

Intervals intervals_at(Objective<double>& objective, const dynamics::VectorField<double>& field, const Vector& z) {
  Intervals out;
  if (field.options().kind == dynamics::FieldKind::neural) {
    out.reason = "The parameters of a network mean nothing one by one.";
    return out;
  }
  if (z.size() > most_interval_parameters) {
    out.reason = "The model has " + std::to_string(z.size()) + " parameters; intervals are computed for at most " +
                 std::to_string(most_interval_parameters) + ". Model fewer genes to see them.";
    return out;
  }
  const Matrix data = data_curvature(objective, z);
  if (!data.allFinite()) {
    out.reason = "The flow does not stay finite around the fitted parameters.";
    return out;
  }
  const ParameterPrior& prior = objective.prior();
  const Vector precision = prior.precision.cwiseMax(flat), root = precision.cwiseSqrt();
  const Matrix against = root.cwiseInverse().asDiagonal() * data * root.cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Matrix> eigen(against);
  for (Index i = z.size(); i-- > 0;) out.directions.push_back(std::max(0.0, eigen.eigenvalues()(i)));
  for (const double x : out.directions) out.determined += x > 1 ? 1 : 0;
  // Posterior variance of each z: Σ_k q_ik² / (1 + λ_k), in units of the prior variance.
  const Vector shrink = (1 + eigen.eigenvalues().array().max(0)).inverse().matrix();
  const Vector left = eigen.eigenvectors().cwiseAbs2() * shrink;

  const dynamics::FieldKind kind = field.options().kind;
  const bool network = kind == dynamics::FieldKind::neural || kind == dynamics::FieldKind::neural_decay;
  const Vector theta = prior.scale.cwiseProduct(z);
  Index weights = 0;
  for (const auto& block : field.layout().blocks())
    if (block.weight) weights += block.size();
  const VectorOf<double> kappas = field.kappas(theta);
  for (const auto& block : field.layout().blocks()) {
    if (block.weight && weights > most_listed_weights) continue;
    // Of a network nothing but rates and κ has a meaning by itself: its other blocks go over hidden units.
    if (network && block.name != "rho" && !transform_of(block.name).log) continue;
    const Transform transform = transform_of(block.name);
    for (Index k = 0; k < block.size(); ++k) {
      const Index i = block.offset + k;
      const double sd = prior.scale(i) * std::sqrt(left(i) / precision(i));
      const bool has_prior = prior.precision(i) > 0;
      const double prior_sd =
          has_prior ? prior.scale(i) / std::sqrt(prior.precision(i)) : std::numeric_limits<double>::infinity();
      Interval interval;
      interval.block = block.name;
      interval.row = k % block.rows;
      interval.col = k / block.rows;
      interval.quantity = block.name == "rho" ? "kappa" : transform.quantity;
      const auto at = [&](double x) {
        if (block.name == "rho") {
          Vector changed = theta;
          changed(i) = x;
          return field.kappas(changed)(interval.row);
        }
        return transform.log ? std::exp(x) : x;
      };
      interval.value = block.name == "rho" ? kappas(interval.row) : at(theta(i));
      interval.low = at(theta(i) - normal_975 * sd);
      interval.high = at(theta(i) + normal_975 * sd);
      interval.prior_low = has_prior ? at(prior.centre(i) - normal_975 * prior_sd)
                                     : (transform.log ? 0 : -std::numeric_limits<double>::infinity());
      interval.prior_high =
          has_prior ? at(prior.centre(i) + normal_975 * prior_sd) : std::numeric_limits<double>::infinity();
      interval.learned = 1 - left(i);
      interval.determined = interval.learned >= least_learned;
      out.list.push_back(std::move(interval));
    }
  }
  out.edges = edge_intervals(field.options(), theta, eigen, prior.scale.cwiseQuotient(root));
  return out;
}

}  // namespace groundwork::fit
