#include "groundwork/screen/limits.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace groundwork::screen {

std::vector<Impossible> limits_of(const Screen& s) {
  std::vector<Impossible> limits;
  const bool edited =
      std::any_of(s.conditions.begin(), s.conditions.end(), [](const Condition& c) { return !c.is_control(); });
  const bool controls =
      std::any_of(s.conditions.begin(), s.conditions.end(), [](const Condition& c) { return c.is_control(); });
  if (s.roles.perturbation.empty())
    limits.push_back({"effects of edits, and predictions of edits",
                      "no column says which cells were edited: all cells count as unedited"});
  else if (!edited)
    limits.push_back({"effects of edits, and predictions of edits", "no edited cell is left"});
  if (!controls)
    limits.push_back({"effects against unedited cells, and the steady-state loss",
                      "no cell is unedited: only differences between edits can be estimated"});

  std::set<double> times;
  for (const Condition& c : s.conditions)
    if (c.has_time()) times.insert(c.time);
  if (times.size() < 2)
    limits.push_back({"rates and trajectories", times.empty() ? "no column gives a time: end states only"
                                                              : "all cells are from one time: end states only"});

  if (s.batches.empty()) {
    limits.push_back(
        {"variance between batches", "no column names a batch: batch effects cannot be told from effects"});
    return limits;
  }
  if (s.batches.back().levels.size() < 2) {
    limits.push_back({"variance between batches", "all cells are from one batch"});
    return limits;
  }
  if (!controls) return limits;
  std::map<int, bool> has_control;
  for (const Group& g : s.groups)
    has_control[g.batch.back()] |= s.conditions[static_cast<std::size_t>(g.condition)].is_control();
  std::string without;
  int count = 0;
  for (const auto& [batch, present] : has_control) {
    if (present) continue;
    if (++count <= 10)
      without += (without.empty() ? "" : ", ") + s.batches.back().levels[static_cast<std::size_t>(batch)];
  }
  if (count > 10) without += " and " + std::to_string(count - 10) + " more";
  if (count > 0)
    limits.push_back({"effects against unedited cells of the same batch, in " + without,
                      "no unedited cell is there: such a batch informs only differences between its conditions"});
  return limits;
}

}  // namespace groundwork::screen
