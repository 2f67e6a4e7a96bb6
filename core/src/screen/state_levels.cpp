// From a state table to levels: scales, units, the reference.
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/state_table.hpp"

namespace groundwork::screen {
namespace {

/** Index of what was done, added when it is new. */
int condition_index(std::vector<Condition>& conditions, const Condition& condition) {
  const auto found = std::find(conditions.begin(), conditions.end(), condition);
  if (found != conditions.end()) return static_cast<int>(found - conditions.begin());
  conditions.push_back(condition);
  return static_cast<int>(conditions.size()) - 1;
}

std::string usual_medium(const StateTable& table) {
  std::map<std::string, int> count;
  for (const auto& row : table.rows) ++count[row.medium];
  std::string usual;
  int most = 0;
  for (const auto& [medium, rows] : count)
    if (rows > most) {
      most = rows;
      usual = medium;
    }
  return usual;
}

}  // namespace

Scale scale_of(const std::string& name) {
  for (const Scale scale : {Scale::log, Scale::log2, Scale::linear})
    if (name == name_of(scale)) return scale;
  throw Error("states.scale", "There is no scale \"" + name + "\"; expected log, log2 or linear.",
              "log: natural logarithms; log2: logarithms to base 2; linear: expression itself, or differences of it.");
}

std::string name_of(Scale scale) {
  switch (scale) {
    case Scale::log:
      return "log";
    case Scale::log2:
      return "log2";
    case Scale::linear:
      return "linear";
  }
  return "";
}

ScaleProposal propose_scale(const StateTable& table) {
  double low = std::numeric_limits<double>::infinity(), high = -low, count = 0, negative = 0;
  for (const double x : table.x.reshaped()) {
    if (!std::isfinite(x)) continue;
    low = std::min(low, x);
    high = std::max(high, x);
    count += 1;
    negative += x < 0 ? 1 : 0;
  }
  if (count == 0) return {Scale::log2, "The table holds no value that could tell."};
  const std::string range = "Values lie between " + significant(low, 3) + " and " + significant(high, 3);
  const std::string base =
      " Base 2 is the usual one; natural logarithms look the same, so choose log if these are natural.";
  if (negative > 0.1 * count)
    return {Scale::log2, range + ", many of them below 0, as log ratios to a control do." + base};
  if (high > 50) return {Scale::linear, range + ": too large for logarithms of expression."};
  if (negative > 0)
    return {Scale::linear, range +
                               ", few of them below 0, as expression with noise does. Choose log2 if these are "
                               "logarithms."};
  if (high <= 5)
    return {Scale::linear, range +
                               ", none below 0: expression in units of a usual level. Choose log2 if "
                               "these are logarithms."};
  return {Scale::log2, range + ", none below 0, as logarithms of counts or intensities do." + base};
}

double table_unit(const StateTable& table) {
  if (table.scale == Scale::log) return 1;
  if (table.scale == Scale::log2) return 1 / std::numbers::ln2;
  double square = 0, count = 0;
  for (const bool controls : {true, false}) {
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      if (controls && !table.rows[r].condition.is_control()) continue;
      for (const double x : table.x.col(static_cast<Index>(r))) {
        if (!std::isfinite(x)) continue;
        square += x * x;
        count += 1;
      }
    }
    if (square > 0) break;
    count = 0;
  }
  if (!(square > 0)) return 1;
  return std::pow(10.0, std::round(0.5 * std::log10(square / count)));
}

Levels levels_of(const StateTable& table) {
  Levels out;
  out.scale = table.scale == Scale::linear ? Scale::linear : Scale::log;
  out.modality = table.modality;
  out.time_unit = table.time_unit;
  out.genes = table.genes;
  const double unit = table_unit(table);
  const Index genes = static_cast<Index>(table.genes.size());

  std::vector<std::string> batches;
  bool named = false, controls = false;
  int control_rows = 0;
  for (const auto& row : table.rows) {
    named = named || !row.batch.empty();
    control_rows += row.condition.is_control() ? 1 : 0;
  }
  controls = control_rows > 0;
  const auto batch_of = [&](const StateRow& row) -> std::vector<int> {
    if (!named) return {};
    const std::string name = row.batch.empty() ? "(none)" : row.batch;
    const auto found = std::find(batches.begin(), batches.end(), name);
    if (found == batches.end()) {
      batches.push_back(name);
      return {static_cast<int>(batches.size()) - 1};
    }
    return {static_cast<int>(found - batches.begin())};
  };

  std::vector<std::pair<LevelRow, double>> rows;  // with the variance on the table's scale
  for (const auto& row : table.rows) {
    LevelRow level;
    level.condition = condition_index(out.conditions, row.condition);
    level.batch = batch_of(row);
    const bool lone = row.condition.is_control() && control_rows == 1 && std::isnan(row.given_variance);
    rows.emplace_back(std::move(level), lone ? 0 : row.given_variance);
  }
  if (!controls) {
    const std::string medium = usual_medium(table);
    std::vector<std::pair<int, std::vector<int>>> done;
    for (std::size_t r = 0; r < table.rows.size(); ++r) {
      Condition zero;
      zero.medium = medium;
      zero.time = table.rows[r].condition.time;
      const std::pair key(condition_index(out.conditions, zero), rows[r].first.batch);
      if (std::find(done.begin(), done.end(), key) != done.end()) continue;
      done.push_back(key);
    }
    for (const auto& [condition, batch] : done) {
      LevelRow level;
      level.condition = condition;
      level.batch = batch;
      rows.emplace_back(std::move(level), 0);
    }
  }
  if (named) out.batches.push_back({"batch", batches});

  const Index count = static_cast<Index>(rows.size());
  out.x = Matrix::Zero(genes, count);
  out.variance.resize(genes, count);
  out.trust.resize(genes, count);
  for (Index r = 0; r < count; ++r) {
    const auto& [level, variance] = rows[static_cast<std::size_t>(r)];
    out.rows.push_back(level);
    if (r < table.x.cols()) out.x.col(r) = table.x.col(r) / unit;
    out.variance.col(r).setConstant(variance / (unit * unit));
    for (Index g = 0; g < genes; ++g) out.trust(g, r) = std::isfinite(out.x(g, r)) ? Trust::trusted : Trust::missing;
  }
  return out;
}

}  // namespace groundwork::screen
