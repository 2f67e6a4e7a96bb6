#include "groundwork/audit/batch_effects.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "groundwork/audit/f_distribution.hpp"
#include "groundwork/measurement/variance_components.hpp"

namespace groundwork::audit {
namespace {

constexpr std::size_t fewest_edits = 6;  // for a jackknife
constexpr std::size_t most_batches = 12;
constexpr double least_reliable = 0.25;

/** Slope of one batch's effects on those of the others, both about the mean of all edits. */
struct Slope {
  int batch = 0;
  double value = 0, standard_error = 0, df = 0;
};

struct Products {
  double cross = 0, square = 0;
};

/** Sums over genes of one edit: (effect here) × (elsewhere) and elsewhere² less its noise; `noise` is that of all. */
std::vector<Products> products_of(const Profiles& p, int batch, const std::vector<std::map<int, Index>>& rows,
                                  double& noise) {
  std::vector<Products> out(rows.size());
  noise = 0;
  for (Index g = 0; g < p.genes(); ++g) {
    std::vector<std::size_t> used;  // edits whose counts of this gene can be trusted in every batch
    std::vector<double> here, elsewhere, variance;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      double sum = 0, sum_variance = 0, count = 0;
      bool trusted = true;
      for (const auto& [b, r] : rows[k]) {
        trusted &= p.levels.trust(g, r) == screen::Trust::trusted;
        if (b == batch) continue;
        sum += p.levels.x(g, r);
        sum_variance += p.variance(g, r);
        count += 1;
      }
      if (!trusted) continue;
      used.push_back(k);
      here.push_back(p.levels.x(g, rows[k].at(batch)));
      elsewhere.push_back(sum / count);
      variance.push_back(sum_variance / (count * count));
    }
    const double n = static_cast<double>(used.size());
    if (used.size() < fewest_edits) continue;
    double here_mean = 0, elsewhere_mean = 0;
    for (std::size_t i = 0; i < used.size(); ++i) {
      here_mean += here[i] / n;
      elsewhere_mean += elsewhere[i] / n;
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
      const double a = here[i] - here_mean, c = elsewhere[i] - elsewhere_mean, v = (1 - 1 / n) * variance[i];
      out[used[i]].cross += a * c;
      out[used[i]].square += c * c - v;
      noise += v;
    }
  }
  return out;
}

std::vector<Slope> slopes_of(const Evidence& e) {
  const Profiles& p = e.profiles;
  std::map<int, std::map<int, Index>> by_condition;
  for (std::size_t r = 0; r < p.levels.rows.size(); ++r)
    if (!p.levels.conditions[static_cast<std::size_t>(p.levels.rows[r].condition)].is_control())
      by_condition[p.levels.rows[r].condition][p.column[r]] = static_cast<Index>(r);
  // Conditions that are in every batch in which any of them is; the commonest such set.
  std::map<std::set<int>, std::vector<int>> by_batches;
  for (const auto& [condition, rows] : by_condition) {
    std::set<int> batches;
    for (const auto& [b, r] : rows) batches.insert(b);
    if (batches.size() > 1) by_batches[batches].push_back(condition);
  }
  const auto largest = std::max_element(by_batches.begin(), by_batches.end(),
                                        [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  std::vector<Slope> slopes;
  if (largest == by_batches.end() || largest->second.size() < fewest_edits) return slopes;
  const auto& conditions = largest->second;
  std::vector<std::map<int, Index>> rows;
  for (const int c : conditions) rows.push_back(by_condition.at(c));
  for (const int batch : largest->first) {
    if (slopes.size() == most_batches) break;
    double noise = 0;
    const auto products = products_of(p, batch, rows, noise);
    Products all;
    for (const auto& one : products) all = {all.cross + one.cross, all.square + one.square};
    const double n = static_cast<double>(products.size());
    double mean = 0, squares = 0;
    std::vector<double> left_out;
    for (const auto& one : products) {
      left_out.push_back((all.cross - one.cross) / (all.square - one.square));
      mean += left_out.back() / n;
    }
    // Where most of what is regressed on is noise, its correction would decide the slope.
    if (!(all.square > least_reliable * (all.square + noise))) continue;
    for (const double value : left_out) squares += (value - mean) * (value - mean);
    slopes.push_back({batch, all.cross / all.square, std::sqrt(squares * (n - 1) / n), n - 1});
  }
  return slopes;
}

}  // namespace

Row audit_batch_effects(const Evidence& e) {
  const Profiles& p = e.profiles;
  Row row;
  row.id = "A6";
  row.assumption = "Batch effects are additive and common to all conditions.";
  row.quantity = "Fold change of a condition within a batch beyond its cells, exp(s_g)";
  row.logarithmic = true;
  row.evidence =
      "The residual sum of squares of conditions × batches beyond counting noise (a test of s_g² = 0), and each "
      "batch's "
      "effects against those of the other batches. Unequal cell numbers and depths are not mistaken for it: each group "
      "has its own counting noise.";
  row.margin = {1 / 1.25, 1.25, "a factor of 1.25"};
  if (!p.estimated) {
    row.verdict = Verdict::not_testable;
    row.sentence = "Whether batches act alike on all conditions cannot be seen: " + p.why_not + ".";
    row.extra_sample = "A second batch that repeats at least two of the conditions, controls among them.";
    return row;
  }
  double noise = 0, count = 0, group = 0;
  for (Index g = 0; g < p.genes(); ++g) {
    for (Index r = 0; r < p.levels.x.cols(); ++r)
      if (p.levels.trust(g, r) == screen::Trust::trusted) {
        noise += p.levels.variance(g, r);
        count += 1;
      }
    group += p.group_variance[g] / static_cast<double>(p.genes());
  }
  noise /= count;
  const double df = std::max(1.0, p.dimension * p.df), total = noise + group;
  const auto slopes = slopes_of(e);
  const std::size_t items = 1 + slopes.size();
  row.items.push_back(judged(
      "s_g, all genes", std::exp(std::sqrt(group)),
      [&](double error) -> Bounds {
        const auto sd = [&](double q) {
          return std::exp(
              std::sqrt(std::max(0.0, total / f_quantile(q, df, std::numeric_limits<double>::infinity()) - noise)));
        };
        return {sd(1 - error / 2), sd(error / 2)};
      },
      row.margin, items));
  const double p_value = 1 - f_cdf(total / noise, df, std::numeric_limits<double>::infinity());
  row.items.back().note = "Test of s_g² = 0: p " + (p_value < 0.001 ? "< 0.001" : "= " + in_words(p_value)) + ".";
  for (const Slope& s : slopes)
    row.items.push_back(judged("effects of " + p.batch_names[static_cast<std::size_t>(s.batch)] + " on those elsewhere",
                               s.value, t_bounds(s.value, s.standard_error, s.df), row.margin, items));
  conclude(row, "batches");
  const Item& sg = row.items.front();
  row.sentence = "Beyond its cells a condition differs between batches by a factor of " + in_words(sg.estimate) +
                 " (95 % interval " + in_words(sg.interval.low) + " to " + in_words(sg.interval.high) + ")";
  if (slopes.empty()) {
    row.sentence += "; effects are too few or too small to be compared between batches.";
  } else {
    std::vector<std::string> odd;
    for (const Item& item : row.items)
      if (&item != &sg && item.verdict == Verdict::violated)
        odd.push_back(p.batch_names[static_cast<std::size_t>(slopes[static_cast<std::size_t>(&item - &sg) - 1].batch)]);
    row.sentence += odd.empty() ? "; effects agree between batches where they can be told."
                                : "; effects in " + listed(odd) + " are of another size than elsewhere.";
  }
  row.consequence =
      row.verdict == Verdict::violated
          ? "Every interval rests on the number of batches, not of cells: add batches, and leave out a batch "
            "whose effects are of another size."
          : "Batches are profiled out as additive effects, and s_g² enters every weight.";
  return row;
}

Row audit_batch_controls(const Evidence& e) {
  Row row;
  row.id = "A7";
  row.assumption = "Each batch holds controls.";
  row.quantity = "Unedited cells in the batch";
  row.evidence =
      "The layout itself. A batch with controls of another medium, time or cell type only counts as without.";
  if (!e.controls) {
    row.verdict = e.edited ? Verdict::violated : Verdict::no_data;
    row.sentence = "No cell of this screen is unedited.";
    row.extra_sample = "Unedited cells in every batch.";
    row.consequence = "Only differences between edits can be estimated.";
    return row;
  }
  if (e.data().batches.empty()) {
    row.verdict = Verdict::no_data;
    row.sentence = "No column says which cells were handled together.";
    row.extra_sample = "The batch of each cell (donor, day, lane), as a column.";
    row.consequence = "Everything rests on all cells being of one batch.";
    return row;
  }
  std::vector<double> control_cells(e.places.size(), 0), edited_cells(e.places.size(), 0);
  for (std::size_t g = 0; g < e.data().groups.size(); ++g) {
    const auto& group = e.data().groups[g];
    const bool control = e.data().conditions[static_cast<std::size_t>(group.condition)].is_control();
    (control ? control_cells : edited_cells)[static_cast<std::size_t>(e.place_of_group[g])] +=
        static_cast<double>(group.cells);
  }
  std::vector<std::string> without;
  double fewest = std::numeric_limits<double>::infinity();
  std::string fewest_at;
  std::size_t judged_places = 0;
  for (std::size_t k = 0; k < e.places.size(); ++k) {
    if (edited_cells[k] == 0 && e.edited) continue;
    ++judged_places;
    const Place& place = e.places[k];
    std::string label;
    for (std::size_t f = 0; f < place.batch.size(); ++f)
      label += (f ? " · " : "") + e.data().batches[f].levels[static_cast<std::size_t>(place.batch[f])];
    if (e.media.size() > 1 && !place.context.medium.empty()) label += ", " + place.context.medium;
    if (e.times.size() > 1 && place.context.has_time()) label += ", " + e.time_words(place.context.time);
    if (e.compartments.size() > 1 && !place.context.compartment.empty()) label += ", " + place.context.compartment;
    if (control_cells[k] == 0) without.push_back(label);
    if (control_cells[k] < fewest) {
      fewest = control_cells[k];
      fewest_at = label;
    }
    if (row.items.size() < 200 || control_cells[k] == 0) {
      const double cells = control_cells[k];
      Item item{label, cells, {cells, cells}, {cells, cells}, cells > 0 ? Verdict::supported : Verdict::violated, ""};
      row.items.push_back(std::move(item));
    } else {
      ++row.items_left_out;
    }
  }
  row.margin = {1, std::numeric_limits<double>::infinity(), "at least one cell"};
  row.verdict = without.empty() ? Verdict::supported : Verdict::violated;
  if (without.empty()) {
    row.sentence = "Controls are in all " +
                   counted(judged_places, "place with edited cells", "places with edited cells") + ", at least " +
                   std::to_string(static_cast<long long>(fewest)) + " cells (" + fewest_at + ").";
    row.consequence = "Effects are compared within batches.";
  } else {
    row.sentence = "There are no controls in " + listed(without) + ", of " +
                   counted(judged_places, "place with edited cells", "places with edited cells") + ".";
    row.consequence = "Such a batch informs only differences between its own conditions.";
    row.extra_sample = "Unedited cells in every batch.";
  }
  return row;
}

}  // namespace groundwork::audit
