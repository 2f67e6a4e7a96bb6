#include "groundwork/audit/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace groundwork::audit {

Evidence::Evidence(const screen::Screen& s)
    : screen(&s), profiles(profiles_of(s)), dispersion(measurement::dispersion_of(s)) {
  std::set<double> all_times;
  std::set<std::string> all_media, all_compartments;
  std::vector<screen::Condition> contexts;
  for (const auto& condition : s.conditions) {
    if (condition.has_time()) all_times.insert(condition.time);
    all_media.insert(condition.medium);
    all_compartments.insert(condition.compartment);
    (condition.is_control() ? controls : edited) = true;
  }
  times.assign(all_times.begin(), all_times.end());
  media.assign(all_media.begin(), all_media.end());
  compartments.assign(all_compartments.begin(), all_compartments.end());
  const auto context_of = [&](int condition) {
    screen::Condition context = s.conditions[static_cast<std::size_t>(condition)];
    context.edits.clear();
    return context;
  };
  std::vector<std::vector<std::size_t>> places_of_condition(s.conditions.size());
  for (const auto& group : s.groups) {
    Place place{context_of(group.condition), group.batch};
    auto at = std::find(places.begin(), places.end(), place);
    place_of_group.push_back(static_cast<int>(at - places.begin()));
    if (at == places.end()) places.push_back(std::move(place));
  }
  std::vector<double> sizes;
  for (std::size_t c = 0; c < s.conditions.size(); ++c) {
    const auto context = context_of(static_cast<int>(c));
    const auto at = std::find(s.conditions.begin(), s.conditions.end(), context);
    control_of.push_back(at == s.conditions.end() ? -1 : static_cast<int>(at - s.conditions.begin()));
    effect.emplace_back();
    has_effect.push_back(false);
    if (s.conditions[c].is_control() || control_of[c] < 0) continue;
    const auto contrast = within_batches(profiles, {{static_cast<int>(c), 1}, {control_of[c], -1}});
    if (contrast.genes < 2) continue;
    effect[c] = size_of(contrast, profiles);
    has_effect[c] = true;
    sizes.push_back(effect[c].estimate);
  }
  median_effect = std::numeric_limits<double>::quiet_NaN();
  if (!sizes.empty()) {
    std::sort(sizes.begin(), sizes.end());
    median_effect =
        sizes.size() % 2 ? sizes[sizes.size() / 2] : 0.5 * (sizes[sizes.size() / 2 - 1] + sizes[sizes.size() / 2]);
  }
}

std::string Evidence::time_words(double days) const {
  const std::string unit = screen->roles.time_unit.empty() ? "d" : screen->roles.time_unit;
  const double value = days / screen::days_per(unit);
  std::string text = std::to_string(std::round(value * 1000) / 1000);
  text.erase(text.find_last_not_of('0') + 1);
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text + " " + unit;
}

}  // namespace groundwork::audit
