#include "groundwork/fit/comparison.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {
namespace {

/** Parameters of a unit that are kept: the root mean square over a random part estimates that over all. */
constexpr Index kept_parameters = 4096;
constexpr std::uint64_t sample_stream = 302;
/** What recommended costs beside one training, roughly. */
constexpr double recommended_work = 10;

Matrix columns(const Matrix& m, const std::vector<Index>& chosen) {
  Matrix out(m.rows(), static_cast<Index>(chosen.size()));
  for (std::size_t i = 0; i < chosen.size(); ++i) out.col(static_cast<Index>(i)) = m.col(chosen[i]);
  return out;
}

/** Columns of the panel that are scored. */
std::vector<Index> scored_columns(const Panel& panel) {
  std::vector<Index> out;
  for (std::size_t i = 0; i < panel.conditions.size(); ++i)
    if (panel.held_out[i]) out.push_back(static_cast<Index>(i));
  return out;
}

Vector sampled(const Vector& all) {
  if (all.size() <= kept_parameters) return all;
  Random random = Random::stream(1, sample_stream);
  auto order = random.permutation(static_cast<std::size_t>(all.size()));
  order.resize(kept_parameters);
  std::sort(order.begin(), order.end());
  Vector out(kept_parameters);
  for (Index i = 0; i < kept_parameters; ++i) out(i) = all(static_cast<Index>(order[static_cast<std::size_t>(i)]));
  return out;
}

/** Relative cost of one training: epochs × steps of the integrator × conditions × genes × what a gene costs. */
double work_of(const FitOptions& options, const StateSource& source) {
  const double genes = options.genes.empty()
                           ? options.gene_count.value_or(
                                 source.is_table ? std::min<double>(400, static_cast<double>(source.genes.size())) : 60)
                           : static_cast<double>(options.genes.size());
  const bool neural =
      options.model == dynamics::FieldKind::neural || options.model == dynamics::FieldKind::neural_decay;
  const double width = neural ? 2 * static_cast<double>(options.hidden) : genes;
  double days = 0;
  for (const auto& condition : source.conditions)
    days = std::max(days, condition.has_time() ? condition.time : options.sampling_time);
  return 2.0 * options.epochs * std::max(1.0, days / options.step) * static_cast<double>(source.conditions.size()) *
         genes * (width + 40) * (options.recommended ? recommended_work : 1);
}

}  // namespace

const UnitRecord* ModelComparison::unit(int holdout, int contender, int seed_index) const {
  for (const auto& unit : units)
    if (unit.holdout == holdout && unit.contender == contender && unit.seed == seed_index) return &unit;
  return nullptr;
}

std::vector<char> ModelComparison::complete_folds() const {
  std::vector<int> done(plan.holdouts.size(), 0);
  for (const auto& unit : units) ++done[static_cast<std::size_t>(unit.holdout)];
  std::vector<char> out;
  for (const auto& fold : plan.folds) {
    const auto h = static_cast<std::size_t>(fold.holdout);
    out.push_back(holdouts[h] && done[h] == seeds * static_cast<int>(contenders.size()) ? 1 : 0);
  }
  return out;
}

std::vector<Index> ModelComparison::columns_of(std::size_t fold) const {
  const auto& own = plan.folds[fold];
  const auto& record = *holdouts[static_cast<std::size_t>(own.holdout)];
  std::vector<Index> out;
  for (std::size_t i = 0; i < record.edits.size(); ++i)
    if (plan.kind != SplitKind::combination ||
        std::find(own.labels.begin(), own.labels.end(), record.edits[i]) != own.labels.end())
      out.push_back(static_cast<Index>(i));
  return out;
}

std::vector<Unit> units_of(const ModelComparison& comparison, const StateSource& source) {
  std::vector<Unit> units;
  double cheapest = 0;
  std::vector<double> work;
  for (const auto& contender : comparison.contenders) {
    work.push_back(work_of(contender.options, source));
    cheapest = cheapest == 0 ? work.back() : std::min(cheapest, work.back());
  }
  for (int h = 0; h < static_cast<int>(comparison.plan.holdouts.size()); ++h) {
    units.push_back({h, -1, 0, comparison.contenders.empty() ? 1 : 0.1 * cheapest});
    for (int c = 0; c < static_cast<int>(work.size()); ++c)
      for (int s = 0; s < comparison.seeds; ++s) units.push_back({h, c, s, work[static_cast<std::size_t>(c)]});
  }
  return units;
}

std::vector<Unit> part_of(const std::vector<Unit>& units, int index, int of) {
  std::vector<double> load(static_cast<std::size_t>(std::max(of, 1)), 0);
  std::vector<Unit> out;
  // One holdout after the other, the longest units of each first, each to the part with least to do: parts keep step,
  // so that a comparison that is stopped has whole folds.
  for (std::size_t begin = 0; begin < units.size();) {
    std::size_t end = begin;
    while (end < units.size() && units[end].holdout == units[begin].holdout) ++end;
    std::vector<Unit> own(units.begin() + static_cast<std::ptrdiff_t>(begin),
                          units.begin() + static_cast<std::ptrdiff_t>(end));
    std::stable_sort(own.begin(), own.end(), [](const Unit& a, const Unit& b) { return a.work > b.work; });
    for (const Unit& unit : own) {
      const auto least = std::min_element(load.begin(), load.end());
      *least += unit.work;
      if (least - load.begin() == index) out.push_back(unit);
    }
    begin = end;
  }
  return out;
}

std::shared_ptr<const PreparedHoldout> prepare_holdout(const StateSource& source, const ModelComparison& comparison,
                                                       int holdout, int contender) {
  FitOptions options =
      contender < 0 ? comparison.common : comparison.contenders[static_cast<std::size_t>(contender)].options;
  if (contender < 0) options.model = dynamics::FieldKind::production_decay;
  options.seed = comparison.seed;
  auto out = std::make_shared<PreparedHoldout>();
  out->problem = prepare(source, with_holdout(options, comparison.plan, holdout));
  out->panel = panel_of(out->problem);
  return out;
}

HoldoutRecord record_holdout(const PreparedHoldout& prepared) {
  const Problem& problem = prepared.problem;
  const Panel& panel = prepared.panel;
  const auto scored = scored_columns(panel);
  const double unit = problem.unit;
  HoldoutRecord out;
  out.genes = problem.genes;
  std::vector<Index> rivals;
  for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
    const auto& condition = problem.conditions[static_cast<std::size_t>(panel.conditions[i])];
    if (!panel.held_out[i]) {
      rivals.push_back(static_cast<Index>(i));
      out.rival_labels.push_back(screen::label_of(condition));
      continue;
    }
    out.labels.push_back(screen::label_of(condition));
    out.edits.push_back(edits_label(condition));
    out.times.push_back(problem.time[static_cast<std::size_t>(panel.conditions[i])]);
  }
  out.observed = unit * columns(panel.observed, scored);
  out.variance = unit * unit * columns(panel.variance, scored);
  out.shared = unit * unit * columns(panel.shared, scored);
  out.rivals = unit * columns(panel.observed, rivals);
  out.mean = unit * mean_training_effect(panel);
  out.control = unit * control_state(problem);
  for (const Baseline& baseline : baselines_of(problem, panel))
    out.baselines.push_back({baseline.name, baseline.what, unit * columns(baseline.effects, scored)});
  out.warnings = problem.warnings;
  return out;
}

UnitTraining::UnitTraining(std::shared_ptr<const PreparedHoldout> prepared, const Unit& unit)
    : prepared_(std::move(prepared)), unit_(unit) {
  const Problem& problem = prepared_->problem;
  if (problem.options.recommended)
    recommended_ = std::make_unique<RecommendedFit>(problem, prepared_->panel, nullptr,
                                                    member_seed(problem.options.seed, unit.seed));
  else
    training_ = std::make_unique<MemberTraining>(problem, nullptr, unit.seed);
}

bool UnitTraining::advance(double milliseconds) {
  if (training_) return training_->advance(milliseconds);
  const auto start = std::chrono::steady_clock::now();
  const auto all = static_cast<std::size_t>(recommended_->tasks());
  while (results_.size() < all) {
    results_.push_back(recommended_->run(static_cast<int>(results_.size())));
    if (std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count() >= milliseconds)
      break;
  }
  return results_.size() == all;
}

double UnitTraining::fraction() const {
  if (training_) return training_->fraction();
  return static_cast<double>(results_.size()) / std::max(1, recommended_->tasks());
}

UnitRecord UnitTraining::record() const {
  const Problem& problem = prepared_->problem;
  UnitRecord out;
  out.holdout = unit_.holdout;
  out.contender = unit_.contender;
  out.seed = unit_.seed;
  if (recommended_) {
    const Panel& panel = prepared_->panel;
    const Recommended model = recommended_->finish(results_).scored;
    std::vector<screen::Condition> conditions;
    std::vector<double> when;
    for (const Index i : scored_columns(panel)) {
      const auto c = static_cast<std::size_t>(panel.conditions[static_cast<std::size_t>(i)]);
      conditions.push_back(problem.conditions[c]);
      when.push_back(problem.time[c]);
    }
    out.effects = Matrix::Zero(static_cast<Index>(problem.genes.size()), static_cast<Index>(conditions.size()));
    for (int m = 0; m < model.members(); ++m)
      out.effects += problem.unit / static_cast<double>(model.members()) * model.effects(m, conditions, when);
    return out;
  }
  const Member member = training_->member();
  out.effects =
      problem.unit * columns(predicted_effects(problem, prepared_->panel, problem.training.edits, member.parameters),
                             scored_columns(prepared_->panel));
  const Matrix drift = predicted_drift(problem, problem.training.edits, member.parameters);
  out.drift = problem.unit * std::sqrt(drift.col(drift.cols() - 1).squaredNorm() / static_cast<double>(drift.rows()));
  out.epochs = member.best_epoch;
  const auto field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
  const ParameterPrior prior = prior_of(*field, problem.training.signal, 1, false);
  out.parameters = sampled(member.parameters.cwiseQuotient(prior.scale));
  out.warnings = member.warnings;
  return out;
}

}  // namespace groundwork::fit
