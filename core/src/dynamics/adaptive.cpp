#include "groundwork/dynamics/adaptive.hpp"

#include <algorithm>
#include <cmath>

#include "divergence.hpp"
#include "dormand_prince.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::dynamics {
namespace {

using dormand_prince::a;
using dormand_prince::e;
using dormand_prince::stages;

/** Weights of the stages in the interpolant's last coefficient (Hairer, Nørsett and Wanner, dopri5). */
constexpr double dense[stages] = {-12715105075.0 / 11282082432,  0,
                                  87487479700.0 / 32700410799,   -10690763975.0 / 1880347072,
                                  701980252875.0 / 199316789632, -1453857185.0 / 822651844,
                                  69997945.0 / 29380423};

class DormandPrince {
 public:
  DormandPrince(VectorField<double>& field, const AdaptiveOptions& options, const Matrix& initial)
      : field_(field), options_(options), state_(initial), record_(static_cast<std::size_t>(field.record_size())) {
    for (Matrix& k : k_) k.resizeLike(state_);
    evaluate(state_, k_[0]);
    step_ = first_step();
  }

  const Matrix& state() const { return state_; }

  /** Steps up to `end`; `accept(step)` gets the interpolant of every step taken. */
  template <typename Accept>
  void advance_to(double end, Accept accept) {
    while (time_ < end) {
      const double left = end - time_;
      const bool lands = step_ >= left * (1 - 1e-12);
      const double h = lands ? left : step_;
      if (++taken_ > options_.max_steps || !(h > 1e-14 * std::max(1.0, end))) diverged();
      const double norm = attempt(h);
      const double factor = dormand_prince::step_factor(norm);
      if (norm > 1) {
        step_ = h * factor;
        continue;
      }
      accept(interpolant(h));
      time_ = lands ? end : time_ + h;
      state_.swap(next_);
      k_[0].swap(k_[stages - 1]);
      step_ = h * factor;
    }
  }

 private:
  void evaluate(const Matrix& state, Matrix& derivative) { field_.evaluate(state, record_.data(), derivative); }

  double attempt(double h) {
    for (int s = 1; s < stages; ++s) {
      next_ = state_;
      for (int r = 0; r < s; ++r)
        if (a[s][r] != 0) next_ += h * a[s][r] * k_[r];
      evaluate(next_, k_[s]);
    }
    error_ = Matrix::Zero(state_.rows(), state_.cols());
    for (int s = 0; s < stages; ++s)
      if (e[s] != 0) error_ += h * e[s] * k_[s];
    return norm_of(error_, next_);
  }

  /** Of the step of length h from state_ to next_, whose stages are in k_. */
  DenseFlow::Step interpolant(double h) const {
    DenseFlow::Step step{time_, h, state_, next_ - state_, {}, {}, {}};
    step.c = h * k_[0] - step.b;
    step.d = step.b - h * k_[stages - 1] - step.c;
    step.e = (h * dense[0]) * k_[0];
    for (int s = 2; s < stages; ++s) step.e += (h * dense[s]) * k_[s];
    return step;
  }

  double norm_of(const Matrix& error, const Matrix& to) const {
    return dormand_prince::error_norm(error, state_, to, options_.absolute, options_.relative);
  }

  double first_step() {
    const double slope = norm_of(k_[0], state_);
    if (!std::isfinite(slope)) diverged();
    return dormand_prince::first_step(norm_of(state_, state_), slope);
  }

  [[noreturn]] void diverged() {
    error_.resizeLike(state_);
    for (const Matrix& k : k_) {
      const Index column = first_not_finite(k);
      if (column >= 0) refuse_divergence(field_.conditions(), column, time_);
    }
    // Everything is still finite, but the step has vanished: the column that moves fastest is to blame.
    Index column = 0;
    k_[0].colwise().norm().maxCoeff(&column);
    refuse_divergence(field_.conditions(), column, time_);
  }

  VectorField<double>& field_;
  AdaptiveOptions options_;
  Matrix state_, next_, error_, k_[stages];
  std::vector<double> record_;
  double time_ = 0, step_ = 0;
  Index taken_ = 0;
};

}  // namespace

std::vector<Matrix> integrate(VectorField<double>& field, const Vector& parameters,
                              std::span<const ConditionInputs> conditions, std::span<const double> times,
                              const AdaptiveOptions& options, const Matrix& initial) {
  require_times(times);
  field.bind(parameters, conditions);
  Matrix state;
  start_state(initial, field.genes(), field.columns(), state);
  std::vector<Matrix> states;
  if (field.columns() == 0) {
    states.assign(times.size(), state);
    return states;
  }
  DormandPrince solver(field, options, state);
  std::size_t next = 0;
  if (next < times.size() && times[next] == 0) {
    states.push_back(state);
    ++next;
  }
  if (next == times.size()) return states;
  solver.advance_to(times.back(), [&](const DenseFlow::Step& step) {
    for (; next + 1 < times.size() && times[next] <= step.start + step.length; ++next)
      states.push_back(step.at(times[next]));
  });
  // A time at the very end may have been left out by rounding.
  for (; next < times.size(); ++next) states.push_back(solver.state());
  return states;
}

Matrix DenseFlow::Step::at(double t) const {
  const double s = (t - start) / length, r = 1 - s;
  return a + s * (b + r * (c + s * (d + r * e)));
}

Matrix DenseFlow::at(double t) const {
  if (!(t >= 0 && t <= end() * (1 + 1e-12)))
    throw Error("flow.times",
                "The flow was integrated from day 0 to day " + std::to_string(end()) + "; it was asked for day " +
                    std::to_string(t) + ".",
                "Integrate up to the latest time that is wanted.");
  if (steps_.empty()) return initial_;
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](double time, const Step& step) { return time < step.start; });
  return (after == steps_.begin() ? steps_.front() : *(after - 1)).at(t);
}

DenseFlow dense_flow(VectorField<double>& field, const Vector& parameters, std::span<const ConditionInputs> conditions,
                     double end, const AdaptiveOptions& options, const Matrix& initial) {
  require_times({&end, 1});
  field.bind(parameters, conditions);
  DenseFlow flow;
  start_state(initial, field.genes(), field.columns(), flow.initial_);
  if (field.columns() == 0 || end == 0) return flow;
  DormandPrince solver(field, options, flow.initial_);
  solver.advance_to(end, [&](DenseFlow::Step&& step) { flow.steps_.push_back(std::move(step)); });
  return flow;
}

std::vector<Matrix> predict_states(VectorField<double>& field, const Vector& parameters,
                                   std::span<const ConditionInputs> conditions, std::span<const double> times,
                                   const AdaptiveOptions& options, const Matrix& initial) {
  return field.is_affine() ? closed_form(field, parameters, conditions, times, initial)
                           : integrate(field, parameters, conditions, times, options, initial);
}

}  // namespace groundwork::dynamics
