#pragma once

#include <cmath>

#include "drive.hpp"
#include "elementwise.hpp"
#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

/**
 * g(δ, u, m) = V tanh(W1 δ + B u + b_m) + v, or with a second hidden layer V tanh(W2 tanh(…) + b2) + v.
 *
 * Activations are kept relative to those of the centre (δ = 0, no input, medium m0), and the output is computed as
 * V (h − h₀) + g₀: at the centre it is g₀ to the last bit, whatever the shape of the batch.
 */
template <typename S>
class Network {
 public:
  using Map = Eigen::Map<MatrixOf<S>>;
  using ConstMap = Eigen::Map<const MatrixOf<S>>;

  /** Appends W1, B, b[, W2, b2], V[, v] to the layout. */
  Network(Layout& layout, const FieldOptions& options, bool output_bias)
      : layers_(options.hidden_layers), output_bias_(output_bias), drive_(lay_out(layout, options, output_bias), 0) {
    W1_ = layout.at("W1");
    V_ = layout.at("V");
    if (layers_ == 2) {
      W2_ = layout.at("W2");
      b2_ = layout.at("b2");
    }
    if (output_bias_) v_ = layout.at("v");
    b_ = layout.at("b");
  }

  /**
   * W1 ~ N(0, 1/d), B ~ N(0, 0.3²), W2 ~ N(0, 1/hidden), V ~ N(0, scale²/hidden), intercepts 0: hidden units
   * are in their linear range for states of order 1, and the output starts small.
   */
  template <typename Vec>
  void initialise(const Layout& layout, Vec& p, double scale, Random& random) const {
    const auto draw = [&](const char* name, double sd) {
      for (S& x : layout.view(p, name).reshaped()) x = static_cast<S>(sd * random.normal());
    };
    draw("W1", 1 / std::sqrt(static_cast<double>(W1_.cols)));
    draw("B", 0.3);
    if (layers_ == 2) draw("W2", 1 / std::sqrt(static_cast<double>(W2_.cols)));
    draw("V", scale / std::sqrt(static_cast<double>(V_.cols)));
  }

  /** Scalars a column that forward() keeps. */
  Index kept_rows() const { return layers_ * W1_.rows; }

  void prepare(const VectorOf<S>& parameters, std::span<const ConditionInputs> conditions) {
    parameters_ = &parameters;
    drive_.prepare(parameters, conditions);
    W1_adjoint_.setZero(W1_.rows, W1_.cols);
    V_adjoint_.setZero(V_.rows, V_.cols);
    output_sum_.setZero(V_.rows);
    centre_activation_adjoint_.setZero(W1_.rows);
    h1_ = view(b_).col(0).unaryExpr([](S z) { return tanh_of(z); });
    if (layers_ == 2) {
      W2_adjoint_.setZero(W2_.rows, W2_.cols);
      second_sum_.setZero(W2_.rows);
      z2_ = view(W2_) * h1_ + view(b2_);
      h2_ = z2_.unaryExpr([](S z) { return tanh_of(z); });
    }
    centre_ = view(V_) * last();
    if (output_bias_) centre_ += view(v_);
  }

  /** g₀ = g(0, ∅, m0). */
  const VectorOf<S>& centre() const { return centre_; }
  ConstMap input_weights() const { return view(W1_); }
  ConstMap output_weights() const { return view(V_); }
  const Drive<S>& drive() const { return drive_; }
  /** First hidden layer at the centre. */
  const VectorOf<S>& centre_activation() const { return h1_; }

  /** output = g − g₀ (genes × columns). */
  template <typename In, typename Out>
  void forward(const In& state, S* kept, Out& output) {
    const Index hidden = W1_.rows, n = state.cols();
    Map first(kept, hidden, n);
    first.noalias() = view(W1_) * state;
    activate(first, drive_.value().data(), h1_);
    if (layers_ == 1) {
      output.noalias() = view(V_) * first;
      return;
    }
    Map second(kept + hidden * n, hidden, n);
    second.noalias() = view(W2_) * first;
    activate(second, z2_, h2_);
    output.noalias() = view(V_) * second;
  }

  /** From the adjoint of g. Overwrites state_adjoint. */
  template <typename In, typename Adjoint, typename Out>
  void pull_back(const In& state, const S* kept, const Adjoint& adjoint, Out& state_adjoint) {
    const Index hidden = W1_.rows, n = state.cols();
    const ConstMap first(kept, hidden, n), second(kept + (layers_ == 2 ? hidden * n : 0), hidden, n);
    V_adjoint_.noalias() += adjoint * second.transpose();
    output_sum_ += adjoint.rowwise().sum();
    below_.noalias() = view(V_).transpose() * adjoint;
    if (layers_ == 2) {
      through_tanh(second, h2_, below_);
      W2_adjoint_.noalias() += below_ * first.transpose();
      second_sum_ += below_.rowwise().sum();
      above_.swap(below_);
      below_.noalias() = view(W2_).transpose() * above_;
    }
    through_tanh(first, h1_, below_);
    drive_.adjoint() += below_;
    W1_adjoint_.noalias() += below_ * state.transpose();
    state_adjoint.noalias() = view(W1_).transpose() * below_;
  }

  /** For a flow that does not go through pull_back(): adjoints of W1, of V and of the drive. */
  template <typename Weights, typename Output>
  void collect(const Weights& W1_adjoint, const Output& V_adjoint, const MatrixOf<S>& drive_adjoint) {
    W1_adjoint_ += W1_adjoint;
    V_adjoint_ += V_adjoint;
    drive_.adjoint() += drive_adjoint;
  }
  /** The same for the constant part g₀ of an output that is used whole: its dependence on h₀ cancels. */
  template <typename Output>
  void collect_output(const Output& adjoint) {
    output_sum_ += adjoint;
  }
  /** The same for h₀ where the output is used relative to the centre. */
  void collect_centre_activation(const VectorOf<S>& adjoint) { centre_activation_adjoint_ += adjoint; }

  /** gradient += everything since prepare(), `centre_adjoint` being that of g₀ where the field uses it apart from g. */
  template <typename Vec>
  void add_gradient(std::span<const ConditionInputs> conditions, const VectorOf<S>& centre_adjoint,
                    Vec& gradient) const {
    const VectorOf<S> output = output_sum_ + centre_adjoint;
    if (output_bias_) Layout::view_of(gradient, v_).col(0) += output;
    Layout::view_of(gradient, V_) += V_adjoint_ + output * last().transpose();
    VectorOf<S> below = view(V_).transpose() * centre_adjoint;
    if (layers_ == 1) below += centre_activation_adjoint_;
    below.array() *= 1 - last().array().square();
    if (layers_ == 2) {
      const VectorOf<S> second = second_sum_ + below;
      Layout::view_of(gradient, W2_) += W2_adjoint_ + second * h1_.transpose();
      Layout::view_of(gradient, b2_).col(0) += second;
      below = view(W2_).transpose() * below;
      below.array() *= 1 - h1_.array().square();
    }
    Layout::view_of(gradient, W1_) += W1_adjoint_;
    Layout::view_of(gradient, b_).col(0) += below;
    drive_.add_gradient(conditions, gradient);
  }

  /** g − g₀ of one state of one column, and ∂g/∂δ. */
  template <typename Out>
  VectorOf<S> jacobian(const VectorOf<S>& state, Index column, Out& result) const {
    VectorOf<S> h = view(W1_) * state + drive_.value().col(column);
    h = h.unaryExpr([](S z) { return tanh_of(z); });
    VectorOf<S> relative = h - h1_;
    MatrixOf<S> chain = (1 - h.array().square()).matrix().asDiagonal() * view(W1_);
    if (layers_ == 2) {
      h = (view(W2_) * relative + z2_).unaryExpr([](S z) { return tanh_of(z); });
      relative = h - h2_;
      chain = (1 - h.array().square()).matrix().asDiagonal() * (view(W2_) * chain).eval();
    }
    result.noalias() = view(V_) * chain;
    return view(V_) * relative;
  }

 private:
  static const Layout& lay_out(Layout& layout, const FieldOptions& o, bool output_bias) {
    layout.add("W1", o.hidden, o.genes, true);
    layout.add("B", o.hidden, o.inputs, true);
    layout.add("b", o.hidden, o.media, false);
    if (o.hidden_layers == 2) {
      layout.add("W2", o.hidden, o.hidden, true);
      layout.add("b2", o.hidden, 1, false);
    }
    layout.add("V", o.genes, o.hidden, true);
    if (output_bias) layout.add("v", o.genes, 1, false);
    return layout;
  }

  ConstMap view(const Block& block) const { return Layout::view_of(*parameters_, block); }
  const VectorOf<S>& last() const { return layers_ == 2 ? h2_ : h1_; }

  /** z ← tanh(z + drive) − centre, the drive one a column. */
  static void activate(Map& z, const S* drive, const VectorOf<S>& centre) {
    const S* c = centre.data();
    for (Index j = 0; j < z.cols(); ++j) {
      S* x = z.data() + j * z.rows();
      const S* u = drive + j * z.rows();
      for (Index i = 0; i < z.rows(); ++i) x[i] = tanh_of(x[i] + u[i]) - c[i];
    }
  }
  /** z ← tanh(z + intercept) − centre, one intercept for all columns. */
  static void activate(Map& z, const VectorOf<S>& intercept, const VectorOf<S>& centre) {
    const S *c = centre.data(), *u = intercept.data();
    for (Index j = 0; j < z.cols(); ++j) {
      S* x = z.data() + j * z.rows();
      for (Index i = 0; i < z.rows(); ++i) x[i] = tanh_of(x[i] + u[i]) - c[i];
    }
  }
  /** adjoint ← adjoint ∘ (1 − h²), h kept relative to the centre. */
  static void through_tanh(const ConstMap& kept, const VectorOf<S>& centre, MatrixOf<S>& adjoint) {
    const S* c = centre.data();
    for (Index j = 0; j < kept.cols(); ++j) {
      const S* x = kept.data() + j * kept.rows();
      S* a = adjoint.data() + j * kept.rows();
      for (Index i = 0; i < kept.rows(); ++i) {
        const S h = x[i] + c[i];
        a[i] *= 1 - h * h;
      }
    }
  }

  int layers_;
  bool output_bias_;
  Drive<S> drive_;
  Block W1_, b_, W2_, b2_, V_, v_;
  const VectorOf<S>* parameters_ = nullptr;
  VectorOf<S> h1_, z2_, h2_, centre_, output_sum_, second_sum_, centre_activation_adjoint_;
  MatrixOf<S> W1_adjoint_, W2_adjoint_, V_adjoint_, below_, above_;
};

}  // namespace groundwork::dynamics
