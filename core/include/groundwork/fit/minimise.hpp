#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::fit {

/** A smooth function: its value at z and, where `gradient` is not null, its gradient. NaN where it has no value. */
using Function = std::function<double(const Vector& z, Vector* gradient)>;
/** A positive semidefinite stand-in for the function's second derivative at z (Gauss and Newton's). */
using Curvature = std::function<Matrix(const Vector& z)>;

/** Goes down a function one iteration at a time. */
class Minimiser {
 public:
  virtual ~Minimiser() = default;
  /** One iteration. True once there is nowhere further to go: at() is then a minimum to the method's tolerance. */
  virtual bool step() = 0;
  const Vector& at() const { return z_; }
  double value() const { return value_; }
  const Vector& gradient() const { return gradient_; }

 protected:
  Vector z_, gradient_;
  double value_ = 0;
};

/**
 * Limited-memory BFGS with the two-loop recursion over the last 12 steps and a line search for the strong Wolfe
 * conditions (Nocedal and Wright 2006, algorithms 7.4, 3.5 and 3.6; c₁ = 1e-4, c₂ = 0.9). Ends when no entry of the
 * gradient is above `tolerance` · max(1, |value|), or no step goes down any more.
 * Throws `minimise.start` when the function has no value at the start.
 */
std::unique_ptr<Minimiser> lbfgs(Function f, Vector start, double tolerance = 1e-7);

/**
 * Levenberg and Marquardt's method: (C + μ diag C) p = −gradient with C from `curvature` and μ by Nielsen's rule
 * (Madsen, Nielsen and Tingleff 2004). Ends as lbfgs() does, or when the step promises less than 1e-14 of the value.
 */
std::unique_ptr<Minimiser> levenberg_marquardt(Function f, Curvature curvature, Vector start, double tolerance = 1e-7);

}  // namespace groundwork::fit
