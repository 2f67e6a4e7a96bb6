#include <doctest/doctest.h>

#include <cmath>

#include "../relative.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/protocols.hpp"

using namespace groundwork;
using namespace groundwork::fit;

namespace {

/** Three genes, media "base" and "RA", edits of A and B trained; `members` random fields around one another. */
DynamicFit drawn_fit(dynamics::FieldKind kind, bool centred, int members = 3) {
  DynamicFit fit;
  fit.options.model = kind;
  fit.options.centred = centred;
  fit.edits.clamps = dynamics::takes_clamps(kind);
  fit.edits.genes = {"A", "B", "C"};
  fit.edits.media = {"base", "RA"};
  for (Index e = 0; e < 2; ++e) {
    EditEntry entry;
    entry.name = fit.edits.genes[static_cast<std::size_t>(e)];
    entry.target = e;
    entry.input = fit.edits.clamps ? -1 : e;
    entry.trained = true;
    fit.edits.edits.push_back(entry);
  }
  fit.field.kind = kind;
  fit.field.genes = 3;
  fit.field.media = 2;
  fit.field.inputs = fit.edits.inputs();
  fit.field.centred = centred;
  fit.field.hidden = 4;
  fit.times = {1, 4};
  fit.usual_medium = "base";
  fit.control = Vector{{1.0, 2.0, 3.0}};
  fit.unit = 2;
  fit.residual = Vector::Constant(3, 0.01);
  const auto field = dynamics::make_field<double>(fit.field);
  Random random(5);
  const Vector start = field->initial_parameters(random);
  for (int m = 0; m < members; ++m) {
    Vector p = start;
    for (double& value : p) value += 0.3 * random.normal();
    fit.members.push_back(p);
  }
  return fit;
}

const NamedProtocol edit_first{"edit first", {{"base", {{"A", 1}}, 1.5}, {"RA", {}, 2}}};
const NamedProtocol medium_first{"medium first", {{"RA", {}, 2}, {"base", {{"A", 1}}, 1.5}}};

std::string code_of(const DynamicFit& fit, const NamedProtocol& protocol) {
  try {
    ProtocolRunner(fit).run(protocol, 5);
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

}  // namespace

TEST_CASE("an edit made in a stage is at work in all later ones, with its latest dose") {
  const auto acting = acting_edits({{"a", {{"X", 1}}, 1}, {"b", {}, 1}, {"b", {{"W", 2}, {"X", 3}}, 1}});
  REQUIRE(acting.size() == 3);
  CHECK(acting[1] == std::vector<screen::Edit>{{"X", 1}});
  CHECK(acting[2] == std::vector<screen::Edit>{{"W", 2}, {"X", 3}});
}

TEST_CASE("a protocol is the composition of its stages, member by member, beside unedited cells in the same media") {
  for (const auto kind : dynamics::field_kinds()) {
    CAPTURE(dynamics::name_of(kind));
    const DynamicFit fit = drawn_fit(kind, false);
    const ProtocolRunner runner(fit);
    const ProtocolCourse course = runner.run(edit_first, 8);
    const auto field = dynamics::make_field<double>(fit.field);
    Vector edited = Vector::Zero(3), unedited = edited;
    for (const Vector& p : fit.members)
      for (const bool edits : {true, false}) {
        const std::vector<screen::Edit> made{{"A", 1}};
        Matrix x = Matrix::Zero(3, 1);
        for (const auto& [medium, days] : {std::pair{"base", 1.5}, std::pair{"RA", 2.0}}) {
          const auto inputs = fit.edits.read(edits ? made : std::vector<screen::Edit>{}, medium).inputs;
          x = dynamics::predict_states(*field, p, {&inputs, 1}, {&days, 1}, {}, x).front();
        }
        (edits ? edited : unedited) += (fit.control + fit.unit * x.col(0)) / 3;
      }
    const Index last = course.ends.back();
    CHECK(course.times.back() == 3.5);
    CHECK((course.state.mean.col(last) - edited).cwiseAbs().maxCoeff() < 1e-6);
    CHECK((course.reference.mean.col(last) - unedited).cwiseAbs().maxCoeff() < 1e-6);
    CHECK((course.effect.mean.col(last) - (edited - unedited)).cwiseAbs().maxCoeff() < 1e-6);
    CHECK(course.state.mean.col(0) == fit.control);
    CHECK(course.state.spread.col(last).minCoeff() > 0);
  }
}

TEST_CASE("the commutator of two stages is the difference of the two orders' ends") {
  const DynamicFit fit = drawn_fit(dynamics::FieldKind::production_decay, true);
  const ProtocolRunner runner(fit);
  const auto swaps = runner.swaps(edit_first);
  REQUIRE(swaps.size() == 1);
  CHECK(swaps[0].moves_edit);
  const Ensemble difference = runner.difference(edit_first, medium_first);
  CHECK((swaps[0].difference.mean - difference.mean).cwiseAbs().maxCoeff() < 1e-10);
  CHECK((swaps[0].difference.spread - difference.spread).cwiseAbs().maxCoeff() < 1e-10);
  CHECK(difference.mean.norm() > 1e-3);

  // Three stages: what stands before the first exchanged one stays.
  NamedProtocol longer = edit_first;
  longer.stages.insert(longer.stages.begin(), {"RA", {{"B", 1}}, 0.5});
  const auto three = runner.swaps(longer);
  REQUIRE(three.size() == 3);
  NamedProtocol exchanged = longer;
  std::swap(exchanged.stages[1], exchanged.stages[2]);
  CHECK((three[2].difference.mean - runner.difference(longer, exchanged).mean).cwiseAbs().maxCoeff() < 1e-9);
  CHECK(three[2].first == 1);

  // Equal stages commute.
  CHECK(runner.swaps({"same", {{"RA", {}, 1}, {"RA", {}, 1}}})[0].difference.mean.norm() < 1e-12);
}

TEST_CASE("where cells rest, a protocol in the baseline medium is held against the control state") {
  const ProtocolRunner runner(drawn_fit(dynamics::FieldKind::saturating, false));
  const auto course = runner.run({"rest", {{"base", {{"B", 1}}, 2}}}, 4);
  CHECK(course.reference.mean.col(course.ends[0]) == runner.fit().control);
  DynamicFit moving = drawn_fit(dynamics::FieldKind::saturating, false);
  moving.differentiating = true;
  const auto drifting = ProtocolRunner(moving).run({"move", {{"base", {{"B", 1}}, 2}}}, 4);
  CHECK((drifting.reference.mean.col(drifting.ends[0]) - moving.control).norm() > 1e-3);
}

TEST_CASE("the operator's properties are measured for the fitted model") {
  PredictionError error;
  error.value = 0.5;
  error.held_out = true;
  const std::vector<NamedProtocol> protocols{edit_first};
  for (const auto kind : dynamics::field_kinds())
    for (const bool centred : {false, true}) {
      CAPTURE(dynamics::name_of(kind));
      const ProtocolRunner runner(drawn_fit(kind, centred));
      const auto swaps = runner.swaps(edit_first);
      const auto list = runner.properties(protocols, {swaps}, error);
      REQUIRE(list.size() == 6);
      CHECK(list[0].name == "identity");
      CHECK(list[0].value <= list[0].tolerance);
      CHECK(list[1].name == "semigroup");
      CHECK(list[1].value <= list[1].tolerance);
      CHECK(list[2].value == swaps[0].difference.mean.norm());
      CHECK(list[3].value == list[2].value);
      CHECK(list[4].name == "baseline");
      if (centred) CHECK(list[4].value <= list[4].tolerance);
      if (!centred) CHECK(list[4].value > 1e-6);
      CHECK(std::isnan(list[4].tolerance) == !centred);
      CHECK(list[5].name == "steps");
      // `linear` is trained by the matrix exponential, which is how protocols are run.
      if (kind == dynamics::FieldKind::linear) CHECK(list[5].value < 1e-12);
      if (kind != dynamics::FieldKind::linear) CHECK(list[5].value > 0);
      CHECK(list[5].value < 0.5);
    }
  // Without an edit and a change of medium in the protocols, a pair is made up and named.
  const ProtocolRunner runner(drawn_fit(dynamics::FieldKind::linear, true));
  const std::vector<NamedProtocol> plain{{"plain", {{"base", {{"B", 1}}, 1}}}};
  const auto order = runner.properties(plain, {{}}, error)[3];
  CHECK(order.sentence.find("A in base and then RA") != std::string::npos);
  CHECK(relative_error(order.value,
                       runner.swaps({"", {{"base", {{"A", 1}}, 2}, {"RA", {}, 2}}})[0].difference.mean.norm()) < 1e-12);
}

TEST_CASE("the prediction error is that of held-out conditions, or of the measurement, or has a reason") {
  Evaluation evaluation;
  evaluation.split = SplitKind::perturbation;
  evaluation.held_out = {1, 0};
  evaluation.observed = Matrix{{1.0, 5.0}, {2.0, 5.0}};
  evaluation.variance = Matrix{{0.04, 1.0}, {0.16, 1.0}};
  const std::vector<Matrix> effects{Matrix{{0.0, 0.0}, {1.0, 0.0}}, Matrix{{1.0, 0.0}, {2.0, 0.0}}};
  const PredictionError held_out = prediction_error(evaluation, effects);
  CHECK(held_out.held_out);
  CHECK(relative_error(held_out.value, 0.5) < 1e-12);
  evaluation.split = SplitKind::none;
  evaluation.held_out = {0, 0};
  evaluation.observed(0, 1) = evaluation.observed(1, 1) = std::nan("");
  const PredictionError noise = prediction_error(evaluation, effects);
  CHECK(!noise.held_out);
  CHECK(relative_error(noise.value, std::sqrt(0.1)) < 1e-12);
  evaluation.variance.setZero();
  const PredictionError none = prediction_error(evaluation, effects);
  CHECK(std::isnan(none.value));
  CHECK(none.reason.find("exact") != std::string::npos);
}

TEST_CASE("what a protocol rests on is said") {
  const ProtocolRunner runner(drawn_fit(dynamics::FieldKind::linear, true));
  const auto said = runner.warnings({edit_first, {"long", {{"base", {{"A", 1}, {"B", 1}, {"Z", 1}}, 9}}}});
  std::string all;
  for (const auto& sentence : said) all += sentence + "\n";
  CHECK(all.find("no edit Z") != std::string::npos);
  CHECK(all.find("on the way") != std::string::npos);
  CHECK(all.find("extrapolated") != std::string::npos);
  CHECK(all.find("how edits combine") != std::string::npos);
  CHECK(runner.warnings({{"one", {{"base", {{"A", 1}}, 2}}}}).empty());
}

TEST_CASE("refusals name protocol and stage") {
  const DynamicFit fit = drawn_fit(dynamics::FieldKind::linear, true);
  CHECK(code_of(fit, edit_first).empty());
  CHECK(code_of(fit, {"x", {{"base", {}, -1}}}) == "protocol.duration");
  CHECK(code_of(fit, {"x", {{"base", {}, std::nan("")}}}) == "protocol.duration");
  CHECK(code_of(fit, {"x", {{"serum", {}, 1}}}) == "medium.unknown");
  try {
    ProtocolRunner(fit).run({"mine", {{"base", {}, 1}, {"serum", {}, 1}}}, 5);
  } catch (const Error& e) {
    CHECK(std::string(e.what()).find("\"mine\", stage 2") != std::string::npos);
  }
  DynamicFit single = fit;
  single.single_time = true;
  CHECK(code_of(single, edit_first) == "protocol.no_time");
  DynamicFit none = fit;
  none.members[0].resize(0);
  CHECK(code_of(none, edit_first) == "protocol.no_field");
}
