#include "groundwork/design/engraftment.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numeric>

#include "groundwork/base/error.hpp"

namespace groundwork::design {

double effective_founders(const Clones& clones) {
  if (!(clones.founders >= 1 && clones.size_variation >= 0 && clones.sc2 >= 0)) {
    throw Error("design.clones",
                "Founder clones are at least 1, their variation in size and the variance between them at least 0.",
                "Give founders >= 1, size_variation >= 0 and sc2 >= 0.");
  }
  return (clones.founders + clones.size_variation) / (1 + clones.size_variation);
}

double clonal_variance(const Clones& clones, double sw2, double cells) {
  const ClonalParts parts = clonal_parts(clones, sw2);
  return parts.fixed + parts.per_cell / cells;
}

ClonalParts clonal_parts(const Clones& clones, double sw2) {
  const double effective = effective_founders(clones);
  return {clones.sc2 / effective, sw2 + clones.sc2 * (1 - 1 / effective)};
}

double useful_cells(const Clones& clones, double sw2) {
  const double effective = effective_founders(clones);
  if (!(clones.sc2 > 0)) return std::numeric_limits<double>::infinity();
  return effective * (clones.sc2 + sw2) / clones.sc2;
}

std::string useful_cells_sentence(const Clones& clones, double sw2, double cells) {
  const double useful = useful_cells(clones, sw2);
  if (!(cells > useful)) return "";
  char text[320];
  std::snprintf(
      text, sizeof text,
      "More cells buy next to nothing beyond %.0f cells of a condition in a host: its cells descend from %.3g "
      "founder clones, as good as %.2g clones of equal size, and cells of one clone are alike. More hosts or "
      "more founders help; groups here have %.0f cells.",
      useful, clones.founders, effective_founders(clones), cells);
  return text;
}

PoissonFounders poisson_founders(double mean, double size_variation) {
  if (!(mean > 0 && size_variation >= 0))
    throw Error("design.clones", "The mean number of founder clones is above 0, their variation in size at least 0.");
  PoissonFounders result;
  result.lost = std::exp(-mean);
  // From the mode outwards would save little: the terms beyond mean + 40 √mean are below rounding.
  const auto last = static_cast<int>(mean + 40 * std::sqrt(mean) + 40);
  double sum = 0;
  for (int k = 1; k <= last; ++k) {
    const double probability = std::exp(k * std::log(mean) - mean - std::lgamma(k + 1.0));
    sum += probability * (1 + size_variation) / (k + size_variation);
  }
  result.effective = -std::expm1(-mean) / sum;
  return result;
}

double abundance_variation(double cells, double founders, double all_founders, double size_variation) {
  return 1 / cells + (1 + size_variation) / founders - 1 / all_founders;
}

double pooling_penalty(double sb2, const std::vector<double>& cells, const std::vector<double>& control_cells) {
  const double all = std::accumulate(cells.begin(), cells.end(), 0.0);
  const double all_controls = std::accumulate(control_cells.begin(), control_cells.end(), 0.0);
  if (cells.size() != control_cells.size() || !(all > 0) || !(all_controls > 0))
    throw Error("design.clones", "Pooling compares the cells of a condition and of the control in the same hosts.");
  double sum = 0;
  for (std::size_t h = 0; h < cells.size(); ++h) {
    const double difference = cells[h] / all - control_cells[h] / all_controls;
    sum += difference * difference;
  }
  return sb2 * sum;
}

}  // namespace groundwork::design
