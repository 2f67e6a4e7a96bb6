#include "groundwork/fit/recommended.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "control_errors.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/stack.hpp"
#include "groundwork/fit/training.hpp"

namespace groundwork::fit {
namespace {

constexpr double alpha = 0.1;
constexpr double prior_units = 4;

CandidateData all_of(const Problem& problem, const Panel& panel, const TrainingData& data, bool held_out_too) {
  CandidateData out;
  for (std::size_t r = 0; r < data.levels.rows.size(); ++r) out.rows.push_back(static_cast<int>(r));
  std::vector<Index> columns;
  for (std::size_t i = 0; i < panel.conditions.size(); ++i) {
    if (problem.is_control(panel.conditions[i]) || (panel.held_out[i] && !held_out_too)) continue;
    columns.push_back(static_cast<Index>(i));
    out.conditions.push_back(problem.conditions[static_cast<std::size_t>(panel.conditions[i])]);
    out.when.push_back(problem.time[static_cast<std::size_t>(panel.conditions[i])]);
  }
  out.effects = panel.observed(Eigen::all, columns);
  return out;
}

}  // namespace

struct RecommendedFit::Plan {
  const Problem& problem;
  const Panel& panel;
  const TrainingData* everything;
  std::uint64_t seed;
  std::vector<Candidate> candidates;
  CandidateData train, refit;
  Matrix variance;    ///< of train.effects
  double shared = 0;  ///< the part of it that all effects have in common
  std::vector<std::vector<char>> folds;

  enum class Stage { fold, final, refit };
  struct Task {
    Stage stage;
    int fold;
    int candidate;
    int seed;
  };
  std::vector<Task> tasks;

  /** What fold `f` learns from. */
  CandidateData part(int f) const {
    CandidateData out;
    std::vector<Index> kept;
    std::set<std::pair<std::string, std::string>> left;
    const auto& out_of = folds[static_cast<std::size_t>(f)];
    for (std::size_t i = 0; i < train.conditions.size(); ++i) {
      if (out_of[i]) continue;
      kept.push_back(static_cast<Index>(i));
      out.conditions.push_back(train.conditions[i]);
      out.when.push_back(train.when[i]);
    }
    out.effects = train.effects(Eigen::all, kept);
    const auto& levels = problem.training.levels;
    for (const int r : train.rows) {
      const auto& condition =
          problem.conditions[static_cast<std::size_t>(levels.rows[static_cast<std::size_t>(r)].condition)];
      const auto at = std::find(train.conditions.begin(), train.conditions.end(), condition);
      const bool away = at != train.conditions.end() && out_of[static_cast<std::size_t>(at - train.conditions.begin())];
      if (!away) out.rows.push_back(r);
    }
    return out;
  }
  std::vector<std::size_t> left_out(int f) const {
    std::vector<std::size_t> list;
    for (std::size_t i = 0; i < train.conditions.size(); ++i)
      if (folds[static_cast<std::size_t>(f)][i]) list.push_back(i);
    return list;
  }
  void choose(Recommended& model, const std::vector<Matrix>& results) const;
  void settle(Choice& choice, const std::map<std::string, std::vector<std::pair<int, std::size_t>>>& units,
              const std::vector<std::vector<Matrix>>& predictions,
              const std::vector<std::vector<std::size_t>>& columns) const;
  void settle_by_default(Choice& choice, const std::vector<Choice>& others) const;
};

RecommendedFit::RecommendedFit(const Problem& problem, const Panel& panel, const TrainingData* everything,
                               std::uint64_t seed)
    : plan_(new Plan{problem, panel, everything, seed, {}, {}, {}, {}, 0, {}, {}}) {
  Plan& plan = *plan_;
  plan.train = all_of(problem, panel, problem.training, false);
  if (plan.train.conditions.empty())
    throw Error("recommended.edits", "There are no edited conditions to learn from, so nothing can be recommended.",
                "Choose a model yourself.");
  if (problem.differentiating)
    throw Error(
        "recommended.differentiating",
        "Unedited cells are taken to differentiate; what is recommended predicts changes from one resting state.",
        "Choose a model yourself, or declare that unedited cells rest.");
  if (problem.training.edits.media.size() > 1)
    throw Error("recommended.media",
                "The screen has " + std::to_string(problem.training.edits.media.size()) +
                    " media; what is recommended predicts changes from one resting state in one medium.",
                "Choose a model yourself, or keep the conditions of one medium.");
  if (everything) plan.refit = all_of(problem, panel, *everything, true);
  std::vector<Index> columns;
  for (std::size_t i = 0; i < panel.conditions.size(); ++i)
    if (!problem.is_control(panel.conditions[i]) && !panel.held_out[i]) columns.push_back(static_cast<Index>(i));
  plan.variance = panel.variance(Eigen::all, columns);
  plan.shared = shared_variance(problem, panel, columns);
  plan.candidates = candidates_for(problem, problem.training);
  plan.folds = imitations(plan.train.conditions, seed);
  const auto add = [&](Plan::Stage stage, int fold) {
    for (std::size_t c = 0; c < plan.candidates.size(); ++c) {
      const Candidate& candidate = plan.candidates[c];
      const int seeds = stage == Plan::Stage::fold ? candidate.trial_seeds : candidate.seeds;
      if (!candidate.dynamic() && stage != Plan::Stage::fold) continue;  // cheap: prepared when finishing
      for (int s = 0; s < seeds; ++s) plan.tasks.push_back({stage, fold, static_cast<int>(c), s});
    }
  };
  for (std::size_t f = 0; f < plan.folds.size(); ++f) add(Plan::Stage::fold, static_cast<int>(f));
  add(Plan::Stage::final, -1);
  if (everything) add(Plan::Stage::refit, -1);
}

RecommendedFit::~RecommendedFit() = default;

int RecommendedFit::tasks() const { return static_cast<int>(plan_->tasks.size()); }

std::vector<int> RecommendedFit::part(int index, int of) const {
  const Plan& plan = *plan_;
  const double genes = static_cast<double>(plan.problem.genes.size());
  const auto work = [&](int task) {
    const Candidate& c =
        plan.candidates[static_cast<std::size_t>(plan.tasks[static_cast<std::size_t>(task)].candidate)];
    if (c.kind == CandidateKind::gene_ridge) return 50 * genes * genes;
    if (!c.dynamic()) return 1.0;
    const double width = c.field == dynamics::FieldKind::neural ? 2 * static_cast<double>(c.hidden) : genes;
    return c.epochs * std::max(1.0, plan.problem.times.back() / c.step) * genes * width;
  };
  std::vector<int> order(plan.tasks.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return work(a) > work(b); });
  std::vector<double> load(static_cast<std::size_t>(std::max(of, 1)), 0);
  std::vector<int> own;
  for (const int task : order) {
    const auto least = std::min_element(load.begin(), load.end());
    *least += work(task);
    if (least - load.begin() == index) own.push_back(task);
  }
  return own;
}

std::string RecommendedFit::phase(int task) const {
  if (task >= tasks()) return "choosing";
  const auto& t = plan_->tasks[static_cast<std::size_t>(task)];
  return t.stage == Plan::Stage::fold ? "trying candidates on conditions left out, " + std::to_string(t.fold + 1) +
                                            " of " + std::to_string(plan_->folds.size())
                                      : "training " + plan_->candidates[static_cast<std::size_t>(t.candidate)].name;
}

Matrix RecommendedFit::run(int task) const {
  const Plan& plan = *plan_;
  const auto& t = plan.tasks.at(static_cast<std::size_t>(task));
  const Candidate& candidate = plan.candidates[static_cast<std::size_t>(t.candidate)];
  const std::uint64_t seed = member_seed(plan.seed, t.seed);
  if (t.stage != Plan::Stage::fold) {
    const TrainingData& data = t.stage == Plan::Stage::refit ? *plan.everything : plan.problem.training;
    const CandidateData& learn = t.stage == Plan::Stage::refit ? plan.refit : plan.train;
    return train_member(prepare_candidate(candidate, plan.problem, data, learn), plan.problem, data, learn, seed);
  }
  const CandidateData learn = plan.part(t.fold);
  CandidateFit fit = prepare_candidate(candidate, plan.problem, plan.problem.training, learn);
  if (candidate.dynamic()) fit.members.push_back(train_member(fit, plan.problem, plan.problem.training, learn, seed));
  std::vector<screen::Condition> conditions;
  std::vector<double> when;
  for (const std::size_t i : plan.left_out(t.fold)) {
    conditions.push_back(plan.train.conditions[i]);
    when.push_back(plan.train.when[i]);
  }
  return candidate_effects(fit, 0, conditions, when);
}

void RecommendedFit::Plan::settle(Choice& choice,
                                  const std::map<std::string, std::vector<std::pair<int, std::size_t>>>& units,
                                  const std::vector<std::vector<Matrix>>& predictions,
                                  const std::vector<std::vector<std::size_t>>& columns) const {
  const Index n = static_cast<Index>(candidates.size()), genes = train.effects.rows();
  choice.imitated = true;
  choice.units = static_cast<int>(units.size());
  // Products of the candidates' errors, mean over genes, for each unit: as they are, and with the mean over all that
  // was left out taken off for each gene.
  const auto error_at = [&](int fold, std::size_t k, Index g) {
    const auto f = static_cast<std::size_t>(fold);
    Vector error(n);
    for (Index c = 0; c < n; ++c) error(c) = predictions[f][static_cast<std::size_t>(c)](g, static_cast<Index>(k));
    return Vector(error.array() - train.effects(g, static_cast<Index>(columns[f][k])));
  };
  Matrix mean = Matrix::Zero(n, genes);
  for (Index g = 0; g < genes; ++g) {
    double count = 0;
    for (const auto& [label, places] : units)
      for (const auto& [fold, k] : places)
        if (const Vector error = error_at(fold, k, g); error.allFinite()) {
          mean.col(g) += error;
          count += 1;
        }
    mean.col(g) /= std::max(count, 1.0);
  }
  Matrix products = Matrix::Zero(n, n);
  std::vector<Matrix> own, own_centred;
  for (const auto& [label, places] : units) {
    Matrix sum = Matrix::Zero(n, n), centred = sum;
    double count = 0;
    for (const auto& [fold, k] : places)
      for (Index g = 0; g < genes; ++g) {
        const Vector error = error_at(fold, k, g), rest = error - mean.col(g);
        if (!std::isfinite(error(0))) continue;
        sum += error * error.transpose();
        centred += rest * rest.transpose();
        count += 1;
      }
    own.push_back(sum / std::max(count, 1.0));
    own_centred.push_back(centred / std::max(count, 1.0));
    products += own.back() / static_cast<double>(units.size());
  }
  const auto forms = [&](const std::vector<Matrix>& of, const Vector& weights) {
    Vector error(choice.units);
    for (Index u = 0; u < error.size(); ++u) error(u) = weights.dot(of[static_cast<std::size_t>(u)] * weights);
    return error;
  };
  const auto error_of = [&](const Vector& weights) { return forms(own, weights); };
  const auto alone = [&](Index c) { return Vector(Vector::Unit(n, c)); };
  choice.error = products.diagonal();
  choice.stacking = stacking_weights(products);
  // Weights are judged on units that did not decide them.
  Vector stacked(choice.units), stacked_centred(choice.units);
  for (Index u = 0; u < stacked.size(); ++u) {
    const Matrix& left_out = own[static_cast<std::size_t>(u)];
    const Vector weights = stacking_weights(products - left_out / choice.units);
    stacked(u) = weights.dot(left_out * weights);
    stacked_centred(u) = weights.dot(own_centred[static_cast<std::size_t>(u)] * weights);
  }
  choice.stacked = stacked.mean();
  // Whatever predicts a common shift learns the error of the controls along with it, which is there again in what was
  // left out but not in new measurements. To beat no change therefore takes a gain beyond that variance, or one in what
  // differs between the units.
  const auto beats_no_change = [&](const Vector& error, const Vector& centred) {
    return gain_of(error, Vector(error_of(alone(0)).array() - shared)).convinces() ||
           gain_of(centred, forms(own_centred, alone(0))).convinces();
  };
  // The first candidate is no change; another baseline takes its place only if that convinces.
  for (Index c = 1; c < n; ++c)
    if (!candidates[static_cast<std::size_t>(c)].dynamic() && choice.error(c) < choice.error(choice.baseline))
      choice.baseline = static_cast<int>(c);
  if (!beats_no_change(error_of(alone(choice.baseline)), forms(own_centred, alone(choice.baseline))))
    choice.baseline = 0;
  const Gain gain = gain_of(stacked, error_of(alone(choice.baseline)));
  const bool convinces = choice.baseline == 0 ? beats_no_change(stacked, stacked_centred) : gain.convinces();
  choice.gain = gain.mean;
  choice.gain_se = gain.se;
  choice.returns_baseline = !convinces;
  choice.weights = choice.returns_baseline ? alone(choice.baseline) : choice.stacking;
  const std::string& best = candidates[static_cast<std::size_t>(choice.baseline)].name;
  const double share = 100 * choice.gain / std::max(choice.error(choice.baseline), 1e-300);
  if (choice.returns_baseline) {
    choice.sentence = "For " + words_of(choice.novelty) + ", nothing beat the baseline " + best +
                      " by more than chance on " + std::to_string(choice.units) +
                      " sets of edits left out, so the answer is that baseline.";
  } else {
    std::string mixture;
    for (Index c = 0; c < n; ++c)
      if (choice.weights(c) > 0)
        mixture += (mixture.empty() ? "" : ", ") + candidates[static_cast<std::size_t>(c)].name + " " +
                   significant(choice.weights(c), 3);
    choice.sentence = "For " + words_of(choice.novelty) + ": " + mixture + ". Left out in turn, " +
                      std::to_string(choice.units) + " sets of edits were predicted with an error " +
                      significant(-share, 3) + " % below that of the best baseline, " + best + " (standard error " +
                      significant(100 * choice.gain_se / std::max(choice.error(choice.baseline), 1e-300), 3) + " %).";
  }
  // What is left, for intervals.
  Vector square = Vector::Zero(genes), count = Vector::Zero(genes), noise = Vector::Zero(genes);
  const auto residual = [&](int fold, std::size_t k) {
    Vector left = -train.effects.col(static_cast<Index>(columns[static_cast<std::size_t>(fold)][k]));
    for (Index c = 0; c < n; ++c)
      if (choice.weights(c) > 0)
        left += choice.weights(c) *
                predictions[static_cast<std::size_t>(fold)][static_cast<std::size_t>(c)].col(static_cast<Index>(k));
    return left;
  };
  for (const auto& [label, places] : units)
    for (const auto& [fold, k] : places) {
      const Vector left = residual(fold, k);
      for (Index g = 0; g < genes; ++g) {
        if (!std::isfinite(left(g))) continue;
        square(g) += left(g) * left(g);
        const double v = variance(g, static_cast<Index>(columns[static_cast<std::size_t>(fold)][k]));
        noise(g) += std::isfinite(v) ? v : 0;
        count(g) += 1;
      }
    }
  const double pooled = square.sum() / std::max(count.sum(), 1.0);
  choice.residual = (square.array() + prior_units * pooled) / (count.array() + prior_units);
  choice.noise = noise.cwiseQuotient(count.cwiseMax(1));
  std::vector<std::vector<double>> scores;
  for (const auto& [label, places] : units) {
    scores.emplace_back();
    for (const auto& [fold, k] : places) {
      const Vector left = residual(fold, k);
      for (Index g = 0; g < genes; ++g)
        if (std::isfinite(left(g)) && choice.residual(g) > 0)
          scores.back().push_back(std::abs(left(g)) / std::sqrt(choice.residual(g)));
    }
  }
  choice.calibration = calibrate(scores, alpha);
}

void RecommendedFit::Plan::settle_by_default(Choice& choice, const std::vector<Choice>& others) const {
  const Index n = static_cast<Index>(candidates.size());
  choice.error = Vector::Constant(n, nan);
  choice.stacked = choice.gain = choice.gain_se = nan;
  choice.weights = Vector::Zero(n);
  const auto find = [&](const std::string& name) {
    for (Index c = 0; c < n; ++c)
      if (candidates[static_cast<std::size_t>(c)].name == name) return c;
    return Index{-1};
  };
  std::vector<Index> dynamic;
  for (Index c = 0; c < n; ++c)
    if (candidates[static_cast<std::size_t>(c)].dynamic() &&
        (choice.novelty != Novelty::unseen_clamp || candidates[static_cast<std::size_t>(c)].clamps))
      dynamic.push_back(c);
  const Index simple = choice.novelty == Novelty::unseen_input   ? find("ridge_shared")
                       : choice.novelty == Novelty::unseen_clamp ? find("gene_ridge")
                                                                 : find("ridge");
  choice.baseline = static_cast<int>(std::max<Index>(simple, 0));
  const bool alone = dynamic.empty() || choice.novelty == Novelty::unseen_input;
  choice.weights(choice.baseline) = alone ? 1 : 0.5;
  if (!alone)
    for (const Index c : dynamic) choice.weights(c) += 0.5 / static_cast<double>(dynamic.size());
  choice.stacking = choice.weights;
  choice.returns_baseline = alone;
  choice.sentence =
      "For " + words_of(choice.novelty) + ", the training conditions cannot tell which model is best, so " +
      (alone ? "the answer is " + candidates[static_cast<std::size_t>(choice.baseline)].name
             : "the answer is the equal average of " + candidates[static_cast<std::size_t>(choice.baseline)].name +
                   " and the dynamic models") +
      "; its error is not known, and its intervals are borrowed and not calibrated.";
  const Choice* lender = nullptr;
  for (const auto& other : others)
    if (other.imitated && (!lender || other.residual.mean() > lender->residual.mean())) lender = &other;
  choice.residual = lender ? lender->residual : Vector::Constant(train.effects.rows(), nan);
  choice.noise = lender ? lender->noise : Vector::Zero(train.effects.rows());
  if (lender) choice.calibration.factor = std::max(1.0, lender->calibration.factor);
}

void RecommendedFit::Plan::choose(Recommended& model, const std::vector<Matrix>& results) const {
  std::vector<std::vector<Matrix>> predictions(folds.size(), std::vector<Matrix>(candidates.size()));
  std::vector<std::vector<std::size_t>> columns;
  for (std::size_t f = 0; f < folds.size(); ++f) columns.push_back(left_out(static_cast<int>(f)));
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (tasks[t].stage != Stage::fold) continue;
    const auto c = static_cast<std::size_t>(tasks[t].candidate);
    Matrix& mean = predictions[static_cast<std::size_t>(tasks[t].fold)][c];
    const Matrix own = results[t] / candidates[c].trial_seeds;
    mean = mean.size() == 0 ? own : Matrix(mean + own);
  }
  std::map<Novelty, std::map<std::string, std::vector<std::pair<int, std::size_t>>>> found;
  for (std::size_t f = 0; f < folds.size(); ++f) {
    Experience experience;
    for (std::size_t i = 0; i < train.conditions.size(); ++i)
      if (!folds[f][i]) experience.add(train.conditions[i]);
    for (std::size_t k = 0; k < columns[f].size(); ++k) {
      const auto& condition = train.conditions[columns[f][k]];
      const Novelty kind = experience.novelty_of(condition, model.reading());
      // The unit is what is new: the unseen edit where there is one, else the set of edits.
      std::string unit = edits_label(condition);
      for (const auto& edit : condition.edits)
        if (!experience.seen.contains(edit.name)) unit = edit.name;
      found[kind][unit].emplace_back(static_cast<int>(f), k);
    }
  }
  for (const Novelty kind : novelties) {
    Choice choice;
    choice.novelty = kind;
    if (const auto at = found.find(kind); at != found.end() && at->second.size() >= 3)
      settle(choice, at->second, predictions, columns);
    model.choices.push_back(std::move(choice));
  }
  for (auto& choice : model.choices)
    if (!choice.imitated) settle_by_default(choice, model.choices);
}

RecommendedFit::Result RecommendedFit::finish(const std::vector<Matrix>& results) const {
  const Plan& plan = *plan_;
  Result out;
  const auto trained = [&](Plan::Stage stage, const TrainingData& data, const CandidateData& learn) {
    Recommended model;
    for (const auto& candidate : plan.candidates)
      model.candidates.push_back(prepare_candidate(candidate, plan.problem, data, learn));
    for (std::size_t t = 0; t < plan.tasks.size(); ++t)
      if (plan.tasks[t].stage == stage)
        model.candidates[static_cast<std::size_t>(plan.tasks[t].candidate)].members.emplace_back(results[t].col(0));
    for (const auto& condition : learn.conditions) model.experience.add(condition);
    model.control_variance = control_variance(plan.problem, data);
    model.noise_known = plan.problem.noise_known;
    return model;
  };
  out.scored = trained(Plan::Stage::final, plan.problem.training, plan.train);
  plan.choose(out.scored, results);
  if (!plan.everything) {
    out.stored = out.scored;
    return out;
  }
  out.stored = trained(Plan::Stage::refit, *plan.everything, plan.refit);
  out.stored.choices = out.scored.choices;
  return out;
}

const Choice& Recommended::choice(Novelty kind) const { return choices.at(static_cast<std::size_t>(kind)); }

int Recommended::members() const {
  std::size_t most = 1;
  for (const auto& candidate : candidates) most = std::max(most, candidate.members.size());
  return static_cast<int>(most);
}

Matrix Recommended::effects(int member, const std::vector<screen::Condition>& conditions,
                            const std::vector<double>& when) const {
  Matrix out =
      Matrix::Zero(static_cast<Index>(candidates.front().edits.genes.size()), static_cast<Index>(conditions.size()));
  std::map<Novelty, std::vector<Index>> groups;
  for (std::size_t i = 0; i < conditions.size(); ++i)
    if (!conditions[i].is_control())
      groups[experience.novelty_of(conditions[i], reading())].push_back(static_cast<Index>(i));
  for (const auto& [kind, columns] : groups) {
    std::vector<screen::Condition> own;
    std::vector<double> times;
    for (const Index i : columns) {
      own.push_back(conditions[static_cast<std::size_t>(i)]);
      times.push_back(when[static_cast<std::size_t>(i)]);
    }
    Matrix sum = Matrix::Zero(out.rows(), static_cast<Index>(columns.size()));
    const Vector& weights = choice(kind).weights;
    for (Index c = 0; c < weights.size(); ++c)
      if (weights(c) > 0)
        sum += weights(c) * candidate_effects(candidates[static_cast<std::size_t>(c)], member, own, times);
    out(Eigen::all, columns) = sum;
  }
  return out;
}

Vector Recommended::sd(Novelty kind) const {
  const Choice& own = choice(kind);
  const Vector total = own.residual * (own.calibration.factor * own.calibration.factor);
  if (!noise_known) return (total + control_variance).cwiseSqrt();
  return ((total - own.noise).cwiseMax(0) + control_variance).cwiseSqrt();
}

}  // namespace groundwork::fit
