#include "groundwork/api/simulate_truth.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "groundwork/base/error.hpp"
#include "simulate_network.hpp"
#include "simulate_streams.hpp"

namespace groundwork::api {
namespace {

int index_of(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<int>(std::find(names.begin(), names.end(), name) - names.begin());
}

/** Every gene has a stream of its own, so that adding a gene does not move the others' numbers. */
Vector draw_per_gene(const PerGene& recipe, const std::vector<std::string>& genes, std::uint64_t seed, DrawOf part) {
  Vector result(static_cast<Index>(genes.size()));
  for (std::size_t i = 0; i < genes.size(); ++i) {
    const auto given = recipe.values.find(genes[i]);
    Random random = stream_of(seed, part, genes[i]);
    result[static_cast<Index>(i)] =
        given != recipe.values.end() ? given->second : recipe.median * std::exp(recipe.log_sd * random.normal());
  }
  return result;
}

Vector draw_expression(const Recipe& recipe, const std::vector<std::string>& genes) {
  const Index d = static_cast<Index>(recipe.genes.size()), all = static_cast<Index>(genes.size());
  Vector expression = draw_per_gene(recipe.expression, genes, recipe.seed, DrawOf::expression);
  if (all > d) {
    const double total = expression.head(d).sum() * recipe.housekeeping_share / (1 - recipe.housekeeping_share);
    expression.tail(all - d) *= total / expression.tail(all - d).sum();
  }
  if (recipe.measurement.depth > 0) expression *= recipe.measurement.depth / expression.sum();
  return expression;
}

/** A finer level is nested: the same name under another coarser one is another level, and gets the whole path as its
 * label. */
void lay_out_batches(Truth& truth) {
  const Recipe& recipe = truth.recipe;
  truth.batch_levels.resize(recipe.batches.size());
  for (std::size_t f = 0; f < recipe.levels.size(); ++f) {
    screen::BatchLevel level{recipe.levels[f], {}};
    std::vector<std::string> paths;
    for (std::size_t b = 0; b < recipe.batches.size(); ++b) {
      const auto& names = recipe.batches[b].levels;
      std::string path = names[0];
      for (std::size_t g = 1; g <= f; ++g) path += "/" + names[g];
      const int at = index_of(paths, path);
      if (at == static_cast<int>(paths.size())) {
        paths.push_back(path);
        level.levels.push_back(std::count(level.levels.begin(), level.levels.end(), names[f]) ? path : names[f]);
      }
      truth.batch_levels[b].push_back(at);
    }
    truth.levels.push_back(level);
  }
}

/** Conditions in the order time, medium, control before edits; only those with cells in some batch. */
void lay_out_conditions(Truth& truth) {
  const Recipe& recipe = truth.recipe;
  const std::size_t media = std::max<std::size_t>(recipe.media.size(), 1);
  std::vector<std::vector<int>> rows;
  for (std::size_t t = 0; t < recipe.times.size(); ++t)
    for (std::size_t m = 0; m < media; ++m)
      for (int p = -1; p < static_cast<int>(truth.perturbations.size()); ++p) {
        const std::string label = p < 0 ? control_label : truth.perturbations[static_cast<std::size_t>(p)];
        std::vector<int> row;
        for (const auto& batch : recipe.batches) {
          const bool then = std::count(batch.times.begin(), batch.times.end(), recipe.times[t]) > 0;
          const bool there =
              recipe.media.empty() || std::count(batch.media.begin(), batch.media.end(), recipe.media[m].name) > 0;
          const bool edited = p >= 0 && std::count(batch.edits.begin(), batch.edits.end(), label) > 0;
          row.push_back(!then || !there ? 0 : p < 0 ? batch.control_cells : edited ? batch.cells_of(label) : 0);
        }
        if (std::all_of(row.begin(), row.end(), [](int n) { return n == 0; })) continue;
        SimulatedCondition condition;
        condition.perturbation = p;
        condition.medium = static_cast<int>(m);
        condition.time = static_cast<int>(t);
        condition.label = label;
        for (const auto& name : edits_of(recipe, p)) condition.condition.edits.push_back({name, 1});
        if (!recipe.media.empty()) condition.condition.medium = recipe.media[m].name;
        if (recipe.times.size() > 1) condition.condition.time = recipe.times[t];
        truth.conditions.push_back(condition);
        rows.push_back(row);
      }
  if (rows.empty())
    throw Error("recipe.range", "The recipe's layout has no cells.", "Give `layout.cells` or `layout.control_cells`.");
  truth.cells.resize(static_cast<Index>(rows.size()), static_cast<Index>(recipe.batches.size()));
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t b = 0; b < rows[r].size(); ++b)
      truth.cells(static_cast<Index>(r), static_cast<Index>(b)) = rows[r][b];
}

void draw_batch_effects(Truth& truth) {
  const Recipe& recipe = truth.recipe;
  for (std::size_t f = 0; f < truth.levels.size(); ++f) {
    const auto& level = truth.levels[f];
    truth.sb2.push_back(
        draw_per_gene(recipe.sb2.at(level.name), truth.genes, hash_of(recipe.seed, f), DrawOf::batch_variance));
    Matrix effect(truth.sb2.back().size(), static_cast<Index>(level.levels.size()));
    for (Index b = 0; b < effect.cols(); ++b) {
      Random random =
          stream_of(recipe.seed, DrawOf::batch_effect, level.name + "\n" + level.levels[static_cast<std::size_t>(b)]);
      for (Index i = 0; i < effect.rows(); ++i) effect(i, b) = std::sqrt(truth.sb2.back()[i]) * random.normal();
    }
    truth.batch_effect.push_back(effect);
  }
  truth.sg2 = draw_per_gene(recipe.sg2, truth.genes, recipe.seed, DrawOf::interaction_variance);
}

void draw_guides(Truth& truth) {
  const GuidesRecipe& recipe = truth.recipe.guides;
  if (recipe.per_edit == 0) return;
  for (int p = -1; p < static_cast<int>(truth.perturbations.size()); ++p)
    for (int g = 1; g <= (p < 0 ? recipe.control : recipe.per_edit); ++g) {
      SimulatedGuide guide;
      guide.name =
          (p < 0 ? std::string("NT") : truth.perturbations[static_cast<std::size_t>(p)]) + "_g" + std::to_string(g);
      guide.perturbation = p;
      Random random = stream_of(truth.recipe.seed, DrawOf::guide, guide.name);
      if (p >= 0) guide.efficacy = measurement::draw_share(recipe.efficacy, recipe.efficacy_sd, random);
      guide.off_target = Vector::Zero(static_cast<Index>(truth.genes.size()));
      if (recipe.off_target_sd > 0)
        for (double& x : guide.off_target) x = recipe.off_target_sd * random.normal();
      truth.guides.push_back(guide);
    }
}

}  // namespace

Vector Truth::composition() const {
  Vector result(state.cols());
  for (Index c = 0; c < state.cols(); ++c) {
    const double edited = expression.dot(state.col(c).array().exp().matrix());
    const double control = expression.dot(unedited.col(c).array().exp().matrix());
    result[c] = std::log(edited / control);
  }
  return result;
}

Vector Truth::interaction(int condition, int batch) const {
  Vector result = Vector::Zero(sg2.size());
  if (sg2.isZero(0)) return result;
  std::string key = screen::label_of(conditions[static_cast<std::size_t>(condition)].condition);
  for (const auto& level : recipe.batches[static_cast<std::size_t>(batch)].levels) key += "\n" + level;
  Random random = stream_of(recipe.seed, DrawOf::interaction, key);
  for (Index i = 0; i < result.size(); ++i) result[i] = std::sqrt(sg2[i]) * random.normal();
  return result;
}

std::vector<int> Truth::guides_of(int condition) const {
  std::vector<int> result;
  const int perturbation = conditions[static_cast<std::size_t>(condition)].perturbation;
  for (std::size_t g = 0; g < guides.size(); ++g)
    if (guides[g].perturbation == perturbation) result.push_back(static_cast<int>(g));
  return result;
}

Truth draw_truth(const Recipe& recipe) {
  Truth truth;
  truth.recipe = recipe;
  truth.genes = recipe.genes;
  truth.genes.insert(truth.genes.end(), recipe.housekeeping.begin(), recipe.housekeeping.end());
  truth.perturbations = recipe.perturbations();
  truth.expression = draw_expression(recipe, truth.genes);
  truth.law.dispersion = draw_per_gene(recipe.measurement.dispersion, truth.genes, recipe.seed, DrawOf::dispersion);
  if (recipe.measurement.dropout > 0)
    truth.law.dropout = Vector::Constant(truth.expression.size(), recipe.measurement.dropout);
  truth.gamma = draw_per_gene(recipe.field.gamma, recipe.genes, recipe.seed, DrawOf::gamma);
  truth.weights = draw_weights(recipe);
  truth.inputs = draw_inputs(recipe);
  truth.intercepts = intercepts_of(recipe);
  lay_out_batches(truth);
  lay_out_conditions(truth);
  evolve_conditions(truth);
  draw_batch_effects(truth);
  draw_guides(truth);
  return truth;
}

}  // namespace groundwork::api
