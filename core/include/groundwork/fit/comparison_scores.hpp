#pragma once

#include <array>
#include <string>
#include <vector>

#include "groundwork/fit/comparison.hpp"
#include "groundwork/fit/metrics.hpp"
#include "groundwork/fit/scores.hpp"

namespace groundwork::fit {

/** The panel. All are means over the scored conditions of a fold, on the genes highest in controls. */
enum class Metric {
  mse,              ///< mean square error over genes
  l2,               ///< Euclidean length of the error
  pearson_delta,    ///< correlation over genes, effects against controls
  pearson_vs_mean,  ///< the same against the mean of all training perturbations
  weighted_mse,     ///< square error weighted by change_weights()
  centroid_rank,    ///< among the other conditions that were observed, at most 200 of them
};
inline constexpr std::size_t metric_count = 6;
/** "mse", "l2", …: keys of the document, in order. */
const std::array<std::string, metric_count>& metric_names();

/** Scores are over at most so many genes, those highest in the training controls. */
inline constexpr Index panel_genes = 1000;

/** Nominal shares of the calibration curve. */
const std::vector<double>& nominal_coverages();

/** A metric over folds. */
struct MetricSummary {
  Estimate estimate;
  Vector by_fold;  ///< NaN where a fold is missing or has no value
};

struct ModelSummary {
  std::string name, what;  ///< what: one sentence about a baseline; "" for a trained model
  bool trained = false;
  std::array<MetricSummary, metric_count> scores;    ///< one fit: the seeds' scores averaged within a fold
  std::array<MetricSummary, metric_count> ensemble;  ///< of the mean prediction over seeds; as above for a baseline
  Estimate relative;                                 ///< MSE (one fit) / that of no change
  /** Share of observations within the central interval of each nominal coverage, around the ensemble mean, with the
   * variance of the observation and, for a trained model with several seeds, that between seeds. */
  Vector coverage;
  Vector condition_mse;             ///< of every scored condition (Summary::conditions), one fit, seeds averaged
  Vector gene_mse;                  ///< of every gene (Summary::genes), ensemble, over conditions
  Matrix predicted;                 ///< genes × conditions: ensemble mean; NaN where the fold did not model the gene
  Matrix spread;                    ///< standard deviation between seeds; NaN with one
  MetricSummary drift;              ///< trained: rms over genes of unedited cells at the last time
  MetricSummary prediction_spread;  ///< rms over genes and conditions of the sd between seeds
  MetricSummary parameter_spread;   ///< sd between seeds / rms of the parameters, both rms over parameters
  double epochs = 0;                ///< mean over units
};

/** Two models on the same folds and seeds. */
struct PairedComparison {
  std::size_t model = 0, against = 0;  ///< indices into Summary::models
  Estimate difference;                 ///< of MSE, model − against
  Estimate ratio;                      ///< of MSE, model / against
  int runs = 0, better = 0;            ///< fold × seed: how many, and in how many the model has less error
};

struct Summary {
  std::vector<char> folds;              ///< per planned fold: counted
  std::vector<std::string> conditions;  ///< scored, fold by fold
  std::vector<int> condition_fold;
  std::vector<std::string> genes;             ///< modelled in some fold
  Matrix observed, variance;                  ///< genes × conditions
  std::vector<ModelSummary> models;           ///< baselines, then the contenders in order
  std::vector<PairedComparison> pairs;        ///< every trained model with every model before it
  double floor = 0, shared = 0, ceiling = 0;  ///< means over folds of Limits::floor, shared, correlation
  Vector floor_by_gene;
};

/** Scores of the complete folds. Throws `compare.nothing` where no fold is complete or nothing can be scored. */
Summary summarise(const ModelComparison& comparison);

}  // namespace groundwork::fit
