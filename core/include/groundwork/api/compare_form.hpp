#pragma once

#include <string>

#include "groundwork/api/message.hpp"
#include "groundwork/fit/comparison_scores.hpp"

namespace groundwork::api {

/** The schema version of comparison documents that this version writes. */
inline constexpr int comparison_schema = 1;

/** A comparison, stored. */
struct ComparisonRecord {
  fit::ModelComparison comparison;
  std::string screen;                        ///< name of the counts file or of the state table, for people
  screen::Scale scale = screen::Scale::log;  ///< of the data as given, hence of every score
  std::string time_unit = "d";
  bool experiment = false;  ///< the contenders are those of the steady-state experiment
};

/** The document (docs/schemas/compare.json), scores and sentences computed from the record; "results" is null while no
 * fold is complete. */
Message comparison_to_message(const ComparisonRecord&);

/** Reads it back. Throws `message.…`, or `compare.damaged` where its parts do not fit together. */
ComparisonRecord comparison_from_message(const Message&);

/** "split" of a document: kind, level, holdouts, folds, notes. */
Json fold_plan_to_json(const fit::FoldPlan&);

}  // namespace groundwork::api
