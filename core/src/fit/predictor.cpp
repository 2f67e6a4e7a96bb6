#include "groundwork/fit/predictor.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "asked_condition.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/dynamics/flow.hpp"
#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {
namespace {

constexpr double prior_conditions = 4;

class DynamicPredictor final : public Predictor {
 public:
  explicit DynamicPredictor(DynamicFit fit) : fit_(std::move(fit)) {}

  const std::vector<std::string>& genes() const override { return fit_.edits.genes; }

  Prediction predict(std::span<const screen::Condition> conditions) const override {
    Prediction out;
    const EditModel edits = with_unseen(conditions);
    std::vector<dynamics::ConditionInputs> columns;
    std::map<std::string, Index> known;
    std::vector<std::pair<Index, Index>> place;  // trajectories of the condition and of unedited cells
    std::vector<char> moving;
    const auto trajectory = [&](const std::vector<screen::Edit>& own, const std::string& medium, bool& unseen,
                                std::vector<std::string>& shared) {
      screen::Condition key;
      key.edits = own;
      const auto reading = edits.read(own, medium);
      unseen = reading.unseen;
      shared = reading.shared;
      const auto [at, fresh] = known.try_emplace(edits_label(key) + "\n" + medium, static_cast<Index>(columns.size()));
      if (fresh) columns.push_back(reading.inputs);
      return at->second;
    };
    for (const auto& condition : conditions) {
      const std::string medium = asked_medium(condition, fit_.edits.media, fit_.usual_medium, out.warnings);
      out.times.push_back(asked_time(condition, fit_.times.back(), fit_.single_time, out.warnings));
      bool unseen = false, ignored = false;
      std::vector<std::string> shared, none;
      const Index own = trajectory(condition.edits, medium, unseen, shared);
      place.emplace_back(own, trajectory({}, medium, ignored, none));
      moving.push_back(fit_.differentiating || medium != edits.media.front() ? 1 : 0);
      out.unseen.push_back(unseen ? 1 : 0);
      for (const auto& name : shared) say(out.warnings, shared_effect_sentence(fit_.edits, name));
      if (condition.edits.size() > 1 && !fit_.pairs)
        say(out.warnings, "The screen has no cells with several edits; how edits combine is the model's assumption.");
    }

    std::set<double> distinct(out.times.begin(), out.times.end());
    const std::vector<double> times(distinct.begin(), distinct.end());
    const Index count = static_cast<Index>(conditions.size());
    std::vector<Matrix> states, controls, effects;
    if (count == 0) states.emplace_back(fit_.control.size(), 0), controls = effects = states;
    const auto field = dynamics::make_field<double>(fit_.field);
    dynamics::Flow<double> flow(*field, flow_options(fit_.options));
    for (std::size_t m = 0; m < fit_.members.size() && count > 0; ++m) {
      flow.forward(fit_.members[m], columns, times, false);
      flow.require_finite();
      Matrix state(field->genes(), count), control(field->genes(), count);
      for (Index c = 0; c < count; ++c) {
        const auto i = static_cast<std::size_t>(c);
        const auto when = std::lower_bound(times.begin(), times.end(), out.times[i]) - times.begin();
        const Matrix& all = flow.states()[static_cast<std::size_t>(when)];
        state.col(c) = fit_.control + fit_.unit * all.col(place[i].first);
        control.col(c) = moving[i] ? Vector(fit_.control + fit_.unit * all.col(place[i].second)) : fit_.control;
      }
      effects.push_back(state - control);
      states.push_back(std::move(state));
      controls.push_back(std::move(control));
    }
    out.state = mean_and_spread(states);
    out.control = mean_and_spread(controls);
    out.effect = mean_and_spread(effects);
    const Matrix spread = fit_.members.size() > 1 ? out.state.spread : Matrix::Zero(out.state.mean.rows(), count);
    out.sd = (spread.array().square().colwise() + fit_.residual.array()).sqrt();
    return out;
  }

 private:
  /** The model's edits and, for inputs that it does not know, what their doses are measured in. */
  EditModel with_unseen(std::span<const screen::Condition> conditions) const {
    EditModel edits = fit_.edits;
    std::map<std::string, std::vector<double>> doses;
    for (const auto& condition : conditions)
      for (const auto& edit : condition.edits) {
        const bool clamp = edits.clamps && edits.modality != screen::Modality::drug &&
                           std::find(edits.genes.begin(), edits.genes.end(), edit.name) != edits.genes.end();
        if (!clamp && !edits.find(edit.name)) doses[edit.name].push_back(edit.dose);
      }
    for (auto& [name, own] : doses) {
      EditEntry entry;
      entry.name = name;
      entry.usual_dose = usual_dose(std::move(own));
      edits.edits.push_back(std::move(entry));
    }
    return edits;
  }

  DynamicFit fit_;
};

}  // namespace

std::unique_ptr<Predictor> dynamic_predictor(DynamicFit fit) {
  return std::make_unique<DynamicPredictor>(std::move(fit));
}

Ensemble mean_and_spread(const std::vector<Matrix>& members) {
  const double n = static_cast<double>(members.size());
  Ensemble out;
  out.mean = Matrix::Zero(members.front().rows(), members.front().cols());
  Matrix square = out.mean;
  for (const auto& m : members) out.mean += m / n;
  for (const auto& m : members) square += (m - out.mean).cwiseAbs2();
  out.spread =
      members.size() > 1 ? Matrix((square / (n - 1)).cwiseSqrt()) : Matrix::Constant(square.rows(), square.cols(), nan);
  return out;
}

Matrix range_end(const Ensemble& ensemble, int side) { return ensemble.mean + side * 1.96 * ensemble.spread; }

std::string shared_effect_sentence(const EditModel& edits, const std::string& name) {
  bool any_input = false;
  for (const auto& entry : edits.edits) any_input = any_input || (entry.input >= 0 && entry.trained);
  std::vector<std::string> known = edits.genes;
  for (const auto& entry : edits.edits) known.push_back(entry.name);
  const bool listed = edits.find(name) != nullptr;
  const bool gene = std::find(edits.genes.begin(), edits.genes.end(), name) != edits.genes.end();
  return (listed || gene ? name + " was not trained" : "The fit knows no edit " + name + near_matches(name, known)) +
         (edits.clamps ? ", and its target is not among the modelled genes"
                       : ", and this model learns edits only from cells that carry them") +
         ": " +
         (any_input ? "the answer is the shared effect of the trained inputs"
                    : "there is no shared effect either, so the answer is no effect") +
         ". Its own effect can only be learned from cells that carry it" +
         (edits.clamps ? ", or by adding its target to the genes." : ".");
}

Vector residual_variance(const Evaluation& evaluation, const std::vector<Matrix>& members) {
  const Index genes = evaluation.observed.rows();
  Vector square = Vector::Zero(genes), count = Vector::Zero(genes);
  for (const std::size_t i : evaluation.scored()) {
    const Index c = static_cast<Index>(i);
    Vector mean = Vector::Zero(genes);
    for (const auto& member : members) mean += member.col(c) / static_cast<double>(members.size());
    for (Index g = 0; g < genes; ++g) {
      if (!std::isfinite(evaluation.observed(g, c)) || !std::isfinite(mean(g))) continue;
      square(g) += std::pow(evaluation.observed(g, c) - mean(g), 2);
      count(g) += 1;
    }
  }
  if (!(count.sum() > 0)) return Vector::Constant(genes, nan);
  const double pooled = square.sum() / count.sum();
  return ((square.array() + prior_conditions * pooled) / (count.array() + prior_conditions)).matrix();
}

}  // namespace groundwork::fit
