#pragma once

#include <optional>
#include <string>
#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/dynamics/vector_field.hpp"
#include "groundwork/fit/evaluation.hpp"
#include "groundwork/fit/recommended.hpp"
#include "groundwork/fit/training.hpp"

namespace groundwork::api {

/** The schema version of fit documents that this version writes. */
inline constexpr int fit_schema = 1;

/**
 * A fit, stored: what prediction, scoring and combining need, and nothing of the data beyond observed effects.
 * Everything but the parameters is on the scale of the data.
 */
struct FitRecord {
  fit::FitOptions options;
  std::string screen;                        ///< name of the file that the data came from, for people
  screen::Scale scale = screen::Scale::log;  ///< of every state, effect and variance here
  double unit = 1;  ///< a state here per unit of δ of the field: 1/ln 2 for log2, see screen::table_unit
  std::string time_unit = "d";
  std::vector<std::string> genes;
  fit::EditModel edits;       ///< of the stored parameters
  std::vector<double> times;  ///< days at which the screen was sampled
  bool single_time = false;
  bool differentiating = false;
  std::vector<std::string> train, test;  ///< labels of conditions
  std::vector<std::string> held_out_edits;
  std::vector<double> held_out_times;
  Vector control;  ///< genes: pooled, batch-corrected control state μ₀
  fit::Evaluation evaluation;

  struct Member {
    fit::Member training;
    Matrix effects;  ///< genes × conditions of the evaluation, from the training part alone
    Matrix drift;    ///< genes × times
    Json intervals;  ///< of the stored parameters, as in the document; null where they are at no minimum
  };
  std::vector<Member> members;
  std::optional<fit::Recommended> recommended;  ///< then members have effects only, and its candidates the parameters
  std::vector<std::string> warnings;
  int censored = 0, bounded = 0;  ///< as in fit::Problem
  bool complete = true;
};

/** The fit document (docs/schemas/fit.json), scores and verdict computed from the record. */
Message fit_to_message(const FitRecord&);

/** Reads it back. Throws `message.…`, or `fit.damaged` where its parts do not fit together. */
FitRecord fit_from_message(const Message&);

/** Puts states, effects and variances that are on the scale of the field on that of the data. */
void put_in_units(fit::Evaluation&, double unit);

/** Options of the field whose parameters the members hold. */
dynamics::FieldOptions field_options_of(const FitRecord&);

}  // namespace groundwork::api
