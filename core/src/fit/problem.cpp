#include "groundwork/fit/problem.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/bootstrap.hpp"
#include "groundwork/fit/objective.hpp"

namespace groundwork::fit {
namespace {

template <typename T>
Index position(const std::vector<T>& list, const T& value) {
  const auto found = std::find(list.begin(), list.end(), value);
  return found == list.end() ? -1 : found - list.begin();
}

void set_times(Problem& problem) {
  const double fallback = problem.options.sampling_time;
  std::set<double> edited, all;
  bool untimed = false;
  for (const auto& condition : problem.conditions) {
    if (condition.has_time() && condition.time < 0)
      throw Error("fit.time", "The condition " + screen::label_of(condition) + " has a time before 0.",
                  "Times count from the edit and the last change of medium; give later stages as times after 0.");
    untimed = untimed || !condition.has_time();
    const double t = condition.has_time() ? condition.time : fallback;
    problem.time.push_back(t);
    all.insert(t);
    if (!condition.is_control()) edited.insert(t);
  }
  problem.times.assign(all.begin(), all.end());
  const std::set<double>& decisive = edited.empty() ? all : edited;
  problem.single_time = decisive.size() <= 1;
  if (problem.times.back() <= 0)
    throw Error("fit.time", "All cells of the screen are at time 0; a fit needs cells after the edit.",
                "Choose the time column and its unit when summarising.");
  if (untimed) {
    const std::string days = significant(fallback);
    problem.warnings.push_back(
        "The screen has no times: every condition is taken to be " + std::string(days) +
        " days after the edit (sampling time), end states are fitted, and no rate can be learned.");
  } else if (problem.single_time) {
    problem.warnings.push_back(
        "The screen has a single time after the edit: end states are fitted, and no rate can be learned.");
  }
}

std::vector<std::string> media_of(const Problem& problem, const StateSource& source) {
  std::map<std::string, double> at_start, cells;
  std::set<std::string> names;
  for (const auto& condition : problem.conditions) names.insert(condition.medium);
  for (const auto& row : source.rows) {
    const auto c = static_cast<std::size_t>(row.condition);
    if (!problem.conditions[c].is_control()) continue;
    cells[problem.conditions[c].medium] += row.cells + 1;
    if (problem.time[c] == 0) at_start[problem.conditions[c].medium] += row.cells + 1;
  }
  std::string baseline = problem.options.baseline_medium;
  std::vector<std::string> media(names.begin(), names.end());
  if (baseline.empty()) {
    const auto& votes = at_start.empty() ? cells : at_start;
    double most = -1;
    for (const auto& [name, count] : votes)
      if (count > most) {
        most = count;
        baseline = name;
      }
  } else if (!names.contains(baseline)) {
    throw Error("medium.unknown",
                "The baseline medium \"" + baseline + "\" is not in the screen" + near_matches(baseline, media) + ".");
  }
  std::erase(media, baseline);
  media.insert(media.begin(), baseline);
  return media;
}

/** Models of more genes than this are slow and know little; a table with more is treated like a screen's genes. */
constexpr int most_table_genes = 400;

std::vector<int> choose_genes(const StateSource& source, const Problem& problem, const std::vector<int>& rows,
                              std::vector<std::string>& warnings) {
  const FitOptions& options = problem.options;
  std::vector<int> chosen;
  if (!options.genes.empty()) {
    for (const auto& name : options.genes) {
      const Index g = position(source.genes, name);
      if (g < 0)
        throw Error("genes.unknown", "The screen has no gene \"" + name + "\"" + near_matches(name, source.genes) + ".",
                    "Gene names are compared exactly.");
      if (position(chosen, static_cast<int>(g)) < 0) chosen.push_back(static_cast<int>(g));
    }
    return chosen;
  }
  const std::vector<int> reliable = source.reliable_genes(rows);
  if (reliable.empty())
    throw Error("fit.no_genes", "No gene has enough counts in the controls to be modelled.",
                source.is_table ? "Give control rows values, or leave control rows out: the reference is then zero."
                                : "Use a screen with more control cells or deeper sequencing, or name genes yourself.");
  const int gene_count = *options.gene_count;
  std::vector<std::string> low;
  for (const auto& edit : edits_in(problem.conditions)) {
    const int g = static_cast<int>(position(source.genes, edit));
    if (g < 0 || position(chosen, g) >= 0) continue;
    if (position(reliable, g) < 0)
      low.push_back(edit);
    else if (static_cast<int>(chosen.size()) < gene_count)
      chosen.push_back(g);
  }
  if (!low.empty()) {
    std::string names;
    for (const auto& name : low) names += (names.empty() ? "" : ", ") + name;
    warnings.push_back((source.is_table ? "Targets without a value in any control row are not modelled; their edits "
                                          "are free inputs: "
                                        : "Targets with too few counts in the controls are not modelled; their edits "
                                          "are free inputs: ") +
                       names + ".");
  }
  if (source.is_table && reliable.size() < source.genes.size())
    warnings.push_back(std::to_string(source.genes.size() - reliable.size()) +
                       " genes have no value in any control row and are not modelled.");
  if (gene_count >= static_cast<int>(reliable.size()) && source.is_table) return reliable;
  if (source.is_table)
    warnings.push_back(
        "Of " + std::to_string(reliable.size()) + " genes, " + std::to_string(gene_count) +
        " are modelled: targets of edits, then those with most variance above noise. Choose with genes.");
  const Vector excess = excess_of(source.levels(rows, reliable, true), 2);
  std::vector<std::size_t> order(reliable.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return excess(static_cast<Index>(a)) > excess(static_cast<Index>(b));
  });
  for (const std::size_t i : order) {
    if (static_cast<int>(chosen.size()) >= gene_count) break;
    if (position(chosen, reliable[i]) < 0) chosen.push_back(reliable[i]);
  }
  if (source.is_table) std::sort(chosen.begin(), chosen.end());
  return chosen;
}

/** Target left per edit, from the training rows: κ of CRISPRi and CRISPRa. */
void set_kappas(EditModel& model, const TrainingData& data, const FitOptions& options) {
  if (model.modality != screen::Modality::crispri && model.modality != screen::Modality::crispra) return;
  const bool down = model.modality == screen::Modality::crispri, linear = data.levels.scale == screen::Scale::linear;
  double sum = 0, count = 0;
  for (auto& edit : model.edits) {
    edit.kappa = std::numeric_limits<double>::quiet_NaN();
    if (edit.target < 0 || edit.input >= 0 || !edit.trained) continue;
    double total = 0, weight = 0;
    for (std::size_t r = 0; r < data.levels.rows.size(); ++r) {
      const auto& condition = data.levels.conditions[static_cast<std::size_t>(data.levels.rows[r].condition)];
      if (condition.edits.size() != 1 || condition.edits[0].name != edit.name) continue;
      // The controls of the same finest batch, or all where it has none.
      const Index row = static_cast<Index>(r);
      double reference = 0, references = 0, anywhere = 0, anywheres = 0;
      for (std::size_t q = 0; q < data.levels.rows.size(); ++q) {
        if (!data.levels.conditions[static_cast<std::size_t>(data.levels.rows[q].condition)].is_control()) continue;
        if (data.levels.trust(edit.target, static_cast<Index>(q)) != screen::Trust::trusted) continue;
        // An exact control (variance 0) outweighs all others.
        const double w = 1 / std::max(data.levels.variance(edit.target, static_cast<Index>(q)), 1e-12);
        anywhere += w * data.levels.x(edit.target, static_cast<Index>(q));
        anywheres += w;
        if (data.levels.rows[q].batch != data.levels.rows[r].batch) continue;
        reference += w * data.levels.x(edit.target, static_cast<Index>(q));
        references += w;
      }
      if (anywheres == 0 || !std::isfinite(data.levels.x(edit.target, row))) continue;
      const double difference =
          data.levels.x(edit.target, row) - (references > 0 ? reference / references : anywhere / anywheres);
      const double w = std::max(data.levels.rows[r].cells, 1.0);
      const double control = anywhere / anywheres;
      if (linear && !(control > 0)) continue;  // no fold of such a control
      total += w * (linear ? 1 + difference / control : difference);
      weight += w;
    }
    if (weight == 0) continue;
    const double kappa = linear ? total / weight : std::exp(total / weight);
    edit.kappa = down ? std::clamp(kappa, options.kappa_floor, 0.98) : std::clamp(kappa, 1.02, 1 / options.kappa_floor);
    sum += std::log(edit.kappa);
    count += 1;
  }
  model.pooled_kappa = count > 0 ? std::exp(sum / count) : down ? 0.2 : 5;
}

/**
 * How far above unedited cells each gene's synthesis can go. A fixed ceiling of 2 would keep every steady state below
 * twice the control, whatever the data hold. So each gene gets twice the highest fold f that its training rows reach,
 * less 1: 2 where nothing rises by half, and never less than f.
 */
void set_ceiling(EditModel& model, const screen::Levels& levels, const Vector& control, const FitOptions& options) {
  constexpr double most = 1e4;
  model.synthesis_ceiling.assign(static_cast<std::size_t>(control.size()), options.synthesis_ceiling.value_or(2));
  if (options.synthesis_ceiling) return;
  const bool linear = levels.scale == screen::Scale::linear;
  for (Index g = 0; g < control.size(); ++g)
    for (Index r = 0; r < levels.x.cols(); ++r) {
      if (levels.trust(g, r) != screen::Trust::trusted || (linear && !(control(g) > 0))) continue;
      const double fold = linear ? levels.x(g, r) / control(g) : std::exp(levels.x(g, r) - control(g));
      double& ceiling = model.synthesis_ceiling[static_cast<std::size_t>(g)];
      if (std::isfinite(fold)) ceiling = std::min(most, std::max(ceiling, 2 * fold - 1));
    }
}

TrainingData training_data(const StateSource& source, const Problem& problem, const std::vector<int>& genes,
                           const std::vector<int>& rows, const std::vector<std::string>& media, bool merge) {
  TrainingData data;
  data.levels = source.levels(rows, genes, merge);
  data.variances = variances_of(data.levels);
  data.signal = (excess_of(data.levels, 0).array() + 0.02 * 0.02).sqrt();

  EditModel& model = data.edits;
  model.modality = source.modality;
  model.clamps = dynamics::takes_clamps(problem.options.model) && source.modality != screen::Modality::drug;
  model.kappa_activity = problem.options.kappa_activity;
  model.media = media;
  model.genes = problem.genes;
  std::set<std::string> trained;
  std::map<std::string, std::vector<double>> doses, planned;
  for (const auto& condition : problem.conditions)
    for (const auto& edit : condition.edits) planned[edit.name].push_back(edit.dose);
  for (const auto& row : data.levels.rows)
    for (const auto& edit : problem.conditions[static_cast<std::size_t>(row.condition)].edits) {
      trained.insert(edit.name);
      doses[edit.name].push_back(edit.dose);
    }
  Index inputs = 0;
  for (const auto& name : edits_in(problem.conditions)) {
    EditEntry entry;
    entry.name = name;
    entry.target = position(problem.genes, name);
    entry.trained = trained.contains(name);
    if (!model.clamps || entry.target < 0) {
      entry.input = inputs++;
      // Of an input that is held out only the doses are known, which are the design and not what came out.
      entry.usual_dose = usual_dose(doses.contains(name) ? doses[name] : planned[name]);
    }
    model.edits.push_back(entry);
  }
  set_kappas(model, data, problem.options);
  if (problem.options.estimate_kappa && model.clamps) {
    const bool any = std::any_of(model.edits.begin(), model.edits.end(),
                                 [](const EditEntry& edit) { return edit.trained && edit.input < 0; });
    Index estimated = 0;
    if (model.modality == screen::Modality::knockout)
      model.estimates_activity = any;
    else
      for (auto& edit : model.edits)
        if (edit.trained && edit.input < 0) edit.estimated = estimated++;
  }
  return data;
}

/** On the linear scale synthesis is a share of the control state: a gene without one cannot move. */
void warn_about_controls(Problem& problem) {
  const bool decays = problem.options.model == dynamics::FieldKind::production_decay ||
                      problem.options.model == dynamics::FieldKind::neural_decay;
  const double size = std::sqrt(problem.control.squaredNorm() / static_cast<double>(problem.control.size()));
  const auto without = (problem.control.array() <= 1e-3 * size).count();
  if (!decays || without == 0) return;
  problem.warnings.push_back(
      "For " + std::to_string(without) + " of " + std::to_string(problem.control.size()) +
      " genes the control state is not above zero. On the linear scale this model makes synthesis a share of the "
      "control state, so such a gene cannot move as it should; choose linear, or declare logarithms as such.");
}

std::vector<int> indices_of(const StateSource& source, const std::vector<std::string>& genes) {
  std::vector<int> indices;
  for (const auto& name : genes) indices.push_back(static_cast<int>(position(source.genes, name)));
  return indices;
}

}  // namespace

Problem prepare(const StateSource& source, const FitOptions& options) {
  check(options);
  Problem problem;
  problem.options = options;
  problem.conditions = source.conditions;
  problem.time_unit = source.time_unit;
  problem.is_table = source.is_table;
  problem.noise_known = source.noise_known;
  problem.scale = source.scale;
  problem.table_scale = source.table_scale;
  problem.unit = source.unit;
  problem.warnings = source.notes;
  bool controls = false, edited = false;
  for (const auto& row : source.rows)
    (problem.conditions[static_cast<std::size_t>(row.condition)].is_control() ? controls : edited) = true;
  if (!controls)
    throw Error("fit.no_controls",
                "The screen has no control cells; effects and the field need unedited cells to refer to.",
                "Name the control level of the perturbation column when summarising.");
  problem.differentiating = options.differentiating.value_or(!edited);
  FitOptions& settled = problem.options;
  if (!settled.gene_count) settled.gene_count = source.is_table ? most_table_genes : 60;
  if (!settled.learning_rate) settled.learning_rate = problem.differentiating ? 0.05 : 0.01;
  if (!settled.l2) {
    const bool seen = options.split == SplitKind::none || options.split == SplitKind::batch ||
                      options.split == SplitKind::combination;
    const bool describes = options.model == dynamics::FieldKind::neural && seen;
    settled.l2 = options.split == SplitKind::time || !edited ? 1 : describes ? 10 : 100;
  }
  set_times(problem);
  if (!edited && problem.single_time)
    throw Error("fit.nothing", "The screen has neither edited cells nor more than one time; there is nothing to fit.",
                "Choose the perturbation column or the time column when summarising.");
  std::set<std::string> compartments;
  for (const auto& condition : problem.conditions) compartments.insert(condition.compartment);
  problem.compartments.assign(compartments.begin(), compartments.end());
  if (problem.compartments.size() > 1)
    problem.warnings.push_back(
        "The screen has several compartments: each has its own control level, and all share one field.");

  std::vector<std::string> speakable;
  for (const auto& edit : edits_in(problem.conditions))
    if (position(options.genes.empty() ? source.genes : options.genes, edit) >= 0) speakable.push_back(edit);
  problem.split = split_of(source, speakable, options);

  const std::vector<std::string> media = media_of(problem, source);
  // Halves of the controls keep training and held-out cells apart; a split by batch divides whole batches instead.
  const bool whole = problem.split.kind == SplitKind::none, by_batch = problem.split.kind == SplitKind::batch;
  const bool merge = whole || by_batch;
  const std::vector<int> rows = rows_for(source, problem.split, false);
  bool left = false;
  for (const int r : rows)
    left =
        left ||
        problem.conditions[static_cast<std::size_t>(source.rows[static_cast<std::size_t>(r)].condition)].is_control();
  if (!left)
    throw Error("fit.no_controls", "No control cells are left to train on.",
                "Hold out fewer times, or summarise with more control cells.");
  // What a table does not say of its noise is learned from the training rows, for the held-out ones too.
  const StateSource settled_source = source.settled_on ? source.settled_on(rows) : source;
  const std::vector<int> genes = choose_genes(settled_source, problem, rows, problem.warnings);
  for (const int g : genes) problem.genes.push_back(source.genes[static_cast<std::size_t>(g)]);
  problem.training = training_data(settled_source, problem, genes, rows, media, merge);
  problem.evaluation =
      whole ? problem.training.levels : settled_source.levels(rows_for(source, problem.split, true), genes, merge);
  problem.evaluation_variances = problem.training.variances;
  if (by_batch) {
    // What a held-out batch can tell is judged by all of them: one or two training batches cannot know s_g².
    std::vector<int> all(source.rows.size());
    std::iota(all.begin(), all.end(), 0);
    problem.evaluation_variances = variances_of(settled_source.levels(all, genes, true));
  }
  problem.censored = static_cast<int>((problem.training.levels.trust.array() != screen::Trust::trusted).count());

  const Vector control = control_state(problem);
  set_ceiling(problem.training.edits, problem.training.levels, control, options);
  if (problem.scale == screen::Scale::linear) {
    problem.control = control;
    warn_about_controls(problem);
  }

  if ((options.loss == LossKind::steady_state || options.loss == LossKind::steady_flow) && problem.differentiating)
    problem.warnings.push_back("The loss " + name_of(options.loss) +
                               " asks unedited cells to rest, but this system is taken to be differentiating.");
  if (options.solver == SolverKind::steady_state && !problem.single_time)
    throw Error("fit.option", "The solver steady_state fits end states, but the edited cells have several times.",
                "Leave the solver out, so that the course is fitted.");
  if (options.estimate_kappa && problem.training.edits.estimated_kappas().empty())
    problem.warnings.push_back("No training edit clamps a modelled gene: there is no kappa to estimate.");
  if (options.centred && problem.differentiating)
    problem.warnings.push_back(
        "A centred field keeps unedited cells at rest in the baseline medium, but this system is taken to be "
        "differentiating.");
  if (options.bootstrap) resample_batches(problem.training, options.seed);  // refused now rather than after the search
  if (problem.training.levels.limit.size() > 0) {
    std::vector<int> all(problem.training.levels.rows.size());
    std::iota(all.begin(), all.end(), 0);
    const std::vector<char> trained(problem.training.edits.edits.size(), 1);
    problem.bounded = static_cast<int>(objective_parts(problem, problem.training, all, trained).bounds.size());
  }
  return problem;
}

TrainingData training_on_everything(const StateSource& source, const Problem& problem) {
  std::vector<int> rows(source.rows.size());
  std::iota(rows.begin(), rows.end(), 0);
  TrainingData data =
      training_data(source, problem, indices_of(source, problem.genes), rows, problem.training.edits.media, true);
  set_ceiling(data.edits, data.levels, control_state(problem), problem.options);
  return data;
}

Vector control_state(const Problem& problem) {
  const TrainingData& data = problem.training;
  const auto suits = [&](const screen::LevelRow& row, bool at_start) {
    const auto c = static_cast<std::size_t>(row.condition);
    return problem.is_control(row.condition) &&
           (at_start ? problem.time[c] == 0 : problem.conditions[c].medium == data.edits.media.front());
  };
  bool starts = false, baseline = false;
  for (const auto& row : data.levels.rows) {
    starts = starts || suits(row, true);
    baseline = baseline || suits(row, false);
  }
  LossRows rows = loss_rows(data.levels, data.variances, 0);
  for (std::size_t r = 0; r < data.levels.rows.size(); ++r) {
    const auto& row = data.levels.rows[r];
    const bool taken = problem.differentiating && starts ? suits(row, true)
                       : baseline                        ? suits(row, false)
                                                         : problem.is_control(row.condition);
    if (!taken) rows.variance.col(static_cast<Index>(r)).setConstant(infinity);
  }
  return free_levels(rows, Matrix::Zero(rows.x.rows(), rows.states)).col(0);
}

double clamped_level(const Problem& problem, double kappa, Index gene) {
  return problem.scale == screen::Scale::linear ? (kappa - 1) * problem.control(gene) : std::log(kappa);
}

double floor_of_kappas(const FitOptions& options, const EditModel& edits) {
  double floor = options.kappa_floor;
  for (const double kappa : edits.estimated_kappas()) floor = std::min(floor, kappa / 2);
  return floor;
}

dynamics::FieldOptions field_options(const Problem& problem, const EditModel& edits) {
  dynamics::FieldOptions options;
  options.kind = problem.options.model;
  options.genes = static_cast<Index>(problem.genes.size());
  options.media = static_cast<Index>(edits.media.size());
  options.inputs = edits.inputs();
  options.centred = problem.options.centred;
  options.hidden = problem.options.hidden;
  if (problem.scale == screen::Scale::linear) {
    options.scale = dynamics::Scale::linear;
    options.control.assign(problem.control.begin(), problem.control.end());
  }
  options.synthesis_ceiling = edits.synthesis_ceiling;
  options.kappas = static_cast<Index>(edits.estimated_kappas().size());
  options.kappa_floor = floor_of_kappas(problem.options, edits);
  return options;
}

}  // namespace groundwork::fit
