#include <doctest/doctest.h>

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
