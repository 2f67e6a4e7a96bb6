#include "groundwork/fit/options.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::fit {
namespace {

void require(bool good, const std::string& option, double value, const std::string& range) {
  if (!good) throw Error("fit.option", option + " is " + significant(value) + "; expected " + range + ".");
}

std::string lower(std::string s) {
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return s;
}

std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)});
      corner = above;
    }
  }
  return row[b.size()];
}

}  // namespace

const std::vector<LossKind>& loss_kinds() {
  static const std::vector<LossKind> kinds{LossKind::prediction, LossKind::controls_as_data, LossKind::steady_state,
                                           LossKind::steady_flow, LossKind::baseline_trajectory};
  return kinds;
}

bool has_lambda(LossKind kind) { return kind != LossKind::prediction && kind != LossKind::controls_as_data; }

std::string name_of(LossKind kind) {
  switch (kind) {
    case LossKind::prediction:
      return "prediction";
    case LossKind::controls_as_data:
      return "controls_as_data";
    case LossKind::steady_state:
      return "steady_state";
    case LossKind::steady_flow:
      return "steady_flow";
    case LossKind::baseline_trajectory:
      return "baseline_trajectory";
  }
  return "";
}

LossKind loss_kind_of(const std::string& name) {
  std::vector<std::string> known;
  for (const LossKind kind : loss_kinds()) {
    if (name_of(kind) == name) return kind;
    known.push_back(name_of(kind));
  }
  throw Error("loss.unknown",
              "There is no loss \"" + name + "\"" + near_matches(name, known) +
                  "; expected prediction, controls_as_data, steady_state, steady_flow or baseline_trajectory.",
              "Choose controls_as_data where nothing else is wanted.");
}

std::string name_of(SplitKind kind) {
  switch (kind) {
    case SplitKind::none:
      return "none";
    case SplitKind::perturbation:
      return "perturbation";
    case SplitKind::combination:
      return "combination";
    case SplitKind::time:
      return "time";
    case SplitKind::batch:
      return "batch";
  }
  return "";
}

const std::vector<SplitKind>& split_kinds() {
  static const std::vector<SplitKind> kinds{SplitKind::perturbation, SplitKind::combination, SplitKind::time,
                                            SplitKind::batch};
  return kinds;
}

SplitKind split_kind_of(const std::string& name) {
  if (name == name_of(SplitKind::none)) return SplitKind::none;
  for (const SplitKind kind : split_kinds())
    if (name_of(kind) == name) return kind;
  throw Error("split.unknown", "There is no split \"" + name + "\"; expected perturbation, combination, time or batch.",
              "Leave the split out to train on every row.");
}

namespace {

/** The entry of a list of (kind, name) with this name. */
template <typename Kind, std::size_t N>
Kind kind_named(const std::string& name, const std::pair<Kind, const char*> (&list)[N], const std::string& what) {
  std::vector<std::string> known;
  std::string all;
  for (const auto& [kind, own] : list) {
    if (name == own) return kind;
    known.emplace_back(own);
    all += (all.empty() ? "" : ", ") + std::string(own);
  }
  throw Error(
      what + ".unknown",
      "There is no " + what + " \"" + name + "\"" + near_matches(name, known) + "; expected one of " + all + ".",
      "Leave the " + what + " out to take the usual one.");
}

template <typename Kind, std::size_t N>
std::string name_in(Kind kind, const std::pair<Kind, const char*> (&list)[N]) {
  for (const auto& [own, name] : list)
    if (own == kind) return name;
  return "";
}

constexpr std::pair<SolverKind, const char*> solvers[] = {{SolverKind::automatic, "automatic"},
                                                          {SolverKind::steps, "steps"},
                                                          {SolverKind::adaptive, "adaptive"},
                                                          {SolverKind::closed_form, "closed_form"},
                                                          {SolverKind::steady_state, "steady_state"}};
constexpr std::pair<OptimiserKind, const char*> optimisers[] = {
    {OptimiserKind::adam, "adam"}, {OptimiserKind::lbfgs, "lbfgs"}, {OptimiserKind::lm, "lm"}};
constexpr std::pair<ScheduleKind, const char*> schedules[] = {
    {ScheduleKind::cosine, "cosine"}, {ScheduleKind::constant, "constant"}, {ScheduleKind::step, "step"}};
constexpr std::pair<StartKind, const char*> start_kinds[] = {{StartKind::small, "small"}, {StartKind::ridge, "ridge"}};

}  // namespace

SolverKind solver_kind_of(const std::string& name) { return kind_named(name, solvers, "solver"); }
std::string name_of(SolverKind kind) { return name_in(kind, solvers); }
OptimiserKind optimiser_kind_of(const std::string& name) { return kind_named(name, optimisers, "optimiser"); }
std::string name_of(OptimiserKind kind) { return name_in(kind, optimisers); }
ScheduleKind schedule_kind_of(const std::string& name) { return kind_named(name, schedules, "schedule"); }
std::string name_of(ScheduleKind kind) { return name_in(kind, schedules); }
StartKind start_kind_of(const std::string& name) { return kind_named(name, start_kinds, "start"); }
std::string name_of(StartKind kind) { return name_in(kind, start_kinds); }

void check(const FitOptions& o) {
  const auto positive = [](double x) { return std::isfinite(x) && x > 0; };
  require(std::isfinite(o.lambda) && o.lambda >= 0, "lambda", o.lambda, "a number from 0 on");
  if (o.gene_count)
    require(!o.genes.empty() || *o.gene_count >= 1, "genes", *o.gene_count, "at least 1, or a list of names");
  require(o.holdout > 0 && o.holdout < 1, "holdout", o.holdout, "a share between 0 and 1, or a list");
  require(o.members >= 1 && o.members <= 1000, "members", o.members, "1 to 1000");
  require(o.first_member >= 0, "first_member", o.first_member, "0 or more");
  require(positive(o.sampling_time), "sampling_time", o.sampling_time, "days above 0");
  require(o.kappa_activity > 0 && o.kappa_activity <= 1, "kappa_activity", o.kappa_activity, "above 0 and at most 1");
  require(o.kappa_floor > 0 && o.kappa_floor < 1, "kappa_floor", o.kappa_floor, "between 0 and 1");
  if (o.synthesis_ceiling)
    require(*o.synthesis_ceiling > 1 && *o.synthesis_ceiling <= 1e4, "synthesis_ceiling", *o.synthesis_ceiling,
            "above 1, at most 10000");
  require(std::isfinite(o.discrepancy) && o.discrepancy >= 0, "discrepancy", o.discrepancy, "a variance from 0 on");
  require(o.epochs >= 1 && o.epochs <= 1000000, "epochs", o.epochs, "1 to 1000000");
  if (o.learning_rate) require(positive(*o.learning_rate), "learning_rate", *o.learning_rate, "a number above 0");
  if (o.l2) require(std::isfinite(*o.l2) && *o.l2 >= 0, "l2", *o.l2, "a number from 0 on");
  require(o.hidden >= 1 && o.hidden <= 4096, "hidden", static_cast<double>(o.hidden), "1 to 4096");
  require(positive(o.step), "step", o.step, "days above 0");
  require(o.starts >= 1 && o.starts <= 100, "starts", o.starts, "1 to 100");
  if (o.solver == SolverKind::closed_form && o.model != dynamics::FieldKind::linear)
    throw Error("fit.option", "The solver closed_form is for the model linear; the model is " + name_of(o.model) + ".",
                "Leave the solver out.");
  const bool network = o.model == dynamics::FieldKind::neural || o.model == dynamics::FieldKind::neural_decay;
  if (o.optimiser == OptimiserKind::lm && network)
    throw Error(
        "fit.option",
        "The optimiser lm is for mechanistic fields, whose parameters mean something one by one; the model is " +
            name_of(o.model) + ".",
        "Choose lbfgs or adam.");
  if (o.start == StartKind::ridge && network)
    throw Error("fit.option",
                "The start ridge is for fields with gene-gene weights; the model is " + name_of(o.model) + ".",
                "Leave the start out.");
  if (o.estimate_kappa && !dynamics::takes_clamps(o.model))
    throw Error("fit.option",
                "estimate_kappa is for fields that clamp edited genes; the model is " + name_of(o.model) + ".",
                "Choose another model, or leave it out.");
}

std::vector<std::string> nearest_names(const std::string& name, const std::vector<std::string>& known, int count) {
  std::vector<std::pair<std::size_t, std::string>> near;
  const std::string wanted = lower(name);
  for (const auto& candidate : known) {
    const std::string other = lower(candidate);
    const bool part = wanted.size() >= 3 && (other.find(wanted) != std::string::npos ||
                                             (other.size() >= 3 && wanted.find(other) != std::string::npos));
    const std::size_t d = distance(wanted, other);
    if (part || d <= (wanted.size() + 1) / 3) near.emplace_back(d, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> names;
  for (const auto& [d, candidate] : near)
    if (static_cast<int>(names.size()) < count && std::find(names.begin(), names.end(), candidate) == names.end())
      names.push_back(candidate);
  return names;
}

std::string near_matches(const std::string& name, const std::vector<std::string>& known) {
  const auto names = nearest_names(name, known);
  if (names.empty()) return "";
  std::string text = " (did you mean ";
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + names[i];
  return text + "?)";
}

}  // namespace groundwork::fit
