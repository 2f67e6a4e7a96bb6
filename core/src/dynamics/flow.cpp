#include "groundwork/dynamics/flow.hpp"

#include <cmath>
#include <limits>

#include "divergence.hpp"
#include "groundwork/base/error.hpp"
#include "hidden_coordinates.hpp"

namespace groundwork::dynamics {
namespace {

/** Of the Taylor polynomial: 2^(m + 1)/(m + 1)! is below the rounding of the scalar. */
template <typename S>
constexpr int terms = sizeof(S) == sizeof(float) ? 14 : 25;
constexpr double largest_norm = 2;
constexpr double most_steps = 1e5;

}  // namespace

template <typename S>
Flow<S>::Flow(VectorField<S>& field, FlowOptions options) : field_(field), options_(options), equilibria_(field) {
  if (options.method == Method::exponential && !field.is_affine())
    throw Error("flow.not_affine", "Only the model 'linear' has a flow in closed form.",
                "Integrate this model instead.");
  if (!(options.tolerance > 0)) throw Error("flow.step", "The tolerance of the flow must be above 0.");
  if (!(options.step > 0) || !std::isfinite(options.step)) {
    throw Error("flow.step",
                "The step of the flow is " + std::to_string(options.step) + " days; expected a number above 0.",
                "Give a step such as 0.5.");
  }
}

template <typename S>
Index Flow<S>::stages() const {
  return options_.method == Method::rk4 ? 4 : options_.method == Method::exponential ? terms<S> : 1;
}

template <typename S>
double Flow<S>::longest_step() {
  if (options_.method != Method::exponential) return options_.step;
  MatrixOf<S> jacobian(field_.genes(), field_.genes());
  const VectorOf<S> origin = VectorOf<S>::Zero(field_.genes());
  double norm = 1e-6;
  for (Index j = 0; j < field_.columns(); ++j) {
    // Clamps only take entries away, so columns that clamp nothing share one norm.
    if (j > 0 && field_.conditions()[static_cast<std::size_t>(j)].clamps.empty()) continue;
    field_.jacobian(origin, j, jacobian);
    const double rows = static_cast<double>(jacobian.cwiseAbs().rowwise().sum().maxCoeff());
    const double columns = static_cast<double>(jacobian.cwiseAbs().colwise().sum().maxCoeff());
    norm = std::max(norm, std::min(rows, columns));
    if (!std::isfinite(rows)) return std::numeric_limits<double>::quiet_NaN();
  }
  return largest_norm / norm;
}

template <typename S>
void Flow<S>::plan(std::span<const double> times) {
  const double longest = longest_step();
  times_.assign(times.begin(), times.end());
  steps_.assign(times.size(), 0);
  lengths_.assign(times.size(), S(0));
  total_steps_ = 0;
  double before = 0;
  for (std::size_t t = 0; t < times.size(); ++t) {
    const double interval = times[t] - before;
    // An interval of 3 × 0.1 days is three steps of 0.1, although 0.3 / 0.1 rounds to above 3.
    steps_[t] = interval > 0 ? std::max<Index>(1, static_cast<Index>(std::ceil(interval / longest - 1e-9))) : 0;
    if (steps_[t] > 0) lengths_[t] = static_cast<S>(interval / static_cast<double>(steps_[t]));
    total_steps_ += steps_[t];
    before = times[t];
  }
}

template <typename S>
bool Flow<S>::forward(const ConstVector& parameters, std::span<const ConditionInputs> conditions,
                      std::span<const double> times, bool record, const MatrixOf<S>& initial) {
  require_times(times);
  if (options_.method == Method::steady_state) {
    times_.assign(times.begin(), times.end());
    return rest(parameters, conditions, record, initial);
  }
  field_.bind(parameters, conditions);
  if (options_.method == Method::dormand_prince) {
    times_.assign(times.begin(), times.end());
    start_state(initial, field_.genes(), field_.columns(), state_);
    return forward_adaptively(record);
  }
  if (const double longest = longest_step(); !(times.empty() || times.back() / longest < most_steps)) {
    times_.assign(times.begin(), times.end());
    divergence_ = {0, 0};
    recorded_ = false;
    return false;
  }
  plan(times);
  start_state(initial, field_.genes(), field_.columns(), state_);
  hidden_ = options_.method == Method::rk4 ? field_.hidden_coordinates() : nullptr;
  if (hidden_) {
    stage_ = state_;
    hidden_->start(stage_, state_);
  }
  sum_.resizeLike(state_);
  stage_.resizeLike(state_);
  derivative_.resizeLike(state_);

  const auto step_record = static_cast<std::size_t>(step_record_size());
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
      step_forward(start_of(t, i), lengths_[t], records_.data() + (keeps_stages_ ? step * step_record : 0));
    }
    if (hidden_) {
      hidden_states_[t] = state_;
      hidden_->lift(state_, static_cast<S>(times_[t]), states_[t]);
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
Index Flow<S>::step_record_size() const {
  return hidden_ ? hidden_->record_size() : field_.record_size() * stages();
}

template <typename S>
S Flow<S>::start_of(std::size_t interval, Index step) const {
  return static_cast<S>(interval > 0 ? times_[interval - 1] : 0) + static_cast<S>(step) * lengths_[interval];
}

template <typename S>
void Flow<S>::step_forward(S time, S h, S* record) {
  if (hidden_) {
    hidden_->step_forward(time, h, state_, record);
    return;
  }
  if (options_.method == Method::exponential_euler) {
    field_.exponential_step(state_, h, record, stage_);
    state_.swap(stage_);
    return;
  }
  const Index size = field_.record_size();
  if (options_.method == Method::exponential) {
    stage_ = state_;
    for (int k = terms<S>; k >= 1; --k, record += size) {
      field_.evaluate(stage_, record, derivative_);
      stage_ = state_ + h / static_cast<S>(k) * derivative_;
    }
    state_.swap(stage_);
    return;
  }
  field_.evaluate(state_, record, derivative_);
  sum_ = state_ + h / 6 * derivative_;
  stage_ = state_ + h / 2 * derivative_;
  field_.evaluate(stage_, record + size, derivative_);
  sum_ += h / 3 * derivative_;
  stage_ = state_ + h / 2 * derivative_;
  field_.evaluate(stage_, record + 2 * size, derivative_);
  sum_ += h / 3 * derivative_;
  stage_ = state_ + h * derivative_;
  field_.evaluate(stage_, record + 3 * size, derivative_);
  state_ = sum_ + h / 6 * derivative_;
}

template <typename S>
void Flow<S>::step_backward(S time, S h, const S* record) {
  if (hidden_) {
    hidden_->step_backward(time, h, record, adjoint_);
    return;
  }
  if (options_.method == Method::exponential_euler) {
    field_.pull_back_exponential_step(record, h, adjoint_, stage_adjoint_);
    adjoint_.swap(stage_adjoint_);
    return;
  }
  const Index size = field_.record_size();
  if (options_.method == Method::exponential) {
    stage_adjoint_ = adjoint_;
    collected_.setZero(adjoint_.rows(), adjoint_.cols());
    for (int k = 1; k <= terms<S>; ++k) {
      collected_ += stage_adjoint_;
      slope_adjoint_ = h / static_cast<S>(k) * stage_adjoint_;
      field_.pull_back(record + (terms<S> - k) * size, slope_adjoint_, stage_adjoint_);
    }
    adjoint_ = collected_ + stage_adjoint_;
    return;
  }
  slope_adjoint_ = h / 6 * adjoint_;
  field_.pull_back(record + 3 * size, slope_adjoint_, stage_adjoint_);
  collected_ = adjoint_ + stage_adjoint_;
  slope_adjoint_ = h / 3 * adjoint_ + h * stage_adjoint_;
  field_.pull_back(record + 2 * size, slope_adjoint_, stage_adjoint_);
  collected_ += stage_adjoint_;
  slope_adjoint_ = h / 3 * adjoint_ + h / 2 * stage_adjoint_;
  field_.pull_back(record + size, slope_adjoint_, stage_adjoint_);
  collected_ += stage_adjoint_;
  slope_adjoint_ = h / 6 * adjoint_ + h / 2 * stage_adjoint_;
  field_.pull_back(record, slope_adjoint_, stage_adjoint_);
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
  recorded_ = false;
  if (options_.method == Method::steady_state) {
    adjoint_.setZero(field_.genes(), field_.columns());
    stage_adjoint_.setZero(field_.genes(), field_.columns());
    for (std::size_t t = 0; t < times_.size(); ++t) (times_[t] > 0 ? stage_adjoint_ : adjoint_) += adjoints[t];
    equilibria_.backward(stage_adjoint_, gradient);
    return adjoint_;
  }
  if (options_.method == Method::dormand_prince) {
    backward_adaptively(adjoints);
    field_.add_gradient(gradient);
    return adjoint_;
  }
  if (hidden_)
    adjoint_.setZero(state_.rows(), state_.cols());
  else
    adjoint_.setZero(field_.genes(), field_.columns());
  stage_adjoint_.resizeLike(adjoint_);
  const auto step_record = static_cast<std::size_t>(step_record_size());
  auto step = static_cast<std::size_t>(total_steps_);
  for (std::size_t t = times_.size(); t-- > 0;) {
    if (hidden_)
      hidden_->pull_back_lift(hidden_states_[t], static_cast<S>(times_[t]), adjoints[t], adjoint_);
    else
      adjoint_ += adjoints[t];
    for (Index i = steps_[t]; i-- > 0;) {
      --step;
      if (!keeps_stages_) {
        state_ = starts_[step];
        step_forward(start_of(t, i), lengths_[t], records_.data());
      }
      step_backward(start_of(t, i), lengths_[t], records_.data() + (keeps_stages_ ? step * step_record : 0));
    }
  }
  if (hidden_) adjoint_ = hidden_->finish();
  field_.add_gradient(gradient);
  return adjoint_;
}

template <typename S>
bool Flow<S>::rest(const ConstVector& parameters, std::span<const ConditionInputs> conditions, bool record,
                   const MatrixOf<S>& initial) {
  divergence_ = {};
  recorded_ = equilibria_.solve(parameters, conditions) && record;
  start_state(initial, field_.genes(), static_cast<Index>(conditions.size()), state_);
  states_.resize(times_.size());
  for (std::size_t t = 0; t < times_.size(); ++t) states_[t] = times_[t] > 0 ? equilibria_.states() : state_;
  if (equilibria_.failed() < 0) return true;
  divergence_ = {equilibria_.failed(), static_cast<Index>(times_.size()) - 1};
  return false;
}

template <typename S>
void Flow<S>::require_finite() const {
  if (divergence_.column < 0) return;
  if (options_.method == Method::steady_state) {
    const std::string& label = field_.conditions()[static_cast<std::size_t>(divergence_.column)].label;
    throw Error(
        "flow.no_steady_state",
        "No steady state is reached from the control for " + (label.empty() ? "a condition" : "'" + label + "'") + ".",
        "Fit the course to the sampling time instead (--solver steps), or a stronger penalty.");
  }
  refuse_divergence(field_.conditions(), divergence_.column, times_[static_cast<std::size_t>(divergence_.time)]);
}

template class Flow<float>;
template class Flow<double>;

}  // namespace groundwork::dynamics
