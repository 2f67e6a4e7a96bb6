// The cell `edits` of a state table.
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/state_table.hpp"
namespace groundwork::screen {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const int high = i + 1 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      throw Error("states.percent",
                  where + ": in '" + std::string(text) + "', % is not followed by two hexadecimal digits.",
                  "Write %25 for a percent sign, %2B for + and %3A for : within a name.");
    out += static_cast<char>(16 * high + low);
    i += 2;
  }
  return out;
}

/** NaN when the text is no finite number. */
double dose_of(std::string_view text) {
  const std::string copy(trimmed(text));
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  return !copy.empty() && *end == '\0' && std::isfinite(value) ? value : std::nan("");
}

}  // namespace

std::vector<Edit> parse_edits(std::string_view text, const NameIndex& genes, const std::string& where,
                              std::vector<std::string>& masked) {
  std::vector<Edit> edits;
  text = trimmed(text);
  if (text.empty()) return edits;
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find('+', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string part(trimmed(parts[i]));
    const std::size_t colon = part.find(':');
    Edit edit;
    edit.name = percent_decoded(trimmed(part.substr(0, colon)), where);
    if (edit.name.empty())
      throw Error("states.edit", where + ": in '" + std::string(text) + "' an edit has no name.",
                  "Join edits by one +; write %2B for a + within a name. A control has no edits at all.");
    const bool is_gene = genes.find(edit.name) >= 0;
    if (colon != std::string::npos) {
      std::string dose = part.substr(colon + 1);
      // The + of a number such as 1e+05 or +0.5 joins nothing.
      if (std::isnan(dose_of(dose)) && i + 1 < parts.size() &&
          !std::isnan(dose_of(dose + "+" + std::string(parts[i + 1])))) {
        dose += "+" + std::string(parts[i + 1]);
        ++i;
      }
      edit.dose = dose_of(dose);
      if (std::isnan(edit.dose))
        throw Error("states.dose",
                    where + ": the dose of " + edit.name + " is '" + dose + "', expected a finite number.",
                    "An input is NAME:dose; write %3A for a colon within a name.");
      if (is_gene) {
        masked.push_back(edit.name);
        edit.name += " (dose)";
      }
    }
    for (const auto& other : edits)
      if (other.name == edit.name)
        throw Error("states.edit_twice", where + ": " + edit.name + " stands twice in '" + std::string(text) + "'.",
                    "Give each edit once; the dose of an input is the total.");
    edits.push_back(std::move(edit));
  }
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.name < b.name; });
  return edits;
}

std::string percent_encoded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '+')
      out += "%2B";
    else if (c == ':')
      out += "%3A";
    else if (c == '%')
      out += "%25";
    else
      out += c;
  }
  return out;
}

}  // namespace groundwork::screen
