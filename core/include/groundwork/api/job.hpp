#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "groundwork/api/message.hpp"

namespace groundwork::api {

/**
 * Long work, advanced in slices so that a worker without shared memory can report, pause and cancel between them. A job
 * that is dropped is cancelled; its last snapshot stays good.
 */
class Job {
 public:
  virtual ~Job() = default;
  /** Works for about `milliseconds` (at least one step). Returns true when finished. Throws Error. */
  virtual bool advance(double milliseconds) = 0;
  /** `{"fraction": 0…1, "phase": sentence, …}` and, per command, live curves. Cheap. */
  virtual Json progress() const = 0;
  /** The result so far in the form of the command's response (complete once advance() returned true). */
  virtual Message result() const = 0;
};

/** Commands that finish at once: components, design, predict, … Throws Error; `usage.command` for an unknown name. */
Message call(std::string_view command, const Message& request);

/** Commands that take long: audit, fit, simulate. Throws Error; `usage.command` for an unknown name. */
std::unique_ptr<Job> start(std::string_view command, const Message& request);

/** The option `key` of a request is refused when it is not in the list the command documents: unknown options are
 * errors. */
void refuse_unknown(const Json& object, std::initializer_list<std::string_view> known, const std::string& where);

}  // namespace groundwork::api
