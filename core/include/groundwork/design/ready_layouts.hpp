#pragma once

#include <string>
#include <vector>

#include "groundwork/design/layout.hpp"
#include "groundwork/measurement/gls.hpp"

namespace groundwork::design {

/** The layouts that people start from. */
enum class ReadyKind {
  complete,        ///< every perturbation and the control in every batch
  one_batch_each,  ///< every perturbation in one batch, controls in all
  controls_apart,  ///< perturbations in the first batches, controls in the last ones
  time_per_batch,  ///< every batch holds one time point
};

struct ReadyOptions {
  ReadyKind kind = ReadyKind::complete;
  int perturbations = 24;
  int batches = 4;                  ///< time_per_batch: batches per time point
  double cells = 50;                ///< of a perturbation in a batch that holds it
  double control_cells = 200;       ///< of the control in a batch that holds it
  int control_batches = 1;          ///< controls_apart: how many of the batches hold the controls
  std::vector<double> times{2, 4};  ///< time_per_batch: in the unit that `time_unit` names
  std::string time_unit = "d";
  double bridge_cells = 0;  ///< time_per_batch: a sample called "bridge" in every batch; 0 = none
};

struct ReadyLayout {
  Layout layout;
  std::vector<std::string> control;              ///< conditions that are controls
  std::vector<measurement::Contrast> contrasts;  ///< empty: against the controls, as always
};

/** Throws `layout.ready` for options that do not make a layout. */
ReadyLayout ready_layout(const ReadyOptions&);

ReadyKind ready_kind_of(const std::string& name);  ///< throws `layout.ready`

}  // namespace groundwork::design
