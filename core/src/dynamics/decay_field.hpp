#pragma once

#include <cmath>

#include "elementwise.hpp"
#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::dynamics {

/**
 * First-order synthesis and decay. What a synthesis s(δ̃) adds is left to the field: δ̃ is the state as the regulation
 * sees it, knocked-out genes at the level of an absent one.
 *
 * Adjoints pass through ℓ = log s, because a clamp adds log κ to it and the softplus or sigmoid enters only by
 * r = ∂ log s / ∂ (its argument). A record holds, genes × columns each: q = κ s e^{−δ} (linear scale: κ s), δ̃, r, on
 * the linear scale δ, then whatever the synthesis keeps.
 */
template <typename S>
class DecayField : public VectorField<S> {
 protected:
  using Base = VectorField<S>;
  using typename Base::BoundClamp;
  using typename Base::ConstMatrix;
  using typename Base::ConstVector;
  using typename Base::MutableMatrix;
  using typename Base::MutableVector;
  using Map = Eigen::Map<MatrixOf<S>>;
  using ConstMap = Eigen::Map<const MatrixOf<S>>;

 public:
  void evaluate(const ConstMatrix& state, S* record, MutableMatrix derivative) final {
    synthesise_clamped(state, record);
    const Index d = this->genes();
    const S* rate = rate_.data();
    for (Index j = 0; j < state.cols(); ++j) {
      const S* x = state.col(j).data();
      S* q = record + j * d;
      S* f = derivative.col(j).data();
      if (is_log()) {
        for (Index i = 0; i < d; ++i) {
          q[i] *= exp_of(-x[i]);
          f[i] = rate[i] * (q[i] - 1);
        }
      } else {
        const S* c = control_.data();
        for (Index i = 0; i < d; ++i) f[i] = rate[i] * (c[i] * (q[i] - 1) - x[i]);
      }
    }
  }

  void pull_back(const S* record, const ConstMatrix& adjoint, MutableMatrix state_adjoint) final {
    const Index d = this->genes();
    const S *rate = rate_.data(), *c = control_.data();
    S* rate_sum = log_rate_adjoint_.data();
    log_synthesis_.resize(d, adjoint.cols());
    direct_.resize(d, adjoint.cols());
    for (Index j = 0; j < adjoint.cols(); ++j) {
      const S *q = record + j * d, *f = adjoint.col(j).data();
      S *ell = log_synthesis_.col(j).data(), *own = direct_.col(j).data();
      if (is_log()) {
        for (Index i = 0; i < d; ++i) {
          const S scaled = rate[i] * f[i];
          ell[i] = scaled * q[i];
          own[i] = -ell[i];
          rate_sum[i] += scaled * (q[i] - 1);
        }
      } else {
        const S* x = raw_states(record, adjoint.cols()) + j * d;
        for (Index i = 0; i < d; ++i) {
          const S scaled = rate[i] * f[i];
          ell[i] = scaled * c[i] * q[i];
          own[i] = -scaled;
          rate_sum[i] += scaled * (c[i] * (q[i] - 1) - x[i]);
        }
      }
    }
    pull_back_clamped(record, state_adjoint);
  }

  void exponential_step(const ConstMatrix& state, S h, S* record, MutableMatrix next) final {
    synthesise_clamped(state, record);
    decay_over(h);
    const Index d = this->genes();
    const S *left = left_.data(), *gone = gone_.data(), *c = control_.data();
    for (Index j = 0; j < state.cols(); ++j) {
      const S* x = state.col(j).data();
      S* q = record + j * d;
      S* y = next.col(j).data();
      if (is_log()) {
        for (Index i = 0; i < d; ++i) {
          q[i] *= exp_of(-x[i]);
          y[i] = x[i] + log_of(left[i] + gone[i] * q[i]);
        }
      } else {
        for (Index i = 0; i < d; ++i) y[i] = left[i] * x[i] + gone[i] * (c[i] * (q[i] - 1));
      }
    }
  }

  void pull_back_exponential_step(const S* record, S h, const ConstMatrix& adjoint, MutableMatrix state_adjoint) final {
    decay_over(h);
    const Index d = this->genes();
    const S *left = left_.data(), *gone = gone_.data(), *rate = rate_.data(), *c = control_.data();
    S* rate_sum = log_rate_adjoint_.data();
    log_synthesis_.resize(d, adjoint.cols());
    direct_.resize(d, adjoint.cols());
    for (Index j = 0; j < adjoint.cols(); ++j) {
      const S *q = record + j * d, *f = adjoint.col(j).data();
      S *ell = log_synthesis_.col(j).data(), *own = direct_.col(j).data();
      if (is_log()) {
        for (Index i = 0; i < d; ++i) {
          const S scaled = f[i] / (left[i] + gone[i] * q[i]);
          ell[i] = scaled * gone[i] * q[i];
          own[i] = f[i] - ell[i];
          rate_sum[i] += scaled * (q[i] - 1) * rate[i] * h * left[i];
        }
      } else {
        const S* x = raw_states(record, adjoint.cols()) + j * d;
        for (Index i = 0; i < d; ++i) {
          ell[i] = f[i] * gone[i] * c[i] * q[i];
          own[i] = f[i] * left[i];
          rate_sum[i] += f[i] * (c[i] * (q[i] - 1) - x[i]) * rate[i] * h * left[i];
        }
      }
    }
    pull_back_clamped(record, state_adjoint);
  }

  void add_gradient(MutableVector gradient) final {
    this->layout_.view(gradient, "log_gamma").col(0) += log_rate_adjoint_;
    this->add_kappa_gradient(gradient);
    add_synthesis_gradient(gradient);
  }

  void jacobian(const ConstVector& state, Index column, MutableMatrix result) final {
    const Index d = this->genes();
    VectorOf<S> seen = state, synthesis(d);
    for (const BoundClamp& clamp : this->activity_)
      if (clamp.column == column) seen[clamp.gene] = clamp.level;
    synthesis_jacobian(seen, column, synthesis, result);
    for (const BoundClamp& clamp : this->activity_)
      if (clamp.column == column) result.col(clamp.gene).setZero();
    for (const BoundClamp& clamp : this->synthesis_)
      if (clamp.column == column) synthesis[clamp.gene] *= clamp.kappa;
    for (Index i = 0; i < d; ++i) {
      const S gain = is_log() ? synthesis[i] * exp_of(-state[i]) : control_[i] * synthesis[i];
      result.row(i) *= rate_[i] * gain;
      result(i, i) -= rate_[i] * (is_log() ? gain : S(1));
    }
  }

  VectorOf<S> rates() const final { return rate_; }

 protected:
  explicit DecayField(const FieldOptions& options) : Base(options) {
    control_.setZero(options.genes);
    for (std::size_t i = 0; i < options.control.size(); ++i)
      control_[static_cast<Index>(i)] = static_cast<S>(options.control[i]);
  }

  /** Appends the blocks that every decay field ends with. */
  void lay_out_decay() {
    this->layout_.add("log_gamma", this->genes(), 1, false);
    this->layout_.add("rho", this->options_.kappas, 1, false);
  }
  void initialise_decay(MutableVector parameters) const {
    this->layout_.view(parameters, "log_gamma").setConstant(static_cast<S>(std::log(this->options_.rate_initial)));
    this->initialise_kappas(parameters);
  }

  /** Scalars a column that the synthesis keeps beside δ̃ and r. */
  virtual Index synthesis_rows() const = 0;
  virtual void prepare_synthesis() = 0;
  /** s and r (genes × columns) of δ̃; `kept` has synthesis_rows() × columns scalars. */
  virtual void synthesise(const ConstMap& seen, S* kept, Map synthesis, Map slope) = 0;
  /**
   * From the adjoint of log s (`ell`) and of the argument of s (`argument` = ell ∘ r): adjoint of δ̃ (overwritten), and
   * the field's own gradients.
   */
  virtual void pull_back_synthesis(const ConstMap& seen, const S* kept, const MatrixOf<S>& ell,
                                   const MatrixOf<S>& argument, MutableMatrix seen_adjoint) = 0;
  virtual void add_synthesis_gradient(MutableVector gradient) = 0;
  /** s at one δ̃ of one column, and ∂ log s / ∂ δ̃ (genes × genes). */
  virtual void synthesis_jacobian(const VectorOf<S>& seen, Index column, VectorOf<S>& synthesis,
                                  MutableMatrix result) = 0;

  Index record_rows() const final { return (is_log() ? 3 : 4) * this->genes() + synthesis_rows(); }

  void prepare() final {
    rate_.resize(this->genes());
    const auto log_rate = Layout::view_of(this->parameters_, this->layout_.at("log_gamma"));
    for (Index i = 0; i < rate_.size(); ++i) rate_[i] = std::exp(log_rate(i, 0));
    log_rate_adjoint_.setZero(this->genes());
    prepare_synthesis();
  }

  void pull_back_rates(const ConstVector& adjoint, MutableVector gradient) const final {
    this->layout_.view(gradient, "log_gamma").col(0) += adjoint.cwiseProduct(rate_);
  }

 private:
  bool is_log() const { return this->options_.scale == Scale::log; }
  const S* raw_states(const S* record, Index columns) const { return record + 3 * this->genes() * columns; }

  void synthesise_clamped(const ConstMatrix& state, S* record) {
    const Index d = this->genes(), n = state.cols(), size = d * n;
    Map synthesis(record, d, n), seen(record + size, d, n), slope(record + 2 * size, d, n);
    seen = state;
    for (const BoundClamp& clamp : this->activity_) seen(clamp.gene, clamp.column) = clamp.level;
    if (!is_log()) Map(record + 3 * size, d, n) = state;
    synthesise(ConstMap(seen.data(), d, n), kept(record, n), synthesis, slope);
    for (const BoundClamp& clamp : this->synthesis_) synthesis(clamp.gene, clamp.column) *= clamp.kappa;
  }

  /** Finishes a pull-back from log_synthesis_ and the direct part of the state's adjoint. */
  void pull_back_clamped(const S* record, MutableMatrix state_adjoint) {
    const Index d = this->genes(), n = log_synthesis_.cols(), size = d * n;
    for (const BoundClamp& clamp : this->synthesis_)
      this->add_log_kappa_adjoint(clamp, log_synthesis_(clamp.gene, clamp.column));
    argument_ = log_synthesis_.cwiseProduct(ConstMap(record + 2 * size, d, n));
    pull_back_synthesis(ConstMap(record + size, d, n), kept(const_cast<S*>(record), n), log_synthesis_, argument_,
                        state_adjoint);
    for (const BoundClamp& clamp : this->activity_) {
      S& entry = state_adjoint(clamp.gene, clamp.column);
      this->add_log_kappa_adjoint(clamp, entry * clamp.level_slope);
      entry = 0;
    }
    state_adjoint += direct_;
  }

  S* kept(S* record, Index columns) const { return record + (is_log() ? 3 : 4) * this->genes() * columns; }

  /** What is left of a transcript after h days, and what has gone. */
  void decay_over(S h) {
    if (h == step_ && left_.size() == rate_.size() && rate_of_step_ == rate_) return;
    step_ = h;
    rate_of_step_ = rate_;
    left_.resize(rate_.size());
    gone_.resize(rate_.size());
    for (Index i = 0; i < rate_.size(); ++i) {
      left_[i] = std::exp(-rate_[i] * h);
      gone_[i] = -std::expm1(-rate_[i] * h);
    }
  }

  VectorOf<S> control_, rate_, rate_of_step_, left_, gone_, log_rate_adjoint_;
  MatrixOf<S> log_synthesis_, direct_, argument_;
  S step_ = 0;
};

}  // namespace groundwork::dynamics
