// Streaming sums against brute force, in every form in which counts can come.
#include <algorithm>
#include <cmath>
#include <set>

#include "error_code.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/screen/summary.hpp"

using namespace groundwork;
using namespace groundwork::screen;

namespace {

constexpr int cell_count = 900, genes = 23;

/** A screen drawn at random: counts, two batch levels, three edits and controls, guides, labels to drop. */
struct Drawn {
  std::vector<float> counts;  // cell_count × genes
  CellTable table;
  CountsSource source;
  Roles roles;

  explicit Drawn(std::uint64_t seed) {
    Random random(seed);
    ColumnBuilder label("label"), day("day"), lane("lane"), guide("guide");
    const char* labels[] = {"ctrl", "g3", "g5+ctrl", "g3+g5", "drop"};
    for (int c = 0; c < cell_count; ++c) {
      const auto which = random.below(5);
      label.add(labels[which]);
      day.add(random.below(2) == 0 ? "d1" : "d2");
      lane.add(random.below(40) == 0 ? "NA" : random.below(2) == 0 ? "x" : "y");
      guide.add(random.below(20) == 0 ? "" : std::string(labels[which]) + (random.below(2) == 0 ? "_1" : "_2"));
      source.cells.push_back("c" + std::to_string(c));
      const double depth = random.below(30) == 0 ? 0 : random.gamma(4);
      for (int g = 0; g < genes; ++g)
        counts.push_back(static_cast<float>(random.negative_binomial(depth * 0.1 * (1 + g % 5), 0.5)));
    }
    table.file = "cell_count.csv";
    table.rows = cell_count;
    for (ColumnBuilder* b : {&label, &day, &lane, &guide}) table.columns.push_back(b->finish());
    source.file = "counts.csv";
    for (int g = 0; g < genes; ++g) source.genes.push_back("g" + std::to_string(g));
    roles.perturbation = "label";
    roles.control = {"ctrl"};
    roles.drop = {"drop"};
    roles.batch = {"day", "lane"};
    roles.guide = "guide";
    roles.exclude_from_size_factor = {"g4", "g9"};
  }

  float at(int cell, int gene) const { return counts[static_cast<std::size_t>(cell * genes + gene)]; }

  Summary begin(std::uint64_t seed = 1) const {
    Roles r = roles;
    Grouping grouping = group_cells(table, r, seed);
    return Summary(source, std::move(grouping), r, seed);
  }
};

std::vector<std::size_t> order_of(int n, std::uint64_t seed) {
  return Random(seed).permutation(static_cast<std::size_t>(n));
}

Screen by_rows(const Drawn& d, std::uint64_t order_seed) {
  Summary summary = d.begin();
  int slice_seed = 0;
  do {
    // Slices of random length, in random order, unsorted within a row in the second form.
    std::vector<int> starts_at;
    for (int c = 0; c < cell_count; c += 1 + slice_seed++ % 7) starts_at.push_back(c);
    for (std::size_t slice : order_of(static_cast<int>(starts_at.size()), order_seed)) {
      const int first = starts_at[slice], end = slice + 1 < starts_at.size() ? starts_at[slice + 1] : cell_count;
      std::vector<std::int64_t> starts = {17};
      std::vector<int> index;
      std::vector<float> value;
      for (int c = first; c < end; ++c) {
        for (int k = 0; k < genes; ++k) {
          const int g = order_seed % 2 == 0 ? k : genes - 1 - k;
          if (d.at(c, g) == 0) continue;
          index.push_back(g);
          value.push_back(d.at(c, g));
        }
        starts.push_back(17 + static_cast<std::int64_t>(index.size()));
      }
      summary.push_rows(first, starts, index, value);
    }
  } while (summary.next_pass());
  return summary.finish();
}

Screen by_columns(const Drawn& d) {
  Summary summary = d.begin();
  do {
    for (std::size_t g : order_of(genes, 3)) {
      std::vector<int> index;
      std::vector<float> value;
      for (int c = 0; c < cell_count; ++c) {
        if (d.at(c, static_cast<int>(g)) == 0) continue;
        index.push_back(c);
        value.push_back(d.at(c, static_cast<int>(g)));
      }
      const std::vector<std::int64_t> starts = {0, static_cast<std::int64_t>(index.size())};
      summary.push_columns(static_cast<std::int64_t>(g), starts, index, value);
    }
  } while (summary.next_pass());
  return summary.finish();
}

Screen dense(const Drawn& d) {
  Summary summary = d.begin();
  do {
    summary.push_dense(600, cell_count - 600, std::span(d.counts).subspan(600 * genes));
    summary.push_dense(0, 600, std::span(d.counts).subspan(0, 600 * genes));
  } while (summary.next_pass());
  return summary.finish();
}

void check_same(const Screen& a, const Screen& b) {
  REQUIRE(a.groups.size() == b.groups.size());
  REQUIRE(a.conditions == b.conditions);
  for (std::size_t i = 0; i < a.groups.size(); ++i) {
    CHECK(a.groups[i].condition == b.groups[i].condition);
    CHECK(a.groups[i].batch == b.groups[i].batch);
    CHECK(a.groups[i].half == b.groups[i].half);
    CHECK(a.groups[i].cells == b.groups[i].cells);
    CHECK(a.groups[i].sum_size == b.groups[i].sum_size);
  }
  CHECK(a.statistics.sum == b.statistics.sum);
  CHECK(a.statistics.sum_sq == b.statistics.sum_sq);
  CHECK(a.statistics.detected == b.statistics.detected);
  for (auto part :
       {&GroupStatistics::scaled, &GroupStatistics::scaled_sq, &GroupStatistics::log1p, &GroupStatistics::log1p_sq})
    CHECK((a.statistics.*part).isApprox(b.statistics.*part, 1e-13));
  CHECK(a.guide_sum == b.guide_sum);
  CHECK(a.guide_scaled_sq.isApprox(b.guide_scaled_sq, 1e-13));
  CHECK(a.depth_histogram == b.depth_histogram);
  CHECK(a.reservoir.cell == b.reservoir.cell);
  CHECK(a.reservoir.group == b.reservoir.group);
  CHECK(a.reservoir.start == b.reservoir.start);
  CHECK(a.reservoir.gene == b.reservoir.gene);
  CHECK(a.reservoir.count == b.reservoir.count);
  REQUIRE(a.target_histograms.size() == b.target_histograms.size());
  for (std::size_t i = 0; i < a.target_histograms.size(); ++i) {
    CHECK(a.target_histograms[i].count == b.target_histograms[i].count);
    CHECK(a.target_histograms[i].cells == b.target_histograms[i].cells);
  }
}

/** Which cell_count the roles keep, straight from their definition. */
bool is_kept(const Drawn& d, int c) {
  const auto at = static_cast<std::size_t>(c);
  const auto& label = d.table.columns[0];
  if (label.levels[static_cast<std::size_t>(label.code[at])] == "drop" || d.table.columns[2].code[at] < 0) return false;
  double depth = 0;
  for (int g = 0; g < genes; ++g) depth += g == 4 || g == 9 ? 0 : d.at(c, g);
  return depth > 0;
}

}  // namespace

TEST_CASE("summary: equal to brute force") {
  const Drawn d(11);
  const Screen s = by_rows(d, 2);
  double total = 0;
  int kept = 0;
  std::vector<double> depth(cell_count, 0);
  for (int c = 0; c < cell_count; ++c) {
    if (!is_kept(d, c)) continue;
    for (int g = 0; g < genes; ++g) depth[static_cast<std::size_t>(c)] += g == 4 || g == 9 ? 0 : d.at(c, g);
    total += depth[static_cast<std::size_t>(c)];
    ++kept;
  }
  CHECK(s.cells_read == cell_count);
  CHECK(s.cells_kept == kept);
  CHECK(s.mean_depth == doctest::Approx(total / kept).epsilon(1e-15));
  CHECK(s.conditions.size() == 4);
  CHECK(s.groups.size() == (2 + 3) * 4);

  std::int64_t in_groups = 0;
  for (std::size_t i = 0; i < s.groups.size(); ++i) {
    const Group& group = s.groups[i];
    const auto column = static_cast<Index>(i);
    const Condition& condition = s.conditions[static_cast<std::size_t>(group.condition)];
    const auto member = [&](int c) {
      const auto at = static_cast<std::size_t>(c);
      if (!is_kept(d, c)) return false;
      const auto level = [&](int k) {
        return d.table.columns[static_cast<std::size_t>(k)]
            .levels[static_cast<std::size_t>(d.table.columns[static_cast<std::size_t>(k)].code[at])];
      };
      const std::string batch = s.batches[1].levels[static_cast<std::size_t>(group.batch[1])];
      if (batch != level(1) + "/" + level(2) ||
          s.batches[0].levels[static_cast<std::size_t>(group.batch[0])] != level(1))
        return false;
      if (edits_of(level(0), d.roles) != condition.edits) return false;
      return !condition.is_control() || static_cast<int>(hash_of(1, at) & 1) == group.half;
    };
    double size = 0, size_sq = 0, inverse = 0;
    std::int64_t n = 0;
    for (int c = 0; c < cell_count; ++c) {
      if (!member(c)) continue;
      const double l = depth[static_cast<std::size_t>(c)] / s.mean_depth;
      ++n;
      size += l;
      size_sq += l * l;
      inverse += 1 / l;
    }
    in_groups += n;
    CHECK(group.cells == n);
    CHECK(group.sum_size == doctest::Approx(size).epsilon(1e-13));
    CHECK(group.sum_size_sq == doctest::Approx(size_sq).epsilon(1e-13));
    CHECK(group.sum_inverse_size == doctest::Approx(inverse).epsilon(1e-13));
    CHECK(s.depth_histogram.col(column).sum() == static_cast<double>(n));
    for (int g = 0; g < genes; ++g) {
      double y1 = 0, y2 = 0, r1 = 0, r2 = 0, l1 = 0, l2 = 0, seen = 0;
      for (int c = 0; c < cell_count; ++c) {
        if (!member(c)) continue;
        const double y = d.at(c, g), r = y / (depth[static_cast<std::size_t>(c)] / s.mean_depth), l = std::log(1 + r);
        y1 += y;
        y2 += y * y;
        r1 += r;
        r2 += r * r;
        l1 += l;
        l2 += l * l;
        seen += y > 0;
      }
      CHECK(s.statistics.sum(g, column) == y1);
      CHECK(s.statistics.sum_sq(g, column) == y2);
      CHECK(s.statistics.detected(g, column) == seen);
      CHECK(s.statistics.scaled(g, column) == doctest::Approx(r1).epsilon(1e-12));
      CHECK(s.statistics.scaled_sq(g, column) == doctest::Approx(r2).epsilon(1e-12));
      CHECK(s.statistics.log1p(g, column) == doctest::Approx(l1).epsilon(1e-12));
      CHECK(s.statistics.log1p_sq(g, column) == doctest::Approx(l2).epsilon(1e-12));
    }
  }
  CHECK(in_groups == kept);
}

TEST_CASE("summary: the same from rows in any order, from columns and from dense counts") {
  const Drawn d(12);
  const Screen s = by_rows(d, 2);
  check_same(s, by_rows(d, 5));
  check_same(s, by_columns(d));
  check_same(s, dense(d));
}

TEST_CASE("summary: guides add up to their groups, histograms to their cells") {
  const Screen s = dense(Drawn(13));
  REQUIRE(s.guides.size() > 10);
  Matrix sums = Matrix::Zero(genes, static_cast<Index>(s.groups.size()));
  std::vector<std::int64_t> n(s.groups.size(), 0);
  for (std::size_t i = 0; i < s.guides.size(); ++i) {
    sums.col(s.guides[i].group) += s.guide_sum.col(static_cast<Index>(i));
    n[static_cast<std::size_t>(s.guides[i].group)] += s.guides[i].cells;
  }
  // About one cell in twenty has no guide.
  for (std::size_t g = 0; g < s.groups.size(); ++g) CHECK(n[g] <= s.groups[g].cells);
  CHECK((sums.array() <= s.statistics.sum.array()).all());
  CHECK(sums.sum() > 0.85 * s.statistics.sum.sum());
  std::size_t of_pairs = 0;
  for (const CountHistogram& h : s.target_histograms) {
    std::int64_t all = 0;
    double total = 0;
    for (std::size_t i = 0; i < h.count.size(); ++i) {
      all += h.cells[i];
      total += static_cast<double>(h.count[i]) * h.cells[i];
    }
    CHECK(all == s.groups[static_cast<std::size_t>(h.group)].cells);
    CHECK(total == s.statistics.sum(h.gene, h.group));
    of_pairs +=
        s.conditions[static_cast<std::size_t>(s.groups[static_cast<std::size_t>(h.group)].condition)].edits.size() == 2;
  }
  CHECK(of_pairs == 2 * 4);
}

TEST_CASE("summary: the reservoir holds the cell_count of lowest hash, with all their counts") {
  const Drawn d(14);
  const Screen s = by_columns(d);
  const Reservoir& r = s.reservoir;
  REQUIRE(r.start.size() == r.cell.size() + 1);
  // Groups here have fewer than 200 cell_count: all are kept.
  CHECK(static_cast<std::int64_t>(r.cell.size()) == s.cells_kept);
  CHECK(std::is_sorted(r.group.begin(), r.group.end()));
  for (std::size_t i = 0; i < r.cell.size(); ++i) {
    std::vector<float> row(genes, 0);
    for (int k = r.start[i]; k < r.start[i + 1]; ++k)
      row[static_cast<std::size_t>(r.gene[static_cast<std::size_t>(k)])] = r.count[static_cast<std::size_t>(k)];
    for (int g = 0; g < genes; ++g) CHECK(row[static_cast<std::size_t>(g)] == d.at(r.cell[i], g));
  }
  // One group of 1,000 cell_count: 200 are kept.
  CountsSource source{"c", {"g"}, {}};
  Grouping grouping;
  grouping.conditions.resize(1);
  grouping.groups = {{0, {}, 0}};
  grouping.group_of_cell.assign(1000, 0);
  Summary summary(source, grouping, Roles{}, 5);
  const std::vector<float> ones(1000, 1);
  do summary.push_dense(0, 1000, ones);
  while (summary.next_pass());
  const Screen large = summary.finish();
  REQUIRE(large.reservoir.cell.size() == 200);
  std::vector<std::pair<std::uint64_t, int>> order;
  for (int c = 0; c < 1000; ++c) order.push_back({hash_of(5, static_cast<std::uint64_t>(c)), c});
  std::sort(order.begin(), order.end());
  std::set<int> lowest;
  for (int i = 0; i < 200; ++i) lowest.insert(order[static_cast<std::size_t>(i)].second);
  CHECK(std::set<int>(large.reservoir.cell.begin(), large.reservoir.cell.end()) == lowest);
}

TEST_CASE("summary: halves of controls are about equal and depend on seed and cell alone") {
  int first = 0;
  for (std::uint64_t c = 0; c < 10000; ++c) first += hash_of(1, c) & 1;
  CHECK(std::abs(first - 5000) < 200);
  const Drawn d(15);
  Roles roles = d.roles;
  const Grouping a = group_cells(d.table, roles, 1), b = group_cells(d.table, roles, 1),
                 other = group_cells(d.table, roles, 2);
  CHECK(a.group_of_cell == b.group_of_cell);
  CHECK(a.group_of_cell != other.group_of_cell);
}

TEST_CASE("summary: refusals name cell, gene and value") {
  Drawn d(16);
  d.counts[5 * genes + 3] = -2;
  CHECK(refusal([&] {
          d.begin().push_dense(0, cell_count, d.counts);
        }).rfind("counts.not_counts: counts.csv, cell 'c5', gene 'g3': found -2, expected a count", 0) == 0);
  d.counts[5 * genes + 3] = 0.5F;
  CHECK(refusal([&] { by_columns(d); }).rfind("counts.not_counts: counts.csv, cell 'c5', gene 'g3': found 0.5", 0) ==
        0);
  d.counts[5 * genes + 3] = std::nanf("");
  CHECK(refusal([&] { by_rows(d, 1); }).rfind("counts.not_counts", 0) == 0);
  d.counts[5 * genes + 3] = 1;
  CHECK(refusal([&] {
          Summary s = d.begin();
          s.push_dense(0, 10, std::span(d.counts).subspan(0, 10 * genes));
          s.next_pass();
        }).rfind("counts.incomplete: counts.csv: found counts of 10 cells", 0) == 0);
  CHECK(refusal([&] { d.begin().push_dense(0, 10, d.counts); }).rfind("counts.slice", 0) == 0);
  const std::vector<std::int64_t> starts = {0, 1};
  const std::vector<int> outside = {genes};
  const std::vector<float> one = {1};
  CHECK(refusal([&] { d.begin().push_rows(0, starts, outside, one); }).rfind("counts.slice", 0) == 0);
  d.roles.exclude_from_size_factor = {"nothere"};
  CHECK(refusal([&] { d.begin(); }) ==
        "roles.unknown_gene: gene 'nothere', which depth is not to count, is not in counts.csv");
  d.roles.exclude_from_size_factor = {};
  std::fill(d.counts.begin(), d.counts.end(), 0.F);
  CHECK(refusal([&] { dense(d); }).rfind("counts.no_depth", 0) == 0);
}
