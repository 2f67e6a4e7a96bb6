#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <cmath>

#include "drawn_levels.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/gauss_newton.hpp"
#include "groundwork/fit/training.hpp"
#include "groundwork/fit/warm_start.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

FitOptions newton_options(dynamics::FieldKind kind, LossKind loss) {
  FitOptions options;
  options.model = kind;
  options.loss = loss;
  options.genes = {"g0", "g1", "g2", "g3"};
  options.l2 = 2;
  return options;
}

Problem drawn_problem(const FitOptions& options, drawn::Design design = {}) {
  design.genes = 4;
  design.edits = 3;
  const auto truth = [&](const std::string& edit, const std::string&, double time) {
    Vector effect = Vector::Zero(design.genes);
    const double grown = 1 - std::exp(-time);
    if (edit == "g0") effect << 0, 0.6 * grown, -0.4 * grown, 0.1;
    if (edit == "g1") effect << 0.3 * grown, 0, 0.2 * grown, -0.5 * grown;
    if (edit == "g2") effect << -0.2, 0.4 * grown, 0, 0.1 * grown;
    return effect;
  };
  return prepare(source_of(drawn::levels(design, 11, truth)), options);
}

struct Whole {
  std::unique_ptr<dynamics::VectorField<double>> field;
  std::unique_ptr<Objective<double>> objective;
  std::vector<int> rows;

  explicit Whole(const Problem& problem) {
    for (std::size_t r = 0; r < problem.training.levels.rows.size(); ++r) rows.push_back(static_cast<int>(r));
    const std::vector<char> trained(problem.training.edits.edits.size(), 1);
    field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
    objective = std::make_unique<Objective<double>>(*field, flow_options(problem.options),
                                                    objective_parts(problem, problem.training, rows, trained));
  }
};

void train(MemberTraining& training) {
  while (!training.advance(1e6)) {
  }
}

}  // namespace

TEST_CASE("outputs and weights say what the gradient says, for every loss") {
  for (const LossKind loss : loss_kinds()) {
    CAPTURE(name_of(loss));
    Whole whole(drawn_problem(newton_options(dynamics::FieldKind::saturating, loss)));
    Random random(3);
    Vector z = whole.field->initial_parameters(random);
    for (double& x : z) x += 0.3 * random.normal();
    // Along a line the loss apart from the prior is quadratic in the outputs: its change is exact to second order.
    Vector a, b, direction = Vector::Zero(z.size());
    for (double& x : direction) x = 0.02 * random.normal();
    const auto& prior = whole.objective->prior();
    const auto without_prior = [&](const Vector& at) {
      const Vector off = at - prior.centre.cwiseQuotient(prior.scale);
      return whole.objective->count() * whole.objective->value(at, nullptr) -
             prior.precision.cwiseProduct(off).dot(off);
    };
    const Vector away = z + direction;
    REQUIRE(whole.objective->outputs(z, a));
    REQUIRE(whole.objective->outputs(away, b));
    const Vector middle_step = b - a;
    // f(b) − 2 f((a+b)/2) + f(a) of a quadratic is ½ dᵀ H d / 2; here through three loss values of outputs on a line.
    const double second = middle_step.dot(whole.objective->weigh(middle_step));
    CHECK(second >= -1e-12);
    // The gradient of the loss is Jᵀ times that by the outputs, so with J by differences: difference of gradients.
    Vector ga, gb;
    whole.objective->value(z, &ga);
    whole.objective->value(away, &gb);
    const double change = without_prior(away) - without_prior(z);
    const Vector ga_data =
        whole.objective->count() * ga - 2 * prior.precision.cwiseProduct(z - prior.centre.cwiseQuotient(prior.scale));
    const Vector gb_data = whole.objective->count() * gb -
                           2 * prior.precision.cwiseProduct(away - prior.centre.cwiseQuotient(prior.scale));
    CHECK(std::abs(change - 0.5 * (ga_data + gb_data).dot(direction)) < 2e-3 * (std::abs(change) + second));
  }
}

TEST_CASE("at a minimum that fits the data the curvature is half the second derivative") {
  for (const auto kind : {dynamics::FieldKind::linear, dynamics::FieldKind::saturating}) {
    CAPTURE(dynamics::name_of(kind));
    FitOptions options = newton_options(kind, LossKind::controls_as_data);
    options.optimiser = OptimiserKind::lm;
    options.members = 1;
    drawn::Design design;
    design.noise = 0.002;
    design.batch_sd = 0;
    const Problem problem = drawn_problem(options, design);
    Whole whole(problem);
    MemberTraining training(problem, nullptr, 0);
    train(training);
    const Member member = training.member();
    CHECK(member.warnings.empty());
    const auto& prior = whole.objective->prior();
    const Vector z = member.parameters.cwiseQuotient(prior.scale);
    Vector gradient;
    whole.objective->value(z, &gradient);
    CHECK(gradient.cwiseAbs().maxCoeff() < 1e-5);
    Matrix curvature = data_curvature(*whole.objective, z);
    curvature.diagonal() += prior.precision;
    Matrix exact(z.size(), z.size());
    const double h = 1e-4;
    for (Index i = 0; i < z.size(); ++i) {
      Vector up = z, down = z, gu, gd;
      up(i) += h;
      down(i) -= h;
      whole.objective->value(up, &gu);
      whole.objective->value(down, &gd);
      exact.col(i) = (gu - gd) / (2 * h) * (0.5 * whole.objective->count());
    }
    CHECK((exact - curvature).norm() < 0.1 * exact.norm());

    // Intervals are those of the inverse curvature.
    REQUIRE(member.intervals);
    REQUIRE(member.intervals->reason.empty());
    const Matrix covariance = curvature.llt().solve(Matrix::Identity(z.size(), z.size()));
    int compared = 0;
    for (const Interval& interval : member.intervals->list) {
      if (interval.block != "A" && interval.block != "W") continue;
      const Index i = whole.field->layout().at(interval.block).offset + interval.row + 4 * interval.col;
      const double half = 1.959963984540054 * prior.scale(i) * std::sqrt(covariance(i, i));
      CHECK(interval.value == doctest::Approx(member.parameters(i)));
      CHECK(interval.high - interval.value == doctest::Approx(half).epsilon(1e-3));
      CHECK(interval.determined == (interval.learned >= 0.5));
      ++compared;
    }
    CHECK(compared == 16);
  }
}

TEST_CASE("L-BFGS and Levenberg-Marquardt end at the same minimum, whatever the start") {
  FitOptions options = newton_options(dynamics::FieldKind::production_decay, LossKind::controls_as_data);
  options.centred = true;
  options.epochs = 2000;
  double least = 0;
  Vector first;
  int run = 0;
  for (const OptimiserKind optimiser : {OptimiserKind::lbfgs, OptimiserKind::lm})
    for (const StartKind start : {StartKind::small, StartKind::ridge}) {
      options.optimiser = optimiser;
      options.start = start;
      options.starts = start == StartKind::small ? 3 : 1;
      const Problem problem = drawn_problem(options);
      MemberTraining training(problem, nullptr, 0);
      train(training);
      const Member member = training.member();
      CHECK(member.warnings.empty());
      CHECK(training.fraction() == 1);
      const double value = member.history.train.back();
      if (run++ == 0) {
        least = value;
        first = member.parameters;
      }
      CHECK(value == doctest::Approx(least).epsilon(1e-5));
      CHECK((member.parameters - first).norm() < 2e-2 * first.norm());
    }
}

TEST_CASE("a parameter that no data touch keeps its prior and is marked") {
  // One time, a week after the edit: what a rate is cannot be told from end states at rest.
  FitOptions options = newton_options(dynamics::FieldKind::production_decay, LossKind::controls_as_data);
  options.centred = true;
  options.optimiser = OptimiserKind::lm;
  options.solver = SolverKind::steady_state;
  drawn::Design design;
  design.times = {7};
  const Problem problem = drawn_problem(options, design);
  REQUIRE(problem.single_time);
  MemberTraining training(problem, nullptr, 0);
  train(training);
  const Member member = training.member();
  REQUIRE(member.intervals);
  int rates = 0, determined = 0;
  for (const Interval& interval : member.intervals->list) {
    if (interval.quantity == "gamma") {
      ++rates;
      CHECK(interval.learned < 1e-6);
      CHECK_FALSE(interval.determined);
      CHECK(interval.low == doctest::Approx(interval.prior_low).epsilon(1e-6));
      CHECK(interval.high == doctest::Approx(interval.prior_high).epsilon(1e-6));
    } else {
      determined += interval.determined;
    }
  }
  CHECK(rates == 4);
  CHECK(determined > 0);
  CHECK(member.intervals->determined < static_cast<int>(member.intervals->directions.size()));
}

TEST_CASE("the steady-state solver is refused where the edited cells have several times") {
  FitOptions options = newton_options(dynamics::FieldKind::linear, LossKind::controls_as_data);
  options.solver = SolverKind::steady_state;
  try {
    drawn_problem(options);
    FAIL("fitted a course at rest");
  } catch (const Error& e) {
    CHECK(e.code() == "fit.option");
  }
}

TEST_CASE("the ridge start answers like the data where the data are a linear response") {
  FitOptions options = newton_options(dynamics::FieldKind::linear, LossKind::controls_as_data);
  options.centred = true;
  drawn::Design design;
  design.noise = 0.01;
  design.batch_sd = 0;
  design.times = {7};
  const Problem problem = drawn_problem(options, design);
  Whole whole(problem);
  Random random(1);
  Vector small = whole.field->initial_parameters(random), warm = small;
  add_linear_response(problem, problem.training, whole.rows, *whole.field, warm);
  const auto& prior = whole.objective->prior();
  const double cold = whole.objective->value(small.cwiseQuotient(prior.scale), nullptr);
  whole.objective->value(warm.cwiseQuotient(prior.scale), nullptr);
  CHECK(whole.objective->data() < 0.5 * cold);
}
