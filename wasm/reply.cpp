#include "reply.hpp"

namespace groundwork::wasm {

std::string text_of(const api::Json& json) { return json.dump(-1, ' ', false, api::Json::error_handler_t::replace); }

val refusal(const std::string& code, const std::string& message, const std::string& hint) {
  val reply = val::object();
  reply.set("ok", false);
  reply.set("code", code);
  reply.set("message", message);
  reply.set("hint", hint);
  return reply;
}

val accepted() {
  val reply = val::object();
  reply.set("ok", true);
  return reply;
}

val accepted(const api::Message& message) {
  val reply = accepted();
  reply.set("json", text_of(message.json));
  const auto* bytes = reinterpret_cast<const unsigned char*>(message.bytes.data());
  // slice() copies: a view would be detached as soon as the heap grows.
  reply.set("bytes", val(emscripten::typed_memory_view(message.bytes.size(), bytes)).call<val>("slice"));
  return reply;
}

api::Json parse(const std::string& json) {
  try {
    return api::Json::parse(json);
  } catch (const nlohmann::json::parse_error& error) {
    throw Error("message.json", std::string("the request is not JSON: ") + error.what());
  }
}

api::Message message_from(const std::string& json, const val& bytes) {
  api::Message message;
  message.json = parse(json);
  message.bytes.resize(bytes["length"].as<std::size_t>());
  auto* first = reinterpret_cast<unsigned char*>(message.bytes.data());
  val(emscripten::typed_memory_view(message.bytes.size(), first)).call<void>("set", bytes);
  return message;
}

}  // namespace groundwork::wasm
