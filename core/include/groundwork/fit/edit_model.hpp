#pragma once

#include <string>
#include <vector>

#include "groundwork/dynamics/inputs.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::fit {

/** How one known edit enters the field. */
struct EditEntry {
  std::string name;
  Index target = -1;      ///< its gene among the modelled ones; −1: not modelled
  Index input = -1;       ///< its column of B; −1: it is a clamp
  double kappa = 0;       ///< of a synthesis clamp; NaN: not known from training, the pooled one stands in
  double usual_dose = 1;  ///< of an input: a dose is divided by it
  bool trained = false;   ///< some training condition carries it
  Index estimated = -1;   ///< which estimated κ of the field it is; −1: κ is given
  bool operator==(const EditEntry&) const = default;
};

/** The dose that an input is measured in: the median of its doses other than 0; 1 where there is none. */
double usual_dose(std::vector<double> doses);

/**
 * Translates conditions into what acts on a trajectory. Knock-outs clamp activity, CRISPRi and CRISPRa synthesis;
 * drugs, edits without a modelled target, and all edits of a field without clamps are inputs (columns of B).
 */
struct EditModel {
  screen::Modality modality = screen::Modality::knockout;
  bool clamps = true;  ///< the field takes clamps
  double kappa_activity = 0.05;
  double pooled_kappa = 0.2;        ///< geometric mean over training edits
  bool estimates_activity = false;  ///< κ_act is the field's estimated κ 0, shared by all knock-outs
  std::vector<std::string> genes;
  std::vector<std::string> media;  ///< the first is the baseline m0
  std::vector<EditEntry> edits;    ///< sorted by name
  /** FieldOptions::synthesis_ceiling, read from the training rows like the κ of edits; empty: 2 for every gene. */
  std::vector<double> synthesis_ceiling;

  Index inputs() const;
  /** Values from transcripts, or kappa_activity, of the κ that the field estimates: their prior and start. */
  std::vector<double> estimated_kappas() const;
  const EditEntry* find(const std::string& edit) const;

  /** What the model made of the edits of a condition. */
  struct Reading {
    dynamics::ConditionInputs inputs;
    bool unseen = false;              ///< an edit that was not trained
    std::vector<std::string> shared;  ///< edits that only get the shared effect, or none where there is none
  };
  /**
   * An input that `trained` (one flag an entry of `edits`) does not hold gets the shared effect: the mean column of
   * the trained inputs. Edits not among `edits` are clamps if they name a gene and the field takes clamps.
   * Throws `medium.unknown` with near matches.
   */
  Reading read(const std::vector<screen::Edit>& edits, const std::string& medium,
               const std::vector<char>& trained) const;
  Reading read(const std::vector<screen::Edit>& edits, const std::string& medium) const;
};

}  // namespace groundwork::fit
