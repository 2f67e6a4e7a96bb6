#pragma once

#include "elementwise.hpp"
#include "groundwork/dynamics/vector_field.hpp"
#include "network.hpp"

namespace groundwork::dynamics {

/**
 * A field V (h(W1 δ) − h₀) + g₀ with one hidden layer moves the state only along the columns of V and g₀, and
 * Runge–Kutta methods commute with linear maps. So instead of δ (genes rows) the flow may carry s = (∫ (h − h₀) dt, t),
 * one row a hidden unit and one for time, and
 *
 *   δ = δ₀ + L s, L = [V g₀],  ds/dt = (tanh(W1 δ₀ + M s + B u + b_m) − h₀, 1), M = W1 L:
 *
 * the same steps to rounding, with products of hidden × hidden instead of twice hidden × genes. Centred: without g₀ and
 * t.
 */
template <typename S>
class HiddenCoordinates final : public Slopes<S> {
 public:
  using typename Slopes<S>::ConstMatrix;
  using typename Slopes<S>::MutableMatrix;
  using Map = Eigen::Map<MatrixOf<S>>;
  using ConstMap = Eigen::Map<const MatrixOf<S>>;

  HiddenCoordinates(Network<S>& network, bool centred) : network_(network), centred_(centred) {}

  Index rows() const { return hidden() + (centred_ ? 0 : 1); }
  Index record_size() const override { return (rows() + hidden()) * offset_.cols(); }

  /** Takes the bound parameters and δ₀ (genes × columns); state becomes s = 0. */
  void start(const MatrixOf<S>& initial, MatrixOf<S>& state) {
    lift_.resize(initial.rows(), rows());
    lift_.leftCols(hidden()) = network_.output_weights();
    if (!centred_) lift_.col(hidden()) = network_.centre();
    feedback_.noalias() = network_.input_weights() * lift_;
    initial_ = initial;
    offset_ = network_.drive().value();
    starts_at_control_ = (initial.array() == 0).all();
    if (!starts_at_control_) offset_.noalias() += network_.input_weights() * initial_;
    feedback_adjoint_.setZero(hidden(), rows());
    lift_adjoint_.setZero(initial.rows(), rows());
    offset_adjoint_.setZero(hidden(), offset_.cols());
    initial_adjoint_.setZero(initial.rows(), initial.cols());
    centre_adjoint_.setZero(hidden());
    state.setZero(rows(), initial.cols());
  }

  /** full = δ₀ + L s. */
  void lift(const MatrixOf<S>& state, MatrixOf<S>& full) const {
    full = initial_;
    full.noalias() += lift_ * state;
  }

  /** state_adjoint += the pull-back of lift(). */
  void pull_back_lift(const MatrixOf<S>& state, const MatrixOf<S>& adjoint, MatrixOf<S>& state_adjoint) {
    state_adjoint.noalias() += lift_.transpose() * adjoint;
    lift_adjoint_.noalias() += adjoint * state.transpose();
    initial_adjoint_ += adjoint;
  }

  void evaluate(const ConstMatrix& state, S* record, MutableMatrix derivative) override {
    const Index n = state.cols(), h = hidden();
    Map(record, rows(), n) = state;
    Map activation(record + state.size(), h, n);
    activation.noalias() = feedback_ * ConstMap(record, rows(), n);
    const S* centre = network_.centre_activation().data();
    for (Index j = 0; j < n; ++j) {
      S *z = activation.data() + j * h, *out = derivative.col(j).data();
      const S* u = offset_.data() + j * h;
      for (Index i = 0; i < h; ++i) z[i] = tanh_of(z[i] + u[i]) - centre[i];
      std::copy(z, z + h, out);
      if (!centred_) out[h] = 1;
    }
  }

  void pull_back(const S* record, const ConstMatrix& adjoint, MutableMatrix state_adjoint) override {
    const Index n = adjoint.cols(), h = hidden();
    const ConstMap state(record, rows(), n);
    below_.resize(h, n);
    const S *centre = network_.centre_activation().data(), *activation = record + state.size();
    for (Index j = 0; j < n; ++j) {
      const S *z = activation + j * h, *above = adjoint.col(j).data();
      S *below = below_.data() + j * h, *sum = offset_adjoint_.data() + j * h;
      for (Index i = 0; i < h; ++i) {
        const S t = z[i] + centre[i];
        below[i] = above[i] * (1 - t * t);
        sum[i] += below[i];
      }
    }
    if (centred_) centre_adjoint_ -= adjoint.rowwise().sum();
    feedback_adjoint_.noalias() += below_ * state.transpose();
    state_adjoint.noalias() = feedback_.transpose() * below_;
  }

  /** Hands the collected adjoints to the network; returns that of δ₀. */
  const MatrixOf<S>& finish() {
    const auto W1 = network_.input_weights();
    lift_adjoint_.noalias() += W1.transpose() * feedback_adjoint_;
    MatrixOf<S> W1_adjoint = feedback_adjoint_ * lift_.transpose();
    if (!starts_at_control_) W1_adjoint.noalias() += offset_adjoint_ * initial_.transpose();
    initial_adjoint_.noalias() += W1.transpose() * offset_adjoint_;
    network_.collect(W1_adjoint, lift_adjoint_.leftCols(hidden()), offset_adjoint_);
    if (centred_)
      network_.collect_centre_activation(centre_adjoint_);
    else
      network_.collect_output(lift_adjoint_.col(hidden()));
    return initial_adjoint_;
  }

 private:
  Index hidden() const { return network_.centre_activation().size(); }

  Network<S>& network_;
  bool centred_;
  bool starts_at_control_ = true;
  MatrixOf<S> lift_, feedback_, offset_, initial_;
  MatrixOf<S> lift_adjoint_, feedback_adjoint_, offset_adjoint_, initial_adjoint_, below_;
  VectorOf<S> centre_adjoint_;
};

}  // namespace groundwork::dynamics
