#include "groundwork/measurement/batch_levels.hpp"

#include <map>
#include <set>
#include <utility>

#include "groundwork/base/error.hpp"

namespace groundwork::measurement {

BatchLevels nest_levels(const std::vector<std::string>& names, const std::vector<std::vector<std::string>>& labels) {
  BatchLevels nested;
  nested.names = names;
  const std::size_t columns = labels.empty() ? 0 : labels.front().size();
  std::vector<int> above(columns, -1);
  for (std::size_t level = 0; level < names.size(); ++level) {
    std::map<std::pair<int, std::string>, int> index;
    std::set<std::string> distinct;
    std::vector<int> of_column(columns), parent;
    std::vector<std::string> group_labels;
    for (std::size_t b = 0; b < columns; ++b) {
      const std::string& label = labels[level][b];
      const auto [at, added] = index.try_emplace({above[b], label}, static_cast<int>(index.size()));
      if (added) {
        group_labels.push_back(label);
        parent.push_back(above[b]);
        distinct.insert(label);
      } else if (level + 1 == names.size()) {
        throw Error(
            "batches.duplicate",
            "Two batches have the same labels: \"" + label + "\" stands twice in level \"" + names[level] + "\".",
            "Give every batch (column) its own name.");
      }
      of_column[b] = at->second;
    }
    if (distinct.size() < group_labels.size()) nested.reused.push_back(names[level]);
    above = of_column;
    nested.of_column.push_back(std::move(of_column));
    nested.labels.push_back(std::move(group_labels));
    nested.parent.push_back(std::move(parent));
  }
  return nested;
}

}  // namespace groundwork::measurement
