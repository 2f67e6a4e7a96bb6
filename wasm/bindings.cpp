#include <emscripten/bind.h>

#include <memory>
#include <string>

#include "groundwork/api/job.hpp"
#include "reply.hpp"

namespace groundwork::wasm {
namespace {

std::string version() { return GROUNDWORK_VERSION; }

val call(const std::string& command, const std::string& json, const val& bytes) {
  return guarded([&] { return accepted(api::call(command, message_from(json, bytes))); });
}

/** A running job as JavaScript holds it; `delete()` drops it, which cancels it. */
class JobHandle {
 public:
  explicit JobHandle(std::unique_ptr<api::Job> job) : job_(std::move(job)) {}

  val advance(double milliseconds) {
    return guarded([&] {
      const bool done = job_->advance(milliseconds);
      val reply = accepted();
      reply.set("done", done);
      return reply;
    });
  }

  val progress() const {
    return guarded([&] {
      val reply = accepted();
      reply.set("json", text_of(job_->progress()));
      return reply;
    });
  }

  val result() const {
    return guarded([&] { return accepted(job_->result()); });
  }

 private:
  std::unique_ptr<api::Job> job_;
};

val start_job(const std::string& command, const std::string& json, const val& bytes) {
  return guarded([&] {
    auto handle = std::make_shared<JobHandle>(api::start(command, message_from(json, bytes)));
    val reply = accepted();
    reply.set("job", handle);
    return reply;
  });
}

}  // namespace
}  // namespace groundwork::wasm

EMSCRIPTEN_BINDINGS(groundwork) {
  using namespace groundwork::wasm;
  emscripten::function("version", &version);
  emscripten::function("call", &call);
  emscripten::function("startJob", &start_job);
  emscripten::class_<JobHandle>("Job")
      .smart_ptr<std::shared_ptr<JobHandle>>("JobPointer")
      .function("advance", &JobHandle::advance)
      .function("progress", &JobHandle::progress)
      .function("result", &JobHandle::result);
}
