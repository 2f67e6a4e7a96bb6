#include <cmath>

#include "drive.hpp"
#include "fields.hpp"

namespace groundwork::dynamics {
namespace {

/** φ₁(z) = (e^z − 1)/z. */
double phi(double z) { return z == 0 ? 1 : std::expm1(z) / z; }

/** φ₁′(z) = (e^z (z − 1) + 1)/z², near zero by its series Σ (k + 1) z^k / (k + 2)!. */
double phi_slope(double z) {
  if (std::abs(z) > 0.1) return (std::exp(z) * (z - 1) + 1) / (z * z);
  double sum = 0, power = 1, factorial = 2;
  for (int k = 0; k < 9; ++k) {
    sum += (k + 1) * power / factorial;
    power *= z;
    factorial *= k + 3;
  }
  return sum;
}

/** The rate of a gene stays positive while A_gg crosses zero in training. */
constexpr double smallest_rate = 0.1;

template <typename S>
class LinearField final : public VectorField<S> {
  using Base = VectorField<S>;
  using typename Base::BoundClamp;
  using typename Base::ConstMatrix;
  using typename Base::ConstVector;
  using typename Base::MutableMatrix;
  using typename Base::MutableVector;
  using Map = Eigen::Map<MatrixOf<S>>;
  using ConstMap = Eigen::Map<const MatrixOf<S>>;

 public:
  explicit LinearField(const FieldOptions& options)
      : Base(options), drive_(lay_out(this->layout_, options), first(options)) {}

  /** A = −rate I + N(0, 0.1²/d), B ~ N(0, 0.1²), b = 0. */
  VectorOf<S> initial_parameters(Random& random) const override {
    VectorOf<S> p = VectorOf<S>::Zero(this->layout_.size());
    auto A = this->layout_.view(p, "A");
    auto B = this->layout_.view(p, "B");
    const double sd = 0.1 / std::sqrt(static_cast<double>(this->genes()));
    for (S& a : A.reshaped()) a = static_cast<S>(sd * random.normal());
    A.diagonal().array() -= static_cast<S>(this->options_.rate_initial);
    for (S& b : B.reshaped()) b = static_cast<S>(0.1 * random.normal());
    this->initialise_kappas(p);
    return p;
  }

  void evaluate(const ConstMatrix& state, S* record, MutableMatrix derivative) override {
    Map(record, state.rows(), state.cols()) = state;
    derivative.noalias() = A() * clamped(state);
    derivative += drive_.value();
    for (const BoundClamp& c : this->activity_) {
      derivative(c.gene, c.column) += A()(c.gene, c.gene) * (state(c.gene, c.column) - c.level);
    }
    for (const BoundClamp& c : this->synthesis_) derivative(c.gene, c.column) -= A()(c.gene, c.gene) * c.level;
  }

  void pull_back(const S* record, const ConstMatrix& adjoint, MutableMatrix state_adjoint) override {
    const ConstMap state(record, adjoint.rows(), adjoint.cols());
    A_adjoint_.noalias() += adjoint * clamped(state).transpose();
    drive_.adjoint() += adjoint;
    state_adjoint.noalias() = A().transpose() * adjoint;
    for (const BoundClamp& c : this->activity_) {
      const S own = adjoint(c.gene, c.column), rate = A()(c.gene, c.gene);
      A_adjoint_(c.gene, c.gene) += own * (state(c.gene, c.column) - c.level);
      S& entry = state_adjoint(c.gene, c.column);
      this->add_log_kappa_adjoint(c, (entry - rate * own) * c.level_slope);
      entry = rate * own;
    }
    for (const BoundClamp& c : this->synthesis_) {
      const S own = adjoint(c.gene, c.column);
      A_adjoint_(c.gene, c.gene) -= own * c.level;
      this->add_log_kappa_adjoint(c, -A()(c.gene, c.gene) * own * c.level_slope);
    }
  }

  void exponential_step(const ConstMatrix& state, S h, S* record, MutableMatrix next) override {
    Map derivative(record + state.size(), state.rows(), state.cols());
    evaluate(state, record, derivative);
    const VectorOf<S> gain = step_gain(h);
    for (Index j = 0; j < state.cols(); ++j) next.col(j) = state.col(j) + gain.cwiseProduct(derivative.col(j));
  }

  void pull_back_exponential_step(const S* record, S h, const ConstMatrix& adjoint,
                                  MutableMatrix state_adjoint) override {
    const ConstMap derivative(record + adjoint.size(), adjoint.rows(), adjoint.cols());
    const VectorOf<S> gain = step_gain(h);
    for (Index g = 0; g < this->genes(); ++g) {
      const double slope = static_cast<double>(h) * h * phi_slope(static_cast<double>(h * A()(g, g)));
      A_adjoint_(g, g) += static_cast<S>(slope) * adjoint.row(g).dot(derivative.row(g));
    }
    scaled_ = gain.asDiagonal() * adjoint;
    pull_back(record, scaled_, state_adjoint);
    state_adjoint += adjoint;
  }

  void add_gradient(MutableVector gradient) override {
    this->layout_.view(gradient, "A") += A_adjoint_;
    drive_.add_gradient(this->conditions_, gradient);
    this->add_kappa_gradient(gradient);
  }

  void jacobian(const ConstVector&, Index column, MutableMatrix result) override {
    result = A();
    for (const BoundClamp& c : this->activity_) {
      if (c.column != column) continue;
      result.col(c.gene).setZero();
      result(c.gene, c.gene) = A()(c.gene, c.gene);
    }
  }

  VectorOf<S> rates() const override {
    return (A().diagonal().array().square() + static_cast<S>(smallest_rate * smallest_rate)).sqrt();
  }

  bool is_affine() const override { return true; }

 protected:
  Index record_rows() const override { return 2 * this->genes(); }

  void prepare() override {
    A_adjoint_.setZero(this->genes(), this->genes());
    drive_.prepare(this->parameters_, this->conditions_);
  }

  void pull_back_rates(const ConstVector& adjoint, MutableVector gradient) const override {
    this->layout_.view(gradient, "A").diagonal() += adjoint.cwiseProduct(A().diagonal()).cwiseQuotient(rates());
  }

 private:
  static Index first(const FieldOptions& options) { return options.centred ? 1 : 0; }
  static const Layout& lay_out(Layout& layout, const FieldOptions& o) {
    layout.add("A", o.genes, o.genes, true);
    layout.add("B", o.genes, o.inputs, true);
    layout.add("b", o.genes, o.media - first(o), false);
    layout.add("rho", o.kappas, 1, false);
    return layout;
  }

  ConstMap A() const { return ConstMap(this->parameters_.data(), this->genes(), this->genes()); }

  VectorOf<S> step_gain(S h) const {
    VectorOf<S> gain(this->genes());
    for (Index g = 0; g < gain.size(); ++g) gain[g] = static_cast<S>(h * phi(static_cast<double>(h * A()(g, g))));
    return gain;
  }

  template <typename M>
  const MatrixOf<S>& clamped(const M& state) {
    clamped_ = state;
    for (const BoundClamp& c : this->activity_) clamped_(c.gene, c.column) = c.level;
    return clamped_;
  }

  Drive<S> drive_;
  MatrixOf<S> A_adjoint_, clamped_, scaled_;
};

}  // namespace

template <typename S>
std::unique_ptr<VectorField<S>> make_linear(const FieldOptions& options) {
  return std::make_unique<LinearField<S>>(options);
}
template std::unique_ptr<VectorField<float>> make_linear<float>(const FieldOptions&);
template std::unique_ptr<VectorField<double>> make_linear<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
