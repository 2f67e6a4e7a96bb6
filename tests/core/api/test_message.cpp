#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/api/job.hpp"
#include "groundwork/api/message.hpp"
#include "groundwork/base/error.hpp"

using namespace groundwork;
using namespace groundwork::api;

namespace {

std::string code_of_message(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& e) {
    return e.code();
  }
  return "";
}

Matrix drawn(Index rows, Index columns) {
  Matrix m(rows, columns);
  for (Index i = 0; i < m.size(); ++i) m.data()[i] = std::sin(static_cast<double>(i)) * 1e3;
  m(1, 2) = std::nan("");
  return m;
}

bool same(const Matrix& a, const Matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.size(); ++i)
    if (a.data()[i] != b.data()[i] && !(std::isnan(a.data()[i]) && std::isnan(b.data()[i]))) return false;
  return true;
}

/** A small and a large array of each kind. */
Message example() {
  Message m;
  Json part = Json::object();
  put_columns(m, part, "small", "small", drawn(3, 4));
  put_columns(m, part, "large", "part/large", drawn(70, 80));
  std::vector<int> whole(5000);
  for (int i = 0; i < 5000; ++i) whole[static_cast<std::size_t>(i)] = i - 7;
  put_integers(m, part, "whole", "part/whole", whole);
  put_integers(m, part, "few", "part/few", std::span(whole).first(3));
  const std::vector<float> single(4097, 0.1F);
  put_floats(m, part, "single", "part/single", single);
  put_vector(m, part, "vector", "part/vector", Vector::LinSpaced(4100, 0, 1));
  m.json["kind"] = "example";
  m.json["part"] = std::move(part);
  return m;
}

void check_example(const Message& m) {
  const Json& part = m.json.at("part");
  CHECK(same(get_columns(m, part, "small"), drawn(3, 4)));
  CHECK(same(get_columns(m, part, "large"), drawn(70, 80)));
  CHECK(get_integers(m, part, "whole").at(4999) == 4992);
  CHECK(get_integers(m, part, "few") == std::vector<int>{-7, -6, -5});
  CHECK(get_floats(m, part, "single") == std::vector<float>(4097, 0.1F));
  CHECK(get_vector(m, part, "vector") == Vector::LinSpaced(4100, 0, 1));
}

}  // namespace

TEST_CASE("message: small arrays in the JSON, large ones as buffers; both come back exactly") {
  const Message m = example();
  CHECK(m.json["part"]["small"].is_array());
  CHECK(m.json["part"]["large"] == Json{{"buffer", "part/large"}});
  const Json& entry = m.json["buffers"]["part/large"];
  CHECK(entry["dtype"] == "f8");
  CHECK(entry["shape"] == Json({80, 70}));
  for (const auto& [name, buffer] : m.json["buffers"].items()) CHECK(buffer["offset"].get<int>() % 8 == 0);
  check_example(m);
  // Through text, as a file or a worker message would.
  check_example({Json::parse(m.json.dump()), m.bytes});
}

TEST_CASE("message: inlined holds the same values and needs no bytes") {
  const Message m = example();
  const Json json = inlined(m);
  CHECK_FALSE(json.contains("buffers"));
  CHECK(json["part"]["large"].size() == 80);
  CHECK(json["part"]["large"][2][1].is_null());
  CHECK(json["part"]["whole"][0].is_number_integer());
  check_example({Json::parse(json.dump()), {}});
}

TEST_CASE("message: embedded and extracted, beside others") {
  Message request;
  request.json["genes"] = 3;
  Json parts = Json::object();
  embed(request, parts, "first", "first", example());
  embed(request, parts, "second", "second", example());
  request.json["screen"] = std::move(parts);
  CHECK(request.json["buffers"].contains("first/part/large"));
  const Message back = extract(request, request.json["screen"], "second");
  check_example(back);
  CHECK(nlohmann::json(back.json) == nlohmann::json(example().json));  // whatever the order of the keys
  CHECK(back.bytes == example().bytes);
  Message small;
  small.json["a"] = 1;
  embed(request, request.json, "small", "small", small);
  CHECK(extract(request, request.json, "small").json == small.json);
}

TEST_CASE("message: refusals") {
  Message m = example();
  const auto large = [&] { get_columns(m, m.json["part"], "large"); };
  CHECK(code_of_message([&] { get_columns(m, m.json["part"], "nothing"); }) == "message.missing_key");
  CHECK(code_of_message([&] { get_columns(m, m.json["part"], "few"); }) == "message.not_array");
  CHECK(code_of_message([&] { get_columns(m, m.json["part"], "whole"); }) == "message.shape");
  m.bytes.resize(1000);
  CHECK(code_of_message(large) == "message.buffer_range");
  m = example();
  m.json["buffers"]["part/large"]["dtype"] = "f2";
  CHECK(code_of_message(large) == "message.dtype");
  m.json["buffers"]["part/large"] = {{"dtype", "f8"}, {"shape", {std::uint64_t{1} << 62, 8}}, {"offset", 0}};
  CHECK(code_of_message(large) == "message.buffer_range");
  m.json["buffers"]["part/large"] = {{"dtype", "f8"}, {"shape", "x"}, {"offset", 0}};
  CHECK(code_of_message(large) == "message.buffer");
  m.json["buffers"].erase("part/large");
  CHECK(code_of_message(large) == "message.no_buffer");
  m.json["part"]["large"] = Json::parse("[[1,2],[3]]");
  CHECK(code_of_message(large) == "message.shape");
  m.json["part"]["large"] = Json::parse("[[1,2],[3,\"x\"]]");
  CHECK(code_of_message(large) == "message.not_number");
  Json again = Json::object();
  Message twice = example();
  CHECK(code_of_message([&] { put_columns(twice, again, "large", "part/large", drawn(70, 80)); }) ==
        "message.duplicate_buffer");
  CHECK(code_of_message([] { require_kind(Json{{"kind", "fit"}}, "screen", 1, "f.json"); }) == "message.kind");
  CHECK(code_of_message([] {
          require_kind(Json{{"kind", "fit"}, {"schema", 2}}, "fit", 1, "f.json");
        }) == "message.schema");
  CHECK(code_of_message([] { require_kind(Json{{"kind", "fit"}, {"schema", 1}}, "fit", 1, "f.json"); }).empty());
}

TEST_CASE("requests: unknown keys and unknown commands are errors") {
  CHECK(code_of_message([] { refuse_unknown(Json{{"a", 1}, {"c", 2}}, {"a", "b"}, "x"); }) == "request.unknown_key");
  CHECK(code_of_message([] { refuse_unknown(Json{{"a", 1}}, {"a", "b"}, "x"); }).empty());
  CHECK(code_of_message([] { call("nonsense", {}); }) == "usage.command");
  CHECK(code_of_message([] { start("nonsense", {}); }) == "usage.command");
}
