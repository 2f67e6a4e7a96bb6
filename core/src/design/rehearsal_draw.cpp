#include "rehearsal_draw.hpp"

#include <algorithm>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/dynamics/adaptive.hpp"
#include "groundwork/dynamics/vector_field.hpp"

namespace groundwork::design {
namespace {

constexpr std::uint64_t network_stream = 402, noise_stream = 403;
constexpr double edge_probability = 0.15, edge_spread = 0.4, activating_share = 0.6;
constexpr double activity_left = 0.05, median_rate = 0.7, rate_spread = 0.3;
/** Weights into a gene add up to at most this: its gain, half of it, stays below 1 and the control at rest. */
constexpr double largest_input = 1.8;

struct Network {
  Matrix weights;  ///< row: target
  Vector rate;     ///< 1/day
};

Network draw_network(Index genes, std::uint64_t seed) {
  Random random = Random::stream(seed, network_stream);
  Network out{Matrix::Zero(genes, genes), Vector(genes)};
  for (Index to = 0; to < genes; ++to)
    for (Index from = 0; from < genes; ++from) {
      const bool present = random.uniform() < edge_probability;
      const double sign = random.uniform() < activating_share ? 1 : -1, size = std::exp(edge_spread * random.normal());
      if (present && from != to) out.weights(to, from) = sign * size;
    }
  for (double& rate : out.rate) rate = median_rate * std::exp(rate_spread * random.normal());
  return out;
}

Matrix true_effects(const Network& network, double strength, Index edits, double time) {
  const Index genes = network.rate.size();
  dynamics::FieldOptions options;
  options.kind = dynamics::FieldKind::production_decay;
  options.centred = true;
  options.genes = genes;
  const auto field = dynamics::make_field<double>(options);
  Random unused(1);
  Vector parameters = field->initial_parameters(unused);
  Matrix weights = strength * network.weights;
  for (Index g = 0; g < genes; ++g)
    if (const double total = weights.row(g).cwiseAbs().sum(); total > largest_input)
      weights.row(g) *= largest_input / total;
  field->layout().view(parameters, "W") = weights;
  field->layout().view(parameters, "log_gamma") = network.rate.array().log().matrix();
  std::vector<dynamics::ConditionInputs> inputs(static_cast<std::size_t>(edits));
  for (Index e = 0; e < edits; ++e)
    inputs[static_cast<std::size_t>(e)].clamps.push_back({e, dynamics::ClampKind::activity, activity_left});
  return dynamics::dense_flow(*field, parameters, inputs, time, {}, Matrix::Zero(genes, 1)).at(time);
}

/** Over edits and the genes that they do not target. */
double rms_of(const Matrix& effects) {
  double sum = effects.squaredNorm();
  for (Index e = 0; e < effects.cols(); ++e) sum -= effects(e, e) * effects(e, e);
  return std::sqrt(sum / static_cast<double>((effects.rows() - 1) * effects.cols()));
}

/** The strength of the edges at which the effects are as large as asked for, or the largest that rests. */
Matrix effects_of_size(const Network& network, const RehearsalOptions& options, Index edits) {
  double low = 0, high = 0.05;
  Matrix effects = true_effects(network, high, edits, options.time);
  for (int k = 0; k < 8 && rms_of(effects) < options.effect_sd; ++k) {
    low = high;
    effects = true_effects(network, high *= 2, edits, options.time);
  }
  if (rms_of(effects) < options.effect_sd) return effects;
  for (int k = 0; k < 12; ++k) {
    const double middle = 0.5 * (low + high);
    effects = true_effects(network, middle, edits, options.time);
    (rms_of(effects) < options.effect_sd ? low : high) = middle;
  }
  return effects;
}

}  // namespace

RehearsedLayout rehearsed_layout(Plan& plan, const std::vector<int>& edits) {
  RehearsedLayout out;
  const Layout& layout = plan.layout();
  const auto& levels = plan.levels();
  out.edited = layout.cells(edits, Eigen::all);
  out.control = layout.cells(plan.unedited(), Eigen::all).colwise().sum().transpose();
  out.level_names = levels.names;
  out.of_batch = levels.of_column;
  out.labels = levels.labels;
  const Assumptions& a = plan.assumptions();
  out.level_variance = a.level_variances;
  for (double& s : out.level_variance)
    if (!std::isfinite(s)) {
      s = 1;
      out.fixed_drawn = true;
    }
  out.sg2 = a.sg2;
  out.sw2 = a.sw2;
  out.sw2_control = a.sw2_control < 0 ? a.sw2 : a.sw2_control;

  // What measuring an edit against all unedited cells comes to, whatever contrasts the plan is asked for.
  std::vector<measurement::Contrast> contrasts;
  for (const int c : edits) {
    measurement::Contrast contrast;
    contrast.name = layout.conditions[static_cast<std::size_t>(c)];
    contrast.terms.push_back({c, 1});
    for (const int u : plan.unedited()) contrast.terms.push_back({u, -1 / static_cast<double>(plan.unedited().size())});
    contrasts.push_back(std::move(contrast));
  }
  Plan effects(layout, plan.controls(), std::move(contrasts), plan.goals());
  Assumptions without = a;
  without.guides = {};
  without.sw2_control = 2 * out.sw2_control;  // held-out effects are measured against half of the unedited cells
  effects.set_assumptions(without);
  double sum = 0;
  int count = 0;
  for (const double v : effects.variances())
    if (std::isfinite(v)) {
      sum += v;
      ++count;
    }
  out.floor = count == 0 ? nan : sum / count;
  return out;
}

Matrix DrawnExperiment::effects_of(const std::vector<std::string>& genes,
                                   const std::vector<screen::Condition>& conditions) const {
  Matrix out = Matrix::Constant(static_cast<Index>(genes.size()), static_cast<Index>(conditions.size()), nan);
  for (std::size_t c = 0; c < conditions.size(); ++c)
    for (std::size_t e = 1; e < levels.conditions.size(); ++e) {
      if (levels.conditions[e].edits != conditions[c].edits) continue;
      for (std::size_t g = 0; g < genes.size(); ++g) {
        const auto at = std::find(levels.genes.begin(), levels.genes.end(), genes[g]) - levels.genes.begin();
        out(static_cast<Index>(g), static_cast<Index>(c)) = effects(at, static_cast<Index>(e) - 1);
      }
    }
  return out;
}

DrawnExperiment draw_experiment(const RehearsedLayout& layout, const RehearsalOptions& options, std::uint64_t seed) {
  const Index genes = options.genes, edits = layout.edited.rows(), batches = layout.edited.cols();
  DrawnExperiment out;
  out.effects = effects_of_size(draw_network(genes, seed), options, edits);
  out.effect_rms = rms_of(out.effects);

  screen::Levels& levels = out.levels;
  for (Index g = 0; g < genes; ++g) levels.genes.push_back("g" + std::to_string(g + 1));
  levels.conditions.resize(static_cast<std::size_t>(edits) + 1);  // the first: unedited
  for (Index e = 0; e < edits; ++e)
    levels.conditions[static_cast<std::size_t>(e) + 1].edits.push_back({levels.genes[static_cast<std::size_t>(e)], 1});
  for (std::size_t f = 0; f < layout.level_names.size(); ++f) {
    screen::BatchLevel level{layout.level_names[f], {}};
    for (std::size_t k = 0; k < layout.labels[f].size(); ++k) level.levels.push_back(std::to_string(k + 1));
    levels.batches.push_back(std::move(level));
  }

  Random random = Random::stream(seed, noise_stream);
  const auto normals = [&](double variance) {
    Vector x(genes);
    const double sd = std::sqrt(variance);
    for (double& value : x) value = sd * random.normal();
    return x;
  };
  std::vector<Matrix> batch_effect;
  for (std::size_t f = 0; f < layout.level_names.size(); ++f) {
    Matrix effect(genes, static_cast<Index>(layout.labels[f].size()));
    for (Index k = 0; k < effect.cols(); ++k) effect.col(k) = normals(layout.level_variance(static_cast<Index>(f)));
    batch_effect.push_back(std::move(effect));
  }
  std::vector<Vector> states, variances;
  const auto add = [&](int condition, Index b, int half, double cells, double sw2, const Vector& mean) {
    screen::LevelRow row;
    row.condition = condition;
    for (const auto& of : layout.of_batch) row.batch.push_back(of[static_cast<std::size_t>(b)]);
    row.half = half;
    row.cells = cells;
    levels.rows.push_back(std::move(row));
    states.push_back(mean + normals(sw2 / cells));
    variances.push_back(Vector::Constant(genes, sw2 / cells));
  };
  for (Index b = 0; b < batches; ++b) {
    Vector shift = Vector::Zero(genes);
    for (std::size_t f = 0; f < batch_effect.size(); ++f)
      shift += batch_effect[f].col(layout.of_batch[f][static_cast<std::size_t>(b)]);
    if (layout.control(b) > 0) {
      // Halves share what their batch did to unedited cells, as those of a screen do.
      const Vector mean = shift + normals(layout.sg2);
      if (layout.control(b) >= 2)
        for (int half = 0; half < 2; ++half) add(0, b, half, 0.5 * layout.control(b), layout.sw2_control, mean);
      else
        add(0, b, 0, layout.control(b), layout.sw2_control, mean);
    }
    for (Index e = 0; e < edits; ++e)
      if (layout.edited(e, b) > 0)
        add(static_cast<int>(e) + 1, b, -1, layout.edited(e, b), layout.sw2,
            shift + out.effects.col(e) + normals(layout.sg2));
  }
  const Index rows = static_cast<Index>(states.size());
  levels.x.resize(genes, rows);
  levels.variance.resize(genes, rows);
  for (Index r = 0; r < rows; ++r) {
    levels.x.col(r) = states[static_cast<std::size_t>(r)];
    levels.variance.col(r) = variances[static_cast<std::size_t>(r)];
  }
  levels.trust.setConstant(genes, rows, screen::Trust::trusted);
  return out;
}

}  // namespace groundwork::design
