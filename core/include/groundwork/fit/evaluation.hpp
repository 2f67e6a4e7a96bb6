#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/fit/baselines.hpp"
#include "groundwork/fit/panel.hpp"
#include "groundwork/fit/scores.hpp"

namespace groundwork::fit {

/** All that scores need, without the data or the field: a stored fit can be scored again with other members. */
struct Evaluation {
  std::string model;  ///< name of the field
  SplitKind split = SplitKind::none;
  std::uint64_t seed = 1;                     ///< breaks ties of the centroid rank
  std::vector<screen::Condition> conditions;  ///< of the panel
  std::vector<std::string> labels;            ///< of the panel's conditions, for people
  std::vector<double> times;                  ///< of the panel's conditions, days
  std::vector<char> held_out;
  Matrix observed, variance, shared;  ///< genes × conditions
  std::vector<Baseline> baselines;

  std::vector<std::size_t> scored() const;
};

Evaluation evaluation_of(const Problem& problem, const Panel& panel);

struct Scores {
  std::vector<Score> list;  ///< the baselines, then the model's ensemble mean
  Limits limits;
  std::vector<double> member_mse;
  std::vector<std::string> verdict;  ///< sentences
};

/** `members`: each member's effects, genes × conditions of the panel. At least one. */
Scores score(const Evaluation& evaluation, const std::vector<Matrix>& members);

}  // namespace groundwork::fit
