// Where the real screens and test vectors are, and how a test that needs them says that they are missing.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace shared {

inline std::string path(const std::string& relative) { return std::string(GROUNDWORK_SHARED_DIR) + "/" + relative; }

inline bool present(const std::string& relative = "") { return std::filesystem::exists(path(relative)); }

/** Decorator: `TEST_CASE("…" * shared::needed())` is counted as skipped where the shared files are not there. */
inline doctest::skip needed(const std::string& relative = "") { return doctest::skip(!present(relative)); }

inline nlohmann::json read_json(const std::string& relative) {
  std::ifstream in(path(relative));
  REQUIRE_MESSAGE(in.good(), "cannot read ", path(relative));
  return nlohmann::json::parse(in);
}

}  // namespace shared
