#include <algorithm>
#include <cmath>
#include <numeric>

#include "optimise_search.hpp"

namespace groundwork::design {
namespace {

/** Whole cells for the conditions present in a batch, in proportion to `share`, each group at least the least one. */
bool fill(const SearchRules& rules, Matrix& n, int batch, const std::vector<int>& present, const Vector& share,
          double room) {
  const OptimiseProblem& p = rules.problem;
  double all = 0, fixed = 0;
  for (const int c : present) all += share[c];
  room = std::floor(room);
  if (!(all > 0) || room < static_cast<double>(present.size()) * p.min_group) return false;
  double controls_share = 0, controls_count = 0;
  for (const int c : present) {
    if (!rules.is_control[static_cast<std::size_t>(c)]) continue;
    controls_share += share[c];
    controls_count += 1;
  }
  if (p.forced_controls > 0 && controls_count == 0) return false;
  // Controls first: their share, between what is forced and what is allowed.
  double controls = controls_count > 0 ? room * controls_share / all : 0;
  controls = std::min(controls, p.max_control_share * room);
  controls = std::max(controls, std::max(p.forced_controls, controls_count * p.min_group));
  if (controls > room || controls > p.max_control_share * room + 1e-9) return false;
  for (const bool control : {true, false}) {
    const double part = control ? controls : room - fixed;
    const double of = control ? controls_share : all - controls_share;
    double sum = 0, given = 0;
    int last = -1;
    for (const int c : present) {
      if (rules.is_control[static_cast<std::size_t>(c)] != control) continue;
      sum += part * share[c] / of;
      const double cells = std::max(p.min_group, std::floor(sum + 0.5) - given);
      n(c, batch) = cells;
      given += cells;
      if (last < 0 || cells > n(last, batch)) last = c;
    }
    // Groups raised to the least size are paid for by the largest one.
    while (last >= 0 && given > std::floor(part + 0.5)) {
      for (const int c : present)
        if (rules.is_control[static_cast<std::size_t>(c)] == control && n(c, batch) > n(last, batch)) last = c;
      if (n(last, batch) <= p.min_group) return false;
      n(last, batch) -= 1;
      given -= 1;
    }
    fixed += given;
  }
  return fixed <= room + 1e-9 && rules.controls_fit(rules.control_cells(n, batch), n.col(batch).sum());
}

}  // namespace

SearchRules::SearchRules(const OptimiseProblem& p, int new_batches, double all_cells)
    : problem(p),
      fixed(p.existing ? static_cast<int>(p.existing->cells.cols()) : 0),
      batches(fixed + new_batches),
      cells(all_cells) {
  const auto count = p.conditions.size();
  is_control.assign(count, false);
  for (const int c : p.controls) is_control[static_cast<std::size_t>(c)] = true;
  unit_of.assign(count, -1);
  for (const auto& linked : p.must_link) {
    // Sets that overlap are one set.
    int unit = -1;
    for (const int c : linked)
      if (unit_of[static_cast<std::size_t>(c)] >= 0) unit = unit_of[static_cast<std::size_t>(c)];
    if (unit < 0) {
      unit = static_cast<int>(units.size());
      units.emplace_back();
    }
    for (const int c : linked) {
      const int before = unit_of[static_cast<std::size_t>(c)];
      if (before == unit || is_control[static_cast<std::size_t>(c)]) continue;
      if (before >= 0) {
        for (const int other : units[static_cast<std::size_t>(before)]) {
          unit_of[static_cast<std::size_t>(other)] = unit;
          units[static_cast<std::size_t>(unit)].push_back(other);
        }
        units[static_cast<std::size_t>(before)].clear();
        continue;
      }
      unit_of[static_cast<std::size_t>(c)] = unit;
      units[static_cast<std::size_t>(unit)].push_back(c);
    }
  }
  for (std::size_t c = 0; c < count; ++c) {
    if (is_control[c] || unit_of[c] >= 0) continue;
    unit_of[c] = static_cast<int>(units.size());
    units.push_back({static_cast<int>(c)});
  }
  apart.resize(count);
  for (const auto& [a, b] : p.cannot_link) {
    apart[static_cast<std::size_t>(a)].push_back(b);
    apart[static_cast<std::size_t>(b)].push_back(a);
  }
}

bool SearchRules::conflicts(const Matrix& n, int condition, int batch) const {
  for (const int other : apart[static_cast<std::size_t>(condition)])
    if (n(other, batch) > 0) return true;
  return false;
}

int SearchRules::replicates(const Matrix& n, int condition) const {
  return static_cast<int>((n.row(condition).tail(batches - fixed).array() > 0).count());
}

bool SearchRules::may_enter(const Matrix& n, int condition, int batch) const {
  const auto c = static_cast<std::size_t>(condition);
  if (conflicts(n, condition, batch)) return false;
  if (is_control[c]) return true;
  return units[static_cast<std::size_t>(unit_of[c])].size() == 1 && replicates(n, condition) < problem.max_replicates;
}

bool SearchRules::may_leave(const Matrix& n, int condition, int) const {
  const auto c = static_cast<std::size_t>(condition);
  if (is_control[c]) return true;
  // Where batches have been run already, a condition may be in none of the new ones.
  const int least = fixed > 0 && n.row(condition).head(fixed).sum() > 0 ? 0 : problem.min_replicates;
  return units[static_cast<std::size_t>(unit_of[c])].size() == 1 && replicates(n, condition) > least;
}

double SearchRules::control_cells(const Matrix& n, int batch) const {
  double sum = 0;
  for (const int c : problem.controls) sum += n(c, batch);
  return sum;
}

bool SearchRules::controls_fit(double controls, double all) const {
  return all == 0 || (controls >= problem.forced_controls && controls <= problem.max_control_share * all + 1e-9);
}

Layout layout_of(const SearchRules& rules, const Matrix& cells) {
  const OptimiseProblem& p = rules.problem;
  Layout layout;
  if (p.existing) layout = *p.existing;
  layout.conditions = p.conditions;
  layout.finest = p.level_names.back();
  if (!p.existing)
    for (std::size_t f = 0; f + 1 < p.level_names.size(); ++f) layout.coarser.push_back({p.level_names[f], {}});
  const std::string stem = p.existing ? "new " : "b";
  for (int b = rules.fixed; b < rules.batches; ++b) {
    std::string name = stem + std::to_string(b - rules.fixed + 1);
    while (std::find(layout.batches.begin(), layout.batches.end(), name) != layout.batches.end()) name += "'";
    layout.batches.push_back(name);
    const int day = p.batches_per_day > 0 ? (b - rules.fixed) / p.batches_per_day : b - rules.fixed;
    for (CoarseLevel& level : layout.coarser)
      level.of_batch.push_back((p.existing ? "new " : "") + level.name + " " + std::to_string(day + 1));
  }
  layout.cells = cells;
  return layout;
}

std::string name_of_start(int kind) {
  if (kind == 0) return "every condition in every batch";
  if (kind == 1) return "as few batches for each condition as allowed";
  return "random " + std::to_string(kind - 1);
}

std::optional<Matrix> start_of(const SearchRules& rules, int kind, Random& random) {
  const OptimiseProblem& p = rules.problem;
  const int fresh = rules.batches - rules.fixed;
  Matrix n = Matrix::Zero(static_cast<Index>(p.conditions.size()), rules.batches);
  if (p.existing) n.leftCols(rules.fixed) = p.existing->cells;
  const double room = std::min(p.capacity, std::floor(rules.cells / fresh));
  const Vector best = best_cells(p, fresh, room * fresh);
  const int most = std::min(p.max_replicates, fresh);
  if (p.min_replicates > most) return std::nullopt;

  // Who is where: 1 stands for present.
  for (int b = rules.fixed; b < rules.batches; ++b)
    for (const int c : p.controls) n(c, b) = 1;
  Vector load = Vector::Zero(rules.batches);
  const auto order = kind >= 2 ? random.permutation(rules.units.size()) : [&] {
    std::vector<std::size_t> in_turn(rules.units.size());
    std::iota(in_turn.begin(), in_turn.end(), std::size_t{0});
    return in_turn;
  }();
  for (const std::size_t u : order) {
    const auto& unit = rules.units[u];
    if (unit.empty()) continue;
    int replicates = kind == 0 ? most : p.min_replicates;
    if (kind >= 2)
      replicates += static_cast<int>(random.below(static_cast<std::uint64_t>(most - p.min_replicates + 1)));
    std::vector<int> choice;
    for (int b = rules.fixed; b < rules.batches; ++b) choice.push_back(b);
    if (kind >= 2) {
      const auto shuffled = random.permutation(choice.size());
      std::vector<int> mixed;
      for (const std::size_t k : shuffled) mixed.push_back(choice[k]);
      choice = mixed;
    }
    std::stable_sort(choice.begin(), choice.end(), [&](int a, int b) { return load[a] < load[b]; });
    int placed = 0;
    for (const int b : choice) {
      if (placed == replicates) break;
      bool conflict = false;
      for (const int c : unit) conflict = conflict || rules.conflicts(n, c, b);
      if (conflict) continue;
      for (const int c : unit) n(c, b) = 1;
      load[b] += static_cast<double>(unit.size());
      ++placed;
    }
    if (placed < p.min_replicates) return std::nullopt;
  }
  for (int b = rules.fixed; b < rules.batches; ++b) {
    std::vector<int> present;
    Vector share = Vector::Zero(n.rows());
    double squares = 0, controls = 0;
    for (Index c = 0; c < n.rows(); ++c) {
      if (!(n(c, b) > 0)) continue;
      present.push_back(static_cast<int>(c));
      share[c] = std::max(best[c], 1e-6 * room);
      if (rules.is_control[static_cast<std::size_t>(c)]) {
        controls += 1;
      } else {
        squares += share[c] * share[c];
      }
    }
    if (present.empty()) continue;
    // Within a batch that holds some of the perturbations: the square-root rule for those.
    if (kind != 0 && squares > 0)
      for (const int c : p.controls) share[c] = std::sqrt(squares) / controls;
    if (!fill(rules, n, b, present, share, room)) return std::nullopt;
  }
  return n;
}

}  // namespace groundwork::design
