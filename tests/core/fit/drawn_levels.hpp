// State tables drawn with known truth, for the tests of the fit room.
#pragma once

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/screen/levels.hpp"

namespace drawn {

using groundwork::Index;
using groundwork::Matrix;
using groundwork::Random;
using groundwork::Vector;
namespace screen = groundwork::screen;

struct Design {
  int genes = 6;  ///< g0 … ; edits are named after the first `edits` of them
  int edits = 4;  ///< edits beyond the genes are named f0 …
  int free_edits = 0;
  int batches = 2;
  std::vector<double> times = {1, 2};  ///< NaN: the screen has no time
  std::vector<std::string> media = {""};
  bool controls_at_start = false;
  double noise = 0.05;  ///< sd of a row
  double batch_sd = 0.2;
  double group_sd = 0;  ///< of (condition, batch), shared by the halves of the controls
  screen::Modality modality = screen::Modality::knockout;
};

/** Effect of an edit ("" = unedited) in a medium at a time, genes. */
using Truth = std::function<Vector(const std::string& edit, const std::string& medium, double time)>;

inline screen::Levels levels(const Design& design, std::uint64_t seed, const Truth& truth) {
  Random random(seed);
  screen::Levels out;
  out.modality = design.modality;
  for (int g = 0; g < design.genes; ++g) out.genes.push_back("g" + std::to_string(g));
  std::vector<std::string> edits = {""};
  for (int e = 0; e < design.edits; ++e) edits.push_back("g" + std::to_string(e));
  for (int e = 0; e < design.free_edits; ++e) edits.push_back("f" + std::to_string(e));
  screen::BatchLevel level{"batch", {}};
  for (int b = 0; b < design.batches; ++b) level.levels.push_back("b" + std::to_string(b));
  if (design.batches > 0) out.batches.push_back(level);
  const int batches = std::max(design.batches, 1);
  Matrix batch(design.genes, batches);
  for (double& x : batch.reshaped()) x = design.batches > 1 ? design.batch_sd * random.normal() : 0;
  Vector level0(design.genes);
  for (double& x : level0) x = random.normal();

  std::vector<Vector> states;
  const auto add = [&](const screen::Condition& condition) {
    const int index = static_cast<int>(out.conditions.size());
    out.conditions.push_back(condition);
    const Vector mean =
        level0 + truth(condition.is_control() ? "" : condition.edits[0].name, condition.medium, condition.time);
    for (int b = 0; b < batches; ++b) {
      Vector own = batch.col(b);
      for (double& x : own) x += design.group_sd * random.normal();
      for (int half = 0; half < (condition.is_control() ? 2 : 1); ++half) {
        screen::LevelRow row;
        row.condition = index;
        if (design.batches > 0) row.batch = {b};
        row.half = condition.is_control() ? half : -1;
        row.cells = 100;
        out.rows.push_back(row);
        Vector x = mean + own;
        for (double& v : x) v += design.noise * random.normal();
        states.push_back(x);
      }
    }
  };
  if (design.controls_at_start) {
    screen::Condition start;
    start.medium = design.media.front();
    start.time = 0;
    add(start);
  }
  for (const auto& medium : design.media)
    for (const double time : design.times)
      for (const auto& edit : edits) {
        screen::Condition condition;
        condition.medium = medium;
        condition.time = time;
        if (!edit.empty()) condition.edits.push_back({edit, 1});
        add(condition);
      }
  const Index rows = static_cast<Index>(states.size());
  out.x.resize(design.genes, rows);
  for (Index r = 0; r < rows; ++r) out.x.col(r) = states[static_cast<std::size_t>(r)];
  out.variance = Matrix::Constant(design.genes, rows, design.noise * design.noise);
  out.trust.setConstant(design.genes, rows, screen::Trust::trusted);
  return out;
}

inline Vector nothing(int genes) { return Vector::Zero(genes); }

}  // namespace drawn
