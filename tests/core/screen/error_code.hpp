#pragma once

#include <doctest/doctest.h>

#include <string>

#include "groundwork/base/error.hpp"

/** The error that `work` throws, as "code: sentence"; "" when it throws none. */
template <typename Work>
std::string refusal(const Work& work) {
  try {
    work();
  } catch (const groundwork::Error& e) {
    return e.code() + ": " + e.what();
  }
  return "";
}
