// Screens drawn cell by cell with known truth and summed as files are, for the tests of the audit.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/measurement/draw_counts.hpp"
#include "groundwork/screen/summary.hpp"

namespace drawn {

namespace screen = groundwork::screen;
using groundwork::Index;
using groundwork::Random;
using groundwork::Vector;

inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/** Where a group stands: what the truth of a screen may depend on. */
struct Place {
  std::string edit;  ///< "" = unedited; "g0+g1" for a pair
  double time = nan;
  int batch = 0;
  double edited_share = 0;  ///< of the batch
};

struct Plan {
  int genes = 20;  ///< g0 …, of which
  int quiet = 8;   ///< the last ones are touched by nothing and steady the depth
  std::vector<std::string> edits = {"g0", "g1", "g2", "g3", "g4", "g5"};
  std::vector<double> times = {nan};
  int batches = 3;  ///< 0: no batch column
  bool one_time_a_batch = false;
  int cells = 80, control_cells = 160;
  double cells_sd = 0;    ///< of the log of a group's cells: unequal groups
  double expression = 2;  ///< UMI a cell and gene
  double dispersion = 0.2;
  double depth_cv = 0.3;
  double depth_sd = 0;  ///< of the log depth of a group: unbalanced depth
  double batch_sd = 0.2, group_sd = 0;
  double walk_sd = 0;  ///< batches drift: each starts where the one before it ended
  double dropout = 0;
  bool types = false;        ///< two types of cells, the second with 30 % of them …
  double composition = 0;    ///< … times exp of a normal of this standard deviation, in every sample
  bool type_column = false;  ///< whether the screen says which is which
  double type_change = 0;    ///< of the log share with time, a day
  screen::Modality modality = screen::Modality::knockout;
  double effect = 0.5;  ///< standard deviation of an edit's effects
  int affected = 6;     ///< genes that it reaches
  double left = 1;      ///< of the target's own transcript
  /** Added to an effect's log state, genes. */
  std::function<void(const Place&, Vector&)> extra;
  /** Share of edited cells that stay as controls. */
  std::function<double(const Place&)> escapers;
  /** Share of a second population among the cells of a group, and its log state against the first. */
  std::function<double(const Place&, Vector&)> second;
  /** Factor on the number of cells. */
  std::function<double(const Place&)> survival;
  /** Cells of a group, before the factors. */
  std::function<double(const Place&)> count;
};

inline std::vector<screen::Edit> edits_of(const std::string& label) {
  std::vector<screen::Edit> edits;
  std::string rest = label;
  while (!rest.empty()) {
    const auto at = rest.find('+');
    edits.push_back({rest.substr(0, at), 1});
    rest = at == std::string::npos ? "" : rest.substr(at + 1);
  }
  return edits;
}

class Drawing {
 public:
  Drawing(Plan plan, std::uint64_t seed) : plan_(std::move(plan)), random_(Random::stream(seed, 1)) {
    Random effects = Random::stream(seed, 2);
    for (int g = 0; g < plan_.genes; ++g) source_.genes.push_back("g" + std::to_string(g));
    source_.file = "drawn";
    base_ = normals(effects, 0.4).array() + std::log(plan_.expression);
    type_ = normals(effects, 0.6);
    type_.tail(plan_.quiet).setZero();
    for (const auto& edit : plan_.edits)
      if (edit.find('+') == std::string::npos) effect_.emplace_back(edit, own_effect(effects, edit));
    Vector walk = Vector::Zero(plan_.genes);
    for (int b = 0; b < std::max(1, plan_.batches); ++b) {
      walk += normals(random_, plan_.walk_sd);
      batch_.push_back(normals(random_, plan_.batch_sd) + walk);
    }
  }

  screen::Screen draw() {
    screen::BatchLevel level{"batch", {}};
    for (int b = 0; b < plan_.batches; ++b) level.levels.push_back("b" + std::to_string(b));
    if (plan_.batches > 0) grouping_.batches.push_back(level);
    std::vector<std::string> labels = {""};
    labels.insert(labels.end(), plan_.edits.begin(), plan_.edits.end());
    for (int b = 0; b < std::max(1, plan_.batches); ++b)
      for (std::size_t t = 0; t < plan_.times.size(); ++t) {
        if (plan_.one_time_a_batch && static_cast<std::size_t>(b) % plan_.times.size() != t) continue;
        double edited = 0, all = 0;
        for (const auto& label : labels) {
          const double n = cells_of({label, plan_.times[t], b, 0});
          all += n;
          edited += label.empty() ? 0 : n;
        }
        const double share =
            std::min(0.95, 0.3 * std::exp(plan_.composition * random_.normal() +
                                          plan_.type_change * (t > 0 ? plan_.times[t] - plan_.times[0] : 0)));
        for (const auto& label : labels) draw_group({label, plan_.times[t], b, edited / all}, share);
      }
    screen::Roles roles;
    roles.perturbation = "perturbation";
    roles.control = {"control"};
    roles.modality = plan_.modality;
    if (plan_.batches > 0) roles.batch = {"batch"};
    if (!std::isnan(plan_.times.front())) roles.time = "time";
    roles.time_unit = "d";
    if (plan_.type_column) roles.cell_type = "type";
    screen::Summary summary(source_, grouping_, roles, 1);
    do {
      for (std::size_t i = 0; i < cells_.size(); ++i)
        summary.push_cell(static_cast<std::int64_t>(i), cells_[i].genes, cells_[i].counts);
    } while (summary.next_pass());
    return summary.finish();
  }

 private:
  struct Cell {
    std::vector<int> genes;
    std::vector<float> counts;
  };

  Vector normals(Random& random, double sd) const {
    Vector v(plan_.genes);
    for (double& x : v) x = sd * random.normal();
    return v;
  }

  Vector own_effect(Random& random, const std::string& edit) const {
    Vector v = Vector::Zero(plan_.genes);
    const int free = plan_.genes - plan_.quiet;
    for (int k = 0; k < plan_.affected; ++k) {
      const auto g = static_cast<Index>(random.below(static_cast<std::uint64_t>(free)));
      if (source_.genes[static_cast<std::size_t>(g)] != edit) v[g] = plan_.effect * random.normal();
    }
    for (int g = 0; g < plan_.genes; ++g)
      if (source_.genes[static_cast<std::size_t>(g)] == edit) v[g] = std::log(plan_.left);
    return v;
  }

  double cells_of(const Place& place) const {
    double n = plan_.count ? plan_.count(place) : place.edit.empty() ? plan_.control_cells : plan_.cells;
    if (plan_.survival) n *= plan_.survival(place);
    return n;
  }

  int condition_of(const screen::Condition& condition) {
    for (std::size_t c = 0; c < grouping_.conditions.size(); ++c)
      if (grouping_.conditions[c] == condition) return static_cast<int>(c);
    grouping_.conditions.push_back(condition);
    return static_cast<int>(grouping_.conditions.size()) - 1;
  }

  int group_of(const screen::Condition& condition, int batch, int half) {
    screen::GroupKey key{condition_of(condition), {}, half};
    if (plan_.batches > 0) key.batch = {batch};
    grouping_.groups.push_back(key);
    return static_cast<int>(grouping_.groups.size()) - 1;
  }

  void draw_group(const Place& place, double type_share) {
    const bool control = place.edit.empty();
    Vector state = base_ + batch_[static_cast<std::size_t>(place.batch)] + normals(random_, plan_.group_sd);
    Vector change = Vector::Zero(plan_.genes);
    for (const auto& edit : edits_of(place.edit))
      for (const auto& [name, effect] : effect_)
        if (name == edit.name) change += effect;
    if (plan_.extra) plan_.extra(place, change);
    Vector other = Vector::Zero(plan_.genes);
    const double second = plan_.second ? plan_.second(place, other) : 0;
    const double escaping = !control && plan_.escapers ? plan_.escapers(place) : 0;
    const double depth = std::exp(plan_.depth_sd * random_.normal());
    const int n =
        std::max(4, static_cast<int>(std::lround(cells_of(place) * std::exp(plan_.cells_sd * random_.normal()))));
    screen::Condition condition;
    if (!control) condition.edits = edits_of(place.edit);
    condition.time = place.time;
    int groups[2][2];
    for (int type = 0; type < (plan_.type_column ? 2 : 1); ++type) {
      if (plan_.type_column) condition.compartment = type ? "B" : "A";
      for (int half = 0; half < (control ? 2 : 1); ++half)
        groups[type][half] = group_of(condition, place.batch, control ? half : -1);
    }
    const groundwork::measurement::CountLaw law{Vector::Constant(plan_.genes, plan_.dispersion),
                                                Vector::Constant(plan_.genes, plan_.dropout)};
    std::vector<std::int32_t> counts(static_cast<std::size_t>(plan_.genes));
    for (int i = 0; i < n; ++i) {
      const bool type = plan_.types && random_.uniform() < type_share;
      Vector own = state;
      if (type) own += type_;
      if (control && plan_.extra) own += change;
      if (!control && random_.uniform() >= escaping) own += change;
      if (random_.uniform() < second) own += other;
      own = own.array().exp().matrix();
      groundwork::measurement::draw_counts(own, depth * groundwork::measurement::draw_size(plan_.depth_cv, random_),
                                           law, random_, counts);
      Cell cell;
      for (int g = 0; g < plan_.genes; ++g)
        if (counts[static_cast<std::size_t>(g)] > 0) {
          cell.genes.push_back(g);
          cell.counts.push_back(static_cast<float>(counts[static_cast<std::size_t>(g)]));
        }
      cells_.push_back(std::move(cell));
      grouping_.group_of_cell.push_back(groups[plan_.type_column && type ? 1 : 0][control ? i % 2 : 0]);
    }
  }

  Plan plan_;
  Random random_;
  screen::CountsSource source_;
  screen::Grouping grouping_;
  Vector base_, type_;
  std::vector<std::pair<std::string, Vector>> effect_;
  std::vector<Vector> batch_;
  std::vector<Cell> cells_;
};

inline screen::Screen screen_of(const Plan& plan, std::uint64_t seed) { return Drawing(plan, seed).draw(); }

}  // namespace drawn
