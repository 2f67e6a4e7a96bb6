#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/dynamics/vector_field.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::api {

/** A number a gene: log-normal over genes (`median`, standard deviation of the log), some given by name. */
struct PerGene {
  double median = 0;
  double log_sd = 0;
  std::map<std::string, double> values;
};

/** One edge: `weight` of gene `from` in the synthesis argument of gene `to`. */
struct EdgeRecipe {
  std::string from, to;
  double weight = 0;
};

/** Genes that answer together: every regulator acts on every member. */
struct ModuleRecipe {
  std::string name;
  std::vector<std::string> regulators, members;
  double strength = 0.5;
};

struct NetworkRecipe {
  int regulators = 0;       ///< random edges leave the first so many genes; 0: all of them
  double density = 0;       ///< probability of a random edge
  double strength = 0.5;    ///< median size of a random edge's weight
  double activating = 0.6;  ///< share of random edges with a positive weight
  std::vector<ModuleRecipe> modules;
  std::vector<EdgeRecipe> edges;  ///< override a random or module edge between the same genes
};

/**
 * The vector field on the log scale (docs/model.md): `production_decay`, or with the same behaviour near the unedited
 * cell `saturating`, dδ/dt = γ (tanh(a/2) − δ), or `linear`, dδ/dt = γ (a/2 − δ), with a = W δ + B u + b_m.
 */
struct FieldRecipe {
  dynamics::FieldKind kind = dynamics::FieldKind::production_decay;
  PerGene gamma{0.7, 0.3, {}};  ///< turnover per day
  double activity = 0.05;       ///< activity that a knock-out leaves (κ_act)
  double synthesis = 0.1;       ///< factor on the target's synthesis under CRISPRi (< 1) or CRISPRa (> 1) (κ)
  double transcript = 1;        ///< factor on the synthesis of a knock-out's own transcript; 1: it stays
};

/** One stage of a medium that changes on the way. */
struct StageRecipe {
  std::string medium;  ///< one without stages
  double days = 0;     ///< how long; of the last stage without meaning: it goes on
};

/** What cells are kept in. The first medium is the baseline. */
struct MediumRecipe {
  std::string name;
  std::map<std::string, double> response;  ///< b_m by gene
  int genes = 4;                           ///< a random response besides: how many genes it reaches, at most all
  double strength = 0;                     ///< and the standard deviation of those entries; 0: none
  /**
   * Not empty: cells go through these one after the other; times count from the start of the first. Such entries have
   * no response of their own and come after all others.
   */
  std::vector<StageRecipe> stages;
  double edit_day = 0;  ///< with stages: when edited cells are edited
};

/** Edits whose target is not among the genes: inputs u with a column of B each. */
struct OutsideRecipe {
  std::vector<std::string> edits;
  int genes = 4;                                                   ///< how many genes each reaches, at most all
  double strength = 1;                                             ///< standard deviation of those entries of B
  std::map<std::string, std::map<std::string, double>> responses;  ///< B given, by edit and gene
};

/** One batch: a row of levels, and what was in it. */
struct BatchRecipe {
  std::vector<std::string> levels;  ///< one name a level, coarse to fine
  std::vector<double> times;        ///< days
  std::vector<std::string> media;   ///< by name
  std::vector<std::string> edits;   ///< perturbation labels, may be none; controls come in by control_cells
  int cells = 0;                    ///< per edited condition
  std::map<std::string, int> cells_by_edit;
  int control_cells = 0;  ///< per medium and time

  /** Cells of each condition with this perturbation. */
  int cells_of(const std::string& perturbation) const;
};

struct GuidesRecipe {
  int per_edit = 0;        ///< 0: no guide column
  int control = 0;         ///< non-targeting guides
  double efficacy = 1;     ///< mean over guides
  double efficacy_sd = 0;  ///< beta distributed
  bool escapers = false;  ///< true: efficacy is the share of edited cells; false: it scales the log effect in all cells
  double off_target_sd = 0;  ///< of each guide's own log effect, a gene
};

struct MeasurementRecipe {
  double depth = 0;       ///< mean UMI of an unedited cell over all genes; 0: as the genes' expression says
  double depth_cv = 0.4;  ///< of cell size
  PerGene dispersion{0.2, 0.4, {}};
  double dropout = 0;
};

/** What a simulated screen is made of. Every field has a default; docs/schemas/recipe.json is normative. */
struct Recipe {
  std::string title;
  std::uint64_t seed = 1;
  std::vector<std::string> genes;         ///< of the network
  std::vector<std::string> housekeeping;  ///< genes that nothing touches; they steady the depth
  double housekeeping_share = 0.5;        ///< of an unedited cell's UMI
  PerGene expression{1.5, 0.8, {}};       ///< UMI in an unedited cell of size 1
  NetworkRecipe network;
  FieldRecipe field;
  screen::Modality modality = screen::Modality::knockout;
  std::vector<std::string> edits;  ///< single edits of genes of the network
  std::vector<std::vector<std::string>> pairs;
  OutsideRecipe outside;
  std::vector<MediumRecipe> media;     ///< empty: one nameless medium
  std::vector<double> times;           ///< days, ascending; one value: the file has no time column
  std::vector<std::string> levels;     ///< batch columns, coarse to fine; empty: no batch column
  std::vector<BatchRecipe> batches;    ///< at least one
  std::map<std::string, PerGene> sb2;  ///< by level
  PerGene sg2;
  GuidesRecipe guides;
  MeasurementRecipe measurement;

  /** How many media are media, and not sequences of them. */
  std::size_t plain_media() const;
  /** All perturbation labels: edits, outside edits, pairs ("A+B"). */
  std::vector<std::string> perturbations() const;
};

/**
 * Reads a recipe and fills in defaults. Throws `recipe.unknown_key` (naming the key and the known ones), `recipe.type`,
 * `recipe.range`, `recipe.name` (a gene, edit, level or medium that the recipe does not define) with the key's path.
 */
Recipe recipe_from_json(const Json&);

/** The recipe with every default written out; reading it back gives the same recipe. */
Json recipe_to_json(const Recipe&);

}  // namespace groundwork::api
