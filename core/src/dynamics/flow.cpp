#include "groundwork/dynamics/flow.hpp"

#include <cmath>

#include "divergence.hpp"
#include "groundwork/base/error.hpp"
#include "hidden_coordinates.hpp"

namespace groundwork::dynamics {
namespace {

constexpr int stages_of(Method method) { return method == Method::rk4 ? 4 : 1; }

}  // namespace

template <typename S>
Flow<S>::Flow(VectorField<S>& field, FlowOptions options) : field_(field), options_(options) {
  if (!(options.step > 0) || !std::isfinite(options.step)) {
    throw Error("flow.step",
                "The step of the flow is " + std::to_string(options.step) + " days; expected a number above 0.",
                "Give a step such as 0.5.");
  }
}

template <typename S>
void Flow<S>::plan(std::span<const double> times) {
  require_times(times);
  times_.assign(times.begin(), times.end());
  steps_.assign(times.size(), 0);
  lengths_.assign(times.size(), S(0));
  total_steps_ = 0;
  double before = 0;
  for (std::size_t t = 0; t < times.size(); ++t) {
    const double interval = times[t] - before;
    // An interval of 3 × 0.1 days is three steps of 0.1, although 0.3 / 0.1 rounds to above 3.
    steps_[t] = interval > 0 ? std::max<Index>(1, static_cast<Index>(std::ceil(interval / options_.step - 1e-9))) : 0;
    if (steps_[t] > 0) lengths_[t] = static_cast<S>(interval / static_cast<double>(steps_[t]));
    total_steps_ += steps_[t];
    before = times[t];
  }
}

template <typename S>
bool Flow<S>::forward(const ConstVector& parameters, std::span<const ConditionInputs> conditions,
                      std::span<const double> times, bool record, const MatrixOf<S>& initial) {
  plan(times);
  field_.bind(parameters, conditions);
  start_state(initial, field_.genes(), field_.columns(), state_);
  hidden_ = options_.method == Method::rk4 ? field_.hidden_coordinates() : nullptr;
  slopes_ = &field_;
  if (hidden_) {
    slopes_ = hidden_;
    stage_ = state_;
    hidden_->start(stage_, state_);
  }
  sum_.resizeLike(state_);
  stage_.resizeLike(state_);
  derivative_.resizeLike(state_);

  const auto step_record = static_cast<std::size_t>(slopes_->record_size() * stages_of(options_.method));
  const auto all = step_record * static_cast<std::size_t>(total_steps_);
  recorded_ = record;
  keeps_stages_ = record && all * sizeof(S) <= options_.record_bytes;
  records_.resize(std::max(static_cast<Index>(keeps_stages_ ? all : step_record), records_.size()));
  if (record && !keeps_stages_) starts_.resize(static_cast<std::size_t>(total_steps_));
  states_.resize(times_.size());
  if (hidden_) hidden_states_.resize(times_.size());
  divergence_ = {};

  std::size_t step = 0;
  for (std::size_t t = 0; t < times_.size(); ++t) {
    for (Index i = 0; i < steps_[t]; ++i, ++step) {
      if (record && !keeps_stages_) starts_[step] = state_;
      step_forward(lengths_[t], records_.data() + (keeps_stages_ ? step * step_record : 0));
    }
    if (hidden_) {
      hidden_states_[t] = state_;
      hidden_->lift(state_, states_[t]);
    } else {
      states_[t] = state_;
    }
    if (!states_[t].allFinite()) {
      divergence_ = {first_not_finite(states_[t]), static_cast<Index>(t)};
      recorded_ = false;
      return false;
    }
  }
  return true;
}

template <typename S>
void Flow<S>::step_forward(S h, S* record) {
  if (options_.method == Method::exponential_euler) {
    field_.exponential_step(state_, h, record, stage_);
    state_.swap(stage_);
    return;
  }
  const Index size = slopes_->record_size();
  slopes_->evaluate(state_, record, derivative_);
  sum_ = state_ + h / 6 * derivative_;
  stage_ = state_ + h / 2 * derivative_;
  slopes_->evaluate(stage_, record + size, derivative_);
  sum_ += h / 3 * derivative_;
  stage_ = state_ + h / 2 * derivative_;
  slopes_->evaluate(stage_, record + 2 * size, derivative_);
  sum_ += h / 3 * derivative_;
  stage_ = state_ + h * derivative_;
  slopes_->evaluate(stage_, record + 3 * size, derivative_);
  state_ = sum_ + h / 6 * derivative_;
}

template <typename S>
void Flow<S>::step_backward(S h, const S* record) {
  if (options_.method == Method::exponential_euler) {
    field_.pull_back_exponential_step(record, h, adjoint_, stage_adjoint_);
    adjoint_.swap(stage_adjoint_);
    return;
  }
  const Index size = slopes_->record_size();
  slope_adjoint_ = h / 6 * adjoint_;
  slopes_->pull_back(record + 3 * size, slope_adjoint_, stage_adjoint_);
  collected_ = adjoint_ + stage_adjoint_;
  slope_adjoint_ = h / 3 * adjoint_ + h * stage_adjoint_;
  slopes_->pull_back(record + 2 * size, slope_adjoint_, stage_adjoint_);
  collected_ += stage_adjoint_;
  slope_adjoint_ = h / 3 * adjoint_ + h / 2 * stage_adjoint_;
  slopes_->pull_back(record + size, slope_adjoint_, stage_adjoint_);
  collected_ += stage_adjoint_;
  slope_adjoint_ = h / 6 * adjoint_ + h / 2 * stage_adjoint_;
  slopes_->pull_back(record, slope_adjoint_, stage_adjoint_);
  adjoint_ = collected_ + stage_adjoint_;
}

template <typename S>
const MatrixOf<S>& Flow<S>::backward(std::span<const MatrixOf<S>> adjoints, MutableVector gradient) {
  if (!recorded_ || adjoints.size() != times_.size()) {
    throw Error("flow.not_recorded",
                "The adjoint of a flow needs a finite recorded forward pass and one matrix a time (" +
                    std::to_string(times_.size()) + "); found " + std::to_string(adjoints.size()) +
                    (recorded_ ? "." : " and no such pass."),
                "Call forward() with record first.");
  }
  adjoint_.setZero(hidden_ ? hidden_->rows() : field_.genes(), field_.columns());
  stage_adjoint_.resizeLike(adjoint_);
  const auto step_record = static_cast<std::size_t>(slopes_->record_size() * stages_of(options_.method));
  auto step = static_cast<std::size_t>(total_steps_);
  for (std::size_t t = times_.size(); t-- > 0;) {
    if (hidden_)
      hidden_->pull_back_lift(hidden_states_[t], adjoints[t], adjoint_);
    else
      adjoint_ += adjoints[t];
    for (Index i = 0; i < steps_[t]; ++i) {
      --step;
      if (!keeps_stages_) {
        state_ = starts_[step];
        step_forward(lengths_[t], records_.data());
      }
      step_backward(lengths_[t], records_.data() + (keeps_stages_ ? step * step_record : 0));
    }
  }
  if (hidden_) adjoint_ = hidden_->finish();
  field_.add_gradient(gradient);
  recorded_ = false;
  return adjoint_;
}

template <typename S>
void Flow<S>::require_finite() const {
  if (divergence_.column < 0) return;
  refuse_divergence(field_.conditions(), divergence_.column, times_[static_cast<std::size_t>(divergence_.time)]);
}

template class Flow<float>;
template class Flow<double>;

}  // namespace groundwork::dynamics
