#pragma once

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/** Adam (Kingma and Ba 2015) on a flat vector, with its usual constants. */
template <typename Scalar>
class Adam {
 public:
  explicit Adam(Index size) : first_(VectorOf<Scalar>::Zero(size)), second_(VectorOf<Scalar>::Zero(size)) {}

  void step(VectorOf<Scalar>& parameters, const VectorOf<Scalar>& gradient, double rate) {
    const Scalar a = Scalar(0.9), b = Scalar(0.999);
    first_ = a * first_ + (1 - a) * gradient;
    second_ = b * second_ + (1 - b) * gradient.cwiseAbs2();
    decay_first_ *= 0.9;
    decay_second_ *= 0.999;
    const Scalar scale = static_cast<Scalar>(rate / (1 - decay_first_));
    const Scalar correction = static_cast<Scalar>(1 / (1 - decay_second_));
    parameters.array() -= scale * first_.array() / ((correction * second_.array()).sqrt() + Scalar(1e-8));
  }

 private:
  VectorOf<Scalar> first_, second_;
  double decay_first_ = 1, decay_second_ = 1;
};

}  // namespace groundwork::fit
