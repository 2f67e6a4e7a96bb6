#pragma once

#include <span>

#include "groundwork/dynamics/inputs.hpp"
#include "groundwork/dynamics/layout.hpp"

namespace groundwork::dynamics {

/**
 * B u + b_m of every column: constant along a flow, so inputs are looked up as columns of B once a flow and their
 * adjoints collected over it, never multiplied step by step.
 */
template <typename S>
class Drive {
 public:
  /** `first_medium`: the medium in column 0 of b: 1 when b_{m0} = 0 has no column. */
  Drive(const Layout& layout, Index first_medium)
      : inputs_(layout.at("B")), intercepts_(layout.at("b")), first_medium_(first_medium) {}

  void prepare(const VectorOf<S>& parameters, std::span<const ConditionInputs> conditions) {
    const auto B = Layout::view_of(parameters, inputs_);
    const auto b = Layout::view_of(parameters, intercepts_);
    value_.setZero(inputs_.rows, static_cast<Index>(conditions.size()));
    adjoint_.setZero(inputs_.rows, value_.cols());
    for (Index j = 0; j < value_.cols(); ++j) {
      const ConditionInputs& condition = conditions[static_cast<std::size_t>(j)];
      if (condition.medium >= first_medium_) value_.col(j) += b.col(condition.medium - first_medium_);
      for (const InputDose& d : condition.doses) value_.col(j) += static_cast<S>(d.dose) * B.col(d.input);
    }
  }

  const MatrixOf<S>& value() const { return value_; }
  /** Where the pull-backs add the adjoint of value(). */
  MatrixOf<S>& adjoint() { return adjoint_; }

  template <typename Vec>
  void add_gradient(std::span<const ConditionInputs> conditions, Vec& gradient) const {
    auto B = Layout::view_of(gradient, inputs_);
    auto b = Layout::view_of(gradient, intercepts_);
    for (Index j = 0; j < value_.cols(); ++j) {
      const ConditionInputs& condition = conditions[static_cast<std::size_t>(j)];
      if (condition.medium >= first_medium_) b.col(condition.medium - first_medium_) += adjoint_.col(j);
      for (const InputDose& d : condition.doses) B.col(d.input) += static_cast<S>(d.dose) * adjoint_.col(j);
    }
  }

 private:
  Block inputs_, intercepts_;
  Index first_medium_;
  MatrixOf<S> value_, adjoint_;
};

}  // namespace groundwork::dynamics
