#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace groundwork {

/** A number in a sentence: at most so many significant digits, no trailing zeros ("2", "0.35", "1e+06"). */
std::string significant(double value, int digits = 6);

/** "1500": no digits after the point. */
std::string whole_number(double value);

/** "A, B, C" */
std::string joined(const std::vector<std::string>& names, std::string_view mark = ", ");

/** `text` without white space at its ends. */
std::string_view trimmed(std::string_view text);

template <typename T>
bool contains(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

/** A sentence once, in the order of arrival. */
void say(std::vector<std::string>& sentences, const std::string& sentence);

}  // namespace groundwork
