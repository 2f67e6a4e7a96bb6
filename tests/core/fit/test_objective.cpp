#include <doctest/doctest.h>

#include <cmath>

#include "drawn_levels.hpp"
#include "fit_checks.hpp"
#include "groundwork/fit/objective.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

Problem small_problem(const FitOptions& options, const drawn::Design& design) {
  const auto truth = [&](const std::string& edit, const std::string& medium, double time) {
    Vector effect = Vector::Constant(design.genes, edit.empty() ? 0 : 0.3 * time);
    if (medium == "B") effect.array() -= 0.2;
    return effect;
  };
  return prepare(source_of(drawn::levels(design, 11, truth)), options);
}

}  // namespace

TEST_CASE("gradients of every field and loss agree with central differences, with estimated clamps") {
  using dynamics::FieldKind;
  drawn::Design design;
  design.genes = 4;
  design.edits = 3;
  design.free_edits = 1;
  design.media = {"A", "B"};
  for (const FieldKind kind : dynamics::field_kinds())
    for (const LossKind loss : loss_kinds())
      for (const bool centred : {false, true})
        for (const auto modality : {screen::Modality::knockout, screen::Modality::crispri}) {
          CAPTURE(dynamics::name_of(kind));
          CAPTURE(name_of(loss));
          CAPTURE(centred);
          design.modality = modality;
          FitOptions options;
          options.model = kind;
          options.loss = loss;
          options.centred = centred;
          options.genes = {"g0", "g1", "g2", "g3"};
          options.hidden = 3;
          options.l2 = 2;
          options.differentiating = modality == screen::Modality::crispri;
          options.estimate_kappa = dynamics::takes_clamps(kind);
          const Problem problem = small_problem(options, design);
          const std::size_t kappas = !dynamics::takes_clamps(kind) ? 0 : modality == screen::Modality::knockout ? 1 : 3;
          CHECK(problem.training.edits.estimated_kappas().size() == kappas);
          CHECK(checks::gradient_error(problem) < 1e-6);
        }
}

TEST_CASE("gradients of every field and loss agree with central differences, by every solver") {
  using dynamics::FieldKind;
  drawn::Design design;
  design.genes = 3;
  design.edits = 2;
  design.free_edits = 1;
  design.batches = 1;
  for (const FieldKind kind : dynamics::field_kinds())
    for (const LossKind loss : loss_kinds())
      for (const bool centred : {false, true})
        for (const SolverKind solver :
             {SolverKind::steps, SolverKind::adaptive, SolverKind::closed_form, SolverKind::steady_state}) {
          if (solver == SolverKind::closed_form && kind != FieldKind::linear) continue;
          if (solver == SolverKind::steady_state && kind == FieldKind::neural) continue;  // need not rest anywhere
          CAPTURE(dynamics::name_of(kind));
          CAPTURE(name_of(loss));
          CAPTURE(centred);
          CAPTURE(name_of(solver));
          if (solver == SolverKind::steady_state)
            design.times = {7};
          else
            design.times = {1, 2};
          FitOptions options;
          options.model = kind;
          options.loss = loss;
          options.centred = centred;
          options.genes = {"g0", "g1", "g2"};
          options.hidden = 3;
          options.l2 = 2;
          options.solver = solver;
          // A strong network may have no steady state within reach.
          const double sd = solver == SolverKind::steady_state ? 0.1 : 0.3;
          CHECK(checks::gradient_error(small_problem(options, design), sd) < 1e-6);
        }
}

TEST_CASE("under the loss `prediction` controls do not move the field, under `controls_as_data` they do") {
  drawn::Design design;
  design.edits = 2;
  FitOptions options;
  options.genes = {"g0", "g1", "g2", "g3", "g4", "g5"};
  for (const LossKind loss : {LossKind::prediction, LossKind::controls_as_data}) {
    options.loss = loss;
    const Problem problem = small_problem(options, design);
    std::vector<int> controls;
    for (std::size_t r = 0; r < problem.training.levels.rows.size(); ++r)
      if (problem.is_control(problem.training.levels.rows[r].condition)) controls.push_back(static_cast<int>(r));
    const auto field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
    ObjectiveParts parts = objective_parts(problem, problem.training, controls, {1, 1});
    parts.prior.precision.setZero();
    Objective<double> objective(*field, flow_options(options), parts);
    Random random(5);
    Vector z = field->initial_parameters(random);
    for (double& x : z) x += 0.3 * random.normal();
    Vector gradient;
    objective.value(z, &gradient);
    if (loss == LossKind::prediction)
      CHECK(gradient.norm() == 0);
    else
      CHECK(gradient.norm() > 1e-3);
  }
}

TEST_CASE("the steady-state penalty is λ Σ P (f/rate)² / N") {
  drawn::Design design;
  FitOptions options;
  options.loss = LossKind::steady_state;
  options.genes = {"g0", "g1", "g2", "g3"};
  double value[2];
  Vector z;
  double expected = 0;
  for (int k = 0; k < 2; ++k) {
    options.lambda = k == 0 ? 0 : 3;
    const Problem problem = small_problem(options, design);
    std::vector<int> rows;
    for (std::size_t r = 0; r < problem.training.levels.rows.size(); ++r) rows.push_back(static_cast<int>(r));
    const auto field = dynamics::make_field<double>(field_options(problem, problem.training.edits));
    ObjectiveParts parts = objective_parts(problem, problem.training, rows, std::vector<char>(4, 1));
    if (k == 0) {
      Random random(5);
      z = field->initial_parameters(random);
      for (double& x : z) x += 0.3 * random.normal();
    } else {
      const BatchLoss<double> loss(parts.rows);
      const Vector rest = field->rest_residual(parts.prior.scale.cwiseProduct(z));
      expected = 3 * (loss.precision().array() * rest.array().square()).sum() / loss.count();
    }
    Objective<double> objective(*field, flow_options(options), parts);
    value[k] = objective.value(z, nullptr);
  }
  CHECK(value[1] - value[0] == doctest::Approx(expected).epsilon(1e-9));
}
