#include <algorithm>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/compare.hpp"
#include "groundwork/base/error.hpp"
#include "jobs.hpp"
#include "state_table_file.hpp"
#include "training_flags.hpp"

namespace groundwork::cli {
namespace {

api::Json request_from(const Arguments& arguments) {
  api::Json request;
  for (const char* name : {"split", "level"})
    if (arguments.has(name)) request[name] = arguments.text(name);
  if (arguments.has("experiment")) {
    request["experiment"] = arguments.text("experiment");
    if (arguments.has("model")) request["model"] = arguments.text("model");
  } else if (arguments.has("model")) {
    throw Error("usage.flag", "--model names the field of an --experiment; models to compare are named by --models");
  }
  if (const auto models = arguments.list("models"); !models.empty()) request["models"] = models;
  if (const auto names = arguments.list("candidates"); !names.empty()) request["candidates"] = names;
  if (arguments.has("folds")) {
    const std::string folds = arguments.text("folds");
    if (folds == "each")
      request["folds"] = folds;
    else
      request["folds"] = number_from(folds, "--folds");
  }
  put_training_flags(arguments, request);
  put_numbers(arguments, {{"seeds", "seeds"}}, request);
  return request;
}

/** Parts side by side; the result does not depend on how many. */
api::Message compare_in_threads(const api::Message& data, const api::Json& options, std::size_t parts, long long jobs) {
  api::Message combined;
  embed_list(combined, "comparisons", "comparison", in_threads(parts, jobs, [&](std::size_t k) {
               api::Message request;
               request.json = options;
               request.json["part"] = {{"index", k}, {"of", parts}};
               embed_data(request, data);
               return finished(api::start_compare(request));
             }));
  return api::run_combine_comparisons(combined);
}

void run_compare(const Arguments& arguments) {
  const api::Json request = request_from(arguments);
  const api::Message data = read_data(arguments);
  api::Message asked;
  asked.json = request;
  embed_data(asked, data);
  const api::Message plan = api::run_plan_comparison(asked);
  if (arguments.flag("plan")) return write_result(arguments, plan);
  const long long jobs = jobs_from(arguments);
  const auto parts = static_cast<std::size_t>(std::min(jobs, plan.json.at("units").get<long long>()));
  const api::Message comparison = compare_in_threads(data, request, parts, jobs);
  warn_all(comparison.json);
  const api::Json& results = comparison.json.at("results");
  if (!results.at("steady_state").is_null()) {
    warn(results.at("steady_state").at("sentence").get<std::string>());
    for (const auto& sentence : results.at("steady_state").at("sentences")) warn(sentence.get<std::string>());
  } else {
    for (const auto& sentence : results.at("verdict")) warn(sentence.get<std::string>());
  }
  write_result(arguments, comparison);
}

}  // namespace

Command compare_command() {
  return {
      "compare",
      "Compare models and baselines on the same folds and seeds, with intervals",
      {{"screen", "FILE", "the screen document that summarise wrote; either this or --states"},
       states_option(),
       scale_option(),
       modality_option(),
       {"split", "KIND",
        "what is held out in turn: perturbation, combination (train on single edits, predict the rest), time or batch "
        "(default: perturbation; time, then batch, where there are no edits)"},
       {"level", "NAME",
        "with --split batch: which batch column, as donor or host (default: the coarsest with two batches)"},
       {"candidates", "A,B,…",
        "with --split perturbation or batch: hold out only these in turn (default: all that a model can speak about)"},
       {"folds", "N|each", "into how many parts they are dealt; each: one at a time (default: 5)"},
       {"models", "A,B,…",
        "each FIELD[:centred][:LOSS][:LAMBDA][:key=value …], as neural:centred:steady_state:1 or linear:l2=10, or "
        "recommended; baselines are always there (default: production_decay:centred,linear:centred,neural:centred)"},
       {"experiment", "NAME",
        "steady-state: one field with prediction alone, controls as data, soft penalties and the hard constraint"},
       {"model", "FIELD", "of the experiment (default: production_decay)"},
       {"seeds", "N", "starts of every model, the same for all (default: 5)"},
       {"seed", "N", "of folds, starts and ties; equal seeds give equal results (default: 1)"},
       {"jobs", "N",
        "units (model x fold x seed) trained side by side; does not change the result (default: the number of cores)"},
       {"plan", "", "print the folds and models and stop"},
       {"genes", "N|A,B,…",
        "how many genes to model in every fold, chosen on its training part, or which (default: 60; of a "
        "state table all up to 400)"},
       {"sampling-time", "T", "days after the edit at which a screen without times was sampled (default: 7)"},
       {"time-unit", "UNIT", "of --sampling-time and of the times of a state table: s, min, h, d or w (default: d)"},
       {"differentiating", "", "unedited cells move (default without edits)"},
       {"resting", "", "unedited cells do not move (default with edits)"},
       {"baseline-medium", "NAME", "the medium of unedited cells"},
       {"epochs", "N", "most epochs of training (default: 400)"},
       {"synthesis-ceiling", "X",
        "production_decay: the most that synthesis can be, as a multiple of that of unedited cells (default: 2, more "
        "for "
        "genes that rise by more than half in the training rows)"},
       {"learning-rate", "X", "of Adam (default: 0.01; differentiating: 0.05)"},
       {"l2", "X", "1/variance of the row-scaled weights a priori (default: as in fit)"},
       {"hidden", "N", "hidden units of the neural models (default: 32)"},
       {"step", "DAYS", "of the integrator (default: 0.5)"},
       {"discrepancy", "X", "variance added to every state for what no model explains (default: 0.0025)"},
       {"kappa-activity", "X", "activity that a knock-out leaves (default: 0.05)"},
       {"kappa-floor", "X", "least share of the target that CRISPRi is taken to leave (default: 0.02)"},
       output_option()},
      "A comparison document: split {kind, level, folds, holdouts}, contenders, results {models [{name, scores {mse, "
      "l2,\n"
      "pearson_delta (effects against controls), pearson_vs_mean (against the mean of all perturbations), "
      "deg_weighted_mse,\n"
      "centroid_rank (0 best, .5 chance)}, each {mean, low, high, by_fold}, of one fit with seeds averaged in a fold, "
      "and\n"
      "ensemble {the same, of the mean over seeds}, relative_to_no_change, coverage at nominal_coverages, drift of "
      "unedited\n"
      "cells, prediction_spread and parameter_spread between seeds, condition_mse, gene_mse, predicted}], pairs "
      "[{model,\n"
      "against, difference and ratio of mean square errors with 95 % intervals, runs, better}], floor {mse: what noise "
      "alone\n"
      "leaves}, ceiling {pearson}, observed, verdict (sentences), steady_state {rows, sentence, sentences} of the "
      "experiment},\n"
      "units and holdouts (all that the scores are computed from), warnings. Scores are over the 1,000 modelled genes "
      "highest\n"
      "in controls. The fold is the unit of every interval, widened because folds share training data (Nadeau and "
      "Bengio\n"
      "2003).",
      run_compare};
}

}  // namespace groundwork::cli
