#include "groundwork/screen/grouping.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <numeric>
#include <tuple>
#include <unordered_map>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/role_proposal.hpp"
namespace groundwork::screen {
namespace {

/** A number for each distinct pair, in order of arrival. */
class PairIndex {
 public:
  int of(int a, int b) {
    const auto key = (static_cast<std::uint64_t>(static_cast<std::uint32_t>(a)) << 32) | static_cast<std::uint32_t>(b);
    const auto [entry, is_new] = index_.emplace(key, static_cast<int>(pairs_.size()));
    if (is_new) pairs_.push_back({a, b});
    return entry->second;
  }
  const std::vector<std::pair<int, int>>& pairs() const { return pairs_; }

 private:
  std::unordered_map<std::uint64_t, int> index_;
  std::vector<std::pair<int, int>> pairs_;
};

const Column* column_for(const CellTable& table, const std::string& role, const std::string& name) {
  if (name.empty()) return nullptr;
  const Column* column = table.find(name);
  if (!column) {
    std::string list;
    for (const Column& c : table.columns) list += (list.empty() ? "" : ", ") + c.name;
    throw Error("roles.unknown_column", "the " + role + " column '" + name + "' is not in " + table.file +
                                            "; its columns are: " + (list.empty() ? "none" : list));
  }
  if (column->crowded)
    throw Error("roles.crowded_column", "column '" + name + "' of " + table.file +
                                            " has a value of its own for most cells, which no " + role + " has");
  return column;
}

std::string frequent_labels(const Column& column) {
  const auto cells = cells_per_level(column);
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return cells[a] > cells[b]; });
  std::string list;
  for (std::size_t i = 0; i < std::min<std::size_t>(8, order.size()); ++i)
    list += (list.empty() ? "" : ", ") + column.levels[order[i]] + " (" + std::to_string(cells[order[i]]) + ")";
  return list;
}

void require_level(const Column& column, const std::string& level, const std::string& what) {
  if (std::find(column.levels.begin(), column.levels.end(), level) == column.levels.end())
    throw Error("roles.unknown_level", what + " '" + level + "' is no value of column '" + column.name +
                                           "'; the most frequent are: " + frequent_labels(column));
}

void settle_controls(const Column& column, Roles& roles, std::vector<std::string>& warnings) {
  const std::string hint =
      "Name the labels of unedited cells as controls (--control), or say that there are none (--no-control).";
  if (roles.no_control) {
    if (!roles.control.empty())
      throw Error("roles.no_control", "a screen declared to be without controls cannot have control labels");
    return;
  }
  if (roles.control.empty()) {
    for (const std::string& level : column.levels)
      if (names_control(level)) roles.control.push_back(level);
    if (roles.control.empty())
      throw Error("roles.no_control",
                  "no label in column '" + column.name +
                      "' is a usual name of unedited cells; the most frequent are: " + frequent_labels(column),
                  hint);
    std::string list;
    for (const auto& level : roles.control) list += (list.empty() ? "'" : ", '") + level + "'";
    warnings.push_back("No control label was given: " + list + " is taken.");
    return;
  }
  for (const std::string& level : roles.control)
    if (std::find(column.levels.begin(), column.levels.end(), level) == column.levels.end())
      throw Error("roles.no_control",
                  "the control label '" + level + "' is no value of column '" + column.name +
                      "'; the most frequent are: " + frequent_labels(column),
                  hint);
}

/** One role of the condition: for each level of its column the number that stands for it, −1 = leave the cell out. */
struct Part {
  const Column* column = nullptr;
  std::vector<int> number;

  int of(std::size_t cell) const {
    if (!column) return 0;
    const int code = column->code[cell];
    return code < 0 ? -1 : number[static_cast<std::size_t>(code)];
  }
};

Part names_part(const Column* column) {
  Part part{column, {}};
  if (!column) return part;
  part.number.resize(column->levels.size());
  std::iota(part.number.begin(), part.number.end(), 0);
  return part;
}

Part perturbation_part(const Column* column, const Roles& roles, std::vector<std::vector<Edit>>& distinct) {
  Part part{column, {}};
  if (!column) {
    distinct.emplace_back();
    return part;
  }
  std::map<std::vector<std::string>, int> number_of;
  for (const std::string& level : column->levels) {
    if (std::find(roles.drop.begin(), roles.drop.end(), level) != roles.drop.end()) {
      part.number.push_back(-1);
      continue;
    }
    const auto edits = edits_of(level, roles);
    std::vector<std::string> names;
    for (const Edit& e : edits) names.push_back(e.name);
    const auto [known, is_new] = number_of.emplace(std::move(names), static_cast<int>(distinct.size()));
    part.number.push_back(known->second);
    if (is_new) distinct.push_back(edits);
  }
  return part;
}

Part time_part(const Column* column, const Roles& roles, std::vector<double>& days) {
  Part part{column, {}};
  if (!column) {
    days.push_back(std::numeric_limits<double>::quiet_NaN());
    return part;
  }
  const double unit = days_per(roles.time_unit);
  for (const std::string& level : column->levels) {
    const auto value = number_in(level);
    if (!value)
      throw Error("roles.time_not_numeric",
                  "time column '" + column->name + "': found '" + level + "', expected a number of " + roles.time_unit,
                  "Write times as numbers in one unit.");
    const double day = *value * unit;
    const auto known = std::find(days.begin(), days.end(), day);
    part.number.push_back(static_cast<int>(known - days.begin()));
    if (known == days.end()) days.push_back(day);
  }
  return part;
}

std::string share(std::int64_t cells, std::int64_t of) {
  return std::to_string(cells) + " of " + std::to_string(of) + " cells";
}

}  // namespace

bool comes_before(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  std::size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      const auto number = [&](const std::string& text, std::size_t& at) {
        while (at < text.size() && text[at] == '0') ++at;
        const std::size_t start = at;
        while (at < text.size() && digit(text[at])) ++at;
        return text.substr(start, at - start);
      };
      const std::string left = number(a, i), right = number(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;
}

std::vector<Edit> edits_of(const std::string& label, const Roles& roles) {
  const auto is_control = [&](const std::string& part) {
    return std::find(roles.control.begin(), roles.control.end(), part) != roles.control.end();
  };
  std::vector<Edit> edits;
  if (is_control(label)) return edits;
  std::vector<std::string> parts;
  std::size_t start = 0;
  while (!roles.separator.empty()) {
    const std::size_t at = label.find(roles.separator, start);
    if (at == std::string::npos) break;
    parts.emplace_back(trimmed(label.substr(start, at - start)));
    start = at + roles.separator.size();
  }
  parts.emplace_back(trimmed(label.substr(start)));
  // A label such as "chr8:1+" is no pair: where a part is empty, the label stands for itself.
  if (std::find(parts.begin(), parts.end(), "") != parts.end()) parts = {label};
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  for (const std::string& part : parts)
    if (!is_control(part)) edits.push_back({part, 1});
  return edits;
}

Grouping group_cells(const CellTable& table, Roles& roles, std::uint64_t seed) {
  Grouping grouping;
  const Column* perturbation = column_for(table, "perturbation", roles.perturbation);
  const Column* guide = column_for(table, "guide", roles.guide);
  if (perturbation) {
    settle_controls(*perturbation, roles, grouping.warnings);
    for (const std::string& level : roles.drop) {
      require_level(*perturbation, level, "the label to drop");
      if (std::find(roles.control.begin(), roles.control.end(), level) != roles.control.end())
        throw Error("roles.no_control", "the label '" + level + "' is named as the control and as a label to drop");
    }
  } else if (!roles.control.empty() || !roles.drop.empty()) {
    throw Error("roles.unknown_column", "control labels and labels to drop need a perturbation column");
  }
  std::vector<std::string> batch_names;
  if (!roles.host.empty()) batch_names.push_back(roles.host);
  batch_names.insert(batch_names.end(), roles.batch.begin(), roles.batch.end());
  std::vector<const Column*> batches;
  for (const std::string& name : batch_names) {
    batches.push_back(column_for(table, "batch", name));
    if (std::count(batch_names.begin(), batch_names.end(), name) > 1)
      throw Error("roles.column_twice", "column '" + name + "' is named twice as a batch");
    if (name == roles.perturbation || name == roles.guide)
      throw Error("roles.column_twice",
                  "column '" + name + "' is the " + (name == roles.perturbation ? "perturbation" : "guide") +
                      " and a batch: every edit would be a batch of its own, and nothing could be compared",
                  "Name the column of donors, days, lanes or replicates as the batch, or none.");
    grouping.batches.push_back({name, {}});
  }

  std::vector<std::vector<Edit>> edits;
  std::vector<double> days;
  const Part parts[] = {perturbation_part(perturbation, roles, edits),
                        names_part(column_for(table, "medium", roles.medium)),
                        time_part(column_for(table, "time", roles.time), roles, days),
                        names_part(column_for(table, "cell type", roles.cell_type))};
  PairIndex pairs[3], batch_pairs, with_batch, with_half;
  std::vector<PairIndex> nested(batches.size());
  const auto n = static_cast<std::size_t>(table.rows);
  grouping.group_of_cell.assign(n, -1);
  std::int64_t dropped = 0, missing = 0;
  for (std::size_t cell = 0; cell < n; ++cell) {
    if (!table.listed.empty() && !table.listed[cell]) continue;
    if (perturbation && perturbation->code[cell] >= 0 && parts[0].of(cell) < 0) {
      ++dropped;
      continue;
    }
    int condition = parts[0].of(cell);
    bool complete = condition >= 0;
    for (int p = 1; p < 4 && complete; ++p) {
      const int number = parts[p].of(cell);
      complete = number >= 0;
      if (complete) condition = pairs[p - 1].of(condition, number);
    }
    int batch = -1;
    for (std::size_t f = 0; f < batches.size() && complete; ++f) {
      const int code = batches[f]->code[cell];
      complete = code >= 0;
      if (complete) batch = nested[f].of(batch, code);
    }
    if (!complete) {
      ++missing;
      continue;
    }
    const bool control = edits[static_cast<std::size_t>(parts[0].of(cell))].empty();
    const int half = control ? static_cast<int>(hash_of(seed, cell) & 1) : -1;
    grouping.group_of_cell[cell] = with_half.of(with_batch.of(condition, batch), half);
  }

  for (const auto& [third, compartment] : pairs[2].pairs()) {
    const auto [second, time] = pairs[1].pairs()[static_cast<std::size_t>(third)];
    const auto [first, medium] = pairs[0].pairs()[static_cast<std::size_t>(second)];
    Condition c;
    c.edits = edits[static_cast<std::size_t>(first)];
    if (parts[1].column) c.medium = parts[1].column->levels[static_cast<std::size_t>(medium)];
    c.time = days[static_cast<std::size_t>(time)];
    if (parts[3].column) c.compartment = parts[3].column->levels[static_cast<std::size_t>(compartment)];
    grouping.conditions.push_back(std::move(c));
  }
  for (std::size_t f = 0; f < batches.size(); ++f)
    for (const auto& [coarser, code] : nested[f].pairs())
      grouping.batches[f].levels.push_back(
          (f == 0 ? "" : grouping.batches[f - 1].levels[static_cast<std::size_t>(coarser)] + "/") +
          batches[f]->levels[static_cast<std::size_t>(code)]);
  for (const auto& [cell_of, half] : with_half.pairs()) {
    const auto [condition, finest] = with_batch.pairs()[static_cast<std::size_t>(cell_of)];
    GroupKey key{condition, std::vector<int>(batches.size()), half};
    int level = finest;
    for (std::size_t f = batches.size(); f-- > 0;) {
      key.batch[f] = level;
      level = nested[f].pairs()[static_cast<std::size_t>(level)].first;
    }
    grouping.groups.push_back(std::move(key));
  }
  if (guide) {
    grouping.guides = guide->levels;
    grouping.guide_of_cell = guide->code;
  }
  if (missing > 0)
    grouping.warnings.push_back(share(missing, table.rows) +
                                " lack a value in a column that has a role and are left out.");
  if (dropped > 0) grouping.warnings.push_back(share(dropped, table.rows) + " carry a label to drop and are left out.");
  if (grouping.groups.empty())
    throw Error("roles.no_cells",
                "no cell of " + table.file + " is left: all are dropped or lack a value in a column that has a role");
  return grouping;
}

void compact(Grouping& g) {
  std::vector<char> group_used(g.groups.size(), 0), condition_used(g.conditions.size(), 0);
  std::vector<std::vector<char>> level_used;
  for (const auto& b : g.batches) level_used.emplace_back(b.levels.size(), 0);
  for (int group : g.group_of_cell)
    if (group >= 0) group_used[static_cast<std::size_t>(group)] = 1;
  for (std::size_t i = 0; i < g.groups.size(); ++i) {
    if (!group_used[i]) continue;
    condition_used[static_cast<std::size_t>(g.groups[i].condition)] = 1;
    for (std::size_t f = 0; f < g.batches.size(); ++f)
      level_used[f][static_cast<std::size_t>(g.groups[i].batch[f])] = 1;
  }
  // Sorts what is used and tells where each item went.
  const auto arrange = [](const std::vector<char>& used, auto before, auto& items) {
    std::vector<int> order;
    for (std::size_t i = 0; i < used.size(); ++i)
      if (used[i]) order.push_back(static_cast<int>(i));
    std::sort(order.begin(), order.end(), [&](int a, int b) {
      return before(items[static_cast<std::size_t>(a)], items[static_cast<std::size_t>(b)]);
    });
    std::vector<int> place(used.size(), -1);
    auto arranged = items;
    arranged.clear();
    for (std::size_t i = 0; i < order.size(); ++i) {
      place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
      arranged.push_back(std::move(items[static_cast<std::size_t>(order[i])]));
    }
    items = std::move(arranged);
    return place;
  };
  const auto names_before = [](const Condition& a, const Condition& b) {
    for (std::size_t i = 0; i < std::min(a.edits.size(), b.edits.size()); ++i)
      if (a.edits[i].name != b.edits[i].name) return comes_before(a.edits[i].name, b.edits[i].name);
    return a.edits.size() < b.edits.size();
  };
  const auto condition_before = [&](const Condition& a, const Condition& b) {
    if (a.edits != b.edits) return names_before(a, b);
    if (a.medium != b.medium) return comes_before(a.medium, b.medium);
    if (a.has_time() && a.time != b.time) return a.time < b.time;
    return comes_before(a.compartment, b.compartment);
  };
  const std::vector<int> condition_at = arrange(condition_used, condition_before, g.conditions);
  std::vector<std::vector<int>> level_at;
  for (std::size_t f = 0; f < g.batches.size(); ++f)
    level_at.push_back(arrange(level_used[f], comes_before, g.batches[f].levels));
  for (std::size_t i = 0; i < g.groups.size(); ++i) {
    if (!group_used[i]) continue;
    g.groups[i].condition = condition_at[static_cast<std::size_t>(g.groups[i].condition)];
    for (std::size_t f = 0; f < g.batches.size(); ++f)
      g.groups[i].batch[f] = level_at[f][static_cast<std::size_t>(g.groups[i].batch[f])];
  }
  const auto group_before = [](const GroupKey& a, const GroupKey& b) {
    return std::tie(a.condition, a.batch, a.half) < std::tie(b.condition, b.batch, b.half);
  };
  const std::vector<int> group_at = arrange(group_used, group_before, g.groups);
  for (int& group : g.group_of_cell)
    if (group >= 0) group = group_at[static_cast<std::size_t>(group)];
}

}  // namespace groundwork::screen
