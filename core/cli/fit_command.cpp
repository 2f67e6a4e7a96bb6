#include <algorithm>
#include <cmath>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/combine.hpp"
#include "groundwork/api/fit.hpp"
#include "groundwork/screen/condition.hpp"
#include "jobs.hpp"
#include "state_table_file.hpp"
#include "training_flags.hpp"

namespace groundwork::cli {
namespace {

/** A share such as 0.25, or a list of edits, or of times (also a single one: `--holdout 2,`). */
void put_holdout(const Arguments& arguments, double unit, api::Json& request) {
  if (!arguments.has("holdout")) return;
  const auto list = arguments.list("holdout");
  const double first = list.size() == 1 && is_number(list[0]) ? number_from(list[0], "--holdout") : NAN;
  if (arguments.text("split") == "time" && !(first > 0 && first < 1)) {
    request["holdout"] = api::Json::array();
    for (const auto& time : list) request["holdout"].push_back(number_from(time, "--holdout") * unit);
  } else if (!std::isnan(first)) {
    request["holdout"] = first;
  } else {
    request["holdout"] = list;
  }
}

api::Json options_from(const Arguments& arguments) {
  api::Json request;
  for (const char* name : {"model", "loss", "split", "level", "solver", "optimiser", "schedule", "start"})
    if (arguments.has(name)) request[name] = arguments.text(name);
  request["centred"] = arguments.flag("centred");
  request["refit_all"] = arguments.flag("refit-all");
  if (arguments.flag("bootstrap")) request["bootstrap"] = true;
  if (arguments.flag("estimate-kappa")) request["estimate_kappa"] = true;
  put_training_flags(arguments, request);
  const double unit = screen::days_per(arguments.text("time-unit", "d"));
  put_numbers(arguments, {{"lambda", "lambda"}, {"members", "members"}, {"starts", "starts"}}, request);
  put_holdout(arguments, unit, request);
  return request;
}

/** `data`: a screen or a state table. */
api::Message fit_with(const api::Message& data, const api::Json& options) {
  api::Message request;
  request.json = options;
  embed_data(request, data);
  return finished(api::start_fit(request));
}

/** Members, each a fit of its own; the same result as one after the other. */
api::Message fit_in_threads(const api::Message& data, const api::Json& options, long long members, long long jobs) {
  api::Message request;
  embed_list(request, "fits", "fit", in_threads(static_cast<std::size_t>(members), jobs, [&](std::size_t k) {
               api::Json own = options;
               own["members"] = 1;
               own["first_member"] = k;
               return fit_with(data, own);
             }));
  return api::run_combine(request);
}

/** There are some 40 tasks, and each part prepares the data anew. */
constexpr long long most_parts = 32;

/** The tasks of `recommended` in parts, then the choice among its candidates; the same however divided. */
api::Message recommended_in_threads(const api::Message& data, const api::Json& options, long long jobs) {
  const auto parts = static_cast<std::size_t>(std::min(jobs, most_parts));
  api::Message request;
  request.json = options;
  embed_data(request, data);
  embed_list(request, "parts", "part", in_threads(parts, jobs, [&](std::size_t k) {
               api::Json own = options;
               own["part"] = {{"index", k}, {"of", parts}};
               return fit_with(data, own);
             }));
  return finished(api::start_fit(request));
}

void run_fit(const Arguments& arguments) {
  const api::Json options = options_from(arguments);
  const api::Message data = read_data(arguments);
  const long long jobs = jobs_from(arguments), members = arguments.integer("members", 5);
  const api::Message fit = with_document(arguments.text(arguments.has("states") ? "states" : "screen"), [&] {
    if (arguments.text("model", "") == "recommended") return recommended_in_threads(data, options, jobs);
    return jobs > 1 && members > 1 && members <= 1000 ? fit_in_threads(data, options, members, jobs)
                                                      : fit_with(data, options);
  });
  warn_all(fit.json);
  for (const auto& sentence : fit.json["verdict"]) warn(sentence.get<std::string>());
  write_result(arguments, fit);
}

}  // namespace

Command fit_command() {
  return {
      "fit",
      "Fit a dynamic model to a screen or a table of states, and score it beside simple baselines",
      {{"screen", "FILE", "the screen document that summarise wrote; either this or --states"},
       states_option(),
       scale_option(),
       modality_option(),
       {"model", "NAME",
        "recommended (chooses and averages models by inner cross-validation and says what it picked), linear, "
        "saturating, production_decay, neural_decay or neural; all but neural can predict edits that they "
        "never saw, and production_decay and neural_decay know synthesis and decay (default: production_decay)"},
       {"centred", "", "hold unedited cells at rest in the baseline medium by construction"},
       {"loss", "NAME",
        "prediction (controls inform level and batches only), controls_as_data (the model must reproduce the "
        "controls), steady_state (controls_as_data and a penalty on the field at the control), steady_flow (the same "
        "on "
        "how far the flow carries unedited cells over the times of the screen) or baseline_trajectory (prediction, and "
        "the control rows against the unedited trajectory, for cells that move by themselves) (default: "
        "controls_as_data)"},
       {"lambda", "X",
        "weight of the term of steady_state, steady_flow (1 weighs a drift like an equal error in every row) or "
        "baseline_trajectory (1 weighs controls like edited rows) (default: 1)"},
       {"genes", "N|A,B,…",
        "how many genes to model (targets of the edits, then by variance above noise), or which (default: 60; of "
        "a state table all up to 400)"},
       {"split", "KIND",
        "perturbation, combination (all conditions of several edits), time or batch: hold out conditions, or batches, "
        "and "
        "score on them (default: every row trains)"},
       {"holdout", "X|A,B,…",
        "with --split: the share of edits, times or batches to hold out, or which (default: 0.25)"},
       {"level", "NAME", "with --split batch: which batch column (default: the coarsest with two batches)"},
       {"seed", "N", "seed of the split and the members; equal seeds give equal results (default: 1)"},
       {"members", "N", "fields trained from different starts, whose spread is reported (default: 5)"},
       {"jobs", "N",
        "members, or candidates of recommended, trained side by side; does not change the result (default: the number "
        "of cores)"},
       {"refit-all", "", "with --split: after scoring, store parameters that are trained on every row"},
       {"sampling-time", "T", "days after the edit at which a screen without times was sampled (default: 7)"},
       {"time-unit", "UNIT",
        "of --sampling-time, of times in --holdout and of the times of a state table: s, min, h, d or w (default: d)"},
       {"differentiating", "",
        "unedited cells move: effects are against the controls of the same time (default without edits)"},
       {"resting", "", "unedited cells do not move: one control state (default with edits)"},
       {"baseline-medium", "NAME",
        "the medium of unedited cells (default: that of the controls at time 0, or of most controls)"},
       {"epochs", "N",
        "most epochs (lbfgs, lm: iterations) of training; the number used is decided on training conditions set aside "
        "(default: 400)"},
       {"synthesis-ceiling", "X",
        "production_decay: the most that synthesis can be, as a multiple of that of unedited cells (default: 2, more "
        "for "
        "genes that rise by more than half in the training rows)"},
       {"learning-rate", "X", "of Adam, at the start of its cosine schedule (default: 0.01; differentiating: 0.05)"},
       {"l2", "X",
        "1/variance of the row-scaled weights a priori (default: 100; 1 where times are predicted; 10 for neural "
        "without a split)"},
       {"hidden", "N", "hidden units of the neural models (default: 32)"},
       {"step", "DAYS", "of the integrator with fixed steps (default: 0.5)"},
       {"solver", "NAME",
        "steps (fixed: exponential Euler where there is a decay, else Runge-Kutta), adaptive (Dormand-Prince with step "
        "control), closed_form (linear: the matrix exponential) or steady_state (end states are at rest; for a single "
        "time) (default: closed_form for linear, "
        "else steps)"},
       {"optimiser", "NAME",
        "adam (stopped early by inner folds), lbfgs or lm (Levenberg-Marquardt, for small models); the last two go to "
        "the minimum of loss and prior and give intervals of the parameters (default: adam)"},
       {"schedule", "NAME", "of adam's rate: cosine, constant or step (default: cosine)"},
       {"start", "NAME",
        "small random weights, or ridge: beside those of a ridge regression at the steady state (default: small)"},
       {"starts", "N", "starts tried for each member; the best after 30 epochs goes on (default: 1)"},
       {"estimate-kappa", "", "learn what each edit leaves of its target from its effects, from what transcripts say"},
       {"bootstrap", "",
        "each member trains on batches drawn with replacement, so that the spread between members shows what batches "
        "do "
        "as well as seeds; take --members 20 or more"},
       {"discrepancy", "X", "variance added to every state for what no model explains (default: 0.0025)"},
       {"kappa-activity", "X", "activity that a knock-out leaves (default: 0.05)"},
       {"kappa-floor", "X", "least share of the target that CRISPRi is taken to leave (default: 0.02)"},
       output_option()},
      "A fit document: genes, edits (clamped: target modelled; free_inputs: not), media, times (days), "
      "single_time, scale (log, or that of the state table), settings,\n"
      "split {kind, train, test}, state_zero (control; of a screen as natural log of depth-normalised counts), members "
      "[{seed, "
      "parameters,\n"
      "best_epoch, history {epoch, train, inner, drift}, effects, intervals (lbfgs and lm: 95 % posterior of each "
      "parameter, its prior,\nwhat was learned, and determined; edges: of the structural model, see links)}], scores "
      "[{name, mse, mse_se, "
      "relative_to_no_change,\n"
      "difference {mean, low, high} to no change with its 95 % interval, pearson_delta, pearson_vs_mean, "
      "centroid_rank,\n"
      "per_condition}] of no_change, mean_effect, ridge (interpolation when split by time) and the model, floor "
      "{mse: what\n"
      "noise alone leaves}, ceiling {pearson}, drift of unedited cells {times, mean, rms}, observed and predicted "
      "effects of\n"
      "every condition, verdict (sentences), warnings, censored (values too low to be counted, or missing), bounded "
      "(those of them that train as upper bounds). Without --split the "
      "scores are those\n"
      "of the training conditions. A screen without a time, or with one, is fitted to end states: rates are not "
      "learned.\n"
      "With --model recommended the verdict begins with what was picked and why, and recommended {candidates [{name, "
      "what, …}],\n"
      "choices [{novelty, units, errors, weights, baseline, gain {mean, se}, returns_baseline, sentence, calibration "
      "{units,\n"
      "needed, calibrated, factor, attainable}}]} holds every candidate's error on conditions left out; members have "
      "no "
      "parameters.",
      run_fit};
}

}  // namespace groundwork::cli
