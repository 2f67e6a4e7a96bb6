#include <cmath>

#include "drive.hpp"
#include "elementwise.hpp"
#include "fields.hpp"

namespace groundwork::dynamics {
namespace {

/** A record holds, genes × columns each: t = tanh(a), the state as regulation sees it, the state. */
template <typename S>
class SaturatingField final : public VectorField<S> {
  using Base = VectorField<S>;
  using typename Base::BoundClamp;
  using typename Base::ConstMatrix;
  using typename Base::ConstVector;
  using typename Base::MutableMatrix;
  using typename Base::MutableVector;
  using Map = Eigen::Map<MatrixOf<S>>;
  using ConstMap = Eigen::Map<const MatrixOf<S>>;

 public:
  explicit SaturatingField(const FieldOptions& options) : Base(options), drive_(lay_out(this->layout_, options), 0) {}

  /**
   * W ~ N(0, 0.1²/d), B ~ N(0, 0.1²), b = 0, α = rate_initial; ε = rate_initial times what δ may reach: 1 on the log
   * scale (a fold of e either way), the control's size on the linear one.
   */
  VectorOf<S> initial_parameters(Random& random) const override {
    VectorOf<S> p = VectorOf<S>::Zero(this->layout_.size());
    const double sd = 0.1 / std::sqrt(static_cast<double>(this->genes()));
    for (S& w : this->layout_.view(p, "W").reshaped()) w = static_cast<S>(sd * random.normal());
    for (S& b : this->layout_.view(p, "B").reshaped()) b = static_cast<S>(0.1 * random.normal());
    auto log_epsilon = this->layout_.view(p, "log_epsilon");
    const double log_rate = std::log(this->options_.rate_initial);
    for (Index g = 0; g < this->genes(); ++g)
      log_epsilon(g, 0) = static_cast<S>(log_rate + std::log(reach_of(this->options_, g)));
    this->layout_.view(p, "log_alpha").setConstant(static_cast<S>(log_rate));
    this->initialise_kappas(p);
    return p;
  }

  void evaluate(const ConstMatrix& state, S* record, MutableMatrix derivative) override {
    activate(state, record);
    const Index d = this->genes();
    for (Index j = 0; j < state.cols(); ++j) {
      const S *t = record + j * d, *x = state.col(j).data(), *t0 = centre_.data();
      const S *epsilon = epsilon_.data(), *alpha = alpha_.data();
      S* f = derivative.col(j).data();
      for (Index i = 0; i < d; ++i) f[i] = epsilon[i] * (t[i] - t0[i]) - alpha[i] * x[i];
    }
    for (const BoundClamp& c : this->synthesis_) derivative(c.gene, c.column) += alpha_[c.gene] * c.level;
  }

  void pull_back(const S* record, const ConstMatrix& adjoint, MutableMatrix state_adjoint) override {
    const Index d = this->genes(), n = adjoint.cols();
    const ConstMap t(record, d, n), state(record + 2 * d * n, d, n);
    production_ = adjoint.array().colwise() * epsilon_.array();
    log_alpha_adjoint_.array() -= alpha_.array() * (adjoint.array() * state.array()).rowwise().sum();
    pull_back_production(record, state_adjoint);
    state_adjoint.array() -= adjoint.array().colwise() * alpha_.array();
    for (const BoundClamp& c : this->synthesis_) {
      const S own = alpha_[c.gene] * adjoint(c.gene, c.column);
      log_alpha_adjoint_[c.gene] += own * c.level;
      this->add_log_kappa_adjoint(c, own * c.level_slope);
    }
  }

  void exponential_step(const ConstMatrix& state, S h, S* record, MutableMatrix next) override {
    activate(state, record);
    decay_over(h);
    const Index d = this->genes();
    for (Index j = 0; j < state.cols(); ++j) {
      const S *t = record + j * d, *x = state.col(j).data(), *t0 = centre_.data();
      const S *left = left_.data(), *gain = gain_.data();
      S* y = next.col(j).data();
      for (Index i = 0; i < d; ++i) y[i] = left[i] * x[i] + gain[i] * (t[i] - t0[i]);
    }
    for (const BoundClamp& c : this->synthesis_) next(c.gene, c.column) += (1 - left_[c.gene]) * c.level;
  }

  void pull_back_exponential_step(const S* record, S h, const ConstMatrix& adjoint,
                                  MutableMatrix state_adjoint) override {
    decay_over(h);
    const Index d = this->genes(), n = adjoint.cols();
    const ConstMap t(record, d, n), state(record + 2 * d * n, d, n);
    production_ = adjoint.array().colwise() * gain_.array();
    // δ⁺ = E δ + (1 − E) s with s = ε (t − t₀)/α + level: ∂δ⁺/∂ log α = α h E (s − δ) − (1 − E) ε (t − t₀)/α.
    const VectorOf<S> lost = alpha_.cwiseProduct(left_) * h;
    const auto driven = (t.colwise() - centre_).array();
    log_alpha_adjoint_.array() -= (production_.array() * driven).rowwise().sum();
    log_alpha_adjoint_.array() +=
        lost.array() *
        (adjoint.array() * ((driven.colwise() * (epsilon_.array() / alpha_.array())) - state.array())).rowwise().sum();
    pull_back_production(record, state_adjoint);
    state_adjoint.array() += adjoint.array().colwise() * left_.array();
    for (const BoundClamp& c : this->synthesis_) {
      const S own = adjoint(c.gene, c.column);
      log_alpha_adjoint_[c.gene] += own * lost[c.gene] * c.level;
      this->add_log_kappa_adjoint(c, own * (1 - left_[c.gene]) * c.level_slope);
    }
  }

  void add_gradient(MutableVector gradient) override {
    this->layout_.view(gradient, "W") += W_adjoint_;
    drive_.add_gradient(this->conditions_, gradient);
    if (this->options_.centred)
      this->layout_.view(gradient, "b").col(0).array() += centre_adjoint_.array() * (1 - centre_.array().square());
    this->layout_.view(gradient, "log_epsilon").col(0) += log_epsilon_adjoint_;
    this->layout_.view(gradient, "log_alpha").col(0) += log_alpha_adjoint_;
    this->add_kappa_gradient(gradient);
  }

  void jacobian(const ConstVector& state, Index column, MutableMatrix result) override {
    VectorOf<S> seen = state, own = VectorOf<S>::Zero(this->genes());
    result = W();
    for (const BoundClamp& c : this->activity_) {
      if (c.column != column) continue;
      seen[c.gene] = c.level;
      own[c.gene] = W()(c.gene, c.gene) * (state[c.gene] - c.level);
      result.col(c.gene).setZero();
      result(c.gene, c.gene) = W()(c.gene, c.gene);
    }
    const VectorOf<S> argument = W() * seen + own + drive_.value().col(column);
    for (Index i = 0; i < this->genes(); ++i) {
      const S t = tanh_of(argument[i]);
      result.row(i) *= epsilon_[i] * (1 - t * t);
    }
    result.diagonal() -= alpha_;
  }

  VectorOf<S> rates() const override { return alpha_; }

 protected:
  Index record_rows() const override { return 3 * this->genes(); }

  void prepare() override {
    const Index d = this->genes();
    W_adjoint_.setZero(d, d);
    log_epsilon_adjoint_.setZero(d);
    log_alpha_adjoint_.setZero(d);
    centre_adjoint_.setZero(d);
    drive_.prepare(this->parameters_, this->conditions_);
    const auto b = Layout::view_of(this->parameters_, this->layout_.at("b"));
    centre_.setZero(d);
    if (this->options_.centred)
      for (Index i = 0; i < d; ++i) centre_[i] = tanh_of(b(i, 0));
    epsilon_ = exponential("log_epsilon");
    alpha_ = exponential("log_alpha");
    left_.resize(0);
  }

  void pull_back_rates(const ConstVector& adjoint, MutableVector gradient) const override {
    this->layout_.view(gradient, "log_alpha").col(0) += adjoint.cwiseProduct(alpha_);
  }

 private:
  static const Layout& lay_out(Layout& layout, const FieldOptions& o) {
    layout.add("W", o.genes, o.genes, true);
    layout.add("B", o.genes, o.inputs, true);
    layout.add("b", o.genes, o.media, false);
    layout.add("log_epsilon", o.genes, 1, false);
    layout.add("log_alpha", o.genes, 1, false);
    layout.add("rho", o.kappas, 1, false);
    return layout;
  }

  ConstMap W() const { return ConstMap(this->parameters_.data(), this->genes(), this->genes()); }

  VectorOf<S> exponential(const char* block) const {
    const auto logs = Layout::view_of(this->parameters_, this->layout_.at(block));
    VectorOf<S> result(this->genes());
    for (Index i = 0; i < result.size(); ++i) result[i] = std::exp(logs(i, 0));
    return result;
  }

  /** Fills the record. A knocked-out gene is absent for the others and still regulates itself. */
  void activate(const ConstMatrix& state, S* record) {
    const Index d = this->genes(), n = state.cols(), size = d * n;
    Map t(record, d, n), seen(record + size, d, n);
    Map(record + 2 * size, d, n) = state;
    seen = state;
    for (const BoundClamp& c : this->activity_) seen(c.gene, c.column) = c.level;
    t.noalias() = W() * seen;
    for (const BoundClamp& c : this->activity_)
      t(c.gene, c.column) += W()(c.gene, c.gene) * (state(c.gene, c.column) - c.level);
    const S* drive = drive_.value().data();
    for (Index i = 0; i < size; ++i) record[i] = tanh_of(record[i] + drive[i]);
  }

  /** From production_, the adjoint of t − t₀: that of the state (overwritten), and all gradients but that of α. */
  void pull_back_production(const S* record, MutableMatrix state_adjoint) {
    const Index d = this->genes(), n = production_.cols(), size = d * n;
    const ConstMap t(record, d, n), seen(record + size, d, n), state(record + 2 * size, d, n);
    log_epsilon_adjoint_.array() += (production_.array() * (t.colwise() - centre_).array()).rowwise().sum();
    centre_adjoint_ -= production_.rowwise().sum();
    production_.array() *= 1 - t.array().square();
    W_adjoint_.noalias() += production_ * seen.transpose();
    drive_.adjoint() += production_;
    state_adjoint.noalias() = W().transpose() * production_;
    for (const BoundClamp& c : this->activity_) {
      const S own = production_(c.gene, c.column), self = W()(c.gene, c.gene);
      W_adjoint_(c.gene, c.gene) += own * (state(c.gene, c.column) - c.level);
      S& entry = state_adjoint(c.gene, c.column);
      this->add_log_kappa_adjoint(c, (entry - self * own) * c.level_slope);
      entry = self * own;
    }
  }

  /** E = e^{−αh}, what is left of a deviation after h days, and (1 − E) ε/α. */
  void decay_over(S h) {
    if (h == step_ && left_.size() == alpha_.size()) return;
    step_ = h;
    left_.resize(alpha_.size());
    gain_.resize(alpha_.size());
    for (Index i = 0; i < alpha_.size(); ++i) {
      left_[i] = std::exp(-alpha_[i] * h);
      gain_[i] = -std::expm1(-alpha_[i] * h) * epsilon_[i] / alpha_[i];
    }
  }

  Drive<S> drive_;
  VectorOf<S> epsilon_, alpha_, centre_, left_, gain_;
  MatrixOf<S> W_adjoint_, production_;
  VectorOf<S> log_epsilon_adjoint_, log_alpha_adjoint_, centre_adjoint_;
  S step_ = 0;
};

}  // namespace

double reach_of(const FieldOptions& options, Index gene) {
  if (options.scale == Scale::log) return 1;
  const double control = std::abs(options.control[static_cast<std::size_t>(gene)]);
  return control > 0 ? control : 1;
}

template <typename S>
std::unique_ptr<VectorField<S>> make_saturating(const FieldOptions& options) {
  return std::make_unique<SaturatingField<S>>(options);
}
template std::unique_ptr<VectorField<float>> make_saturating<float>(const FieldOptions&);
template std::unique_ptr<VectorField<double>> make_saturating<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
