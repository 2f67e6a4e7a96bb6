#include "groundwork/audit/depth_and_zeros.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace groundwork::audit {
namespace {

constexpr double fewest_counts = 0.3;
constexpr std::size_t fewest_genes = 8;

/** Depth of edited cells against controls of the same place: a flag with the worst edit, where it is beyond log 1.25.
 */
std::string depth_flag(const Evidence& e) {
  const auto& s = e.data();
  std::map<int, std::pair<double, double>> controls;               // place → Σℓ, cells
  std::map<int, std::map<int, std::pair<double, double>>> edited;  // condition → place → …
  for (std::size_t g = 0; g < s.groups.size(); ++g) {
    const int place = e.place_of_group[g], c = s.groups[g].condition;
    auto& sum = s.conditions[static_cast<std::size_t>(c)].is_control() ? controls[place] : edited[c][place];
    sum.first += s.groups[g].sum_size;
    sum.second += static_cast<double>(s.groups[g].cells);
  }
  // Differences of one condition between places show how much samples differ anyway.
  double squares = 0, df = 0;
  struct Change {
    int condition;
    double mean, places;
  };
  std::vector<Change> changes;
  for (const auto& [condition, places] : edited) {
    std::vector<double> logs;
    for (const auto& [place, sum] : places) {
      const auto at = controls.find(place);
      if (at == controls.end() || at->second.second < 20 || sum.second < 20) continue;
      logs.push_back(std::log(sum.first / sum.second) - std::log(at->second.first / at->second.second));
    }
    if (logs.empty()) continue;
    double mean = 0;
    for (const double v : logs) mean += v / static_cast<double>(logs.size());
    for (const double v : logs) squares += (v - mean) * (v - mean);
    df += static_cast<double>(logs.size()) - 1;
    changes.push_back({condition, mean, static_cast<double>(logs.size())});
  }
  if (!(df > 0)) return "";
  std::vector<std::string> flagged;
  for (const Change& c : changes) {
    const Bounds b =
        t_bounds(c.mean, std::sqrt(squares / df / c.places), df)(0.05 / static_cast<double>(changes.size()));
    if (b.low > 0 || b.high < 0)
      if (std::abs(c.mean) > std::log(1.25))
        flagged.push_back(screen::label_of(s.conditions[static_cast<std::size_t>(c.condition)]) + " (" +
                          in_words(std::exp(c.mean)) + " times)");
  }
  if (flagged.empty()) return "";
  return "Depth differs from that of controls in the same batch for " + listed(flagged) +
         ". Cells may hold more or less RNA after an edit, so this is something to look at and no verdict.";
}

}  // namespace

Row audit_depth_and_zeros(const Evidence& e) {
  Row row;
  row.id = "A9";
  row.assumption = "Depth and dropout do not follow the condition.";
  row.quantity = "Share of zeros beyond a negative binomial, mean over genes";
  row.margin = {-0.05, 0.05, "five zeros in a hundred cells"};
  row.evidence =
      "Zeros of each gene against a negative binomial with the same mean, dispersion and depths, within each batch. "
      "Many zeros "
      "are not dropout: a low mean gives them. Depth that differs between edits is a flag only, since biology may "
      "change it.";
  row.flag = depth_flag(e);
  const auto& s = e.data();
  const auto& r = s.reservoir;
  // By batch, over controls (all groups without them).
  std::map<std::vector<int>, std::vector<int>> groups_of_batch;
  for (std::size_t g = 0; g < s.groups.size(); ++g)
    if (!e.controls || s.conditions[static_cast<std::size_t>(s.groups[g].condition)].is_control())
      groups_of_batch[s.groups[g].batch].push_back(static_cast<int>(g));
  struct Excess {
    std::string label;
    double mean, standard_error, df;
  };
  std::vector<Excess> found;
  for (const auto& [batch, groups] : groups_of_batch) {
    std::vector<double> excess;
    for (Index gene = 0; gene < static_cast<Index>(s.genes.size()); ++gene) {
      double zeros = 0, expected = 0, cells = 0, counts = 0;
      for (const int g : groups) {
        const auto& group = s.groups[static_cast<std::size_t>(g)];
        const double n = static_cast<double>(group.cells), rate = s.statistics.sum(gene, g) / group.sum_size;
        const auto [from, to] = std::equal_range(r.group.begin(), r.group.end(), g);
        if (from == to || n < 20) continue;
        // The dispersion of this very group, by moments of y: what it holds must not count as dropout.
        const double square = s.statistics.sum_sq(gene, g);
        const double beyond = square - rate * rate * group.sum_size_sq - s.statistics.sum(gene, g);
        const double phi = rate > 0 ? std::max(0.0, beyond / (rate * rate * group.sum_size_sq)) : 0;
        double probability = 0;
        for (auto at = from; at != to; ++at) {
          const double mean = rate * static_cast<double>(r.size[static_cast<std::size_t>(at - r.group.begin())]);
          probability += phi > 1e-8 ? std::exp(-std::log1p(phi * mean) / phi) : std::exp(-mean);
        }
        expected += n * probability / static_cast<double>(to - from);
        zeros += n - s.statistics.detected(gene, g);
        cells += n;
        counts += s.statistics.sum(gene, g);
      }
      if (cells < 50 || counts < fewest_counts * cells) continue;
      excess.push_back((zeros - expected) / cells);
    }
    if (excess.size() < fewest_genes) continue;
    const double n = static_cast<double>(excess.size());
    double mean = 0, squares = 0;
    for (const double v : excess) mean += v / n;
    for (const double v : excess) squares += (v - mean) * (v - mean);
    std::string label;
    for (std::size_t f = 0; f < batch.size(); ++f)
      label += (f ? " · " : "") + s.batches[f].levels[static_cast<std::size_t>(batch[f])];
    found.push_back({label.empty() ? "all cells" : label, mean, std::sqrt(squares / (n - 1) / n), n - 1});
  }
  if (found.empty()) {
    row.verdict = Verdict::no_data;
    row.sentence = "Fewer than " + std::to_string(fewest_genes) +
                   " genes have 0.3 counts a cell or more in the controls of a batch.";
    row.extra_sample = "Deeper sequencing of the controls.";
    return row;
  }
  double most = 0;
  for (const Excess& x : found) {
    row.items.push_back(judged(x.label, x.mean, t_bounds(x.mean, x.standard_error, x.df), row.margin, found.size()));
    if (std::abs(x.mean) > std::abs(most)) most = x.mean;
  }
  conclude(row, "genes");
  row.sentence = std::string("Genes hold ") + in_words(100 * std::abs(most)) + (most < 0 ? " fewer" : " more") +
                 " zeros in a hundred cells than a negative binomial, at most over batches.";
  row.consequence = row.verdict == Verdict::violated
                        ? "Counts are lost beyond sampling: effects of low genes are uncertain, and the counting noise "
                          "is understated for them."
                        : "The negative binomial describes zeros; no dropout term is needed.";
  return row;
}

}  // namespace groundwork::audit
