#include <algorithm>
#include <cmath>
#include <limits>

#include "divergence.hpp"
#include "dormand_prince.hpp"
#include "groundwork/dynamics/flow.hpp"

namespace groundwork::dynamics {
namespace {

using dormand_prince::a;

constexpr int most_attempts = 100000;
/** The stages that make the solution; the seventh only tells its error. */
constexpr int used = dormand_prince::stages - 1;

}  // namespace

template <typename S>
void Flow<S>::take_stages(S h, S* record, MatrixOf<S>& next_state) {
  const Index size = field_.record_size();
  for (int s = 1; s <= used; ++s) {
    MatrixOf<S>& at = s < used ? stage_ : next_state;
    at = state_;
    for (int r = 0; r < s; ++r)
      if (a[s][r] != 0) at += h * static_cast<S>(a[s][r]) * slopes_[static_cast<std::size_t>(r)];
    if (s < used) field_.evaluate(at, record + s * size, slopes_[static_cast<std::size_t>(s)]);
  }
}

template <typename S>
bool Flow<S>::forward_adaptively(bool record) {
  const Index size = field_.record_size();
  records_.resize(std::max<Index>(size * used, records_.size()));
  stage_.resizeLike(state_);
  sum_.resizeLike(state_);
  derivative_.resizeLike(state_);
  slopes_.resize(used + 1);
  for (auto& slope : slopes_) slope.resizeLike(state_);
  states_.resize(times_.size());
  steps_.assign(times_.size(), 0);
  taken_.clear();
  hidden_ = nullptr;
  recorded_ = record;
  divergence_ = {};
  if (state_.cols() == 0) {
    for (auto& state : states_) state = state_;
    return true;
  }
  const double relative = std::max(options_.tolerance, sizeof(S) == sizeof(float) ? 1e-5 : 0.0);
  const auto norm_of = [&](const MatrixOf<S>& error, const MatrixOf<S>& to) {
    return dormand_prince::error_norm(error, state_, to, 0.1 * relative, relative);
  };
  const auto stop = [&](std::size_t t, const MatrixOf<S>& worst) {
    Index column = first_not_finite(worst);
    if (column < 0) slopes_[0].colwise().norm().maxCoeff(&column);
    divergence_ = {column, static_cast<Index>(t)};
    recorded_ = false;
    return false;
  };

  field_.evaluate(state_, records_.data(), slopes_[0]);
  if (!slopes_[0].allFinite()) return stop(0, slopes_[0]);
  double step = dormand_prince::first_step(norm_of(state_, state_), norm_of(slopes_[0], state_));
  const double shortest =
      100 * static_cast<double>(std::numeric_limits<S>::epsilon()) * (times_.empty() ? 1 : times_.back());
  double time = 0;
  int attempts = 0;
  for (std::size_t t = 0; t < times_.size(); ++t) {
    while (time < times_[t]) {
      const double left = times_[t] - time;
      const bool lands = step >= left * (1 - 1e-6);
      const S h = static_cast<S>(lands ? left : step);
      take_stages(h, records_.data(), sum_);
      field_.evaluate(sum_, records_.data(), slopes_[used]);
      derivative_.setZero();
      for (int s = 0; s <= used; ++s)
        if (dormand_prince::e[s] != 0)
          derivative_ += h * static_cast<S>(dormand_prince::e[s]) * slopes_[static_cast<std::size_t>(s)];
      const double norm = norm_of(derivative_, sum_);
      const double next = static_cast<double>(h) * dormand_prince::step_factor(norm);
      if (!(norm <= 1)) {
        step = next;
        if (++attempts > most_attempts || step < shortest) return stop(t, derivative_);
        continue;
      }
      if (++attempts > most_attempts) return stop(t, derivative_);
      if (record) {
        if (starts_.size() <= taken_.size()) starts_.emplace_back();
        starts_[taken_.size()] = state_;
      }
      taken_.push_back(h);
      ++steps_[t];
      time = lands ? times_[t] : time + static_cast<double>(h);
      step = lands ? std::max(step, next) : next;
      state_.swap(sum_);
      slopes_[0].swap(slopes_[used]);
    }
    states_[t] = state_;
  }
  return true;
}

template <typename S>
void Flow<S>::backward_adaptively(std::span<const MatrixOf<S>> adjoints) {
  const Index size = field_.record_size();
  adjoint_.setZero(field_.genes(), field_.columns());
  stage_adjoint_.resizeLike(adjoint_);
  slope_adjoints_.resize(used);
  std::size_t step = taken_.size();
  for (std::size_t t = times_.size(); t-- > 0;) {
    adjoint_ += adjoints[t];
    for (Index i = steps_[t]; i-- > 0;) {
      const S h = taken_[--step];
      // The stages are computed again from where the step began: only its start was kept.
      state_ = starts_[step];
      field_.evaluate(state_, records_.data(), slopes_[0]);
      take_stages(h, records_.data(), sum_);
      for (int s = 0; s < used; ++s)
        slope_adjoints_[static_cast<std::size_t>(s)] = h * static_cast<S>(a[used][s]) * adjoint_;
      for (int s = used; s-- > 0;) {
        field_.pull_back(records_.data() + s * size, slope_adjoints_[static_cast<std::size_t>(s)], stage_adjoint_);
        adjoint_ += stage_adjoint_;
        for (int r = 0; r < s; ++r)
          if (a[s][r] != 0)
            slope_adjoints_[static_cast<std::size_t>(r)] += h * static_cast<S>(a[s][r]) * stage_adjoint_;
      }
    }
  }
}

template void Flow<float>::take_stages(float, float*, MatrixOf<float>&);
template void Flow<double>::take_stages(double, double*, MatrixOf<double>&);
template bool Flow<float>::forward_adaptively(bool);
template bool Flow<double>::forward_adaptively(bool);
template void Flow<float>::backward_adaptively(std::span<const MatrixOf<float>>);
template void Flow<double>::backward_adaptively(std::span<const MatrixOf<double>>);

}  // namespace groundwork::dynamics
