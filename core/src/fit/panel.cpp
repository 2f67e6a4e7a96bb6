#include "groundwork/fit/panel.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {
namespace {

/** Control conditions that have rows in this table and fulfil `suits`. */
template <typename Suits>
std::vector<int> controls_where(const Problem& problem, const std::set<int>& present, Suits suits) {
  std::vector<int> found;
  for (const int c : present)
    if (problem.is_control(c) &&
        suits(problem.conditions[static_cast<std::size_t>(c)], problem.time[static_cast<std::size_t>(c)]))
      found.push_back(c);
  return found;
}

struct Reference {
  std::vector<int> conditions;
  int subtract = -1;
};

Reference reference_of(const Problem& problem, const std::set<int>& present, int c) {
  const auto& own = problem.conditions[static_cast<std::size_t>(c)];
  const double time = problem.time[static_cast<std::size_t>(c)];
  const std::string& baseline = problem.training.edits.media.front();
  Reference reference;
  if (own.is_control()) {
    reference.conditions = controls_where(
        problem, present, [&](const auto& k, double t) { return t == 0 && k.compartment == own.compartment; });
    return reference;
  }
  if (problem.differentiating) {
    reference.conditions = controls_where(problem, present, [&](const auto& k, double t) {
      return k.compartment == own.compartment && ((k.medium == own.medium && t == time) || (t == 0 && time == 0));
    });
    if (!reference.conditions.empty()) reference.subtract = reference.conditions.front();
    return reference;
  }
  for (const std::string& medium : {own.medium, baseline}) {
    reference.conditions = controls_where(problem, present, [&](const auto& k, double) {
      return k.compartment == own.compartment && k.medium == medium;
    });
    if (reference.conditions.empty()) continue;
    if (medium != baseline) {
      const auto distance = [&](int k) { return std::abs(problem.time[static_cast<std::size_t>(k)] - time); };
      reference.subtract = *std::min_element(reference.conditions.begin(), reference.conditions.end(),
                                             [&](int a, int b) { return distance(a) < distance(b); });
    }
    break;
  }
  return reference;
}

void add(Panel& panel, const Problem& problem, const screen::Levels& levels, bool held_out) {
  std::set<int> present;
  for (const auto& row : levels.rows) present.insert(row.condition);
  std::vector<Comparison> comparisons;
  for (const int c : present) {
    const auto index = static_cast<std::size_t>(c);
    const bool by_condition = problem.split.kind != SplitKind::none && problem.split.kind != SplitKind::batch;
    if (by_condition && (problem.split.held_out[index] != 0) != held_out) continue;
    if (problem.is_control(c) && !(problem.differentiating && problem.time[index] > 0)) continue;
    const Reference reference = reference_of(problem, present, c);
    if (reference.conditions.empty()) continue;
    panel.conditions.push_back(c);
    panel.held_out.push_back(held_out ? 1 : 0);
    panel.subtract.push_back(reference.subtract);
    comparisons.push_back({c, reference.conditions});
  }
  Effects effects =
      effects_of(levels, held_out ? problem.evaluation_variances : problem.training.variances, comparisons);
  for (std::size_t k = 0; k < comparisons.size(); ++k)
    for (const auto& edit : problem.conditions[static_cast<std::size_t>(comparisons[k].condition)].edits) {
      const auto gene = std::find(problem.genes.begin(), problem.genes.end(), edit.name);
      if (gene != problem.genes.end()) effects.value(gene - problem.genes.begin(), static_cast<Index>(k)) = nan;
    }
  const auto append = [](Matrix& to, const Matrix& more) {
    Matrix joined(more.rows(), to.cols() + more.cols());
    if (to.cols() > 0)
      joined << to, more;
    else
      joined = more;
    to = std::move(joined);
  };
  append(panel.observed, effects.value);
  append(panel.variance, effects.variance);
  append(panel.shared, effects.shared);
}

}  // namespace

std::vector<std::size_t> Panel::scored() const {
  const bool any = std::find(held_out.begin(), held_out.end(), 1) != held_out.end();
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < conditions.size(); ++i)
    if (!any || held_out[i]) list.push_back(i);
  return list;
}

Panel panel_of(const Problem& problem) {
  Panel panel;
  const Index genes = static_cast<Index>(problem.genes.size());
  panel.observed.resize(genes, 0);
  panel.variance.resize(genes, 0);
  panel.shared.resize(genes, 0);
  if (problem.split.kind != SplitKind::none) add(panel, problem, problem.evaluation, true);
  add(panel, problem, problem.training.levels, false);
  return panel;
}

Matrix predicted_effects(const Problem& problem, const Panel& panel, const EditModel& edits, const Vector& theta) {
  std::vector<char> trained;
  for (const auto& edit : edits.edits) trained.push_back(edit.trained ? 1 : 0);
  std::vector<int> wanted = panel.conditions;
  for (const int c : panel.subtract)
    if (c >= 0) wanted.push_back(c);
  const Matrix states = predict(problem, edits, theta, wanted, trained);
  Matrix out = states.leftCols(static_cast<Index>(panel.conditions.size()));
  Index next = out.cols();
  for (std::size_t i = 0; i < panel.subtract.size(); ++i)
    if (panel.subtract[i] >= 0) out.col(static_cast<Index>(i)) -= states.col(next++);
  return out;
}

Matrix predicted_drift(const Problem& problem, const EditModel& edits, const Vector& theta) {
  const auto field = dynamics::make_field<double>(field_options(problem, edits));
  dynamics::Flow<double> flow(*field, flow_options(problem.options));
  const std::vector<dynamics::ConditionInputs> unedited(1);
  flow.forward(theta, unedited, problem.times, false);
  Matrix out(field->genes(), static_cast<Index>(problem.times.size()));
  for (Index t = 0; t < out.cols(); ++t) out.col(t) = flow.states()[static_cast<std::size_t>(t)].col(0);
  return out;
}

}  // namespace groundwork::fit
