#include "guide_parts.hpp"

#include <algorithm>

namespace groundwork::measurement {
namespace {

/** A whole group. */
GuidePart part_of_group(const screen::Screen& s, std::size_t group) {
  const auto g = static_cast<Index>(group);
  return {s.groups[group], s.statistics.sum.col(g), s.statistics.scaled.col(g), s.statistics.scaled_sq.col(g)};
}

void take_off(GuidePart& whole, const GuidePart& part) {
  whole.sum = (whole.sum - part.sum).cwiseMax(0);
  whole.scaled = (whole.scaled - part.scaled).cwiseMax(0);
  whole.scaled_sq = (whole.scaled_sq - part.scaled_sq).cwiseMax(0);
  whole.group.cells -= part.group.cells;
  whole.group.sum_size = std::max(0.0, whole.group.sum_size - part.group.sum_size);
  whole.group.sum_size_sq = std::max(0.0, whole.group.sum_size_sq - part.group.sum_size_sq);
  whole.group.sum_inverse_size = std::max(0.0, whole.group.sum_inverse_size - part.group.sum_inverse_size);
}

}  // namespace

GuidePart part_of_guide(const screen::Screen& s, std::size_t guide) {
  const screen::GuideGroup& own = s.guides[guide];
  const auto q = static_cast<Index>(guide);
  GuidePart part = part_of_group(s, static_cast<std::size_t>(own.group));
  const double share = static_cast<double>(own.cells) / std::max(1.0, static_cast<double>(part.group.cells));
  const Vector total = part.sum;
  part.sum = s.guide_sum.col(q);
  part.scaled = (total.array() > 0).select(part.scaled.array() * part.sum.array() / total.array().max(1e-300), 0.0);
  part.scaled_sq = s.guide_scaled_sq.col(q);
  part.group.cells = own.cells;
  part.group.sum_size = own.sum_size;
  part.group.sum_size_sq *= share;
  part.group.sum_inverse_size *= share;
  return part;
}

screen::Screen screen_of_parts(const screen::Screen& s, const std::vector<std::string>& names,
                               const std::vector<std::pair<int, GuidePart>>& parts) {
  screen::Screen out;
  out.roles = s.roles;
  out.genes = s.genes;
  out.batches = s.batches;
  out.conditions.resize(names.size() + 1);
  for (std::size_t k = 0; k < names.size(); ++k) out.conditions[k + 1].edits = {{names[k], 1}};
  const auto genes = static_cast<Index>(s.genes.size());
  std::vector<const GuidePart*> kept;
  for (const auto& [condition, part] : parts) {
    if (part.group.cells <= 0 || !(part.group.sum_size > 0)) continue;
    kept.push_back(&part);
    out.groups.push_back(part.group);
    out.groups.back().condition = condition;
  }
  const auto width = static_cast<Index>(kept.size());
  out.statistics.sum.resize(genes, width);
  out.statistics.scaled.resize(genes, width);
  out.statistics.scaled_sq.resize(genes, width);
  for (Index k = 0; k < width; ++k) {
    out.statistics.sum.col(k) = kept[static_cast<std::size_t>(k)]->sum;
    out.statistics.scaled.col(k) = kept[static_cast<std::size_t>(k)]->scaled;
    out.statistics.scaled_sq.col(k) = kept[static_cast<std::size_t>(k)]->scaled_sq;
  }
  return out;
}

std::map<std::pair<int, std::string>, std::vector<std::size_t>> guides_by_condition(const screen::Screen& s) {
  std::map<std::pair<int, std::string>, std::vector<std::size_t>> found;
  for (std::size_t q = 0; q < s.guides.size(); ++q)
    found[{s.groups[static_cast<std::size_t>(s.guides[q].group)].condition, s.guides[q].guide}].push_back(q);
  return found;
}

double cells_of_guides(const screen::Screen& s, const std::vector<std::size_t>& guides) {
  double cells = 0;
  for (const std::size_t q : guides) cells += static_cast<double>(s.guides[q].cells);
  return cells;
}

void add_rest(const screen::Screen& s, int condition, const std::vector<std::size_t>& guides, int as,
              std::vector<std::pair<int, GuidePart>>& parts) {
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    if (s.groups[g].condition != condition) continue;
    GuidePart rest = part_of_group(s, g);
    for (const std::size_t q : guides)
      if (s.guides[q].group == static_cast<int>(g)) take_off(rest, part_of_guide(s, q));
    parts.emplace_back(as, std::move(rest));
  }
}

}  // namespace groundwork::measurement
