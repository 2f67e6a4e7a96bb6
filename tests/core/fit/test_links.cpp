#include <doctest/doctest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "drawn_levels.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/dynamics/flow.hpp"
#include "groundwork/fit/links.hpp"
#include "groundwork/fit/panel.hpp"
#include "groundwork/fit/training.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

/** A stored fit of a `linear` field whose members are `truths`; edits of the first `edits` genes, one input "drug". */
DynamicFit stored_linear(const std::vector<Matrix>& truths, Index edits, screen::Modality modality) {
  DynamicFit fit;
  const Index d = truths.front().rows();
  fit.options.model = fit.field.kind = dynamics::FieldKind::linear;
  fit.edits.modality = modality;
  for (Index g = 0; g < d; ++g) fit.edits.genes.push_back("g" + std::to_string(g));
  fit.edits.media = {"base"};
  EditEntry drug;
  drug.name = "drug";
  drug.input = 0;
  drug.trained = true;
  fit.edits.edits.push_back(drug);
  for (Index e = 0; e < edits; ++e) {
    EditEntry entry;
    entry.name = fit.edits.genes[static_cast<std::size_t>(e)];
    entry.target = e;
    entry.kappa = modality == screen::Modality::knockout ? groundwork::nan : 0.3;
    entry.trained = true;
    fit.edits.edits.push_back(entry);
  }
  fit.field.genes = d;
  fit.field.inputs = 1;
  fit.times = {1, 4};
  fit.usual_medium = "base";
  fit.control = Vector::Ones(d);
  fit.unit = 2;
  fit.residual = Vector::Constant(d, 0.01);
  const auto field = dynamics::make_field<double>(fit.field);
  for (std::size_t m = 0; m < truths.size(); ++m) {
    Vector p = Vector::Zero(field->layout().size());
    field->layout().view(p, "A") = truths[m];
    field->layout().view(p, "B").setConstant(0.4);
    field->layout().view(p, "b").setConstant(0.1 * static_cast<double>(m + 1));
    fit.members.push_back(p);
  }
  return fit;
}

Matrix stable_matrix(Index d, std::uint64_t seed) {
  Random random(seed);
  Matrix a(d, d);
  for (double& x : a.reshaped()) x = 0.4 * random.normal();
  for (Index i = 0; i < d; ++i) a(i, i) = -0.5 - a.row(i).cwiseAbs().sum();
  return a;
}

/** Gene 0 restrains the pair 1 ⇄ 2, which activates itself: stable together, unstable without gene 0. */
Matrix restrained() {
  Matrix a(3, 3);
  a << -1, 3, 0,  //
      -3, -1, 1.5, 0, 1.5, -1;
  return a;
}

Links links_of(DynamicFit fit) {
  LinkSettings settings;
  settings.medium = fit.usual_medium;
  Evaluation evaluation;
  const Index d = fit.field.genes;
  evaluation.observed = evaluation.variance = evaluation.shared = Matrix(d, 0);
  const std::vector<Matrix> effects(fit.members.size(), Matrix(d, 0));
  return Links(std::move(fit), evaluation, effects, {}, settings);
}

drawn::Truth linear_truth(const Matrix& a) {
  return [a](const std::string& edit, const std::string&, double time) -> Vector {
    dynamics::FieldOptions options;
    options.kind = dynamics::FieldKind::linear;
    options.genes = a.rows();
    options.centred = true;
    const auto field = dynamics::make_field<double>(options);
    Vector p = Vector::Zero(field->layout().size());
    field->layout().view(p, "A") = a;
    dynamics::ConditionInputs condition;
    if (!edit.empty()) condition.clamps = {{std::stoi(edit.substr(1)), dynamics::ClampKind::activity, 0.05, -1}};
    dynamics::Flow<double> flow(*field, {dynamics::Method::exponential});
    flow.forward(p, {&condition, 1}, {&time, 1}, false);
    return flow.states().back().col(0);
  };
}

/** Fits `linear`, centred, to the minimum and makes links of it, with Gauss and Newton's intervals or without. */
Links fitted(const screen::Levels& levels, bool curvature, double l2, int members = 1) {
  FitOptions options;
  options.model = dynamics::FieldKind::linear;
  options.centred = true;
  options.genes = levels.genes;
  options.optimiser = curvature ? OptimiserKind::lbfgs : OptimiserKind::adam;
  options.epochs = curvature ? 3000 : 400;
  options.l2 = l2;
  options.discrepancy = 0;
  options.members = members;
  const Problem problem = prepare(source_of(levels), options);
  const Panel panel = panel_of(problem);
  DynamicFit fit;
  fit.options = problem.options;
  fit.edits = problem.training.edits;
  fit.field = field_options(problem, fit.edits);
  fit.times = problem.times;
  fit.usual_medium = fit.edits.media.front();
  fit.control = control_state(problem);
  fit.residual = Vector::Zero(fit.control.size());
  std::vector<EdgeIntervals> edges;
  std::vector<Matrix> effects;
  for (int m = 0; m < members; ++m) {
    MemberTraining training(problem, nullptr, m);
    while (!training.advance(1e6)) {
    }
    const Member member = training.member();
    fit.members.push_back(member.stored);
    effects.push_back(predicted_effects(problem, panel, fit.edits, member.parameters));
    if (member.intervals) edges.push_back(member.intervals->edges);
  }
  LinkSettings settings;
  settings.medium = fit.usual_medium;
  return Links(std::move(fit), evaluation_of(problem, panel), effects, edges, settings);
}

}  // namespace

TEST_CASE("for a linear field the intervention is the model's own steady state, for knock-outs, synthesis and inputs") {
  for (const auto modality : {screen::Modality::knockout, screen::Modality::crispri}) {
    const std::vector<Matrix> truths{stable_matrix(5, 1), stable_matrix(5, 2)};
    const Links links = links_of(stored_linear(truths, 3, modality));
    REQUIRE(links.stands());
    for (const std::vector<screen::Edit>& edits : std::vector<std::vector<screen::Edit>>{
             {{"g0", 1}}, {{"g4", 1}}, {{"drug", 1}}, {{"drug", 2}, {"g1", 1}}, {{"g0", 1}, {"g2", 1}}}) {
      const EditLink link = links.edit(edits);
      CHECK(link.unstable == 0);
      CHECK(link.size > 0.01);
      CHECK(link.difference < 1e-10);
    }
    // −A⁻¹ (B u), in units of the data, whatever the intercept.
    const EditLink drug = links.edit({{"drug", 1}});
    CHECK(drug.held.empty());
    Vector expected = Vector::Zero(5);
    for (const Matrix& a : truths) expected -= 2 * a.fullPivLu().solve(Vector::Constant(5, 0.4)) / 2;
    CHECK((drug.scm.mean.col(0) - expected).norm() < 1e-10);
    if (modality != screen::Modality::knockout) continue;
    // δ_{−g} = −A_{−g,−g}⁻¹ A_{−g,g} (log κ_act − δ*_g), member by member.
    const EditLink knocked = links.edit({{"g0", 1}});
    Vector mean = Vector::Zero(4);
    for (std::size_t m = 0; m < 2; ++m) {
      const Matrix& a = truths[m];
      const Vector rest = -a.fullPivLu().solve(Vector::Constant(5, 0.1 * static_cast<double>(m + 1)));
      const Matrix sub = a.bottomRightCorner(4, 4);
      mean += -sub.fullPivLu().solve(a.col(0).tail(4) * (std::log(0.05) - rest(0)));
    }
    CHECK((knocked.scm.mean.col(0).tail(4) - mean).norm() < 1e-10);  // unit 2, mean of 2 members
  }
}

TEST_CASE("an unstable intervention is said in words and has no number, and neither has the model's state") {
  const Links links = links_of(stored_linear({restrained(), restrained()}, 3, screen::Modality::knockout));
  REQUIRE(links.stands());
  const EditLink link = links.edit({{"g0", 1}});
  CHECK(link.unstable == 2);
  CHECK(link.scm.mean.array().isNaN().all());
  CHECK(link.model_unstable == 2);
  CHECK(link.model.mean.array().isNaN().all());
  CHECK(link.scm_abscissa[0] == doctest::Approx(0.5).epsilon(1e-9));
  CHECK(link.scm_sentence.find("Unstable, no number") == 0);
  CHECK(std::isnan(link.difference));
  const EditLink other = links.edit({{"g1", 1}});
  CHECK(other.unstable == 0);
  CHECK(other.difference < 1e-10);
  // One member that is unstable is enough: a mean over the others would be of another system.
  const Links mixed = links_of(stored_linear({restrained(), stable_matrix(3, 5)}, 3, screen::Modality::knockout));
  const EditLink part = mixed.edit({{"g0", 1}});
  CHECK(part.unstable == 1);
  CHECK(part.scm.mean.array().isNaN().all());
  CHECK(part.scm_sentence.find("1 of 2 members") != std::string::npos);
}

TEST_CASE("no structural model stands on an unstable rest") {
  Matrix a = restrained();
  a(0, 1) = 0;
  const Links links = links_of(stored_linear({a, restrained()}, 3, screen::Modality::knockout));
  CHECK_FALSE(links.stands());
  CHECK(links.edges().identified == 0);
  CHECK(links.edges().value.array().isNaN().all());
  CHECK(links.rest_sentence().find("unstable in 1 of 2 members") != std::string::npos);
  CHECK(links.edit({{"g1", 1}}).scm.mean.array().isNaN().all());
}

TEST_CASE("edges of simulated courses are recovered within their intervals") {
  int inside = 0, all = 0, informative = 0;
  for (std::uint64_t draw = 0; draw < 12; ++draw) {
    const Matrix a = stable_matrix(5, 100 + draw);
    drawn::Design design;
    design.genes = design.edits = 5;
    design.times = {0.5, 1, 2, 4};
    design.noise = 0.02;
    design.batch_sd = 0;
    const Links links = fitted(drawn::levels(design, 7 + draw, linear_truth(a)), true, 1);
    REQUIRE(links.edges().basis == EdgeBasis::gauss_newton);
    const Matrix truth = dynamics::structural_coefficients(a);
    for (Index i = 0; i < 5; ++i)
      for (Index j = 0; j < 5; ++j) {
        if (!std::isfinite(links.edges().value(i, j))) continue;
        ++all;
        inside += links.edges().low(i, j) <= truth(i, j) && truth(i, j) <= links.edges().high(i, j);
        informative += links.edges().high(i, j) - links.edges().low(i, j) < 0.2;
      }
  }
  MESSAGE(inside, " of ", all, " identified edges inside, ", informative, " intervals shorter than 0.2");
  CHECK(all > 0.9 * 12 * 20);
  // 95 % of 240, less three standard errors.
  CHECK(inside > (0.95 - 3 * std::sqrt(0.05 * 0.95 / all)) * all);
  CHECK(informative > 0.8 * all);
}

TEST_CASE("a fit to courses says that a knock-out it has not seen is unstable, where it is in truth") {
  drawn::Design design;
  design.genes = 3;
  design.edits = 3;
  design.times = {0.5, 1, 2, 4};
  design.noise = 0.01;
  design.batch_sd = 0;
  screen::Levels levels = drawn::levels(design, 3, linear_truth(restrained()));
  // Nobody measured the knock-out of g0.
  std::vector<Index> kept;
  std::vector<screen::LevelRow> rows;
  for (std::size_t r = 0; r < levels.rows.size(); ++r) {
    const auto& edits = levels.conditions[static_cast<std::size_t>(levels.rows[r].condition)].edits;
    if (!edits.empty() && edits.front().name == "g0") continue;
    kept.push_back(static_cast<Index>(r));
    rows.push_back(levels.rows[r]);
  }
  levels.rows = rows;
  levels.x = Matrix(levels.x(Eigen::all, kept));
  levels.variance = Matrix(levels.variance(Eigen::all, kept));
  levels.trust.setConstant(3, static_cast<Index>(kept.size()), screen::Trust::trusted);
  const Links links = fitted(levels, true, 1);
  REQUIRE(links.stands());
  const EditLink unseen = links.edit({{"g0", 1}});
  CHECK(unseen.unseen);
  CHECK(unseen.unstable == 1);
  CHECK(unseen.scm_abscissa[0] == doctest::Approx(0.5).epsilon(0.2));
  CHECK(unseen.scm.mean.array().isNaN().all());
  CHECK(links.edit({{"g1", 1}}).unstable == 0);
}

TEST_CASE("edges from a gene that nothing moves are blank by either basis") {
  Matrix a = stable_matrix(4, 9);
  a.row(3).setZero();  // g3 is neither edited nor regulated
  a(3, 3) = -1;
  drawn::Design design;
  design.genes = 4;
  design.edits = 3;
  design.times = {1, 2, 4};
  design.noise = 0.02;
  design.batch_sd = 0;
  const screen::Levels levels = drawn::levels(design, 5, linear_truth(a));
  for (const bool curvature : {true, false}) {
    CAPTURE(curvature);
    const Links links = fitted(levels, curvature, 10, curvature ? 1 : 3);
    CAPTURE(links.rest_sentence());
    CAPTURE(links.edges().reason);
    CHECK(links.edges().basis == (curvature ? EdgeBasis::gauss_newton : EdgeBasis::seeds));
    for (Index i = 0; i < 3; ++i) {
      CHECK(std::isnan(links.edges().value(i, 3)));
      CHECK(links.edges().learned(i, 3) < 0.5);
      for (Index j = 0; j < 3; ++j)
        if (i != j) CHECK(std::isfinite(links.edges().value(i, j)));
    }
  }
  const Links alone = fitted(levels, false, 1, 1);
  CHECK(alone.edges().basis == EdgeBasis::none);
  CHECK(alone.edges().identified == 0);
  CHECK(alone.edges().reason.find("one member") != std::string::npos);
}

TEST_CASE("a switch has two stable states and an unstable one, and a linear field one") {
  DynamicFit fit = stored_linear({stable_matrix(2, 3)}, 1, screen::Modality::knockout);
  const RestCensus one = links_of(fit).census({});
  REQUIRE(one.members.size() == 1);
  CHECK(one.members[0].list.size() == 1);
  CHECK(one.sentence.find("1 stable steady state; a linear field has no other.") == 0);
  fit.options.model = fit.field.kind = dynamics::FieldKind::saturating;
  fit.field.centred = true;
  const auto field = dynamics::make_field<double>(fit.field);
  Vector p = Vector::Zero(field->layout().size());
  field->layout().view(p, "W")(0, 0) = 2.5;
  fit.members = {p};
  const Links links = links_of(fit);
  CHECK_FALSE(links.stands());  // unedited cells would leave the control state
  const RestCensus several = links.census({});
  CHECK(several.members[0].list.size() == 3);
  CHECK(several.sentence.find("2 stable steady states, and 1 unstable from 24 starts") == 0);
}
