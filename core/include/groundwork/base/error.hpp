#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace groundwork {

/**
 * A refusal, or a failure that a person can do something about. Every exception that leaves `core` is one of these;
 * each door shows the same three strings.
 *
 * - `code`: stable, dotted, lower case: `text.ragged_line`, `roles.no_control`. Codes that begin with `usage.` mean
 *   that the call itself was malformed (exit status 2 on the command line); all others refuse the input (status 1).
 * - `what()`: one sentence: what is wrong and where (file, line, column, key), what was found and what was expected.
 * - `hint`: one sentence: what to do about it. May be empty.
 */
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, std::string hint = "")
      : std::runtime_error(message), code_(std::move(code)), hint_(std::move(hint)) {}

  const std::string& code() const { return code_; }
  const std::string& hint() const { return hint_; }
  bool is_usage() const { return code_.rfind("usage.", 0) == 0; }

 private:
  std::string code_;
  std::string hint_;
};

}  // namespace groundwork
