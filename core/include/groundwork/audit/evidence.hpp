#pragma once

#include <string>
#include <vector>

#include "groundwork/audit/profiles.hpp"
#include "groundwork/measurement/dispersion.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::audit {

/** Medium, time and cell type together with a batch: where edited cells find the controls to be compared with. */
struct Place {
  screen::Condition context;  ///< without edits
  std::vector<int> batch;
  bool operator==(const Place&) const = default;
};

/** What several rows need, computed once. Holds a reference to the screen. */
struct Evidence {
  explicit Evidence(const screen::Screen&);

  const screen::Screen* screen;
  Profiles profiles;  ///< at the finest batch level
  measurement::Dispersion dispersion;
  std::vector<double> times;       ///< days, ascending, of all conditions
  std::vector<std::string> media;  ///< distinct
  std::vector<std::string> compartments;
  bool edited = false, controls = false;
  std::vector<Place> places;
  std::vector<int> place_of_group;
  std::vector<int> control_of;   ///< condition → the unedited condition of the same context; −1: none
  std::vector<Size> effect;      ///< condition → size of its effect against those controls (edited ones)
  std::vector<bool> has_effect;  ///< whether such an effect could be measured
  double median_effect = 0;      ///< over edited conditions with one; NaN where there is none

  const screen::Screen& data() const { return *screen; }
  std::string time_words(double days) const;  ///< in the screen's unit
};

}  // namespace groundwork::audit
