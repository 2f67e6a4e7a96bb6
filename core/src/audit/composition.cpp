#include "groundwork/audit/composition.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "groundwork/audit/shares.hpp"

namespace groundwork::audit {
namespace {

constexpr std::size_t most_changes = 300;

/** Sample = batch at one time in one medium. */
using SampleKey = std::pair<std::pair<std::string, double>, std::vector<int>>;

double time_or_zero(const screen::Condition& c) { return c.has_time() ? c.time : 0; }

void judge_changes(Row& row, const std::vector<ShareChange>& changes, const SampleCounts& counts,
                   const std::vector<std::string>& class_names) {
  const std::size_t items = std::min(changes.size(), most_changes);
  row.items_left_out = static_cast<int>(changes.size() - items);
  for (std::size_t k = 0; k < items; ++k) {
    const ShareChange& c = changes[k];
    const auto bounds = t_bounds(c.log_change, c.standard_error, c.df);
    row.items.push_back(judged(
        counts.categories[c.category] + ", " + class_names[static_cast<std::size_t>(c.to)] + " against " +
            class_names[0],
        std::exp(c.log_change),
        [&](double error) {
          const Bounds b = bounds(error);
          return Bounds{std::exp(b.low), std::exp(b.high)};
        },
        row.margin, items));
  }
  conclude(row, "samples");
}

std::vector<std::string> violated_labels(const Row& row) {
  std::vector<std::string> labels;
  for (const Item& item : row.items)
    if (item.verdict == Verdict::violated) labels.push_back(item.label);
  return labels;
}

}  // namespace

Row audit_selection(const Evidence& e) {
  Row row;
  row.id = "A8";
  row.assumption = "Edits do not select cells.";
  row.quantity = "Cells with the edit at a later time over the first, relative to the median edit";
  row.logarithmic = true;
  row.margin = {1 / 1.5, 1.5, "a factor of 1.5"};
  row.evidence =
      "Numbers of cells per edit over time, with the over-dispersion between replicate samples. Guides that were rare "
      "in the "
      "pool to begin with are not mistaken for selection, as each edit is held against its own first time.";
  if (!e.edited || e.times.size() < 2) {
    row.verdict = Verdict::no_data;
    row.sentence =
        !e.edited ? "No cell is edited."
                  : "There are neither counts of the plasmid pool nor a first time to hold the cells per edit against.";
    row.extra_sample = "Cells, or reads of the guide pool, from a first time or from the plasmid, in two samples.";
    row.consequence = "If edited cells grow or die differently, what is measured are the survivors.";
    return row;
  }
  // Samples: batch × time, over media and cell types together.
  std::map<std::pair<double, std::vector<int>>, std::map<std::string, double>> cells;
  std::set<std::string> names;
  std::set<double> edited_times;
  for (std::size_t g = 0; g < e.data().groups.size(); ++g) {
    const auto& group = e.data().groups[g];
    const auto& condition = e.data().conditions[static_cast<std::size_t>(group.condition)];
    std::string name;
    for (const auto& edit : condition.edits) name += (name.empty() ? "" : "+") + edit.name;
    if (name.empty())
      name = "controls";
    else
      edited_times.insert(time_or_zero(condition));
    names.insert(name);
    cells[{time_or_zero(condition), group.batch}][name] += static_cast<double>(group.cells);
  }
  const std::vector<double> times(edited_times.begin(), edited_times.end());
  SampleCounts counts;
  std::vector<std::string> class_names;
  for (const double t : times) class_names.push_back(e.time_words(t));
  // Edits that every sample was meant to hold: present at all times.
  for (const auto& name : names) {
    std::set<double> seen;
    for (const auto& [key, row_cells] : cells)
      if (row_cells.contains(name)) seen.insert(key.first);
    const bool everywhere = std::all_of(times.begin(), times.end(), [&](double t) { return seen.contains(t); });
    if (everywhere) counts.categories.push_back(name);
  }
  std::vector<std::vector<double>> columns;
  for (const auto& [key, row_cells] : cells) {
    const auto at = std::find(times.begin(), times.end(), key.first);
    if (at == times.end()) continue;
    std::vector<double> column;
    std::size_t present = 0;
    for (const auto& name : counts.categories) {
      const auto found = row_cells.find(name);
      column.push_back(found == row_cells.end() ? 0 : found->second);
      present += found != row_cells.end();
    }
    if (2 * present < counts.categories.size()) continue;  // a batch made for other edits
    columns.push_back(column);
    counts.of_class.push_back(static_cast<int>(at - times.begin()));
  }
  counts.classes = static_cast<int>(times.size());
  counts.cells.resize(static_cast<Index>(counts.categories.size()), static_cast<Index>(columns.size()));
  for (std::size_t s = 0; s < columns.size(); ++s)
    for (std::size_t k = 0; k < columns[s].size(); ++k)
      counts.cells(static_cast<Index>(k), static_cast<Index>(s)) = columns[s][k];
  if (times.size() < 2 || counts.categories.size() < 3) {
    row.verdict = Verdict::no_data;
    row.sentence = "Fewer than three edits were sampled at more than one time.";
    row.extra_sample = "The same edits at a first and at a later time, in two samples each.";
    return row;
  }
  const auto changes = share_changes(counts, true);
  if (changes.empty()) {
    row.verdict = Verdict::not_testable;
    row.sentence = "Each time is one sample: how much cells per edit differ between samples anyway cannot be told.";
    row.extra_sample = "A second sample (batch) of at least one time.";
    return row;
  }
  judge_changes(row, changes, counts, class_names);
  if (row.verdict == Verdict::violated) {
    row.sentence = "Cells become more or fewer than those of the median edit: " + listed(violated_labels(row), 3) + ".";
    row.consequence =
        "The states of these edits are those of survivors: fit them apart, or with an abundance model beside.";
  } else {
    row.sentence = "No edit of " + counted(counts.categories.size(), "edit", "edits") +
                   " gains or loses cells by a factor of 1.5 for certain.";
    row.consequence = "States may be compared over time without a model of survival, as far as these samples tell.";
  }
  return row;
}

Row audit_composition(const Evidence& e) {
  Row row;
  row.id = "A11";
  row.assumption = "The composition of unedited cells is constant.";
  row.quantity = "Odds of the cell type among controls, relative to the first time";
  row.logarithmic = true;
  row.margin = {1 / 1.5, 1.5, "a factor of 1.5"};
  row.evidence =
      "Cell types among controls over times and media, with the over-dispersion between replicate samples. A plain χ² "
      "test of "
      "the table takes any difference between samples for a change: it raised 93 % false alarms.";
  std::set<std::string> types;
  for (const auto& c : e.data().conditions)
    if (c.is_control()) types.insert(c.compartment);
  if (e.data().roles.cell_type.empty() || types.size() < 2) {
    row.verdict = Verdict::no_data;
    row.sentence = e.data().roles.cell_type.empty() ? "No column gives the type of the cells."
                                                    : "All unedited cells are of one type.";
    if (e.data().roles.cell_type.empty()) row.extra_sample = "The type of each cell, as a column.";
    return row;
  }
  SampleCounts counts;
  counts.categories.assign(types.begin(), types.end());
  std::map<SampleKey, std::vector<double>> samples;
  std::set<std::pair<std::string, double>> classes;
  for (std::size_t g = 0; g < e.data().groups.size(); ++g) {
    const auto& group = e.data().groups[g];
    const auto& condition = e.data().conditions[static_cast<std::size_t>(group.condition)];
    if (!condition.is_control()) continue;
    const std::pair<std::string, double> kind{condition.medium, time_or_zero(condition)};
    classes.insert(kind);
    auto& column = samples[{kind, group.batch}];
    column.resize(types.size(), 0);
    column[static_cast<std::size_t>(std::distance(types.begin(), types.find(condition.compartment)))] +=
        static_cast<double>(group.cells);
  }
  std::vector<std::pair<std::string, double>> order(classes.begin(), classes.end());
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::vector<std::string> class_names;
  for (const auto& [medium, time] : order)
    class_names.push_back((e.times.empty() ? "" : e.time_words(time)) +
                          (e.media.size() > 1 ? (e.times.empty() ? "" : ", ") + medium : ""));
  if (order.size() < 2) {
    row.verdict = Verdict::not_testable;
    row.sentence =
        "Unedited cells come from one time and one medium, so that there is no change of their composition to see.";
    row.extra_sample = "Unedited cells at a second time, in two samples.";
    return row;
  }
  counts.classes = static_cast<int>(order.size());
  counts.cells.resize(static_cast<Index>(types.size()), static_cast<Index>(samples.size()));
  Index column = 0;
  for (const auto& [key, cells] : samples) {
    for (std::size_t k = 0; k < cells.size(); ++k) counts.cells(static_cast<Index>(k), column) = cells[k];
    counts.of_class.push_back(static_cast<int>(std::find(order.begin(), order.end(), key.first) - order.begin()));
    ++column;
  }
  auto changes = share_changes(counts, false);
  if (changes.empty()) {
    row.verdict = Verdict::not_testable;
    row.sentence = "Each time is one sample: how much samples differ in composition anyway cannot be told.";
    row.extra_sample = "A second sample (batch) of unedited cells of at least one time.";
    return row;
  }
  // With two types one says all.
  if (types.size() == 2)
    changes.erase(std::remove_if(changes.begin(), changes.end(), [](const auto& c) { return c.category > 0; }),
                  changes.end());
  judge_changes(row, changes, counts, class_names);
  if (row.verdict == Verdict::violated) {
    row.sentence = "The mix of unedited cells changes: " + listed(violated_labels(row), 3) + ".";
    row.consequence =
        "Compare edited cells with controls of the same type and time only, and do not hold the mean of all controls "
        "still.";
    row.choice = {"", "controls_as_data", 0};
  } else {
    row.sentence = "No cell type of " + std::to_string(types.size()) +
                   " changes its odds among unedited cells by a factor of 1.5 for certain.";
    row.consequence = "Drift of the controls is drift of cells, not of their mix, as far as these samples tell.";
  }
  return row;
}

}  // namespace groundwork::audit
