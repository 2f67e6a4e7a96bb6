#include "groundwork/design/guides.hpp"

#include <cmath>
#include <cstdlib>
#include <span>

#include "groundwork/base/error.hpp"
#include "groundwork/screen/delimited_text.hpp"

namespace groundwork::design {
namespace {

double guides_of(const GuideTerms& terms, int condition, bool control) {
  if (!terms.effective.empty() && terms.effective[static_cast<std::size_t>(condition)] > 0)
    return terms.effective[static_cast<std::size_t>(condition)];
  return control && terms.control_guides > 0 ? terms.control_guides : terms.guides;
}

}  // namespace

double effective_guides(const std::vector<double>& cells) {
  double sum = 0, squares = 0;
  for (const double n : cells) {
    sum += n;
    squares += n * n;
  }
  if (!(squares > 0)) throw Error("design.guides", "There are no cells of any guide.", "Give each guide its cells.");
  return sum * sum / squares;
}

void check_guides(const GuideTerms& terms, const Layout& layout) {
  if (terms.guides != 0 && !(terms.guides >= 1 && std::isfinite(terms.guides))) {
    throw Error("design.guides", "The number of guides is less than 1.",
                "Give guides per perturbation, for example 4.");
  }
  if (terms.control_guides != 0 && !(terms.control_guides >= 1 && std::isfinite(terms.control_guides)))
    throw Error("design.guides", "The number of non-targeting guides is less than 1.", "Give it, for example 10.");
  if (!(terms.efficacy_sd >= 0 && terms.off_target_sd >= 0 && std::isfinite(terms.efficacy_sd + terms.off_target_sd)))
    throw Error("design.guides", "Standard deviations between guides are at least 0.", "Give 0 for none.");
  if (!terms.effective.empty() && terms.effective.size() != layout.conditions.size())
    throw Error("design.guides", "Numbers of guides are given for " + std::to_string(terms.effective.size()) + " of " +
                                     std::to_string(layout.conditions.size()) + " conditions.");
}

double off_target_variance(const GuideTerms& terms, const measurement::Contrast& contrast,
                           const std::vector<bool>& is_control) {
  if (terms.guides == 0 || terms.off_target_sd == 0) return 0;
  double sum = 0;
  for (const auto& [c, l] : measurement::merged_terms(contrast))
    sum += l * l / guides_of(terms, c, is_control[static_cast<std::size_t>(c)]);
  return sum * terms.off_target_sd * terms.off_target_sd;
}

double efficacy_variance(const GuideTerms& terms, const measurement::Contrast& contrast,
                         const std::vector<bool>& is_control) {
  if (terms.guides == 0 || terms.efficacy_sd == 0) return 0;
  double sum = 0;
  for (const auto& [c, l] : measurement::merged_terms(contrast)) {
    if (is_control[static_cast<std::size_t>(c)]) continue;
    sum += l * l / guides_of(terms, c, false);
  }
  return sum * terms.efficacy_sd * terms.efficacy_sd;
}

std::vector<double> read_guides(std::string_view text, const std::string& file, const Layout& layout) {
  std::vector<std::vector<double>> cells(layout.conditions.size());
  int condition_column = -1, cells_column = -1;
  bool header = true;
  screen::DelimitedText reader(file);
  reader.push(text, true, [&](std::int64_t line, std::span<const std::string_view> fields) {
    const std::string where = file + ", line " + std::to_string(line);
    if (header) {
      header = false;
      for (std::size_t k = 0; k < fields.size(); ++k) {
        if (fields[k] == "condition") condition_column = static_cast<int>(k);
        if (fields[k] == "cells") cells_column = static_cast<int>(k);
      }
      if (condition_column < 0 || cells_column < 0)
        throw Error("guides.header", where + ": expected the columns condition, guide and cells",
                    "The first line of a file of guides is: condition,guide,cells.");
      return;
    }
    const std::string condition(fields[static_cast<std::size_t>(condition_column)]);
    const std::string number(fields[static_cast<std::size_t>(cells_column)]);
    const int c = condition_index(layout, condition);
    if (c < 0)
      throw Error("guides.unknown_condition",
                  where + ": found the condition \"" + condition + "\", which the layout does not have",
                  "Name conditions as in the layout's first column.");
    char* end = nullptr;
    const double n = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0' || !std::isfinite(n) || n < 0)
      throw Error("guides.cells", where + ": found \"" + number + "\", expected a number of cells",
                  "Write 0 for a guide without cells.");
    cells[static_cast<std::size_t>(c)].push_back(n);
  });
  std::vector<double> effective(layout.conditions.size(), 0.0);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    double sum = 0;
    for (const double n : cells[c]) sum += n;
    if (sum > 0) effective[c] = effective_guides(cells[c]);
  }
  return effective;
}

}  // namespace groundwork::design
