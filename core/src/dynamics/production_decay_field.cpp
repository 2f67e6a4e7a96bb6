#include <cmath>

#include "decay_field.hpp"
#include "drive.hpp"
#include "fields.hpp"

namespace groundwork::dynamics {
namespace {

template <typename S>
class ProductionDecayField final : public DecayField<S> {
  using Base = DecayField<S>;
  using typename Base::ConstMap;
  using typename Base::Map;
  using typename Base::MutableMatrix;
  using typename Base::MutableVector;

 public:
  explicit ProductionDecayField(const FieldOptions& options)
      : Base(options), drive_(lay_out(this->layout_, options), first(options)) {
    this->lay_out_decay();
    shift_.setZero(this->genes());
    for (std::size_t i = 0; i < options.synthesis_ceiling.size(); ++i)
      shift_[static_cast<Index>(i)] = static_cast<S>(std::log(options.synthesis_ceiling[i] - 1));
    rest_ = shift_.unaryExpr([](S shift) { return 1 + tanh_of(-shift / 2); });
  }

  /** W ~ N(0, 0.1²/d), B ~ N(0, 0.1²), b = 0, γ = rate_initial. */
  VectorOf<S> initial_parameters(Random& random) const override {
    VectorOf<S> p = VectorOf<S>::Zero(this->layout_.size());
    const double sd = 0.1 / std::sqrt(static_cast<double>(this->genes()));
    for (S& w : this->layout_.view(p, "W").reshaped()) w = static_cast<S>(sd * random.normal());
    for (S& b : this->layout_.view(p, "B").reshaped()) b = static_cast<S>(0.1 * random.normal());
    this->initialise_decay(p);
    return p;
  }

 protected:
  Index synthesis_rows() const override { return 0; }

  void prepare_synthesis() override {
    W_adjoint_.setZero(this->genes(), this->genes());
    drive_.prepare(this->parameters_, this->conditions_);
  }

  void synthesise(const ConstMap& seen, S*, Map synthesis, Map slope) override {
    slope.noalias() = W() * seen;
    const Index d = this->genes();
    const S *shift = shift_.data(), *rest = rest_.data();
    for (Index j = 0; j < synthesis.cols(); ++j) {
      const S* drive = drive_.value().data() + j * d;
      S *s = synthesis.data() + j * d, *r = slope.data() + j * d;
      for (Index i = 0; i < d; ++i) {
        // M σ(a − log(M − 1)), written so that it is 1 to the bit at a = 0; its log slope is 1 − σ.
        const S t = tanh_of((r[i] + drive[i] - shift[i]) / 2);
        s[i] = (1 + t) / rest[i];
        r[i] = (1 - t) / 2;
      }
    }
  }

  void pull_back_synthesis(const ConstMap& seen, const S*, const MatrixOf<S>&, const MatrixOf<S>& argument,
                           MutableMatrix seen_adjoint) override {
    W_adjoint_.noalias() += argument * seen.transpose();
    drive_.adjoint() += argument;
    seen_adjoint.noalias() = W().transpose() * argument;
  }

  void add_synthesis_gradient(MutableVector gradient) override {
    this->layout_.view(gradient, "W") += W_adjoint_;
    drive_.add_gradient(this->conditions_, gradient);
  }

  void synthesis_jacobian(const VectorOf<S>& seen, Index column, VectorOf<S>& synthesis,
                          MutableMatrix result) override {
    const VectorOf<S> argument = W() * seen + drive_.value().col(column);
    result = W();
    for (Index i = 0; i < this->genes(); ++i) {
      const S t = tanh_of((argument[i] - shift_[i]) / 2);
      synthesis[i] = (1 + t) / rest_[i];
      result.row(i) *= (1 - t) / 2;
    }
  }

 private:
  static Index first(const FieldOptions& options) { return options.centred ? 1 : 0; }
  static const Layout& lay_out(Layout& layout, const FieldOptions& o) {
    layout.add("W", o.genes, o.genes, true);
    layout.add("B", o.genes, o.inputs, true);
    layout.add("b", o.genes, o.media - first(o), false);
    return layout;
  }

  ConstMap W() const { return ConstMap(this->parameters_.data(), this->genes(), this->genes()); }

  Drive<S> drive_;
  MatrixOf<S> W_adjoint_;
  VectorOf<S> shift_, rest_;  // log(M − 1), and 1 + tanh(−shift/2), which is 2/M
};

}  // namespace

template <typename S>
std::unique_ptr<VectorField<S>> make_production_decay(const FieldOptions& options) {
  return std::make_unique<ProductionDecayField<S>>(options);
}
template std::unique_ptr<VectorField<float>> make_production_decay<float>(const FieldOptions&);
template std::unique_ptr<VectorField<double>> make_production_decay<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
