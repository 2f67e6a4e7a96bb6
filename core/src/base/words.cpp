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

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void say(std::vector<std::string>& sentences, const std::string& sentence) {
  if (!contains(sentences, sentence)) sentences.push_back(sentence);
}

}  // namespace groundwork
