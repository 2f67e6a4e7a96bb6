#include <algorithm>
#include <cmath>

#include "optimise_search.hpp"

namespace groundwork::design {
namespace {

InformationSetting setting_of(const SearchRules& rules, const Matrix& cells) {
  const OptimiseProblem& p = rules.problem;
  InformationSetting s;
  s.levels = batch_levels_of(layout_of(rules, cells));
  s.level_variances = p.assumptions.level_variances;
  s.sg2 = p.assumptions.sg2;
  s.sw2 = Vector::Constant(static_cast<Index>(p.conditions.size()), p.assumptions.sw2);
  if (p.assumptions.sw2_control >= 0)
    for (const int c : p.controls) s.sw2[c] = p.assumptions.sw2_control;
  s.contrasts = p.contrasts;
  s.weights = p.weights;
  s.criterion = p.criterion;
  return s;
}

constexpr std::size_t few = 8;  // of the best single changes that are paired with one another

template <typename List>
void keep_best(List& list, std::size_t most) {
  const auto by_value = [](const auto& a, const auto& b) { return a.value < b.value; };
  if (list.size() > most) {
    std::nth_element(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(most), list.end(), by_value);
    list.resize(most);
  }
}

}  // namespace

Descent::Descent(const SearchRules& rules, Matrix start, std::uint64_t seed)
    : rules_(rules), information_(setting_of(rules, start), start), random_(seed) {
  const double room = rules.cells / (rules.batches - rules.fixed);
  step_cells_ = std::max(1.0, std::floor(room / 16));
  least_step_ = std::max(1.0, std::floor(room / 4000));
  used_ = start.colwise().sum().transpose();
  total_ = used_.tail(rules.batches - rules.fixed).sum();
}

bool Descent::improves(double value) const {
  const double now = information_.value();
  return value < now - 1e-11 * std::max(std::abs(now), rules_.problem.criterion == Criterion::D ? 1.0 : 0.0);
}

bool Descent::fits(const std::vector<Change>& changes) const {
  const Matrix& n = information_.cells();
  double all = 0;
  for (std::size_t k = 0; k < changes.size(); ++k) {
    const int b = changes[k].batch;
    bool seen = false;
    for (std::size_t j = 0; j < k; ++j) seen = seen || changes[j].batch == b;
    if (seen) continue;
    double more = 0, more_controls = 0;
    for (std::size_t j = k; j < changes.size(); ++j) {
      if (changes[j].batch != b) continue;
      const double difference = changes[j].cells - n(changes[j].condition, b);
      more += difference;
      if (rules_.is_control[static_cast<std::size_t>(changes[j].condition)]) more_controls += difference;
    }
    all += more;
    const double held = used_[b] + more, controls = rules_.control_cells(n, b) + more_controls;
    if (held > rules_.problem.capacity + 1e-9 || !rules_.controls_fit(controls, held)) return false;
  }
  return total_ + all <= rules_.cells + 1e-9;
}

void Descent::make(const std::vector<Change>& changes) {
  information_.apply(changes);
  used_ = information_.cells().colwise().sum().transpose();
  total_ = used_.tail(rules_.batches - rules_.fixed).sum();
}

std::vector<Descent::Single> Descent::removals() const {
  const Matrix& n = information_.cells();
  std::vector<Single> list;
  for (int b = rules_.fixed; b < rules_.batches; ++b) {
    for (int c = 0; c < static_cast<int>(n.rows()); ++c) {
      if (!(n(c, b) > 0)) continue;
      double amount = std::min(step_cells_, n(c, b));
      if (n(c, b) - amount < rules_.problem.min_group) {
        if (!rules_.may_leave(n, c, b)) {
          amount = n(c, b) - rules_.problem.min_group;
          if (amount < 1) continue;
        } else {
          amount = n(c, b);
        }
      }
      const Change change{c, b, n(c, b) - amount};
      list.push_back({information_.value_after({&change, 1}), c, b, amount});
    }
  }
  return list;
}

std::vector<Descent::Single> Descent::additions() const {
  const Matrix& n = information_.cells();
  std::vector<Single> list;
  for (int b = rules_.fixed; b < rules_.batches; ++b) {
    for (int c = 0; c < static_cast<int>(n.rows()); ++c) {
      if (n(c, b) == 0 && !rules_.may_enter(n, c, b)) continue;
      const double amount = n(c, b) == 0 ? std::max(step_cells_, rules_.problem.min_group) : step_cells_;
      const Change change{c, b, n(c, b) + amount};
      list.push_back({information_.value_after({&change, 1}), c, b, amount});
    }
  }
  return list;
}

bool Descent::best_exchange() {
  const Matrix& n = information_.cells();
  std::vector<Single> out = removals(), in = additions();
  double best = information_.value();
  std::vector<Change> chosen;
  const auto consider = [&](const std::vector<Change>& changes) {
    const double value = information_.value_after(changes);
    if (value >= best || !improves(value) || !fits(changes)) return;
    best = value;
    chosen = changes;
  };
  for (const Single& s : in) {
    if (s.value < best && total_ + s.amount <= rules_.cells && used_[s.batch] + s.amount <= rules_.problem.capacity)
      consider({{s.condition, s.batch, n(s.condition, s.batch) + s.amount}});
  }
  const auto pair_up = [&](const std::vector<Single>& sources, const std::vector<Single>& sinks) {
    for (const Single& from : sources) {
      for (const Single& to : sinks) {
        if (from.condition == to.condition && from.batch == to.batch) continue;
        if (n(to.condition, to.batch) == 0 && from.amount < rules_.problem.min_group) continue;
        // A group that leaves makes room for what it kept out only afterwards: that is left to the relocations.
        consider({{from.condition, from.batch, n(from.condition, from.batch) - from.amount},
                  {to.condition, to.batch, n(to.condition, to.batch) + from.amount}});
      }
    }
  };
  for (int b = rules_.fixed; b < rules_.batches; ++b) {
    std::vector<Single> here_out, here_in;
    for (const Single& s : out)
      if (s.batch == b) here_out.push_back(s);
    for (const Single& s : in)
      if (s.batch == b) here_in.push_back(s);
    keep_best(here_out, few);
    keep_best(here_in, few);
    pair_up(here_out, here_in);
  }
  keep_best(out, few);
  keep_best(in, few);
  pair_up(out, in);
  if (chosen.empty()) return false;
  make(chosen);
  return true;
}

bool Descent::best_relocation() {
  const Matrix& n = information_.cells();
  const int fresh = rules_.batches - rules_.fixed;
  if (fresh < 2 || rules_.units.empty()) return false;
  const auto below = [&](std::size_t k) { return static_cast<int>(random_.below(static_cast<std::uint64_t>(k))); };
  const auto present = [&](const std::vector<int>& unit, int b) {
    for (const int c : unit)
      if (n(c, b) > 0) return true;
    return false;
  };
  double best = information_.value();
  std::vector<Change> chosen;
  for (int trial = 0; trial < 60; ++trial) {
    const auto& unit = rules_.units[static_cast<std::size_t>(below(rules_.units.size()))];
    const int from = rules_.fixed + below(static_cast<std::size_t>(fresh));
    const int to = rules_.fixed + below(static_cast<std::size_t>(fresh));
    if (from == to || unit.empty() || !present(unit, from) || present(unit, to)) continue;
    std::vector<Change> changes;
    Matrix after = n;
    const auto move = [&](const std::vector<int>& which, int a, int b) {
      for (const int c : which) {
        after(c, b) = n(c, a);
        after(c, a) = 0;
        changes.push_back({c, a, 0});
        changes.push_back({c, b, n(c, a)});
      }
    };
    move(unit, from, to);
    if (trial % 2 == 1) {  // in exchange for another one
      const auto& other = rules_.units[static_cast<std::size_t>(below(rules_.units.size()))];
      if (&other == &unit || other.empty() || !present(other, to) || present(other, from)) continue;
      move(other, to, from);
    }
    bool allowed = true;
    for (const Change& x : changes)
      allowed = allowed && (x.cells == 0 || !rules_.conflicts(after, x.condition, x.batch));
    if (!allowed) continue;
    const double value = information_.value_after(changes);
    if (value >= best || !improves(value) || !fits(changes)) continue;
    best = value;
    chosen = changes;
  }
  if (chosen.empty()) return false;
  make(chosen);
  return true;
}

bool Descent::step() {
  if (best_exchange() || best_relocation()) return false;
  if (step_cells_ <= least_step_) return true;
  step_cells_ = std::max(least_step_, std::floor(step_cells_ / 2));
  return false;
}

}  // namespace groundwork::design
