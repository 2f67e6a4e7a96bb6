#include "groundwork/dynamics/vector_field.hpp"

#include <cmath>

#include "fields.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::dynamics {
namespace {

double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double sigmoid(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

double log_kappa_of(double rho, double floor) { return std::log(floor) + softplus(rho - std::log(floor)); }

std::string named(const ConditionInputs& condition) {
  return condition.label.empty() ? "A condition" : "Condition '" + condition.label + "'";
}

void require_index(Index index, Index count, const std::string& what, const ConditionInputs& condition) {
  if (index >= 0 && index < count) return;
  throw Error("model.input",
              named(condition) + " refers to " + what + " " + std::to_string(index) + "; the model has " +
                  std::to_string(count) + ".",
              "Describe the condition with the genes, media and inputs of the fit.");
}

}  // namespace

const std::vector<FieldKind>& field_kinds() {
  static const std::vector<FieldKind> kinds{FieldKind::linear, FieldKind::saturating, FieldKind::production_decay,
                                            FieldKind::neural, FieldKind::neural_decay};
  return kinds;
}

std::string name_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::linear:
      return "linear";
    case FieldKind::saturating:
      return "saturating";
    case FieldKind::production_decay:
      return "production_decay";
    case FieldKind::neural:
      return "neural";
    case FieldKind::neural_decay:
      return "neural_decay";
  }
  return "";
}

FieldKind field_kind_of(const std::string& name) {
  std::string known;
  for (FieldKind kind : field_kinds()) {
    if (name_of(kind) == name) return kind;
    known += (known.empty() ? "" : ", ") + name_of(kind);
  }
  throw Error("model.unknown", "There is no model '" + name + "'; there are " + known + ".", "Choose one of these.");
}

bool takes_clamps(FieldKind kind) { return kind != FieldKind::neural; }

template <typename S>
VectorField<S>::VectorField(FieldOptions options) : options_(std::move(options)) {}

template <typename S>
void VectorField<S>::check(const ConditionInputs& condition) const {
  require_index(condition.medium, options_.media, "medium", condition);
  for (const InputDose& dose : condition.doses) require_index(dose.input, options_.inputs, "input", condition);
  if (!condition.clamps.empty() && !takes_clamps(options_.kind)) {
    throw Error("model.clamp",
                named(condition) + " clamps a gene, which the model '" + name_of(options_.kind) + "' cannot.",
                "Give its edits as inputs.");
  }
  for (const Clamp& clamp : condition.clamps) {
    require_index(clamp.gene, options_.genes, "gene", condition);
    if (clamp.estimated >= 0) {
      require_index(clamp.estimated, options_.kappas, "estimated kappa", condition);
      continue;
    }
    const bool adds_level = options_.kind == FieldKind::linear || options_.kind == FieldKind::saturating;
    const bool takes_log = options_.scale == Scale::log && (clamp.kind == ClampKind::activity || adds_level);
    if (clamp.kappa >= 0 && (clamp.kappa > 0 || !takes_log) && std::isfinite(clamp.kappa)) continue;
    throw Error(
        "model.kappa",
        named(condition) + " has kappa " + std::to_string(clamp.kappa) + "; expected a number " +
            (takes_log ? "above 0, since the model takes its logarithm." : "of at least 0."),
        takes_log ? "Give a small positive value such as 0.05." : "Give the fraction of synthesis that is left.");
  }
}

template <typename S>
void VectorField<S>::bind(const ConstVector& parameters, std::span<const ConditionInputs> conditions) {
  if (parameters.size() != layout_.size()) {
    throw Error("model.parameters",
                "The model '" + name_of(options_.kind) + "' has " + std::to_string(layout_.size()) +
                    " parameters; found " + std::to_string(parameters.size()) + ".",
                "Use the parameters of a fit with the same options.");
  }
  for (const ConditionInputs& condition : conditions) check(condition);
  parameters_ = parameters;
  conditions_.assign(conditions.begin(), conditions.end());
  columns_ = static_cast<Index>(conditions.size());
  bind_clamps();
  prepare();
}

template <typename S>
void VectorField<S>::bind_clamps() {
  log_kappa_adjoint_.setZero(options_.kappas);
  activity_.clear();
  synthesis_.clear();
  const auto rho = layout_.contains("rho") ? Layout::view_of(parameters_, layout_.at("rho"))
                                           : Eigen::Map<MatrixOf<S>>(nullptr, 0, 0);
  for (Index j = 0; j < columns_; ++j) {
    for (const Clamp& clamp : conditions_[static_cast<std::size_t>(j)].clamps) {
      BoundClamp bound;
      bound.column = j;
      bound.gene = clamp.gene;
      bound.estimated = clamp.estimated;
      const double log_kappa =
          clamp.estimated >= 0 ? log_kappa_of(rho(clamp.estimated, 0), options_.kappa_floor) : std::log(clamp.kappa);
      const double kappa = clamp.estimated >= 0 ? std::exp(log_kappa) : clamp.kappa;
      bound.kappa = static_cast<S>(kappa);
      if (options_.scale == Scale::log) {
        bound.level = static_cast<S>(log_kappa);
        bound.level_slope = 1;
      } else {
        const double control = options_.control[static_cast<std::size_t>(clamp.gene)];
        bound.level = static_cast<S>((kappa - 1) * control);
        bound.level_slope = static_cast<S>(kappa * control);
      }
      (clamp.kind == ClampKind::activity ? activity_ : synthesis_).push_back(bound);
    }
  }
}

template <typename S>
void VectorField<S>::add_kappa_gradient(MutableVector gradient) const {
  if (options_.kappas == 0) return;
  const Block& block = layout_.at("rho");
  const auto rho = Layout::view_of(parameters_, block);
  auto result = Layout::view_of(gradient, block);
  for (Index k = 0; k < block.rows; ++k) {
    result(k, 0) += log_kappa_adjoint_[k] *
                    static_cast<S>(sigmoid(static_cast<double>(rho(k, 0)) - std::log(options_.kappa_floor)));
  }
}

template <typename S>
double VectorField<S>::raw_kappa(double kappa) const {
  const double excess = std::log(kappa / options_.kappa_floor);
  if (!(excess > 0)) {
    throw Error(
        "model.kappa",
        "kappa " + std::to_string(kappa) + " is not above its floor " + std::to_string(options_.kappa_floor) + ".",
        "Give a larger kappa or a lower floor.");
  }
  // The inverse of softplus, written so that a large excess does not overflow.
  return std::log(options_.kappa_floor) + excess + std::log(-std::expm1(-excess));
}

template <typename S>
void VectorField<S>::initialise_kappas(MutableVector parameters) const {
  if (options_.kappas == 0) return;
  Layout::view_of(parameters, layout_.at("rho")).setConstant(static_cast<S>(raw_kappa(options_.kappa_initial)));
}

template <typename S>
VectorOf<S> VectorField<S>::kappas(const ConstVector& parameters) const {
  VectorOf<S> result(options_.kappas);
  for (Index k = 0; k < options_.kappas; ++k) {
    const double rho = static_cast<double>(parameters[layout_.at("rho").offset + k]);
    result[k] = static_cast<S>(std::exp(log_kappa_of(rho, options_.kappa_floor)));
  }
  return result;
}

template <typename S>
VectorOf<S> VectorField<S>::rest_residual(const ConstVector& parameters) {
  const ConditionInputs control;
  bind(parameters, {&control, 1});
  std::vector<S> record(static_cast<std::size_t>(record_size()));
  MatrixOf<S> derivative(genes(), 1);
  this->evaluate(MatrixOf<S>::Zero(genes(), 1), record.data(), derivative);
  return derivative.col(0).cwiseQuotient(rates());
}

template <typename S>
void VectorField<S>::pull_back_rest(const ConstVector& parameters, const ConstVector& adjoint, MutableVector gradient) {
  const ConditionInputs control;
  bind(parameters, {&control, 1});
  std::vector<S> record(static_cast<std::size_t>(record_size()));
  MatrixOf<S> derivative(genes(), 1), state_adjoint(genes(), 1);
  this->evaluate(MatrixOf<S>::Zero(genes(), 1), record.data(), derivative);
  const VectorOf<S> rate = rates();
  const MatrixOf<S> scaled = adjoint.cwiseQuotient(rate);
  this->pull_back(record.data(), scaled, state_adjoint);
  add_gradient(gradient);
  const VectorOf<S> rate_adjoint = -scaled.col(0).cwiseProduct(derivative.col(0)).cwiseQuotient(rate);
  pull_back_rates(rate_adjoint, gradient);
}

template <typename S>
std::unique_ptr<VectorField<S>> make_field(const FieldOptions& options) {
  const auto refuse = [](const std::string& message) {
    throw Error("model.options", message, "Change the options of the model.");
  };
  if (options.genes < 1) refuse("A model needs at least one gene; found " + std::to_string(options.genes) + ".");
  if (options.media < 1) refuse("A model needs at least one medium; found " + std::to_string(options.media) + ".");
  if (options.inputs < 0 || options.kappas < 0)
    refuse("The numbers of inputs and of estimated kappas must not be negative.");
  if (!(options.rate_initial > 0)) refuse("The initial rate must be above 0 per day.");
  if (options.kappas > 0 && !(options.kappa_floor > 0 && options.kappa_initial > options.kappa_floor))
    refuse("The initial kappa must lie above its floor, and the floor above 0.");
  if (options.scale == Scale::linear && static_cast<Index>(options.control.size()) != options.genes)
    refuse("On the linear scale the control state has one value a gene (" + std::to_string(options.genes) +
           "); found " + std::to_string(options.control.size()) + ".");
  const bool is_network = options.kind == FieldKind::neural || options.kind == FieldKind::neural_decay;
  if (is_network && (options.hidden < 1 || options.hidden_layers < 1 || options.hidden_layers > 2))
    refuse("A network has 1 or 2 hidden layers of at least one unit; found " + std::to_string(options.hidden_layers) +
           " of " + std::to_string(options.hidden) + ".");
  if (!(options.relaxation >= 0 && std::isfinite(options.relaxation)) ||
      (options.relaxation > 0 && options.kind != FieldKind::neural))
    refuse("A relaxation belongs to the model 'neural' and is 0 or more per day; found " +
           std::to_string(options.relaxation) + ".");
  switch (options.kind) {
    case FieldKind::linear:
      return make_linear<S>(options);
    case FieldKind::saturating:
      return make_saturating<S>(options);
    case FieldKind::production_decay:
      return make_production_decay<S>(options);
    case FieldKind::neural:
      return make_neural<S>(options);
    case FieldKind::neural_decay:
      return make_neural_decay<S>(options);
  }
  throw Error("model.options", "There is no such model.", "Choose one of the known ones.");
}

template class VectorField<float>;
template class VectorField<double>;
template std::unique_ptr<VectorField<float>> make_field<float>(const FieldOptions&);
template std::unique_ptr<VectorField<double>> make_field<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
