#include <doctest/doctest.h>

#include <cmath>

#include "../relative.hpp"
#include "groundwork/api/fit.hpp"
#include "groundwork/api/predict.hpp"
#include "groundwork/api/protocol.hpp"
#include "groundwork/api/states.hpp"
#include "groundwork/base/error.hpp"

using namespace groundwork;
using namespace groundwork::api;

namespace {

/** A small table with two media and three times, or one of each. */
Message fitted(bool timed) {
  std::string text = "condition,edits,medium,time,batch,variance,A,B,C\n";
  int row = 0;
  const auto add = [&](const std::string& edits, const std::string& medium, double t, double a, double b, double c) {
    text += "r" + std::to_string(++row) + "," + edits + "," + medium + "," + (timed ? std::to_string(t) : "") +
            ",,0.01," + std::to_string(a) + "," + std::to_string(b) + "," + std::to_string(c) + "\n";
  };
  for (const double t : timed ? std::vector<double>{0, 1, 3} : std::vector<double>{3}) {
    add("", "base", t, 0, 0, 0);
    if (t == 0) continue;
    add("A", "base", t, 0, 0.3 * t, -0.1);
    add("B", "base", t, 0.1 * t, 0, 0.2 * t);
    if (!timed) continue;
    add("", "RA", t, 0.2 * t, 0.1, 0);
    add("A", "RA", t, 0.2 * t, 0.4 * t, 0);
  }
  Message table;
  table.json = {{"text", text}, {"scale", "log"}};
  Message request;
  request.json = {{"model", "linear"}, {"centred", true}, {"epochs", 60}, {"members", 2}};
  embed(request, request.json, "states", "states", run_states(table));
  const auto job = start_fit(request);
  while (!job->advance(1000)) {
  }
  return job->result();
}

Message request_of(const Message& fit, Json protocols) {
  Message request;
  request.json["protocols"] = std::move(protocols);
  embed(request, request.json, "fit", "fit", fit);
  return request;
}

std::string refusal(const Message& fit, Json protocols) {
  try {
    run_protocol(request_of(fit, std::move(protocols)));
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

const Json two = Json::parse(R"([
  {"name": "edit first", "stages": [{"edits": ["A"], "duration": 1}, {"medium": "RA", "duration": 2}]},
  {"name": "medium first", "time_unit": "h",
   "stages": [{"medium": "RA", "duration": 48}, {"medium": "base", "edits": [{"name": "A"}], "duration": 24}]}])");

}  // namespace

TEST_CASE("protocol: courses, ends, commutators, differences and properties of a fit") {
  const Message fit = fitted(true);
  const Json answer = inlined(run_protocol(request_of(fit, two)));
  CHECK(answer["kind"] == "protocol");
  REQUIRE(answer["protocols"].size() == 2);
  const Json& first = answer["protocols"][0];
  CHECK(first["stages"][0]["medium"] == "base");
  CHECK(first["stages"][1]["edits"][0]["name"] == "A");
  CHECK(first["stages"][1]["added"].empty());
  CHECK(first["duration"] == 3);
  CHECK(answer["protocols"][1]["stages"][0]["end"].get<double>() == 2);
  CHECK(first["times"].size() == first["mean"].size());
  CHECK(first["mean"].back() == first["end"]["state"]);
  CHECK(first["mean"][0].size() == 3);

  // The two protocols are the two orders of the same stages: their difference is the commutator.
  const Json& swap = first["commutators"][0];
  const Json& difference = answer["differences"][0];
  CHECK(swap["first"] == 1);
  CHECK(relative_error(swap["norm"].get<double>(), difference["norm"].get<double>()) < 1e-9);
  CHECK(swap["norm"].get<double>() > 0);
  CHECK(relative_error(swap["relative"].get<double>(),
                       swap["rms"].get<double>() / answer["error"]["value"].get<double>()) < 1e-12);
  CHECK(answer["error"]["of"] == "measurement");
  CHECK(answer["properties"].size() == 6);
  CHECK(answer["properties"][1]["holds"] == true);
  CHECK(answer["properties"][4]["holds"] == true);
  CHECK(answer["properties"][2]["holds"].is_null());
}

TEST_CASE("protocol: one stage is what predict says, up to the steps of training") {
  const Message fit = fitted(true);
  const Json one = Json::parse(R"([{"stages": [{"medium": "base", "edits": ["A"], "duration": 3}]}])");
  const Json course = inlined(run_protocol(request_of(fit, one)));
  CHECK(course["protocols"][0]["name"] == "protocol 1");
  Message request;
  request.json = {{"edits", {"A"}}, {"times", {3}}};
  embed(request, request.json, "fit", "fit", fit);
  const Json predicted = inlined(run_predict(request));
  for (std::size_t g = 0; g < 3; ++g) {
    CHECK(std::abs(course["protocols"][0]["end"]["effect"][g].get<double>() -
                   predicted["effect"]["mean"][0][g].get<double>()) < 1e-3);
    CHECK(std::abs(course["protocols"][0]["end"]["reference"][g].get<double>() -
                   predicted["control"][0][g].get<double>()) < 1e-9);
  }
}

TEST_CASE("protocol: what cannot be answered is refused with its place") {
  const Message fit = fitted(true);
  const auto stages = [](const char* text) { return Json::array({{{"stages", Json::parse(text)}}}); };
  CHECK(refusal(fit, stages(R"([{"duration": 1}])")).empty());
  CHECK(refusal(fit, Json::array()) == "protocol.empty");
  CHECK(refusal(fit, stages("[]")) == "protocol.empty");
  CHECK(refusal(fit, Json("text")) == "request.value");
  CHECK(refusal(fit, Json::array({{{"steps", 1}}})) == "request.unknown_key");
  CHECK(refusal(fit, Json::array({{{"kind", "fit"}}})) == "protocol.kind");
  CHECK(refusal(fit, stages(R"([{"medium": "base"}])")) == "protocol.duration");
  CHECK(refusal(fit, stages(R"([{"duration": -2}])")) == "protocol.duration");
  CHECK(refusal(fit, stages(R"([{"duration": "long"}])")) == "protocol.duration");
  CHECK(refusal(fit, stages(R"([{"duration": 1, "medium": "serum"}])")) == "medium.unknown");
  CHECK(refusal(fit, stages(R"([{"duration": 1, "edits": ["A", "A"]}])")) == "edit.twice");
  CHECK(refusal(fit, Json::array({two[0], two[0]})) == "protocol.name");
  Json many = Json::array();
  for (int s = 0; s < 13; ++s) many.push_back({{"duration", 0.1}});
  CHECK(refusal(fit, Json::array({{{"stages", many}}})) == "protocol.too_long");
  CHECK(refusal(fitted(false), two) == "protocol.no_time");
}
