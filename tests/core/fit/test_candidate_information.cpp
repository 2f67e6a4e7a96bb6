#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <limits>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/fit/candidate_information.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/screen/state_table.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

constexpr double measured_variance = 0.01;

/** Knock-outs of G1 and G2 against an exact control, no batches, three genes and a fourth that no edit names. */
StateSource knocked_out(int times) {
  std::string text = "condition,edits,medium,time,batch,variance,G1,G2,G3,G4\nc,,m,0,,0,0,0,0,0\n";
  for (const char* edit : {"G1", "G2"})
    for (int t = 1; t <= times; ++t)
      text +=
          std::string(edit) + std::to_string(t) + "," + edit + ",m," + std::to_string(t) + ",,0.01,0.1,-0.2,0.3,0.05\n";
  screen::StateTable table = screen::read_state_table("table.csv", text, {});
  table.scale = screen::Scale::log;
  return source_of(table);
}

FitOptions information_options(dynamics::FieldKind kind, bool centred) {
  FitOptions options;
  options.model = kind;
  options.centred = centred;
  options.genes = {"G1", "G2", "G3", "G4"};
  options.l2 = 3;
  options.discrepancy = 0;
  options.differentiating = false;
  return options;
}

CandidateInformation informed(const Problem& problem, const Vector& theta,
                              const std::vector<screen::Condition>& conditions) {
  InformationSearch search(problem, problem.training, theta, conditions, "m");
  int slices = 0;
  while (!search.advance(0)) ++slices;
  CHECK(slices >= 1);  // it can be paused and cancelled between parameters
  return search.take();
}

/** Posterior covariance of the effects by central differences of predict() and the definition, with V diagonal. */
Matrix by_definition(const Problem& problem, const Vector& theta, const std::vector<int>& asked,
                     const std::vector<Index>& silent) {
  const auto field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
  const ParameterPrior prior = prior_of(*field, problem.training.signal, *problem.options.l2, true);
  std::vector<int> trained;
  for (const auto& row : problem.training.levels.rows) trained.push_back(row.condition);
  const std::vector<char> known(problem.training.edits.edits.size(), 1);
  const Index genes = 4, p = theta.size();
  const auto derivative = [&](const std::vector<int>& conditions) {
    Matrix out(genes * static_cast<Index>(conditions.size()), p);
    for (Index i = 0; i < p; ++i) {
      Vector up = theta, down = theta;
      up(i) += 1e-4;
      down(i) -= 1e-4;
      out.col(i) = ((predict(problem, problem.training.edits, up, conditions, known) -
                     predict(problem, problem.training.edits, down, conditions, known)) /
                    2e-4)
                       .reshaped();
    }
    return out;
  };
  Matrix data = derivative(trained), wanted = derivative(asked);
  Vector weight = Vector::Constant(data.rows(), 1 / measured_variance);
  for (std::size_t r = 0; r < trained.size(); ++r) {
    const auto& condition = problem.conditions[static_cast<std::size_t>(trained[r])];
    if (condition.is_control()) weight.segment(genes * static_cast<Index>(r), genes).setZero();  // δ is 0 there anyway
    for (const auto& edit : condition.edits) weight(genes * static_cast<Index>(r) + edit.name[1] - '1') = 0;
  }
  for (const Index row : silent) wanted.row(row).setZero();
  Matrix precision = data.transpose() * weight.asDiagonal() * data;
  for (Index i = 0; i < p; ++i)
    precision(i, i) += std::max(1e-4, prior.precision(i)) / (prior.scale(i) * prior.scale(i));
  return wanted * precision.llt().solve(wanted.transpose());
}

Vector some_parameters(const Problem& problem) {
  const auto field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
  Random random(5);
  Vector theta = field->initial_parameters(random);
  for (double& x : theta) x += 0.2 * random.normal();
  return theta;
}

}  // namespace

TEST_CASE("what a model knows of a condition is what the definition says, whichever side is factorised") {
  for (const int times : {1, 6})
    for (const auto kind : {dynamics::FieldKind::linear, dynamics::FieldKind::production_decay}) {
      CAPTURE(times);
      CAPTURE(dynamics::name_of(kind));
      const StateSource source = knocked_out(times);
      const Problem problem = prepare(source, information_options(kind, true));
      const Vector theta = some_parameters(problem);
      std::vector<int> asked;
      std::vector<screen::Condition> conditions;
      std::vector<Index> silent;
      for (std::size_t c = 0; c < problem.conditions.size(); ++c)
        if (!problem.is_control(static_cast<int>(c))) {
          silent.push_back(4 * static_cast<Index>(asked.size()) + problem.conditions[c].edits[0].name[1] - '1');
          asked.push_back(static_cast<int>(c));
          conditions.push_back(problem.conditions[c]);
        }
      const CandidateInformation found = informed(problem, theta, conditions);
      CHECK((found.parameters <= found.outputs) == (times == 6));
      const Matrix expected = by_definition(problem, theta, asked, silent);
      CHECK((found.covariance - expected).norm() < 2e-4 * expected.norm());
      CHECK(found.covariance.diagonal().sum() < found.prior_variance.sum());
      CHECK(found.noise(3) == doctest::Approx(measured_variance).epsilon(1e-3));
      const std::vector<char> known(problem.training.edits.edits.size(), 1);
      Matrix effect = predict(problem, problem.training.edits, theta, asked, known);
      for (const Index row : silent) effect.reshaped()(row) = 0;
      CHECK((found.effect - effect).norm() < 1e-12);
    }
}

TEST_CASE("what a condition would teach is refused where the model cannot speak of it") {
  const StateSource source = knocked_out(2);
  const Problem problem = prepare(source, information_options(dynamics::FieldKind::linear, true));
  screen::Condition condition;
  condition.edits = {{"drug", 1}};
  condition.time = 2;
  condition.medium = "m";
  try {
    InformationSearch search(problem, problem.training, some_parameters(problem), {condition}, "m");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.code() == "next.unknown");
    CHECK(std::string(error.what()).find("drug") != std::string::npos);
  }
}

TEST_CASE("an unseen clamp is known worse than a trained one, and not at all less than the prior says") {
  const StateSource source = knocked_out(6);
  const Problem problem = prepare(source, information_options(dynamics::FieldKind::linear, true));
  std::vector<screen::Condition> conditions(2);
  conditions[0].edits = {{"G1", 1}};
  conditions[1].edits = {{"G3", 1}};
  for (auto& condition : conditions) {
    condition.medium = "m";
    condition.time = 6;
  }
  const CandidateInformation found = informed(problem, some_parameters(problem), conditions);
  CHECK(found.unseen == std::vector<char>{0, 1});
  const auto left = [&](Index c) {
    return found.covariance.diagonal().segment(4 * c, 4).sum() / found.prior_variance.col(c).sum();
  };
  CHECK(left(0) < 0.5 * left(1));
  CHECK(left(1) <= 1 + 1e-9);
}
