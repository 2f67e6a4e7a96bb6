#pragma once

#include <span>
#include <vector>

#include "groundwork/dynamics/equilibria.hpp"
#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

enum class Method {
  rk4,
  exponential_euler,
  /**
   * `linear` alone, exact to rounding: the action of the matrix exponential on all columns by its Taylor polynomial in
   * Horner's form, over substeps h with h ‖J‖ ≤ 2 (Al-Mohy and Higham 2011). Its adjoint is the Fréchet derivative of
   * the exponential applied to the adjoints. `step` has no meaning.
   */
  exponential,
  /**
   * Dormand and Prince's pair 5(4) with step control: every step is as long as the tolerance allows for the worst
   * column and ends at the requested times. The adjoint is exact for the steps that were taken. `step` has no meaning.
   */
  dormand_prince,
  /** No course at all: every time after 0 gives the steady state, and backward() its implicit derivative. */
  steady_state,
};

struct FlowOptions {
  Method method = Method::rk4;
  double step = 0.5;  ///< days, the largest step; an interval Δ between requested times takes ceil(Δ/step) equal steps
  double tolerance = 1e-8;  ///< of dormand_prince, relative to the state and to 0.1; float: at least 1e-5
  /**
   * Up to this many bytes the records of every stage are kept for the adjoint (about 3 · genes · columns scalars a
   * stage, see VectorField::record_size). Beyond, only the state before each step is kept (genes · columns scalars a
   * step) and the stages of a step are computed again on the way back: one more forward evaluation, the same gradient.
   */
  std::size_t record_bytes = std::size_t{256} << 20;
};

/**
 * The flow of a batch of trajectories by one of the methods above, and its adjoint, which is exact for the
 * discretisation.
 * Conditions that share edits and medium and differ in time are one trajectory, observed at several times.
 * Buffers are kept between calls: steps do not allocate when shapes repeat.
 */
template <typename S>
class Flow {
 public:
  using ConstMatrix = typename VectorField<S>::ConstMatrix;
  using ConstVector = typename VectorField<S>::ConstVector;
  using MutableVector = typename VectorField<S>::MutableVector;

  /** `field` must outlive the flow. Throws `flow.step` unless step > 0, `flow.not_affine`. */
  Flow(VectorField<S>& field, FlowOptions options);

  /**
   * Integrates all columns from `initial` (genes × columns, or genes × 1 for all; empty, 0 × 0: the control, δ = 0) and
   * stores the states at `times` (days since the edit, ≥ 0, strictly increasing; 0 gives the initial state). Throws
   * `flow.times` otherwise. Returns false when a state became infinite or NaN (see diverged()), at no extra cost, or
   * when a condition has no steady state that is reached. A steady state is reached from the control, not `initial`.
   * `record`: keep what backward() needs.
   */
  bool forward(const ConstVector& parameters, std::span<const ConditionInputs> conditions,
               std::span<const double> times, bool record, const MatrixOf<S>& initial = MatrixOf<S>());

  /** States at the requested times, genes × columns each. */
  const std::vector<MatrixOf<S>>& states() const { return states_; }
  const std::vector<double>& times() const { return times_; }

  /**
   * gradient += Σ_times adjoints[t] · ∂states[t]/∂parameters; adjoints as states(), one matrix a time. Needs a
   * forward() with record. Returns the adjoint of the initial state (genes × columns).
   */
  const MatrixOf<S>& backward(std::span<const MatrixOf<S>> adjoints, MutableVector gradient);

  /** Column and index into `times` where the last forward() first became non-finite; column −1 when it did not. */
  struct Divergence {
    Index column = -1;
    Index time = -1;
  };
  Divergence diverged() const { return divergence_; }
  /** Throws `flow.diverged` naming the condition and the time, if the last forward() diverged, or
   * `flow.no_steady_state`. */
  void require_finite() const;

 private:
  void plan(std::span<const double> times);
  /** Longest step of the method for the bound field, days. */
  double longest_step();
  Index stages() const;
  bool rest(const ConstVector& parameters, std::span<const ConditionInputs> conditions, bool record,
            const MatrixOf<S>& initial);
  /** The whole of forward() and backward() for dormand_prince, once the field is bound and state_ is set. */
  bool forward_adaptively(bool record);
  void backward_adaptively(std::span<const MatrixOf<S>> adjoints);
  /** next_state ← the fifth-order solution a step of h days from state_; slopes_[0] is known. `record`: of 6 stages. */
  void take_stages(S h, S* record, MatrixOf<S>& next_state);
  /** Scalars that a step records. */
  Index step_record_size() const;
  /** Days since the edit at which a step towards times_[interval] starts. */
  S start_of(std::size_t interval, Index step) const;
  /** state_ ← the state one step of h days after `time`, recording its stages from `record` on. */
  void step_forward(S time, S h, S* record);
  /** adjoint_ ← its pull-back through a recorded step. */
  void step_backward(S time, S h, const S* record);

  VectorField<S>& field_;
  FlowOptions options_;
  std::vector<double> times_;
  std::vector<Index> steps_;  ///< steps to each requested time from the one before
  std::vector<S> lengths_;    ///< and their length, days
  std::vector<S> taken_;      ///< dormand_prince: length of every step, days
  Index total_steps_ = 0;
  std::vector<MatrixOf<S>> states_;
  std::vector<MatrixOf<S>> starts_;  ///< the state before each step, when the stages are not kept
  VectorOf<S> records_;              ///< aligned, so that equal calls give equal bits wherever the memory lies
  bool recorded_ = false;
  bool keeps_stages_ = false;
  HiddenCoordinates<S>* hidden_ = nullptr;  ///< what is stepped instead of δ, where the field has them
  std::vector<MatrixOf<S>> hidden_states_;  ///< their states at the requested times
  Equilibria<S> equilibria_;
  MatrixOf<S> state_, sum_, stage_, derivative_;
  std::vector<MatrixOf<S>> slopes_, slope_adjoints_;  ///< of the stages of a step of dormand_prince
  MatrixOf<S> adjoint_, stage_adjoint_, slope_adjoint_, collected_;
  Divergence divergence_;
};

extern template class Flow<float>;
extern template class Flow<double>;

}  // namespace groundwork::dynamics
