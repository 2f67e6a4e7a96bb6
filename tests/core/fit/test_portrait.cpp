#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/flow.hpp"
#include "groundwork/fit/portrait.hpp"
#include "groundwork/fit/shift_and_limit.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

/** Genes a, b, c; knock-outs of a and b, an input "drug"; what each member says of them stands in `effects`. */
struct SmallFit {
  DynamicFit fit;
  Evaluation evaluation;
  std::vector<Matrix> effects;
};

SmallFit small_fit(dynamics::FieldKind kind) {
  SmallFit out;
  DynamicFit& fit = out.fit;
  fit.options.model = fit.field.kind = kind;
  fit.edits.genes = {"a", "b", "c"};
  fit.edits.media = {""};
  for (Index e = 0; e < 2; ++e) {
    EditEntry entry;
    entry.name = fit.edits.genes[static_cast<std::size_t>(e)];
    entry.target = e;
    entry.trained = true;
    fit.edits.edits.push_back(entry);
  }
  EditEntry drug;
  drug.name = "drug";
  drug.input = 0;
  drug.trained = true;
  fit.edits.edits.push_back(drug);
  fit.field.genes = 3;
  fit.field.inputs = 1;
  fit.field.centred = true;
  fit.times = {1, 3};
  fit.usual_medium = "";
  fit.control = Vector::Ones(3);
  fit.unit = 2;
  const auto field = dynamics::make_field<double>(fit.field);
  Random random(8);
  Vector p = field->initial_parameters(random);
  for (double& x : p) x += 0.1 * random.normal();
  fit.members = {p};
  for (const char* name : {"a", "b", "drug"}) {
    screen::Condition condition;
    condition.edits = {{name, 1}};
    out.evaluation.conditions.push_back(condition);
  }
  out.evaluation.held_out = {0, 0, 0};
  out.evaluation.observed = Matrix(3, 3);
  out.evaluation.observed << 0.1, 0.5, -0.2, 0.7, 0.1, 0.3, -0.4, 0.2, 0.1;
  out.evaluation.variance = Matrix::Constant(3, 3, 0.01);
  out.evaluation.shared = Matrix::Zero(3, 3);
  out.effects = {out.evaluation.observed};
  return out;
}

std::string code_of(const SmallFit& small, const PortraitSettings& settings) {
  try {
    portrait_of(small.fit, small.evaluation, small.effects, settings);
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

}  // namespace

TEST_CASE("a portrait of two genes has the others at the edit's steady state, and its ways are the flow's") {
  for (const auto kind : {dynamics::FieldKind::linear, dynamics::FieldKind::production_decay}) {
    const SmallFit small = small_fit(kind);
    PortraitSettings settings;
    settings.genes = {"c", "b"};
    settings.edits = {{"a", 1}};
    settings.paths = {{{"a", 1}}, {{"drug", 1}}};
    settings.points = 9;
    const Portrait portrait = portrait_of(small.fit, small.evaluation, small.effects, settings);
    REQUIRE(portrait.rests.size() >= 2);
    const PortraitRest& rest = portrait.rests.front();
    CHECK(rest.edits == settings.edits);
    CHECK(rest.stable());
    CHECK(rest.away < 1e-8);  // the plane goes through it
    // At the rest the field vanishes: between the grid points around it it changes sign, and both nullclines pass.
    double nearest_u = 1, nearest_v = 1;
    for (const auto& s : portrait.grid.u_nullcline)
      nearest_u = std::min(nearest_u, std::hypot(s.u0 - rest.u, s.v0 - rest.v));
    for (const auto& s : portrait.grid.v_nullcline)
      nearest_v = std::min(nearest_v, std::hypot(s.u0 - rest.u, s.v0 - rest.v));
    const double cell = std::hypot(portrait.grid.u(1) - portrait.grid.u(0), portrait.grid.v(1) - portrait.grid.v(0));
    CHECK(nearest_u < cell);
    CHECK(nearest_v < cell);
    const auto field = dynamics::make_field<double>(small.fit.field);
    for (const PortraitPath& path : portrait.paths) {
      REQUIRE_FALSE(path.diverged);
      CHECK(path.at.col(0).norm() < 1e-12);  // from the control
      CHECK(path.times.back() == doctest::Approx(6));
      const auto inputs = small.fit.edits.read(path.edits, "").inputs;
      dynamics::FlowOptions options;
      options.method = dynamics::Method::dormand_prince;
      dynamics::Flow<double> flow(*field, options);
      const double late = 6;
      REQUIRE(flow.forward(small.fit.members[0], {&inputs, 1}, {&late, 1}, false));
      CHECK(path.at(0, path.at.cols() - 1) == doctest::Approx(2 * flow.states().back()(2, 0)).epsilon(1e-5));
      CHECK(path.at(1, path.at.cols() - 1) == doctest::Approx(2 * flow.states().back()(1, 0)).epsilon(1e-5));
    }
    // Field and coordinates are in the units of the data.
    Matrix state(3, 1), slope(3, 1);
    const auto inputs = small.fit.edits.read(settings.edits, "").inputs;
    dynamics::Equilibria<double> equilibria(*field);
    REQUIRE(equilibria.solve(small.fit.members[0], {&inputs, 1}));
    state = equilibria.states();
    state(2, 0) = portrait.grid.u(3) / 2;
    state(1, 0) = portrait.grid.v(5) / 2;
    field->bind(small.fit.members[0], {&inputs, 1});
    std::vector<double> record(static_cast<std::size_t>(field->record_size()));
    field->evaluate(state, record.data(), slope);
    CHECK(portrait.grid.du(3, 5) == doctest::Approx(2 * slope(2, 0)).epsilon(1e-9));
  }
}

TEST_CASE("without genes the plane is that of the trained states' components") {
  const SmallFit small = small_fit(dynamics::FieldKind::linear);
  const Portrait portrait = portrait_of(small.fit, small.evaluation, small.effects, {});
  CHECK(portrait.axes[0].component);
  CHECK(portrait.axes[0].share >= portrait.axes[1].share);
  CHECK(portrait.axes[0].share + portrait.axes[1].share <= 1 + 1e-12);
  CHECK(portrait.axes[0].loadings.size() == 3);
  CHECK(std::abs(portrait.axes[0].loadings[0].second) >= std::abs(portrait.axes[0].loadings[1].second));
}

TEST_CASE("a portrait refuses what is no plane") {
  const SmallFit small = small_fit(dynamics::FieldKind::linear);
  PortraitSettings settings;
  settings.genes = {"a"};
  CHECK(code_of(small, settings) == "portrait.genes");
  settings.genes = {"a", "a"};
  CHECK(code_of(small, settings) == "portrait.genes");
  settings.genes = {"a", "z"};
  CHECK(code_of(small, settings) == "portrait.genes");
  settings.genes = {};
  settings.member = 1;
  CHECK(code_of(small, settings) == "portrait.member");
  settings.member = 0;
  settings.medium = "RA";
  CHECK(code_of(small, settings) == "medium.unknown");
}

TEST_CASE("the limit of a linear field with inputs alone is a shift, that of held genes is none") {
  SmallFit small = small_fit(dynamics::FieldKind::linear);
  LinkSettings settings;
  const Links links(small.fit, small.evaluation, small.effects, {}, settings);
  const std::vector<EditLink> inputs{links.edit({{"drug", 1}}), links.edit({{"drug", 2}})};
  const ShiftComparison shift = compare_with_shift(small.fit, small.evaluation, small.effects, inputs);
  CHECK(shift.limit_is_shift);
  // Linear in the dose, and no larger than it should be.
  CHECK(shift.edits[1].limit == doctest::Approx(2 * shift.edits[0].limit).epsilon(1e-9));
  CHECK((inputs[0].scm.mean - inputs[0].model.mean).norm() < 1e-10);
  const ShiftComparison held =
      compare_with_shift(small.fit, small.evaluation, small.effects, {links.edit({{"a", 1}}), inputs[0]});
  CHECK_FALSE(held.limit_is_shift);
  CHECK(held.sentence.find("do not add") != std::string::npos);
  CHECK(held.scores.list.size() == 2);  // the shift and the model; this evaluation has no baselines
  CHECK(held.edits[0].difference >= std::abs(held.edits[0].limit - held.edits[0].shift) - 1e-12);
}
