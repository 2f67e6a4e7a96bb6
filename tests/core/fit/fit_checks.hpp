// What several tests of the fit room check alike.
#pragma once

#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/fit/objective.hpp"

namespace checks {

using namespace groundwork;
using namespace groundwork::fit;

/**
 * Largest difference between the gradient and fourth-order central differences, relative to its largest entry,
 * at the initial parameters moved by noise of this sd, in units of the prior.
 */
inline double gradient_error(const Problem& problem, double sd = 0.3) {
  std::vector<int> rows;
  for (std::size_t r = 0; r < problem.training.levels.rows.size(); ++r) rows.push_back(static_cast<int>(r));
  const std::vector<char> trained(problem.training.edits.edits.size(), 1);
  const auto field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
  Objective<double> objective(*field, flow_options(problem.options),
                              objective_parts(problem, problem.training, rows, trained));
  Random random(5);
  Vector z = field->initial_parameters(random).cwiseQuotient(objective.prior().scale);
  for (double& x : z) x += sd * random.normal();
  Vector gradient;
  REQUIRE(std::isfinite(objective.value(z, &gradient)));
  const double h = 1e-5;
  double worst = 0;
  for (Index i = 0; i < z.size(); ++i) {
    const auto at = [&](double step) {
      Vector moved = z;
      moved(i) += step;
      return objective.value(moved, nullptr);
    };
    const double difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    worst = std::max(worst, std::abs(difference - gradient(i)));
  }
  return worst / gradient.cwiseAbs().maxCoeff();
}

}  // namespace checks
