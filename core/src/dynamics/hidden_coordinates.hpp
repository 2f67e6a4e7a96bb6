#pragma once

#include <algorithm>

#include "elementwise.hpp"
#include "groundwork/base/tiles.hpp"
#include "groundwork/dynamics/vector_field.hpp"
#include "network.hpp"

namespace groundwork::dynamics {

// One column of a stage: loops over arrays that do not overlap, on their own so that compilers see it and vectorise
// them.

/** From z = M x: k = tanh(z + u + t d) − c; sum (from start, first) += weight · k; next = start + ahead · k. */
template <bool first, typename S>
[[gnu::noinline]] void one_stage(Index n, const S* __restrict z, const S* __restrict u, S t, const S* __restrict d,
                                 const S* __restrict c, const S* __restrict start, S weight, S ahead, S* __restrict k,
                                 S* __restrict sum, S* __restrict next) {
  for (Index i = 0; i < n; ++i) {
    const S slope = tanh_of(z[i] + (u[i] + t * d[i])) - c[i];
    k[i] = slope;
    sum[i] = (first ? start[i] : sum[i]) + weight * slope;
    next[i] = start[i] + ahead * slope;
  }
}

/** The same for the last stage: end = sum + weight · k. */
template <typename S>
[[gnu::noinline]] void last_stage(Index n, const S* __restrict z, const S* __restrict u, S t, const S* __restrict d,
                                  const S* __restrict c, const S* __restrict sum, S weight, S* __restrict k,
                                  S* __restrict end) {
  for (Index i = 0; i < n; ++i) {
    const S slope = tanh_of(z[i] + (u[i] + t * d[i])) - c[i];
    k[i] = slope;
    end[i] = sum[i] + weight * slope;
  }
}

/**
 * From the adjoints of the step (above) and of the next stage's state (next; none, first): that of this stage's z,
 * added to `sum` as well and to `shared`, where −k adds to the centre and t d to the drift; total = above + all next.
 */
template <bool first, bool centred, typename S>
[[gnu::noinline]] void one_adjoint(Index n, const S* __restrict above, const S* __restrict next, const S* __restrict k,
                                   const S* __restrict c, S weight, S next_weight, S t, S* __restrict below,
                                   S* __restrict total, S* __restrict sum, S* __restrict shared) {
  for (Index i = 0; i < n; ++i) {
    const S h = k[i] + c[i];
    const S slope = first ? weight * above[i] : weight * above[i] + next_weight * next[i];
    const S value = slope * (1 - h * h);
    total[i] = first ? above[i] : total[i] + next[i];
    below[i] = value;
    sum[i] += value;
    shared[i] += centred ? -slope : t * value;
  }
}

/** to = from + step · slope. */
template <typename S>
[[gnu::noinline]] void move_along(Index n, const S* __restrict from, S step, const S* __restrict slope,
                                  S* __restrict to) {
  for (Index i = 0; i < n; ++i) to[i] = from[i] + step * slope[i];
}

/**
 * A field V (h(W1 δ) − h₀) + g₀ with one hidden layer moves the state only along the columns of V and g₀, and
 * Runge–Kutta methods commute with linear maps. So instead of δ (genes rows) the flow may carry s = ∫ (h − h₀) dt, one
 * row a hidden unit, and
 *
 *   δ = δ₀ + V s + t g₀,  ds/dt = k = tanh(M s + t W1 g₀ + W1 δ₀ + B u + b_m) − h₀, M = W1 V:
 *
 * the same steps to rounding, with products of hidden × hidden instead of twice hidden × genes. Centred: without t.
 *
 * Columns do not meet before the gradient, so a step takes four of them at a time through all of its stages: what it
 * works on stays in the first-level cache. Rows and columns are padded with zeros to whole tiles.
 */
template <typename S>
class HiddenCoordinates {
  using Map = Eigen::Map<MatrixOf<S>>;

 public:
  HiddenCoordinates(Network<S>& network, bool centred) : network_(network), centred_(centred) {}

  /** Scalars that step_forward() records: s and the four k. */
  Index record_size() const { return 5 * offset_.size(); }

  /** Takes the bound parameters and δ₀ (genes × columns); state becomes s = 0. */
  void start(const MatrixOf<S>& initial, MatrixOf<S>& state) {
    const auto W1 = network_.input_weights();
    const MatrixOf<S> feedback = W1 * network_.output_weights();
    forward_.pack(feedback);
    backward_.pack(feedback.transpose());
    initial_ = initial;
    starts_at_control_ = (initial.array() == 0).all();
    const Index hidden = W1.rows(), rows = padded_rows<S>(hidden), n = initial.cols();
    offset_.setZero(rows, padded_to(n, tile_columns));
    offset_.topLeftCorner(hidden, n) = network_.drive().value();
    if (!starts_at_control_) offset_.topLeftCorner(hidden, n).noalias() += W1 * initial_;
    centre_.setZero(rows);
    centre_.head(hidden) = network_.centre_activation();
    drift_.setZero(rows);
    if (!centred_) drift_.head(hidden).noalias() = W1 * network_.centre();

    feedback_adjoint_.setZero(rows, rows);
    offset_adjoint_.setZero(rows, offset_.cols());
    drift_adjoint_.setZero(rows);
    centre_adjoint_.setZero(rows);
    output_adjoint_.setZero(initial.rows(), hidden);
    output_sum_.setZero(initial.rows());
    initial_adjoint_.setZero(initial.rows(), n);
    state.setZero(rows, offset_.cols());
  }

  /** full = δ₀ + V s + t g₀. */
  void lift(const MatrixOf<S>& state, S time, MatrixOf<S>& full) const {
    full = initial_;
    if (!centred_) full.colwise() += time * network_.centre();
    full.noalias() += network_.output_weights() * used(state);
  }

  /** state_adjoint += the pull-back of lift(). */
  void pull_back_lift(const MatrixOf<S>& state, S time, const MatrixOf<S>& adjoint, MatrixOf<S>& state_adjoint) {
    used(state_adjoint).noalias() += network_.output_weights().transpose() * adjoint;
    output_adjoint_.noalias() += adjoint * used(state).transpose();
    if (!centred_) output_sum_ += time * adjoint.rowwise().sum();
    initial_adjoint_ += adjoint;
  }

  /** One step of Runge–Kutta 4 from `time` on. */
  void step_forward(S time, S h, MatrixOf<S>& state, S* record) {
    const Index rows = state.rows(), block = rows * tile_columns, all = state.size();
    stage_.resize(rows, tile_columns);
    product_.resize(rows, tile_columns);
    sum_.resize(rows, tile_columns);
    for (Index at = 0; at < all; at += block) {
      S* const s = state.data() + at;
      S* const k = record + all + at;
      const S* const u = offset_.data() + at;
      std::copy(s, s + block, record + at);
      forward_.multiply(s, rows, product_.data(), rows);
      stage<true, false>(time, u, s, h / 6, h / 2, k, s);
      forward_.multiply(stage_.data(), rows, product_.data(), rows);
      stage<false, false>(time + h / 2, u, s, h / 3, h / 2, k + all, s);
      forward_.multiply(stage_.data(), rows, product_.data(), rows);
      stage<false, false>(time + h / 2, u, s, h / 3, h, k + 2 * all, s);
      forward_.multiply(stage_.data(), rows, product_.data(), rows);
      stage<false, true>(time + h, u, s, h / 6, h, k + 3 * all, s);
    }
  }

  /** adjoint becomes its pull-back through a recorded step; the gradient is collected inside. */
  void step_backward(S time, S h, const S* record, MatrixOf<S>& adjoint) {
    if (centred_) {
      step_backward_as<true>(time, h, record, adjoint);
    } else {
      step_backward_as<false>(time, h, record, adjoint);
    }
  }

  /** Hands the collected adjoints to the network; returns that of δ₀. */
  const MatrixOf<S>& finish() {
    const auto W1 = network_.input_weights(), V = network_.output_weights();
    const Index hidden = W1.rows();
    const auto feedback_adjoint = feedback_adjoint_.topLeftCorner(hidden, hidden);
    const MatrixOf<S> offset_adjoint = used(offset_adjoint_);
    output_adjoint_.noalias() += W1.transpose() * feedback_adjoint;
    MatrixOf<S> W1_adjoint = feedback_adjoint * V.transpose();
    if (!starts_at_control_) W1_adjoint.noalias() += offset_adjoint * initial_.transpose();
    initial_adjoint_.noalias() += W1.transpose() * offset_adjoint;
    if (!centred_) {
      W1_adjoint.noalias() += drift_adjoint_.head(hidden) * network_.centre().transpose();
      output_sum_.noalias() += W1.transpose() * drift_adjoint_.head(hidden);
    }
    network_.collect(W1_adjoint, output_adjoint_, offset_adjoint);
    if (centred_)
      network_.collect_centre_activation(centre_adjoint_.head(hidden));
    else
      network_.collect_output(output_sum_);
    return initial_adjoint_;
  }

 private:
  /** Without the padding. */
  auto used(const MatrixOf<S>& m) const { return m.topLeftCorner(network_.input_weights().rows(), initial_.cols()); }
  auto used(MatrixOf<S>& m) const { return m.topLeftCorner(network_.input_weights().rows(), initial_.cols()); }

  /** From M x in product_: k, the sum of slopes, and the state of the next stage or, last, of the next step. */
  template <bool first, bool last>
  void stage(S time, const S* offsets, const S* start, S weight, S ahead, S* slopes, S* end) {
    const Index rows = centre_.size();
    for (Index at = 0; at < rows * tile_columns; at += rows) {
      if constexpr (last) {
        last_stage(rows, product_.data() + at, offsets + at, time, drift_.data(), centre_.data(), sum_.data() + at,
                   weight, slopes + at, end + at);
      } else {
        one_stage<first>(rows, product_.data() + at, offsets + at, time, drift_.data(), centre_.data(), start + at,
                         weight, ahead, slopes + at, sum_.data() + at, stage_.data() + at);
      }
    }
  }

  template <bool centred>
  void step_backward_as(S time, S h, const S* record, MatrixOf<S>& adjoint) {
    const Index rows = adjoint.rows(), block = rows * tile_columns, all = adjoint.size();
    constexpr Index together = 2;  // blocks whose outer products are summed at once
    product_.resize(rows, tile_columns);
    sum_.resize(rows, tile_columns);
    below_.resize(rows, 4 * tile_columns * together);
    states_.resize(rows, 4 * tile_columns * together);
    Index waiting = 0;
    for (Index at = 0; at < all; at += block) {
      S* const above = adjoint.data() + at;
      const S *const s = record + at, *const k = record + all + at;
      S *below = below_.data() + waiting * 4 * block, *x = states_.data() + waiting * 4 * block;
      S* const sum = offset_adjoint_.data() + at;
      pull_back_stage<true, centred>(above, h / 6, S(0), k + 3 * all, s, k + 2 * all, h, time + h, below, x, sum);
      backward_.multiply(below, rows, product_.data(), rows);
      below += block, x += block;
      pull_back_stage<false, centred>(above, h / 3, h, k + 2 * all, s, k + all, h / 2, time + h / 2, below, x, sum);
      backward_.multiply(below, rows, product_.data(), rows);
      below += block, x += block;
      pull_back_stage<false, centred>(above, h / 3, h / 2, k + all, s, k, h / 2, time + h / 2, below, x, sum);
      backward_.multiply(below, rows, product_.data(), rows);
      below += block, x += block;
      pull_back_stage<false, centred>(above, h / 6, h / 2, k, s, s, S(0), time, below, x, sum);
      backward_.multiply(below, rows, product_.data(), rows);
      finish_adjoint(above);
      if (++waiting == together || at + block == all) {
        add_outer_products(below_.data(), states_.data(), waiting * 4 * tile_columns, feedback_adjoint_);
        waiting = 0;
      }
    }
  }

  /** `below`, the adjoint of M x of one stage, and the stage's state x = s + ahead · k_before again. */
  template <bool first, bool centred>
  void pull_back_stage(const S* above, S weight, S next_weight, const S* slopes, const S* start, const S* before,
                       S ahead, S time, S* below, S* states, S* sums) {
    const Index rows = centre_.size();
    S* const shared = centred ? centre_adjoint_.data() : drift_adjoint_.data();
    for (Index at = 0; at < rows * tile_columns; at += rows) {
      one_adjoint<first, centred>(rows, above + at, product_.data() + at, slopes + at, centre_.data(), weight,
                                  next_weight, time, below + at, sum_.data() + at, sums + at, shared);
      move_along(rows, start + at, ahead, before + at, states + at);
    }
  }

  void finish_adjoint(S* above) const { Map(above, sum_.rows(), sum_.cols()) = sum_ + product_; }

  Network<S>& network_;
  bool centred_;
  bool starts_at_control_ = true;
  PackedRows<S> forward_, backward_;  // M and its transpose
  MatrixOf<S> offset_, initial_;
  VectorOf<S> centre_, drift_;  // h₀ and W1 g₀
  MatrixOf<S> feedback_adjoint_, offset_adjoint_, output_adjoint_, initial_adjoint_;
  VectorOf<S> drift_adjoint_, centre_adjoint_, output_sum_;
  MatrixOf<S> stage_, product_, sum_, below_, states_;
};

}  // namespace groundwork::dynamics
