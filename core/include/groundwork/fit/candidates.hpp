#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/dynamics/flow.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/fit/panel.hpp"
#include "groundwork/fit/ridge_inputs.hpp"

namespace groundwork::fit {

enum class CandidateKind { no_change, mean_effect, ridge, ridge_shared, gene_ridge, field };

/** A way to predict effects that `recommended` chooses among, with everything but its data settled. */
struct Candidate {
  std::string name;
  std::string what;  ///< one sentence
  CandidateKind kind = CandidateKind::no_change;
  // Of a field:
  dynamics::FieldKind field = dynamics::FieldKind::neural;
  bool clamps = false;    ///< edits clamp their targets where those are modelled; else all edits are inputs
  double relaxation = 0;  ///< of `neural`
  Index hidden = 32;
  double step = 0.5;  ///< days, of exponential Euler
  int epochs = 250;
  double rate = 0.01;     ///< of Adam, cosine schedule
  double epsilon = 1e-8;  ///< of Adam
  /**
   * Precision of the weights a priori. `tempered`: relative to that of the data, l2 × genes × mean(s²/variance), with
   * rows scaled by s ∝ √signal and the variances of genes drawn half-way to their geometric mean (on the log scale),
   * because scores count all genes alike. Else as it is, with rows scaled by the signal.
   */
  double l2 = 1;
  bool tempered = false;
  /** Of clamps: what l2 is multiplied by in columns of genes that nothing edits. How such a gene acts is known from
   * what varies with it alone, and a gene that responds to many edits looks like one that causes the others. */
  double never_edited = 1;
  int seeds = 1;        ///< members of the final fit
  int trial_seeds = 1;  ///< members of each fold

  bool dynamic() const { return kind == CandidateKind::field; }
};

/** Those that make sense for these training data, baselines first. */
std::vector<Candidate> candidates_for(const Problem& problem, const TrainingData& data);

/** The edits of a screen as a candidate reads them: which are clamps, which are columns of B. */
EditModel edits_read_by(const Candidate& candidate, EditModel edits);

/** A trained candidate: what a document stores. */
struct CandidateFit {
  Candidate candidate;
  EditModel edits;              ///< as this candidate reads conditions
  std::vector<Vector> members;  ///< of a field: parameters
  RidgeInputs ridge;
  Matrix gene_weights;        ///< of gene_ridge: genes × genes
  std::vector<double> times;  ///< of mean_effect
  Matrix mean;                ///< genes × those times
  Vector control;             ///< genes: only on the linear scale (as the field takes it)
};

/** Options of a candidate's field, and its flow. */
dynamics::FieldOptions field_of(const CandidateFit& fit);
dynamics::FlowOptions flow_of(const Candidate& candidate);

/** Rows of the training data to learn from, and the effects of its edited conditions. */
struct CandidateData {
  std::vector<int> rows;                      ///< of data.levels
  std::vector<screen::Condition> conditions;  ///< edited
  std::vector<double> when;                   ///< their times
  Matrix effects;                             ///< genes × conditions; NaN where not known
};

/** Everything but the members of a field. */
CandidateFit prepare_candidate(const Candidate& candidate, const Problem& problem, const TrainingData& data,
                               const CandidateData& learn);
/** One member of a field (parameters θ), or nothing for other kinds. Throws `fit.diverged`. */
Vector train_member(const CandidateFit& fit, const Problem& problem, const TrainingData& data,
                    const CandidateData& learn, std::uint64_t seed);

/** Effects of one member (any number; counted modulo the members), genes × conditions. */
Matrix candidate_effects(const CandidateFit& fit, int member, const std::vector<screen::Condition>& conditions,
                         const std::vector<double>& when);

}  // namespace groundwork::fit
