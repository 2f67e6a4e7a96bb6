#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <unsupported/Eigen/MatrixFunctions>

#include "../relative.hpp"
#include "draws.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/dynamics/protocol.hpp"

using namespace groundwork;
using namespace groundwork::dynamics;

TEST_CASE("edits persist through a protocol, media do not") {
  const Protocol protocol{{1, {{2, ClampKind::synthesis, 0.3, -1}}, {{0, 1}}, 1},
                          {0, {{3, ClampKind::activity, 0.05, -1}}, {{0, 2}}, 2},
                          {1, {{2, ClampKind::synthesis, 0.1, -1}}, {}, 1}};
  const auto acting = conditions_of(protocol);
  REQUIRE(acting.size() == 3);
  CHECK(acting[0].medium == 1);
  CHECK(acting[1].medium == 0);
  CHECK(acting[1].clamps == std::vector<Clamp>{{2, ClampKind::synthesis, 0.3, -1}, {3, ClampKind::activity, 0.05, -1}});
  CHECK(acting[1].doses == std::vector<InputDose>{{0, 2}});
  CHECK(acting[2].clamps == std::vector<Clamp>{{3, ClampKind::activity, 0.05, -1}, {2, ClampKind::synthesis, 0.1, -1}});
}

TEST_CASE("evolving through a protocol is composing flows") {
  for (FieldKind kind : field_kinds()) {
    CAPTURE(name_of(kind));
    const auto field = make_field<double>(draws::options(kind, true));
    const Vector p = draws::parameters(*field, 11, 0.3), x = draws::states(5, 1, 12, 0.2);
    Stage edit{0, {}, {{1, 1}}, 0.8}, medium{1, {}, {}, 1.5};
    if (takes_clamps(kind)) edit.clamps = {{2, ClampKind::synthesis, 0.2, -1}};

    const auto acting = conditions_of({edit, medium});
    const std::vector<double> first{0.8}, second{1.5};
    const Matrix half = predict_states(*field, p, {&acting[0], 1}, first, {}, x)[0];
    const Matrix end = predict_states(*field, p, {&acting[1], 1}, second, {}, half)[0];
    CHECK((evolve(*field, p, {edit, medium}, x) - end.col(0)).cwiseAbs().maxCoeff() < 1e-12);

    // Splitting a stage in two changes nothing; no stage, or one of no duration, is the identity.
    Stage part = medium;
    part.duration = 0.75;
    CHECK((evolve(*field, p, {edit, part, part}, x) - end.col(0)).cwiseAbs().maxCoeff() < 1e-7);
    CHECK(evolve(*field, p, {}, x) == x);
    Stage instant = edit;
    instant.duration = 0;
    CHECK(evolve(*field, p, {instant}, x) == x);

    // Order matters, and the commutator says how much; a stage commutes with itself.
    const double order = commutator(*field, p, edit, medium, x);
    CHECK(order > 1e-3);
    CHECK(order ==
          doctest::Approx((evolve(*field, p, {edit, medium}, x) - evolve(*field, p, {medium, edit}, x)).norm()));
    CHECK(commutator(*field, p, medium, medium, x) < 1e-10);
  }
}

TEST_CASE("a negative duration is refused") {
  const auto field = make_field<double>(draws::options(FieldKind::linear, true));
  const Vector p = draws::parameters(*field, 1);
  CHECK_THROWS_AS(evolve(*field, p, {{0, {}, {}, -1}}, Vector::Zero(5)), Error);
}

namespace {

/** Through two media and back, an edit made on the way. */
std::vector<StageColumns> several_media(FieldKind kind) {
  std::vector<ConditionInputs> acting(3);
  acting[1].medium = 1;
  acting[1].doses = {{1, 0.7}};
  if (takes_clamps(kind)) acting[1].clamps = {{2, ClampKind::synthesis, 0.4, -1}, {0, ClampKind::activity, 0.2, -1}};
  acting[2] = acting[1];
  acting[2].medium = 0;
  return {{{acting[0]}, 0.7}, {{acting[1]}, 1.1}, {{acting[2]}, 0.5}};
}

/** [J f(0); 0 0]: the generator of an affine flow on (x, 1). */
Matrix generator(VectorField<double>& field, const Vector& parameters, const ConditionInputs& condition) {
  field.bind(parameters, {&condition, 1});
  const Index d = field.genes();
  Matrix jacobian(d, d), offset(d, 1), g = Matrix::Zero(d + 1, d + 1);
  std::vector<double> record(static_cast<std::size_t>(field.record_size()));
  field.jacobian(Vector::Zero(d), 0, jacobian);
  field.evaluate(Matrix::Zero(d, 1), record.data(), offset);
  g.topLeftCorner(d, d) = jacobian;
  g.topRightCorner(d, 1) = offset;
  return g;
}

}  // namespace

TEST_CASE("semigroup and identity hold through several media, for every field on every scale") {
  for (const draws::Variant& variant : draws::variants()) {
    CAPTURE(draws::name(variant));
    const auto field = draws::field(variant);
    const double tolerance = field->is_affine() ? 1e-10 : 1e-6;
    const Vector p = draws::parameters(*field, 21, 0.3);
    const Matrix x = draws::states(5, 1, 22, 0.2);
    const auto stages = several_media(variant.kind);
    const Matrix end = carry_through(*field, p, stages, x);

    // Every stage cut in three, one part of no duration.
    std::vector<StageColumns> cut;
    for (const auto& stage : stages)
      for (const double share : {0.3, 0.0, 0.7}) cut.push_back({stage.conditions, share * stage.duration});
    CHECK((carry_through(*field, p, cut, x) - end).cwiseAbs().maxCoeff() < tolerance);

    // F of no duration is the identity to the bit, by the solver too.
    std::vector<StageColumns> instant = stages;
    for (auto& stage : instant) stage.duration = 0;
    CHECK(carry_through(*field, p, instant, x) == x);
    const double zero = 0;
    for (const auto& stage : stages) CHECK(through_stage(*field, p, stage.conditions, {&zero, 1}, x).front() == x);

    // The way there ends where the end is, and passes the ends of the stages.
    const Course course = follow(*field, p, stages, x, 9);
    CHECK(course.times.front() == 0);
    CHECK(course.states.front() == x);
    REQUIRE(course.ends.size() == 3);
    CHECK(std::abs(course.times[static_cast<std::size_t>(course.ends[1])] - 1.8) < 1e-15);
    CHECK(course.ends[2] == static_cast<Index>(course.times.size()) - 1);
    CHECK(std::is_sorted(course.times.begin(), course.times.end(), std::less_equal<double>()));
    CHECK((course.states.back() - end).cwiseAbs().maxCoeff() < tolerance);
    const Matrix half = carry_through(*field, p, {stages.data(), 2}, x);
    CHECK((course.states[static_cast<std::size_t>(course.ends[1])] - half).cwiseAbs().maxCoeff() < tolerance);
  }
}

TEST_CASE("linear stages that commute have no commutator") {
  const auto field = make_field<double>(draws::options(FieldKind::linear, false));
  Vector p = draws::parameters(*field, 31);
  const Vector x = draws::states(5, 1, 32);
  // The same generator for different times.
  CHECK(commutator(*field, p, {1, {}, {}, 0.4}, {1, {}, {}, 1.7}, x) < 1e-10);
  // An edit made before both is at work in both.
  const Stage edit{0, {{1, ClampKind::activity, 0.05, -1}}, {{0, 1.5}}, 0.6};
  const Vector after = evolve(*field, p, {edit}, x);
  CHECK(commutator(*field, p, edit, {0, edit.clamps, edit.doses, 2.1}, after) < 1e-10);
  // Without a Jacobian stages are translations, which commute whatever the media are.
  field->layout().view(p, "A").setZero();
  CHECK(commutator(*field, p, {0, {}, {}, 0.4}, {1, {}, {}, 1.7}, x) < 1e-10);
  CHECK((evolve(*field, p, {{1, {}, {}, 1}}, x) - x).norm() > 1e-3);
}

TEST_CASE("linear stages that do not commute: the commutator of their exponentials") {
  const auto field = make_field<double>(draws::options(FieldKind::linear, false));
  const Vector p = draws::parameters(*field, 41);
  const Vector x = draws::states(5, 1, 42);
  Vector lifted(6);
  lifted << x, 1;

  // Two media: [exp(G₁ t₁), exp(G₂ t₂)].
  ConditionInputs one, other;
  other.medium = 1;
  const Matrix g1 = generator(*field, p, one), g2 = generator(*field, p, other);
  const Matrix f1 = (0.9 * g1).exp(), f2 = (1.4 * g2).exp();
  const double expected = ((f2 * f1 - f1 * f2) * lifted).head(5).norm();
  REQUIRE(expected > 1e-3);
  CHECK(relative_error(commutator(*field, p, {0, {}, {}, 0.9}, {1, {}, {}, 1.4}, x), expected) < 1e-9);
  // For short stages it is t² ‖[G₂, G₁] (x, 1)‖ to first order.
  const double t = 1e-4, lie = ((g2 * g1 - g1 * g2) * lifted).head(5).norm();
  CHECK(relative_error(commutator(*field, p, {0, {}, {}, t}, {1, {}, {}, t}, x) / (t * t), lie) < 1e-3);

  // An edit persists, so each order has generators of its own: edited in medium 1 against unedited there.
  const Stage edit{0, {{3, ClampKind::activity, 0.05, -1}}, {}, 0.9}, medium{1, {}, {}, 1.4};
  ConditionInputs edited = one, edited_there = other;
  edited.clamps = edited_there.clamps = edit.clamps;
  const Matrix e1 = (0.9 * generator(*field, p, edited)).exp(), e2 = (1.4 * generator(*field, p, edited_there)).exp();
  const double persisting = ((e2 * e1 - e1 * f2) * lifted).head(5).norm();
  REQUIRE(persisting > 1e-3);
  CHECK(relative_error(commutator(*field, p, edit, medium, x), persisting) < 1e-9);
}
