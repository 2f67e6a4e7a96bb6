#include "simulate_network.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/protocol.hpp"
#include "groundwork/dynamics/steady_state.hpp"
#include "simulate_streams.hpp"

namespace groundwork::api {
namespace {

/** Random edges into one gene add up to no more than this, so that the control stays stable (its gain is half of it).
 */
constexpr double largest_random_input = 1.5;

Index gene_index(const Recipe& recipe, const std::string& name) {
  return static_cast<Index>(std::find(recipe.genes.begin(), recipe.genes.end(), name) - recipe.genes.begin());
}

dynamics::ConditionInputs inputs_of(const Recipe& recipe, int perturbation, Index medium) {
  using dynamics::ClampKind;
  dynamics::ConditionInputs inputs;
  inputs.medium = medium;
  for (const auto& name : edits_of(recipe, perturbation)) {
    inputs.label += (inputs.label.empty() ? "" : "+") + name;
    const auto& outside = recipe.outside.edits;
    const auto found = std::find(outside.begin(), outside.end(), name);
    if (found != outside.end()) {
      inputs.doses.push_back({static_cast<Index>(found - outside.begin()), 1});
    } else if (recipe.modality == screen::Modality::knockout) {
      const Index gene = gene_index(recipe, name);
      inputs.clamps.push_back({gene, ClampKind::activity, recipe.field.activity});
      if (recipe.field.transcript < 1) inputs.clamps.push_back({gene, ClampKind::synthesis, recipe.field.transcript});
    } else {
      inputs.clamps.push_back({gene_index(recipe, name), ClampKind::synthesis, recipe.field.synthesis});
    }
  }
  if (perturbation < 0) inputs.label = control_label;
  return inputs;
}

/** The three fields agree to first order at δ = 0: s(a) = 2σ(a) has slope ½ there, tanh(a/2) has it too. */
void set_parameters(const dynamics::VectorField<double>& field, const Truth& truth, Vector& parameters) {
  const dynamics::Layout& layout = field.layout();
  switch (truth.recipe.field.kind) {
    case dynamics::FieldKind::linear: {
      const auto half = (truth.gamma / 2).asDiagonal();
      layout.view(parameters, "A") = half * truth.weights - Matrix(truth.gamma.asDiagonal());
      layout.view(parameters, "B") = half * truth.inputs;
      layout.view(parameters, "b") = half * truth.intercepts;
      return;
    }
    case dynamics::FieldKind::saturating:
      layout.view(parameters, "W") = truth.weights / 2;
      layout.view(parameters, "B") = truth.inputs / 2;
      layout.view(parameters, "b") = truth.intercepts / 2;
      layout.view(parameters, "log_epsilon") = truth.gamma.array().log().matrix();
      layout.view(parameters, "log_alpha") = truth.gamma.array().log().matrix();
      return;
    default:
      layout.view(parameters, "W") = truth.weights;
      layout.view(parameters, "B") = truth.inputs;
      layout.view(parameters, "b") = truth.intercepts;
      layout.view(parameters, "log_gamma") = truth.gamma.array().log().matrix();
  }
}

/** δ after `time` days of a medium that changes on the way, edited (or not, −1) on its day of editing. */
Vector along_stages(dynamics::VectorField<double>& field, const Vector& parameters, const Recipe& recipe,
                    const SimulatedCondition& condition, int perturbation, double time) {
  const MediumRecipe& medium = recipe.media[static_cast<std::size_t>(condition.medium)];
  std::vector<dynamics::StageColumns> stages;
  double start = 0;
  for (std::size_t s = 0; s < medium.stages.size() && start < time; ++s) {
    const bool last = s + 1 == medium.stages.size();
    const double end = last ? time : std::min(time, start + medium.stages[s].days);
    Index place = 0;
    while (recipe.media[static_cast<std::size_t>(place)].name != medium.stages[s].medium) ++place;
    const double edited = std::clamp(medium.edit_day, start, end);
    stages.push_back({{inputs_of(recipe, -1, place)}, edited - start});
    stages.push_back({{inputs_of(recipe, perturbation, place)}, end - edited});
    start = end;
  }
  return dynamics::carry_through(field, parameters, stages, Matrix::Zero(field.genes(), 1)).col(0);
}

void require_stable_control(dynamics::VectorField<double>& field, const Vector& parameters, const Truth& truth) {
  if (!truth.intercepts.col(0).isZero(0)) return;
  const double abscissa =
      dynamics::spectral_abscissa(field, parameters, {}, Vector::Zero(static_cast<Index>(truth.recipe.genes.size())));
  if (abscissa < 0) return;
  const std::string text = significant(abscissa, 3);
  throw Error("recipe.unstable",
              std::string("The recipe's unedited state is not stable: a disturbance of it grows at the rate ") + text +
                  " a day.",
              "Weaken the network (`network.strength`, modules or edges), or choose another seed.");
}

}  // namespace

std::vector<std::string> edits_of(const Recipe& recipe, int perturbation) {
  if (perturbation < 0) return {};
  auto p = static_cast<std::size_t>(perturbation);
  if (p < recipe.edits.size()) return {recipe.edits[p]};
  p -= recipe.edits.size();
  if (p < recipe.outside.edits.size()) return {recipe.outside.edits[p]};
  return recipe.pairs[p - recipe.outside.edits.size()];
}

Matrix draw_weights(const Recipe& recipe) {
  const NetworkRecipe& network = recipe.network;
  const Index d = static_cast<Index>(recipe.genes.size());
  const Index regulators = network.regulators > 0 ? network.regulators : d;
  Matrix weights = Matrix::Zero(d, d);
  for (Index to = 0; to < d; ++to) {
    for (Index from = 0; from < regulators; ++from) {
      if (from == to) continue;
      Random random =
          stream_of(recipe.seed, DrawOf::edge,
                    recipe.genes[static_cast<std::size_t>(from)] + "\n" + recipe.genes[static_cast<std::size_t>(to)]);
      const bool present = random.uniform() < network.density, activates = random.uniform() < network.activating;
      if (present) weights(to, from) = (activates ? 1 : -1) * network.strength * std::exp(0.4 * random.normal());
    }
    const double total = weights.row(to).cwiseAbs().sum();
    if (total > largest_random_input) weights.row(to) *= largest_random_input / total;
  }
  for (const auto& module : network.modules)
    for (const auto& from : module.regulators)
      for (const auto& to : module.members)
        if (from != to) weights(gene_index(recipe, to), gene_index(recipe, from)) = module.strength;
  for (const auto& edge : network.edges)
    weights(gene_index(recipe, edge.to), gene_index(recipe, edge.from)) = edge.weight;
  return weights;
}

Matrix draw_inputs(const Recipe& recipe) {
  const OutsideRecipe& outside = recipe.outside;
  Matrix inputs = Matrix::Zero(static_cast<Index>(recipe.genes.size()), static_cast<Index>(outside.edits.size()));
  for (Index u = 0; u < inputs.cols(); ++u) {
    const std::string& name = outside.edits[static_cast<std::size_t>(u)];
    const auto given = outside.responses.find(name);
    if (given != outside.responses.end()) {
      for (const auto& [gene, value] : given->second) inputs(gene_index(recipe, gene), u) = value;
      continue;
    }
    Random random = stream_of(recipe.seed, DrawOf::input, name);
    const auto order = random.permutation(recipe.genes.size());
    const std::size_t reached = std::min(order.size(), static_cast<std::size_t>(outside.genes));
    for (std::size_t k = 0; k < reached; ++k)
      inputs(static_cast<Index>(order[k]), u) = outside.strength * random.normal();
  }
  return inputs;
}

Matrix intercepts_of(const Recipe& recipe) {
  const std::size_t media = recipe.plain_media();
  Matrix b = Matrix::Zero(static_cast<Index>(recipe.genes.size()), std::max<Index>(1, static_cast<Index>(media)));
  for (std::size_t m = 0; m < media; ++m) {
    const MediumRecipe& medium = recipe.media[m];
    const Index column = static_cast<Index>(m);
    if (medium.strength > 0) {
      Random random = stream_of(recipe.seed, DrawOf::medium, medium.name);
      const auto order = random.permutation(recipe.genes.size());
      const std::size_t reached = std::min(order.size(), static_cast<std::size_t>(medium.genes));
      for (std::size_t k = 0; k < reached; ++k)
        b(static_cast<Index>(order[k]), column) = medium.strength * random.normal();
    }
    for (const auto& [gene, value] : medium.response) b(gene_index(recipe, gene), column) = value;
  }
  return b;
}

void evolve_conditions(Truth& truth) {
  const Recipe& recipe = truth.recipe;
  const Index d = static_cast<Index>(recipe.genes.size()), all = static_cast<Index>(truth.genes.size());
  dynamics::FieldOptions options;
  options.kind = recipe.field.kind;
  options.genes = d;
  options.media = truth.intercepts.cols();
  options.inputs = truth.inputs.cols();
  const auto field = dynamics::make_field<double>(options);
  Vector parameters = Vector::Zero(field->layout().size());
  set_parameters(*field, truth, parameters);
  require_stable_control(*field, parameters, truth);

  // One column a perturbation and medium; column (p + 1) · media + m.
  std::vector<dynamics::ConditionInputs> columns;
  for (int p = -1; p < static_cast<int>(truth.perturbations.size()); ++p)
    for (Index m = 0; m < options.media; ++m) columns.push_back(inputs_of(recipe, p, m));
  const auto states = dynamics::predict_states(*field, parameters, columns, recipe.times);

  truth.state = Matrix::Zero(all, static_cast<Index>(truth.conditions.size()));
  truth.unedited = truth.state;
  for (std::size_t c = 0; c < truth.conditions.size(); ++c) {
    const auto& condition = truth.conditions[c];
    const Matrix& at = states[static_cast<std::size_t>(condition.time)];
    const Index column = static_cast<Index>(c);
    if (condition.medium >= options.media) {
      const double time = recipe.times[static_cast<std::size_t>(condition.time)];
      truth.state.col(column).head(d) =
          along_stages(*field, parameters, recipe, condition, condition.perturbation, time);
      truth.unedited.col(column).head(d) = along_stages(*field, parameters, recipe, condition, -1, time);
      continue;
    }
    truth.state.col(column).head(d) = at.col((condition.perturbation + 1) * options.media + condition.medium);
    truth.unedited.col(column).head(d) = at.col(condition.medium);
  }
}

}  // namespace groundwork::api
