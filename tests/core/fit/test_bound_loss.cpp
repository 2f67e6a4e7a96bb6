#include <doctest/doctest.h>

#include <cmath>

#include "drawn_levels.hpp"
#include "fit_checks.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/fit/bound_loss.hpp"
#include "groundwork/fit/training.hpp"
#include "relative.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

constexpr double log_low = -2, limit = -1;

/** Knocking g0 out takes g1 down by e^log_low, which the counts cannot show: its rows are censored below `limit`. */
screen::Levels censored_levels(bool with_limit) {
  drawn::Design design;
  design.genes = design.edits = 3;
  design.times = {7};
  screen::Levels levels = drawn::levels(design, 5, [&](const std::string& edit, const std::string&, double) -> Vector {
    if (edit == "g0") return Vector{{0, log_low, -0.4}};
    if (edit == "g1") return Vector{{0.3, 0, 0.5}};
    return drawn::nothing(3);
  });
  // Of each batch: the mean of g1 in its controls.
  if (with_limit) levels.limit = Matrix::Constant(3, levels.x.cols(), std::nan(""));
  for (Index r = 0; r < levels.x.cols(); ++r) {
    const auto& row = levels.rows[static_cast<std::size_t>(r)];
    const auto& condition = levels.conditions[static_cast<std::size_t>(row.condition)];
    if (condition.is_control() || condition.edits[0].name != "g0") continue;
    double control = 0, count = 0;
    for (std::size_t q = 0; q < levels.rows.size(); ++q)
      if (levels.conditions[static_cast<std::size_t>(levels.rows[q].condition)].is_control() &&
          levels.rows[q].batch == row.batch) {
        control += levels.x(1, static_cast<Index>(q));
        count += 1;
      }
    levels.trust(1, r) = screen::Trust::censored;
    if (with_limit) levels.limit(1, r) = control / count + limit;
    // What stands there must not be read.
    levels.x(1, r) = 50;
  }
  return levels;
}

FitOptions options_for(dynamics::FieldKind kind, LossKind loss) {
  FitOptions options;
  options.model = kind;
  options.loss = loss;
  options.genes = {"g0", "g1", "g2"};
  options.hidden = 3;
  options.l2 = 1;
  return options;
}

}  // namespace

TEST_CASE("a bound is Tobin's term, and its derivatives are those of differences") {
  const BoundLoss<double> loss({{0, 1, 0, 0.4, 0.3}, {1, 2, 0, -0.2, 0.5}});
  Matrix p(2, 3);
  p << 0.1, 0.9, 0.3, -0.3, 0.2, 0.4;
  const double u0 = (0.4 - 0.8) / 0.3, u1 = (-0.2 - 0.7) / 0.5;
  Matrix gradient = Matrix::Zero(2, 3);
  const double value = loss.value(p, gradient);
  CHECK(relative_error(value, -2 * std::log(0.5 * std::erfc(-u0 / std::sqrt(2.0))) -
                                  2 * std::log(0.5 * std::erfc(-u1 / std::sqrt(2.0)))) < 1e-13);
  Matrix ignored = Matrix::Zero(2, 3);
  const double h = 1e-4;
  for (Index i = 0; i < p.size(); ++i) {
    Matrix up = p, down = p, direction = Matrix::Zero(2, 3), weighed = Matrix::Zero(2, 3);
    up.data()[i] += h;
    down.data()[i] -= h;
    Matrix gradient_up = Matrix::Zero(2, 3), gradient_down = Matrix::Zero(2, 3);
    const double difference = (loss.value(up, gradient_up) - loss.value(down, gradient_down)) / (2 * h);
    CHECK(std::abs(difference - gradient.data()[i]) < 1e-6);
    direction.data()[i] = 1;
    loss.add_weighed(p, direction, weighed);
    CHECK((weighed - (gradient_up - gradient_down) / (4 * h)).cwiseAbs().maxCoeff() < 1e-6);
  }
  // Well below the bound nothing, far above it a squared residual.
  const BoundLoss<double> far({{0, 1, 0, 0, 0.1}});
  p(0, 1) = p(0, 0) - 1;
  CHECK(far.value(p, ignored) < 1e-20);
  p(0, 1) = p(0, 0) + 5;
  CHECK(relative_error(far.value(p, ignored), 2500) < 0.01);
}

TEST_CASE("gradients with bounds agree with central differences for every field and loss") {
  for (const auto kind : dynamics::field_kinds())
    for (const LossKind loss : loss_kinds()) {
      CAPTURE(dynamics::name_of(kind));
      CAPTURE(name_of(loss));
      const Problem problem = prepare(source_of(censored_levels(true)), options_for(kind, loss));
      CHECK(problem.bounded == 2);  // one a batch
      CHECK(checks::gradient_error(problem) < 1e-6);
    }
}

TEST_CASE("a censored value pulls its prediction below the bound, and says nothing without one") {
  double effect[2];
  for (const bool bounded : {false, true}) {
    FitOptions options = options_for(dynamics::FieldKind::linear, LossKind::controls_as_data);
    options.centred = true;
    options.optimiser = OptimiserKind::lm;
    const Problem problem = prepare(source_of(censored_levels(bounded)), options);
    CHECK(problem.censored == 2);
    CHECK(problem.bounded == (bounded ? 2 : 0));
    MemberTraining training(problem, nullptr, 0);
    while (!training.advance(1e9)) {
    }
    int edited = -1;
    for (std::size_t c = 0; c < problem.conditions.size(); ++c)
      if (!problem.is_control(static_cast<int>(c)) && problem.conditions[c].edits[0].name == "g0")
        edited = static_cast<int>(c);
    const std::vector<char> trained(problem.training.edits.edits.size(), 1);
    effect[bounded] = predict(problem, problem.training.edits, training.member().parameters, {edited}, trained)(1, 0);
  }
  CHECK(std::abs(effect[0]) < 0.3);
  CHECK(effect[1] < limit);
}
