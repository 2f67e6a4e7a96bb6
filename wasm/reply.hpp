#pragma once

#include <emscripten/val.h>

#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "groundwork/api/message.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::wasm {

using emscripten::val;

/** `{ok: false, code, message, hint}`. */
val refusal(const std::string& code, const std::string& message, const std::string& hint);

/** `{ok: true}`, to which a method adds what it answers. */
val accepted();

/** `{ok: true, json, bytes}`. */
val accepted(const api::Message&);

api::Message message_from(const std::string& json, const val& bytes);
/** Text that is not UTF-8 (names from a file) shows replacement characters instead of failing. */
std::string text_of(const api::Json&);
api::Json parse(const std::string& json);

/** The values of a typed array of JavaScript; one copy. */
template <typename T>
std::vector<T> values_from(const val& array) {
  std::vector<T> values(array["length"].as<std::size_t>());
  if (!values.empty()) val(emscripten::typed_memory_view(values.size(), values.data())).call<void>("set", array);
  return values;
}

/** JavaScript cannot read a C++ exception: every method runs in here, and answers with a sentence instead of throwing.
 */
template <typename Body>
val guarded(Body&& body) {
  try {
    return std::forward<Body>(body)();
  } catch (const Error& error) {
    return refusal(error.code(), error.what(), error.hint());
  } catch (const std::bad_alloc&) {
    return refusal("memory.exhausted", "There is not enough memory for this: a page can use at most 4 GB.",
                   "Choose fewer genes or drop levels; or use the command line.");
  } catch (const std::exception& error) {
    return refusal("core.unexpected", std::string("The core failed where it should not: ") + error.what(),
                   "Copy the details into a bug report; what was loaded before is still there.");
  }
}

}  // namespace groundwork::wasm
