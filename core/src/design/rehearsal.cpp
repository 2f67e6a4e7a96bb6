#include "groundwork/design/rehearsal.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/training.hpp"
#include "rehearsal_draw.hpp"

namespace groundwork::design {
namespace {

constexpr std::uint64_t edits_stream = 401;

fit::FitOptions training_options(const RehearsalOptions& options, std::size_t loss, std::uint64_t seed) {
  fit::FitOptions out;
  out.model = dynamics::FieldKind::production_decay;
  const std::string& name = rehearsed_losses()[loss].name;
  out.centred = name == "centred";
  out.loss = out.centred ? fit::LossKind::controls_as_data : fit::loss_kind_of(name);
  out.gene_count = static_cast<int>(options.genes);
  out.split = fit::SplitKind::perturbation;
  out.holdout = options.held_out;
  out.sampling_time = options.time;
  out.seed = seed;
  out.members = 1;
  return out;
}

/** Mean square over conditions that were held out, or were not, and the genes that have an observed value there. */
template <typename Difference>
double mean_square(const fit::Evaluation& evaluation, Difference difference, bool held_out = true) {
  double sum = 0;
  Index count = 0;
  for (std::size_t i = 0; i < evaluation.held_out.size(); ++i)
    for (Index g = 0; held_out == (evaluation.held_out[i] != 0) && g < evaluation.observed.rows(); ++g) {
      const double x = difference(g, static_cast<Index>(i));
      if (!std::isfinite(evaluation.observed(g, static_cast<Index>(i))) || !std::isfinite(x)) continue;
      sum += x * x;
      ++count;
    }
  return count == 0 ? nan : sum / static_cast<double>(count);
}

}  // namespace

const std::vector<RehearsedLoss>& rehearsed_losses() {
  static const std::vector<RehearsedLoss> list = {{"prediction", "prediction alone"},
                                                  {"controls_as_data", "controls as data"},
                                                  {"steady_state", "steady state, λ = 1"},
                                                  {"centred", "centred (hard steady state)"}};
  return list;
}

struct Rehearsing::State {
  RehearsalOptions options;
  RehearsedLayout layout;
  Rehearsal result;
  std::size_t replicate = 0, loss = 0;
  DrawnExperiment drawn;
  fit::StateSource source;
  std::unique_ptr<fit::Problem> problem;
  std::unique_ptr<fit::MemberTraining> training;
  RehearsedReplicate row;

  /** Draws the next experiment, or prepares the next loss on the same one. */
  void begin() {
    const std::uint64_t seed = hash_of(options.seed, replicate);
    if (loss == 0) {
      drawn = draw_experiment(layout, options, seed);
      source = fit::source_of(drawn.levels);
      row = {};
      row.effect_rms = drawn.effect_rms;
    }
    problem = std::make_unique<fit::Problem>(fit::prepare(source, training_options(options, loss, seed)));
    training = std::make_unique<fit::MemberTraining>(*problem, nullptr, 0);
  }

  void score() {
    const fit::Member member = training->member();
    const fit::Panel panel = fit::panel_of(*problem);
    const fit::Evaluation evaluation = fit::evaluation_of(*problem, panel);
    const Matrix predicted = fit::predicted_effects(*problem, panel, problem->training.edits, member.parameters);
    const Matrix truth = drawn.effects_of(problem->genes, evaluation.conditions);
    if (loss == 0) {
      row.no_change = mean_square(evaluation, [&](Index g, Index c) { return truth(g, c); });
      row.measured = mean_square(evaluation, [&](Index g, Index c) { return evaluation.observed(g, c) - truth(g, c); });
      row.ridge = nan;
      for (const auto& baseline : evaluation.baselines)
        if (baseline.name == "ridge")
          row.ridge = mean_square(evaluation, [&](Index g, Index c) { return baseline.effects(g, c) - truth(g, c); });
    }
    row.truth.push_back(mean_square(evaluation, [&](Index g, Index c) { return predicted(g, c) - truth(g, c); }));
    row.fitted.push_back(mean_square(
        evaluation, [&](Index g, Index c) { return predicted(g, c) - truth(g, c); }, false));
    row.seen.push_back(
        mean_square(evaluation, [&](Index g, Index c) { return predicted(g, c) - evaluation.observed(g, c); }));
    const Matrix drift = fit::predicted_drift(*problem, problem->training.edits, member.parameters);
    row.drift.push_back(std::sqrt(drift.rightCols(1).squaredNorm() / static_cast<double>(drift.rows())));
  }
};

Rehearsing::Rehearsing(Plan& plan, const RehearsalOptions& options) : state_(std::make_unique<State>()) {
  if (plan.controls().empty())
    throw Error("rehearse.controls", "A rehearsal needs to know which conditions are unedited.", "Name the controls.");
  if (!(options.effect_sd > 0 && options.effect_sd <= 3))
    throw Error("rehearse.effects", "The standard deviation of true effects is not above 0 and at most 3.");
  if (!(options.time > 0) || !std::isfinite(options.time))
    throw Error("rehearse.time", "The time of the harvest is not above 0.");
  if (options.replicates < 1 || options.replicates > 100)
    throw Error("rehearse.replicates", "The number of replicates is not from 1 to 100.");
  State& s = *state_;
  s.options = options;
  std::vector<int> edits;
  for (int c = 0; c < static_cast<int>(plan.layout().conditions.size()); ++c)
    if (!std::count(plan.unedited().begin(), plan.unedited().end(), c) && plan.layout().cells.row(c).sum() > 0)
      edits.push_back(c);
  if (edits.size() < 4)
    throw Error(
        "rehearse.edits",
        "The layout has " + std::to_string(edits.size()) + " edits with cells; a model is rehearsed on at least 4.",
        "Add edits to the layout.");
  if (static_cast<Index>(edits.size()) > most_rehearsed_edits) {
    s.result.warnings.push_back("Of " + std::to_string(edits.size()) + " edits " +
                                std::to_string(most_rehearsed_edits) + " are drawn; the others are left out.");
    const auto order = Random::stream(options.seed, edits_stream).permutation(edits.size());
    std::vector<int> kept;
    for (Index k = 0; k < most_rehearsed_edits; ++k) kept.push_back(edits[order[static_cast<std::size_t>(k)]]);
    std::sort(kept.begin(), kept.end());
    edits = std::move(kept);
  }
  s.options.genes =
      std::clamp<Index>(std::max<Index>(options.genes, static_cast<Index>(edits.size())), 4, most_rehearsed_genes);
  s.layout = rehearsed_layout(plan, edits);
  for (const int c : edits) s.result.edits.push_back(plan.layout().conditions[static_cast<std::size_t>(c)]);
  s.result.floor = s.layout.floor;
  if (std::isnan(s.result.floor))
    s.result.warnings.push_back("No effect of this layout is estimable, so there is no floor to compare with.");
  if (plan.assumptions().guides.guides > 0)
    s.result.warnings.push_back("Guides are not drawn: the floor here is without their spread.");
  const ConditionColumns& about = plan.layout().about;
  if (!about.time.empty() || !about.medium.empty())
    s.result.warnings.push_back(
        "Times and media of the layout are not drawn: each condition counts as an edit of a gene of its own.");
  if (s.layout.fixed_drawn)
    s.result.warnings.push_back("Batches that are taken as fixed are drawn with a standard deviation of 1.");
}

Rehearsing::~Rehearsing() = default;

bool Rehearsing::advance(double milliseconds) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  State& s = *state_;
  const auto spent = [&] { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); };
  while (static_cast<int>(s.replicate) < s.options.replicates) {
    if (!s.training) s.begin();
    if (s.training->advance(std::max(1.0, milliseconds - spent()))) {
      s.score();
      s.training.reset();
      if (++s.loss == rehearsed_losses().size()) {
        s.result.replicates.push_back(s.row);
        s.loss = 0;
        ++s.replicate;
      }
    }
    if (spent() > milliseconds) break;
  }
  return static_cast<int>(s.replicate) >= s.options.replicates;
}

double Rehearsing::fraction() const {
  const State& s = *state_;
  const double each = static_cast<double>(rehearsed_losses().size());
  const double done =
      static_cast<double>(s.replicate) * each + static_cast<double>(s.loss) + (s.training ? s.training->fraction() : 0);
  return done / (each * s.options.replicates);
}

std::string Rehearsing::phase() const {
  const State& s = *state_;
  return "Experiment " +
         std::to_string(std::min<std::size_t>(s.replicate + 1, static_cast<std::size_t>(s.options.replicates))) +
         " of " + std::to_string(s.options.replicates);
}

const Rehearsal& Rehearsing::result() const { return state_->result; }

}  // namespace groundwork::design
