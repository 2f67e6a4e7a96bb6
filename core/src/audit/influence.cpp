#include "groundwork/audit/influence.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "groundwork/audit/f_distribution.hpp"

namespace groundwork::audit {

Row audit_influence(const Evidence& e) {
  Row row;
  row.id = "A10";
  row.assumption = "Cells do not influence each other.";
  row.quantity =
      "Change of unedited cells from the least to the most edited batch, root mean square over genes (natural log)";
  row.evidence =
      "Controls of batches (wells) with different shares of edited cells. In one pool, edited and unedited cells share "
      "their "
      "medium, and what they do to each other looks like an effect of the batch.";
  row.margin = {0, std::isfinite(e.median_effect) ? std::max(e.median_effect, std::log(1.05)) : std::log(1.25),
                std::isfinite(e.median_effect) ? "the effect of the median edit" : "log 1.25"};
  row.extra_sample =
      "Wells (as a batch column) with the same controls beside few and beside many edited cells, five or more.";
  const Profiles& p = e.profiles;
  std::map<int, std::pair<double, double>> cells;  // column → edited, all
  for (std::size_t r = 0; r < p.levels.rows.size(); ++r) {
    auto& sum = cells[p.column[r]];
    const auto& level = p.levels.rows[r];
    sum.second += level.cells;
    if (!p.levels.conditions[static_cast<std::size_t>(level.condition)].is_control()) sum.first += level.cells;
  }
  // The control condition that is in most batches.
  std::map<int, std::map<int, Index>> controls;
  for (std::size_t r = 0; r < p.levels.rows.size(); ++r)
    if (p.levels.conditions[static_cast<std::size_t>(p.levels.rows[r].condition)].is_control())
      controls[p.levels.rows[r].condition][p.column[r]] = static_cast<Index>(r);
  const auto widest = std::max_element(controls.begin(), controls.end(),
                                       [](const auto& a, const auto& b) { return a.second.size() < b.second.size(); });
  std::vector<double> share;
  std::vector<Index> rows;
  if (widest != controls.end())
    for (const auto& [column, r] : widest->second) {
      share.push_back(cells[column].first / cells[column].second);
      rows.push_back(r);
    }
  const auto [least, most] = std::minmax_element(share.begin(), share.end());
  if (!e.edited || share.size() < 5 || *most - *least < 0.3) {
    row.verdict = Verdict::not_testable;
    row.sentence = "An assumption in force: " +
                   (!e.edited          ? std::string("no cell is edited.")
                    : share.size() < 5 ? std::string("fewer than five batches hold controls, so that none with few and "
                                                     "with many edited cells can be compared.")
                                       : "the share of edited cells is much the same in all batches (" +
                                             in_words(*least) + " to " + in_words(*most) + ").");
    row.consequence = "Effects include whatever edited cells do to their neighbours.";
    return row;
  }
  const auto n = static_cast<Index>(share.size());
  const double range = *most - *least;
  Vector f = Eigen::Map<const Vector>(share.data(), n);
  f.array() -= f.mean();
  std::vector<double> change, noise;
  Matrix residual(0, n);
  for (Index g = 0; g < p.genes(); ++g) {
    Vector x(n);
    bool whole = true;
    for (Index k = 0; k < n; ++k) {
      x[k] = p.levels.x(g, rows[static_cast<std::size_t>(k)]);
      whole &= p.levels.trust(g, rows[static_cast<std::size_t>(k)]) == screen::Trust::trusted;
    }
    if (!whole) continue;
    x.array() -= x.mean();
    const double slope = f.dot(x) / f.squaredNorm();
    const Vector left = x - slope * f;
    const double variance = left.squaredNorm() / static_cast<double>(n - 2);
    if (!(variance > 0)) continue;
    change.push_back(range * slope);
    noise.push_back(range * range * variance / f.squaredNorm());
    residual.conservativeResize(residual.rows() + 1, Eigen::NoChange);
    residual.row(residual.rows() - 1) = left.transpose() / std::sqrt(variance);
  }
  if (change.size() < 2) {
    row.verdict = Verdict::no_data;
    row.sentence = "No gene is counted well enough in the controls of every batch.";
    return row;
  }
  row.extra_sample.clear();
  Size size;
  const double genes = static_cast<double>(change.size());
  double square_noise = 0;
  for (std::size_t k = 0; k < change.size(); ++k) {
    size.raw += change[k] * change[k] / genes;
    size.noise += noise[k] / genes;
    square_noise += noise[k] * noise[k];
  }
  // Batch effects of a screen are few common directions; the residuals of n − 2 batches say how few.
  const double dimension = std::min(dimension_of(residual), static_cast<double>(n - 2));
  size.d1 = std::max(1.0, dimension * size.noise * size.noise * genes / square_noise);
  size.d2 = size.d1 * static_cast<double>(n - 2);
  size.estimate = std::sqrt(std::max(0.0, size.raw - size.noise));
  row.items.push_back(judged(
      "edited share " + in_words(*least) + " to " + in_words(*most), size.estimate,
      [&](double error) { return size.bounds(error); }, row.margin, 1));
  row.conditional = "that batches differ for no other reason that goes with their share of edited cells";
  conclude(row, "batches");
  const Item& item = row.items.front();
  row.sentence = "Unedited cells change by " + in_words(item.estimate) + " (95 % interval " +
                 in_words(item.interval.low) + " to " + in_words(item.interval.high) +
                 ") between batches with few and with many edited cells.";
  row.consequence =
      row.verdict == Verdict::violated
          ? "Controls of a pool are no picture of cells among unedited cells: compare within wells of one edited share."
          : "Controls from the same pool stand for unedited cells.";
  return row;
}

}  // namespace groundwork::audit
