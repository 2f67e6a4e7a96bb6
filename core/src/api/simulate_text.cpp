// The two tables of a simulated screen as text.
#include <cstdio>

#include "groundwork/api/simulate.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::api {
namespace {

std::string quoted(const std::string& value) {
  if (value.find_first_of(",\"\n") == std::string::npos) return value;
  std::string result = "\"";
  for (const char c : value) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

void append_number(std::int64_t value, std::string& text) {
  char digits[24];
  text.append(digits,
              static_cast<std::size_t>(std::snprintf(digits, sizeof digits, "%lld", static_cast<long long>(value))));
}

void append_name(const SimulatedCell& cell, std::string& text) {
  text += "cell";
  append_number(cell.index + 1, text);
}

}  // namespace

std::string counts_header(const Truth& truth) {
  std::string text = "cell";
  for (const auto& gene : truth.genes) text += "," + quoted(gene);
  return text + "\n";
}

std::string cells_header(const Truth& truth) {
  std::string text = "cell,perturbation";
  if (!truth.guides.empty()) text += ",guide";
  for (const auto& level : truth.recipe.levels) text += "," + quoted(level);
  if (truth.recipe.times.size() > 1) text += ",time_d";
  if (!truth.recipe.media.empty()) text += ",medium";
  return text + "\n";
}

void append_counts_line(const SimulatedCell& cell, std::string& text) {
  append_name(cell, text);
  for (const std::int32_t count : cell.counts) {
    text += ',';
    if (count < 10)
      text += static_cast<char>('0' + count);
    else
      append_number(count, text);
  }
  text += '\n';
}

void append_cells_line(const Truth& truth, const SimulatedCell& cell, std::string& text) {
  const auto& condition = truth.conditions[static_cast<std::size_t>(cell.condition)];
  append_name(cell, text);
  text += "," + quoted(condition.label);
  if (cell.guide >= 0) text += "," + quoted(truth.guides[static_cast<std::size_t>(cell.guide)].name);
  for (const auto& level : truth.recipe.batches[static_cast<std::size_t>(cell.batch)].levels)
    text += "," + quoted(level);
  if (truth.recipe.times.size() > 1) text += "," + significant(condition.condition.time, 10);
  if (!truth.recipe.media.empty()) text += "," + quoted(condition.condition.medium);
  text += '\n';
}

}  // namespace groundwork::api
