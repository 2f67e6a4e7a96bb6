#include <cmath>

#include "fields.hpp"
#include "hidden_coordinates.hpp"
#include "network.hpp"

namespace groundwork::dynamics {
namespace {

template <typename S>
class NeuralField final : public VectorField<S> {
  using Base = VectorField<S>;
  using typename Base::ConstMatrix;
  using typename Base::ConstVector;
  using typename Base::MutableMatrix;
  using typename Base::MutableVector;
  using Map = Eigen::Map<MatrixOf<S>>;
  using ConstMap = Eigen::Map<const MatrixOf<S>>;

 public:
  explicit NeuralField(const FieldOptions& options)
      : Base(options),
        network_(this->layout_, options, !options.centred),
        hidden_coordinates_(network_, options.centred),
        relaxation_(static_cast<S>(options.relaxation)) {}

  /** The network's, with an output of about 0.1 for hidden units of order 1. */
  VectorOf<S> initial_parameters(Random& random) const override {
    VectorOf<S> p = VectorOf<S>::Zero(this->layout_.size());
    network_.initialise(this->layout_, p, 0.1, random);
    return p;
  }

  void evaluate(const ConstMatrix& state, S* record, MutableMatrix derivative) override {
    Map(record, state.rows(), state.cols()) = state;
    network_.forward(ConstMap(record, state.rows(), state.cols()), record + state.size(), derivative);
    if (!this->options_.centred) derivative.colwise() += network_.centre();
    if (relaxation_ > 0) derivative -= relaxation_ * state;
  }

  void pull_back(const S* record, const ConstMatrix& adjoint, MutableMatrix state_adjoint) override {
    network_.pull_back(ConstMap(record, adjoint.rows(), adjoint.cols()), record + adjoint.size(), adjoint,
                       state_adjoint);
    if (this->options_.centred) centre_adjoint_ -= adjoint.rowwise().sum();
    if (relaxation_ > 0) state_adjoint -= relaxation_ * adjoint;
  }

  void exponential_step(const ConstMatrix& state, S h, S* record, MutableMatrix next) override {
    evaluate(state, record, next);
    next = state + span_of(h) * next;
  }

  void pull_back_exponential_step(const S* record, S h, const ConstMatrix& adjoint,
                                  MutableMatrix state_adjoint) override {
    scaled_ = span_of(h) * adjoint;
    pull_back(record, scaled_, state_adjoint);
    state_adjoint += adjoint;
  }

  void add_gradient(MutableVector gradient) override {
    network_.add_gradient(this->conditions_, centre_adjoint_, gradient);
  }

  void jacobian(const ConstVector& state, Index column, MutableMatrix result) override {
    network_.jacobian(state, column, result);
    result.diagonal().array() -= relaxation_;
  }

  VectorOf<S> rates() const override {
    return VectorOf<S>::Constant(this->genes(), relaxation_ > 0 ? relaxation_ : S(1));
  }

  HiddenCoordinates<S>* hidden_coordinates() override {
    // Worth it where a product of hidden × hidden is smaller than two of hidden × genes; they know no relaxation.
    const bool worth = this->options_.hidden_layers == 1 && this->options_.hidden < 2 * this->genes();
    return worth && relaxation_ == 0 ? &hidden_coordinates_ : nullptr;
  }

 protected:
  Index record_rows() const override { return this->genes() + network_.kept_rows(); }

  void prepare() override {
    centre_adjoint_.setZero(this->genes());
    network_.prepare(this->parameters_, this->conditions_);
  }

  void pull_back_rates(const ConstVector&, MutableVector) const override {}

 private:
  /** What a slope frozen over h days moves the state by: (1 − e^{−ρh})/ρ. */
  S span_of(S h) const { return relaxation_ > 0 ? -std::expm1(-relaxation_ * h) / relaxation_ : h; }

  Network<S> network_;
  HiddenCoordinates<S> hidden_coordinates_;
  S relaxation_;
  VectorOf<S> centre_adjoint_;
  MatrixOf<S> scaled_;
};

}  // namespace

template <typename S>
std::unique_ptr<VectorField<S>> make_neural(const FieldOptions& options) {
  return std::make_unique<NeuralField<S>>(options);
}
template std::unique_ptr<VectorField<float>> make_neural<float>(const FieldOptions&);
template std::unique_ptr<VectorField<double>> make_neural<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
