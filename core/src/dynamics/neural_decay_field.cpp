#include <cmath>

#include "decay_field.hpp"
#include "fields.hpp"
#include "network.hpp"

namespace groundwork::dynamics {
namespace {

template <typename S>
class NeuralDecayField final : public DecayField<S> {
  using Base = DecayField<S>;
  using typename Base::ConstMap;
  using typename Base::Map;
  using typename Base::MutableMatrix;
  using typename Base::MutableVector;

 public:
  explicit NeuralDecayField(const FieldOptions& options) : Base(options), network_(this->layout_, options, true) {
    if (!options.centred) this->layout_.add("log_a", options.genes, 1, false);
    this->lay_out_decay();
  }

  /** The network's, γ = rate_initial, and a = 1/softplus(0), so that synthesis starts near 1. */
  VectorOf<S> initial_parameters(Random& random) const override {
    VectorOf<S> p = VectorOf<S>::Zero(this->layout_.size());
    network_.initialise(this->layout_, p, 0.1, random);
    if (!this->options_.centred) this->layout_.view(p, "log_a").setConstant(static_cast<S>(-std::log(std::log(2.0))));
    this->initialise_decay(p);
    return p;
  }

 protected:
  Index synthesis_rows() const override { return network_.kept_rows(); }

  void prepare_synthesis() override {
    network_.prepare(this->parameters_, this->conditions_);
    log_synthesis_sum_.setZero(this->genes());
    scale_.resize(this->genes());
    centre_slope_.resize(this->genes());
    for (Index i = 0; i < scale_.size(); ++i) softplus_of(network_.centre()[i], scale_[i], centre_slope_[i]);
    if (this->options_.centred) return;
    const auto log_a = Layout::view_of(this->parameters_, this->layout_.at("log_a"));
    for (Index i = 0; i < scale_.size(); ++i) scale_[i] = std::exp(-log_a(i, 0));
  }

  void synthesise(const ConstMap& seen, S* kept, Map synthesis, Map slope) override {
    network_.forward(seen, kept, synthesis);
    const S *centre = network_.centre().data(), *scale = scale_.data();
    for (Index j = 0; j < seen.cols(); ++j) {
      S *s = synthesis.col(j).data(), *r = slope.col(j).data();
      for (Index i = 0; i < seen.rows(); ++i) {
        S value, log_slope;
        softplus_of(s[i] + centre[i], value, log_slope);
        s[i] = value / scale[i];
        r[i] = log_slope;
      }
    }
  }

  void pull_back_synthesis(const ConstMap& seen, const S* kept, const MatrixOf<S>& ell, const MatrixOf<S>& argument,
                           MutableMatrix seen_adjoint) override {
    log_synthesis_sum_ += ell.rowwise().sum();
    network_.pull_back(seen, kept, argument, seen_adjoint);
  }

  void add_synthesis_gradient(MutableVector gradient) override {
    VectorOf<S> centre_adjoint = VectorOf<S>::Zero(this->genes());
    if (this->options_.centred)
      centre_adjoint = -log_synthesis_sum_.cwiseProduct(centre_slope_);
    else
      this->layout_.view(gradient, "log_a").col(0) += log_synthesis_sum_;
    network_.add_gradient(this->conditions_, centre_adjoint, gradient);
  }

  void synthesis_jacobian(const VectorOf<S>& seen, Index column, VectorOf<S>& synthesis,
                          MutableMatrix result) override {
    const VectorOf<S> argument = network_.jacobian(seen, column, result) + network_.centre();
    for (Index i = 0; i < this->genes(); ++i) {
      S log_slope;
      softplus_of(argument[i], synthesis[i], log_slope);
      synthesis[i] /= scale_[i];
      result.row(i) *= log_slope;
    }
  }

 private:
  Network<S> network_;
  /** 1/a: what softplus(g) is divided by. */
  VectorOf<S> scale_, centre_slope_, log_synthesis_sum_;
};

}  // namespace

template <typename S>
std::unique_ptr<VectorField<S>> make_neural_decay(const FieldOptions& options) {
  return std::make_unique<NeuralDecayField<S>>(options);
}
template std::unique_ptr<VectorField<float>> make_neural_decay<float>(const FieldOptions&);
template std::unique_ptr<VectorField<double>> make_neural_decay<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
