#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace groundwork::screen {

/** What a perturbation does to its target; decides what a model clamps (docs/model.md, "Vector fields"). */
enum class Modality { knockout, crispri, crispra, drug };

/** One edit or drug. `dose` is 1 unless the data say otherwise. */
struct Edit {
  std::string name;
  double dose = 1;
  bool operator==(const Edit&) const = default;
};

/**
 * What was done to the cells. Identity is the whole tuple, never a label. Edits are sorted by name; no edits = control.
 */
struct Condition {
  std::vector<Edit> edits;
  std::string medium;                                      ///< "" where the screen has none
  double time = std::numeric_limits<double>::quiet_NaN();  ///< days after the edit; NaN: the screen has no time
  std::string compartment;                                 ///< cell type; "" where the screen has none

  bool is_control() const { return edits.empty(); }
  bool has_time() const { return !std::isnan(time); }
  bool operator==(const Condition& o) const {
    return edits == o.edits && medium == o.medium && compartment == o.compartment &&
           (time == o.time || (!has_time() && !o.has_time()));
  }
};

/** "JAK2+STAT1 · RA · 2 d · B cell", or "control …"; for people, not for identity. */
std::string label_of(const Condition&);

/** "IFNGR1", "A+B", "" for controls: the edits of a condition, doses other than 1 as NAME:dose. */
std::string edits_label(const Condition&);

Modality modality_of(const std::string& name);  ///< throws `roles.modality`
std::string name_of(Modality);

/** Days in one unit of time: "s", "min", "h", "d", "w" and their long names; throws `roles.time_unit`. */
double days_per(const std::string& unit);

}  // namespace groundwork::screen
