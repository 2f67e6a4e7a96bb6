#pragma once

#include <string_view>

namespace groundwork::screen {

/** `text` without white space at its ends. */
inline std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(space) - first + 1);
}

}  // namespace groundwork::screen
