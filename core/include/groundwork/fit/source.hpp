#pragma once

#include <functional>
#include <string>
#include <vector>

#include "groundwork/screen/levels.hpp"
#include "groundwork/screen/screen.hpp"

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

  /** The states of some genes (indices) in some rows (indices); `merge`: halves of controls become one row. */
  std::function<screen::Levels(const std::vector<int>& rows, const std::vector<int>& genes, bool merge)> levels;
  /** Genes that can be relied on, judged by the control rows among `rows`. */
  std::function<std::vector<int>(const std::vector<int>& rows)> reliable_genes;
};

/** States of a screen by log_pooled. */
StateSource source_of(screen::Screen screen);
/** States as given. */
StateSource source_of(screen::Levels levels);

}  // namespace groundwork::fit
