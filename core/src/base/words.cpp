#include "groundwork/base/words.hpp"

#include <cstdio>

namespace groundwork {

std::string significant(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  return text;
}

std::string whole_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

std::string joined(const std::vector<std::string>& names, std::string_view mark) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += mark;
    text += names[i];
  }
  return text;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n\v\f";
  const auto first = text.find_first_not_of(space);
  return first == std::string_view::npos ? std::string_view()
                                         : text.substr(first, text.find_last_not_of(space) - first + 1);
}

void say(std::vector<std::string>& sentences, const std::string& sentence) {
  if (!contains(sentences, sentence)) sentences.push_back(sentence);
}

}  // namespace groundwork
