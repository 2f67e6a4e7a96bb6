#include "groundwork/design/ready_layouts.hpp"

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::design {
namespace {

void require(bool holds, const std::string& sentence, const std::string& hint) {
  if (!holds) throw Error("layout.ready", sentence, hint);
}

std::vector<std::string> numbered(const std::string& stem, int count) {
  std::vector<std::string> names;
  for (int k = 1; k <= count; ++k) names.push_back(stem + std::to_string(k));
  return names;
}

/** Days in a unit; a unit that is only a name counts as one. */
double days_of(const std::string& unit) { return unit == "h" ? 1.0 / 24 : unit == "min" ? 1.0 / 1440 : 1; }

/** Each time point in its own batches; effects at every time against the controls of that time, and their change. */
ReadyLayout times_apart(const ReadyOptions& o) {
  ReadyLayout ready;
  Layout& layout = ready.layout;
  const auto times = static_cast<int>(o.times.size());
  std::vector<std::vector<int>> condition(static_cast<std::size_t>(o.perturbations + 1));
  for (int t = 0; t < times; ++t) {
    const std::string at = " at " + significant(o.times[static_cast<std::size_t>(t)]) + " " + o.time_unit;
    for (int p = 0; p <= o.perturbations; ++p) {
      condition[static_cast<std::size_t>(p)].push_back(static_cast<int>(layout.conditions.size()));
      layout.conditions.push_back((p == 0 ? std::string("control") : "P" + std::to_string(p)) + at);
      layout.about.perturbation.push_back(p == 0 ? std::string() : "P" + std::to_string(p));
      layout.about.time.push_back(o.times[static_cast<std::size_t>(t)] * days_of(o.time_unit));
      if (p == 0) ready.control.push_back(layout.conditions.back());
    }
  }
  if (o.bridge_cells > 0) {
    layout.conditions.push_back("bridge");
    layout.about.perturbation.push_back("bridge");
    layout.about.time.push_back(nan);
  }
  layout.batches = numbered("b", times * o.batches);
  layout.cells = Matrix::Zero(static_cast<Index>(layout.conditions.size()), static_cast<Index>(layout.batches.size()));
  for (int t = 0; t < times; ++t) {
    for (int r = 0; r < o.batches; ++r) {
      const Index b = t * o.batches + r;
      for (int p = 0; p <= o.perturbations; ++p) {
        layout.cells(condition[static_cast<std::size_t>(p)][static_cast<std::size_t>(t)], b) =
            p == 0 ? o.control_cells : o.cells;
      }
      if (o.bridge_cells > 0) layout.cells(layout.cells.rows() - 1, b) = o.bridge_cells;
    }
  }
  const double span = o.times.back() - o.times.front();
  const std::size_t last = static_cast<std::size_t>(times) - 1;
  const std::vector<int>& control = condition[0];
  for (int p = 1; p <= o.perturbations; ++p) {
    const std::string name = "P" + std::to_string(p);
    const std::vector<int>& own = condition[static_cast<std::size_t>(p)];
    for (std::size_t t = 0; t < own.size(); ++t) {
      ready.contrasts.push_back(
          {name + " effect at " + significant(o.times[t]) + " " + o.time_unit, {{own[t], 1.0}, {control[t], -1.0}}});
    }
    ready.contrasts.push_back({name + " rate per " + o.time_unit, {{own[last], 1 / span}, {own[0], -1 / span}}});
    ready.contrasts.push_back(
        {name + " rate against control's per " + o.time_unit,
         {{own[last], 1 / span}, {own[0], -1 / span}, {control[last], -1 / span}, {control[0], 1 / span}}});
  }
  return ready;
}

}  // namespace

ReadyKind ready_kind_of(const std::string& name) {
  if (name == "complete") return ReadyKind::complete;
  if (name == "one_batch_each") return ReadyKind::one_batch_each;
  if (name == "controls_apart") return ReadyKind::controls_apart;
  if (name == "time_per_batch") return ReadyKind::time_per_batch;
  throw Error("layout.ready", "There is no ready layout called \"" + name + "\".",
              "Known are complete, one_batch_each, controls_apart and time_per_batch.");
}

ReadyLayout ready_layout(const ReadyOptions& o) {
  require(o.perturbations >= 1 && o.perturbations <= 100000,
          "A layout needs at least one perturbation, and at most 100,000.", "Change the number of conditions.");
  require(o.batches >= 1 && o.batches <= 10000, "A layout needs at least one batch, and at most 10,000.",
          "Change the number of batches.");
  for (const double n : {o.cells, o.control_cells, o.bridge_cells}) {
    require(n >= 0 && n == std::floor(n) && n <= 1e12,
            "Numbers of cells are whole and not negative; found " + significant(n) + ".",
            "Round it to a whole number.");
  }
  require(o.cells > 0, "The perturbations have no cells.", "Give them at least one cell each.");
  if (o.kind == ReadyKind::time_per_batch) {
    require(o.times.size() >= 2, "A layout over time needs at least two times.", "Give times, for example 2 and 4.");
    for (std::size_t t = 1; t < o.times.size(); ++t) {
      require(
          o.times[t] > o.times[t - 1],
          "Times have to increase; found " + significant(o.times[t]) + " after " + significant(o.times[t - 1]) + ".",
          "Sort the times.");
    }
    return times_apart(o);
  }
  ReadyLayout ready;
  Layout& layout = ready.layout;
  ready.control = {"control"};
  layout.conditions = numbered("P", o.perturbations);
  layout.conditions.insert(layout.conditions.begin(), "control");
  layout.batches = numbered("b", o.batches);
  layout.cells = Matrix::Zero(o.perturbations + 1, o.batches);
  if (o.kind == ReadyKind::controls_apart) {
    require(o.control_batches >= 1 && o.control_batches < o.batches,
            "Controls apart need at least one batch of their own and one that is left; found " +
                std::to_string(o.control_batches) + " of " + std::to_string(o.batches) + ".",
            "Change the number of batches.");
    layout.cells.row(0).tail(o.control_batches).setConstant(o.control_cells);
    layout.cells.bottomLeftCorner(o.perturbations, o.batches - o.control_batches).setConstant(o.cells);
    return ready;
  }
  layout.cells.row(0).setConstant(o.control_cells);
  for (Index p = 0; p < o.perturbations; ++p) {
    if (o.kind == ReadyKind::complete) {
      layout.cells.row(p + 1).setConstant(o.cells);
    } else {
      layout.cells(p + 1, p * o.batches / o.perturbations) = o.cells;  // neighbours together, shares as even as can be
    }
  }
  return ready;
}

}  // namespace groundwork::design
