#include <doctest/doctest.h>

#include <string>

#include "groundwork/api/combine.hpp"
#include "groundwork/api/fit.hpp"
#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/api/states_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"

using namespace groundwork;
using namespace groundwork::api;

namespace {

/** Five genes; CRISPRi of four of them, and four drugs, alone and in pairs, that lower the last gene. */
Message table() {
  Random random(4);
  std::string text = "condition,edits,medium,time,batch,variance,g0,g1,g2,g3,g4\n";
  const auto row = [&](const std::string& name, const std::string& edits, int target, int drugs) {
    text += name + "," + edits + ",,,,0.01";
    for (int g = 0; g < 5; ++g) {
      const double mean = g == target ? -1.5 : g == 4 ? -0.5 * drugs : 0;
      text += "," + std::to_string(mean + 0.1 * random.normal());
    }
    text += "\n";
  };
  for (int k = 0; k < 3; ++k) row("control" + std::to_string(k), "", -1, 0);
  for (int g = 0; g < 4; ++g) row("edit" + std::to_string(g), "g" + std::to_string(g), g, 0);
  for (int a = 0; a < 4; ++a) {
    const std::string drug = "d" + std::to_string(a) + ":2";
    row("drug" + std::to_string(a), drug, -1, 1);
    for (int b = 0; b < a; ++b)
      row("pair" + std::to_string(a) + std::to_string(b), drug + "+d" + std::to_string(b) + ":2", -1, 2);
  }
  screen::StateTableForm form;
  form.modality = screen::Modality::crispri;
  screen::StateTable table = screen::read_state_table("drawn.csv", text, form);
  table.modality = form.modality;
  return states_to_message(table);
}

Message run_fit(const Json& options, const std::vector<Message>& parts = {}) {
  Message request;
  request.json = options;
  request.json["model"] = "recommended";
  embed(request, request.json, "states", "states", table());
  Json list = Json::array();
  for (std::size_t k = 0; k < parts.size(); ++k) {
    Json holder;
    embed(request, holder, "part", "part" + std::to_string(k), parts[k]);
    list.push_back(holder["part"]);
  }
  if (!parts.empty()) request.json["parts"] = list;
  const auto job = start_fit(request);
  while (!job->advance(1000)) {
  }
  return job->result();
}

std::string code_of_recommended(const Json& options) {
  try {
    run_fit(options);
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

}  // namespace

TEST_CASE("recommended: however its tasks are divided, the document is the same to the byte") {
  const Json options = {{"seed", 3}, {"split", "perturbation"}, {"holdout", {"g3"}}};
  const Message whole = run_fit(options);
  std::vector<Message> parts;
  for (int k = 0; k < 2; ++k) {
    Json own = options;
    own["part"] = {{"index", k}, {"of", 2}};
    parts.push_back(run_fit(own));
    CHECK(parts.back().json["kind"] == "fit_part");
  }
  const Message joined = run_fit(options, parts);
  CHECK((joined.json == whole.json));
  CHECK((joined.bytes == whole.bytes));
  CHECK(whole.json["model"] == "recommended");
  CHECK(whole.json["verdict"][0].get<std::string>().starts_with("For "));
}

TEST_CASE("recommended: a stored fit predicts as it did, with intervals, and says what it does not know") {
  const Message fit = run_fit({{"seed", 3}});
  const Message again = fit_to_message(fit_from_message(fit));
  const Json diff = Json::diff(fit.json, again.json);
  CHECK_MESSAGE(diff.empty(), diff.dump().substr(0, 300));
  CHECK((again.bytes == fit.bytes));

  Message request;
  request.json["text"] =
      "condition,edits,medium,time,batch,variance\nnone,,,,,\nfamiliar,d0:2+d1:2,,,,\nunseen,g4,,,,\nnew,d9:1,,,,\n";
  request.json["csv"] = true;
  embed(request, request.json, "fit", "fit", fit);
  const Message predicted = run_predict_conditions(request);
  const Matrix states = get_columns(predicted, predicted.json, "states"),
               sd = get_columns(predicted, predicted.json, "sd");
  REQUIRE(states.cols() == 4);
  CHECK(std::abs(states(4, 0)) < 0.15);
  CHECK(states(4, 1) < -0.6);
  CHECK((sd.array() > 0).all());
  CHECK((sd.array() < 2).all());
  CHECK(predicted.json["rows"][3]["unseen"] == true);
  CHECK(predicted.json["warnings"].dump().find("d9") != std::string::npos);
  CHECK(predicted.json["csv"].get<std::string>().find("g4_sd") != std::string::npos);
}

TEST_CASE("recommended refuses settings that it chooses, parts of other data, and to be combined") {
  CHECK(code_of_recommended({{"loss", "prediction"}}) == "request.value");
  CHECK(code_of_recommended({{"centred", true}}) == "request.value");
  CHECK(code_of_recommended({{"members", 3}}) == "request.value");
  CHECK(code_of_recommended({{"part", {{"index", 2}, {"of", 2}}}}) == "request.value");
  CHECK_THROWS_AS(run_fit({{"seed", 3}}, {run_fit({{"part", {{"index", 0}, {"of", 2}}}, {"split", "combination"}})}),
                  const Error&);
  const Message fit = run_fit({{"seed", 3}});
  Message request;
  Json holder;
  embed(request, holder, "fit", "fit0", fit);
  request.json["fits"] = {holder["fit"]};
  CHECK_THROWS_AS(run_combine(request), const Error&);
}
