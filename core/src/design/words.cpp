#include "words.hpp"

#include <cmath>
#include <cstdio>

#include "groundwork/base/words.hpp"

namespace groundwork::design {

std::string short_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, value != 0 && (std::abs(value) < 1e-3 || std::abs(value) >= 1e4) ? "%.2g" : "%.3g",
                value);
  return text;
}

std::string percent(double share) { return short_number(100 * share) + " %"; }

std::string counted(std::size_t n, const std::string& noun) {
  return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

/** "b1, b2 and b3"; at most four names, then how many more. */
std::string listed(const std::vector<int>& indices, const std::vector<std::string>& names) {
  std::string text;
  const std::size_t shown = indices.size() <= 4 ? indices.size() : 3;
  for (std::size_t k = 0; k < shown; ++k) {
    const bool last = k + 1 == indices.size();
    text += (k == 0 ? "" : last ? " and " : ", ") + names[static_cast<std::size_t>(indices[k])];
  }
  return shown < indices.size() ? text + " and " + std::to_string(indices.size() - shown) + " more" : text;
}

std::string described(const measurement::GraphComponent& part, const Layout& layout) {
  if (part.batches.empty()) return listed(part.conditions, layout.conditions) + " (no cells)";
  return listed(part.conditions, layout.conditions) + " (only in " + listed(part.batches, layout.batches) + ")";
}

}  // namespace groundwork::design
