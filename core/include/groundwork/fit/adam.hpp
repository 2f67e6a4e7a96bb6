#pragma once

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/** Adam (Kingma and Ba 2015) on a flat vector, with its usual constants. A large epsilon makes it
 * gradient descent with momentum for parameters whose gradients are small beside it: then early stopping leaves alone
 * what the data say little about, where Adam would move every parameter at the same rate. */
template <typename Scalar>
class Adam {
 public:
  explicit Adam(Index size, double epsilon = 1e-8)
      : first_(VectorOf<Scalar>::Zero(size)),
        second_(VectorOf<Scalar>::Zero(size)),
        epsilon_(static_cast<Scalar>(epsilon)) {}

  void step(VectorOf<Scalar>& parameters, const VectorOf<Scalar>& gradient, double rate) {
    const Scalar a = Scalar(0.9), b = Scalar(0.999);
    first_ = a * first_ + (1 - a) * gradient;
    second_ = b * second_ + (1 - b) * gradient.cwiseAbs2();
    decay_first_ *= 0.9;
    decay_second_ *= 0.999;
    const Scalar scale = static_cast<Scalar>(rate / (1 - decay_first_));
    const Scalar correction = static_cast<Scalar>(1 / (1 - decay_second_));
    parameters.array() -= scale * first_.array() / ((correction * second_.array()).sqrt() + epsilon_);
  }

 private:
  VectorOf<Scalar> first_, second_;
  Scalar epsilon_;
  double decay_first_ = 1, decay_second_ = 1;
};

}  // namespace groundwork::fit
