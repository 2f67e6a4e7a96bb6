#include "groundwork/audit/cells.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "groundwork/measurement/count_noise.hpp"

namespace groundwork::audit {

std::vector<int> genes_for_cells(const Evidence& e, std::size_t most, const std::vector<int>& left_out) {
  std::vector<int> genes = measurement::gene_indices(e.data(), e.profiles.levels.genes);
  genes.erase(std::remove_if(genes.begin(), genes.end(),
                             [&](int g) { return std::find(left_out.begin(), left_out.end(), g) != left_out.end(); }),
              genes.end());
  std::stable_sort(genes.begin(), genes.end(),
                   [&](int a, int b) { return e.dispersion.rate[a] > e.dispersion.rate[b]; });
  if (genes.size() > most) genes.resize(most);
  return genes;
}

Vector rates_of(const Evidence& e, const std::vector<int>& groups, const std::vector<int>& genes) {
  Vector total = Vector::Zero(static_cast<Index>(genes.size()));
  double size = 0;
  for (const int g : groups) {
    size += e.data().groups[static_cast<std::size_t>(g)].sum_size;
    for (std::size_t k = 0; k < genes.size(); ++k) total[static_cast<Index>(k)] += e.data().statistics.sum(genes[k], g);
  }
  return size > 0 ? Vector(total / size) : total;
}

Matrix cell_residuals(const Evidence& e, const std::vector<int>& groups, const std::vector<int>& genes,
                      const Vector& rate) {
  const auto& r = e.data().reservoir;
  std::vector<int> slot(e.data().genes.size(), -1);
  for (std::size_t k = 0; k < genes.size(); ++k) slot[static_cast<std::size_t>(genes[k])] = static_cast<int>(k);
  std::vector<std::size_t> cells;
  for (const int g : groups) {
    const auto [from, to] = std::equal_range(r.group.begin(), r.group.end(), g);
    for (auto at = from; at != to; ++at) cells.push_back(static_cast<std::size_t>(at - r.group.begin()));
  }
  Matrix z(static_cast<Index>(genes.size()), static_cast<Index>(cells.size()));
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::size_t cell = cells[i];
    const double size = static_cast<double>(r.size[cell]);
    auto column = z.col(static_cast<Index>(i));
    column.setZero();
    for (int at = r.start[cell]; at < r.start[cell + 1]; ++at)
      if (const int k = slot[static_cast<std::size_t>(r.gene[static_cast<std::size_t>(at)])]; k >= 0)
        column[k] = static_cast<double>(r.count[static_cast<std::size_t>(at)]);
    for (Index k = 0; k < column.size(); ++k) {
      const double mean = rate[k] * size, phi = e.dispersion.shrunken[genes[static_cast<std::size_t>(k)]];
      column[k] = mean > 0 ? std::clamp((column[k] - mean) / std::sqrt(mean + phi * mean * mean), -6.0, 6.0) : 0;
    }
  }
  return z;
}

std::vector<Meeting> meetings_of(const Evidence& e, int fewest) {
  const auto& s = e.data();
  std::map<std::pair<int, int>, std::vector<int>> edited;  // condition, place
  std::map<int, std::vector<int>> controls;                // place
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    const int condition = s.groups[g].condition, place = e.place_of_group[g];
    if (s.conditions[static_cast<std::size_t>(condition)].is_control())
      controls[place].push_back(static_cast<int>(g));
    else
      edited[{condition, place}].push_back(static_cast<int>(g));
  }
  const auto kept = [&](const std::vector<int>& groups) {
    std::ptrdiff_t cells = 0;
    for (const int g : groups) {
      const auto [from, to] = std::equal_range(s.reservoir.group.begin(), s.reservoir.group.end(), g);
      cells += to - from;
    }
    return cells;
  };
  std::vector<Meeting> meetings;
  for (const auto& [key, groups] : edited) {
    const auto at = controls.find(key.second);
    if (at == controls.end() || kept(groups) < fewest || kept(at->second) < fewest) continue;
    meetings.push_back({key.first, groups, at->second});
  }
  return meetings;
}

}  // namespace groundwork::audit
