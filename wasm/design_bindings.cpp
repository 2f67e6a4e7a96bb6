#include <emscripten/bind.h>

#include <memory>
#include <string>

#include "groundwork/api/design_session.hpp"
#include "reply.hpp"

namespace groundwork::wasm {
namespace {

/** A design that is asked again and again, as JavaScript holds it. */
class DesignHandle {
 public:
  explicit DesignHandle(const api::Message& request) : session_(request) {}

  val update(const std::string& variances) {
    return guarded([&] { return json_reply(session_.update(parse(variances))); });
  }
  val summary() {
    return guarded([&] { return json_reply(session_.summary()); });
  }
  val set_cell(int row, int batch, double cells) {
    return guarded([&] {
      session_.set_cell(row, batch, cells);
      return accepted();
    });
  }
  val set_cells(const val& rows, const val& batches, const val& cells) {
    return guarded([&] {
      session_.set_cells(values_from<int>(rows), values_from<int>(batches), values_from<double>(cells));
      return accepted();
    });
  }
  val rows(unsigned first, unsigned count) {
    return guarded([&] { return accepted(session_.rows(first, count)); });
  }
  val standard_errors() {
    return guarded([&] { return accepted(session_.standard_errors()); });
  }

 private:
  static val json_reply(const api::Json& json) {
    val reply = accepted();
    reply.set("json", text_of(json));
    return reply;
  }

  api::DesignSession session_;
};

val new_design_session(const std::string& json, const val& bytes) {
  return guarded([&] {
    val reply = accepted();
    reply.set("session", std::make_shared<DesignHandle>(message_from(json, bytes)));
    return reply;
  });
}

}  // namespace
}  // namespace groundwork::wasm

EMSCRIPTEN_BINDINGS(groundwork_design) {
  using namespace groundwork::wasm;
  emscripten::function("newDesignSession", &new_design_session);
  emscripten::class_<DesignHandle>("DesignSession")
      .smart_ptr<std::shared_ptr<DesignHandle>>("DesignSessionPointer")
      .function("update", &DesignHandle::update)
      .function("summary", &DesignHandle::summary)
      .function("setCell", &DesignHandle::set_cell)
      .function("setCells", &DesignHandle::set_cells)
      .function("rows", &DesignHandle::rows)
      .function("standardErrors", &DesignHandle::standard_errors);
}
