#include "groundwork/screen/condition.hpp"

#include <utility>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::screen {
namespace {

constexpr std::pair<const char*, Modality> modalities[] = {{"knockout", Modality::knockout},
                                                           {"knock-out", Modality::knockout},
                                                           {"crispri", Modality::crispri},
                                                           {"crispra", Modality::crispra},
                                                           {"drug", Modality::drug}};

}  // namespace

std::string label_of(const Condition& c) {
  std::string label;
  for (const Edit& e : c.edits) {
    if (!label.empty()) label += "+";
    label += e.name;
    if (e.dose != 1) label += "×" + significant(e.dose, 4);
  }
  if (c.is_control()) label = "control";
  if (!c.medium.empty()) label += " · " + c.medium;
  if (c.has_time()) label += " · " + significant(c.time, 4) + " d";
  if (!c.compartment.empty()) label += " · " + c.compartment;
  return label;
}

std::string edits_label(const Condition& condition) {
  std::string text;
  for (const auto& edit : condition.edits) {
    text += (text.empty() ? "" : "+") + edit.name;
    if (edit.dose != 1) text += ":" + significant(edit.dose);
  }
  return text;
}

Modality modality_of(const std::string& name) {
  for (const auto& [known, modality] : modalities)
    if (name == known) return modality;
  throw Error("roles.modality", "modality: found '" + name + "', expected knockout, crispri, crispra or drug");
}

std::string name_of(Modality modality) {
  for (const auto& [name, known] : modalities)
    if (modality == known) return name;
  return "knockout";
}

double days_per(const std::string& unit) {
  constexpr double hour = 1.0 / 24;
  static const std::vector<std::pair<double, std::vector<std::string>>> units = {
      {hour / 3600, {"s", "sec", "second", "seconds"}},
      {hour / 60, {"min", "minute", "minutes"}},
      {hour, {"h", "hr", "hour", "hours"}},
      {1, {"d", "day", "days"}},
      {7, {"w", "wk", "week", "weeks"}}};
  for (const auto& [days, names] : units)
    for (const std::string& name : names)
      if (unit == name) return days;
  throw Error("roles.time_unit", "time unit: found '" + unit + "', expected s, min, h, d or w");
}

}  // namespace groundwork::screen
