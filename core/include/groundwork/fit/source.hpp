#pragma once

#include <functional>
#include <string>
#include <vector>

#include "groundwork/screen/levels.hpp"
#include "groundwork/screen/screen.hpp"
#include "groundwork/screen/state_table.hpp"

namespace groundwork::fit {

/**
 * Where the states of a fit come from. States and their variances are computed anew for every choice of rows, because
 * dispersions, smoothed means and trust pool information over rows: rows that are held out must not reach the weights.
 */
struct StateSource {
  screen::Modality modality = screen::Modality::knockout;
  std::string time_unit = "d";
  std::vector<std::string> genes;
  std::vector<screen::Condition> conditions;
  std::vector<screen::BatchLevel> batches;
  std::vector<screen::LevelRow> rows;
  bool is_table = false;                           ///< a state table: all genes are modelled unless there are very many
  screen::Scale scale = screen::Scale::log;        ///< of the states inside: `log` or `linear`
  screen::Scale table_scale = screen::Scale::log;  ///< as given, and as predictions are given back
  double unit = 1;                                 ///< a value as given per unit of state inside
  bool noise_known = true;                         ///< variances are counted or given, not estimated from residuals
  std::vector<std::string> notes;                  ///< sentences that a fit passes on

  /** The states of some genes (indices) in some rows (indices); `merge`: halves of controls become one row. */
  std::function<screen::Levels(const std::vector<int>& rows, const std::vector<int>& genes, bool merge)> levels;
  /** Genes that can be relied on, judged by the control rows among `rows`. */
  std::function<std::vector<int>(const std::vector<int>& rows)> reliable_genes;
  /** The same source, with whatever it estimates by itself (variances not given) settled on these rows. May be empty.
   */
  std::function<StateSource(const std::vector<int>& rows)> settled_on;
};

/** States of a screen by log_pooled. */
StateSource source_of(screen::Screen screen);
/** States as given. */
StateSource source_of(screen::Levels levels);
/**
 * A state table. Variances that it does not give are estimated from the rows asked for (unstated_variance); replicates
 * of one condition in one batch are then averaged, because they share whatever their batch did to their condition.
 */
StateSource source_of(const screen::StateTable& table);

}  // namespace groundwork::fit
