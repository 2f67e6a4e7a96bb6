#include "groundwork/design/contrasts.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>

#include "groundwork/base/error.hpp"
#include "groundwork/screen/delimited_text.hpp"

namespace groundwork::design {
namespace {

std::string first_names(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t k = 0; k < names.size() && k < 8; ++k) list += (k ? ", " : "") + names[k];
  return names.size() > 8 ? list + ", …" : list;
}

}  // namespace

std::vector<int> control_indices(const Layout& layout, const std::vector<std::string>& controls) {
  std::vector<int> indices;
  for (const std::string& name : controls) {
    const int index = condition_index(layout, name);
    if (index < 0) {
      throw Error("layout.no_control",
                  "The layout has no condition called \"" + name + "\"; it has " + first_names(layout.conditions) + ".",
                  "Name the control as it stands in the layout's first column.");
    }
    for (const int known : indices) {
      if (known == index)
        throw Error("layout.no_control", "The control \"" + name + "\" is named twice.", "Name it once.");
    }
    indices.push_back(index);
  }
  return indices;
}

std::vector<measurement::Contrast> contrasts_to_controls(const Layout& layout, const std::vector<int>& controls) {
  std::vector<bool> is_control(layout.conditions.size(), false);
  for (const int c : controls) is_control[static_cast<std::size_t>(c)] = true;
  std::vector<measurement::Contrast> contrasts;
  for (std::size_t c = 0; c < layout.conditions.size(); ++c) {
    if (is_control[c]) continue;
    measurement::Contrast contrast{layout.conditions[c], {{static_cast<int>(c), 1.0}}};
    for (const int control : controls)
      contrast.terms.emplace_back(control, -1.0 / static_cast<double>(controls.size()));
    contrasts.push_back(std::move(contrast));
  }
  return contrasts;
}

std::vector<measurement::Contrast> read_contrasts(std::string_view text, const std::string& file,
                                                  const Layout& layout) {
  std::vector<measurement::Contrast> contrasts;
  std::map<std::string, std::size_t> index;
  int name_column = -1, condition_column = -1, coefficient_column = -1;
  screen::DelimitedText reader(file);
  bool header = true;
  reader.push(text, true, [&](std::int64_t line, std::span<const std::string_view> fields) {
    const std::string where = file + ", line " + std::to_string(line);
    if (header) {
      header = false;
      std::string found;
      for (std::size_t k = 0; k < fields.size(); ++k) {
        if (fields[k] == "name") name_column = static_cast<int>(k);
        if (fields[k] == "condition") condition_column = static_cast<int>(k);
        if (fields[k] == "coefficient") coefficient_column = static_cast<int>(k);
        found += (k ? "," : "") + std::string(fields[k]);
      }
      if (name_column < 0 || condition_column < 0 || coefficient_column < 0) {
        throw Error("contrasts.header", where + ": found \"" + found + "\", expected \"name,condition,coefficient\"",
                    "The first line of a file of contrasts is: name,condition,coefficient.");
      }
      return;
    }
    const std::string name(fields[static_cast<std::size_t>(name_column)]);
    const std::string condition(fields[static_cast<std::size_t>(condition_column)]);
    const std::string number(fields[static_cast<std::size_t>(coefficient_column)]);
    if (name.empty()) {
      throw Error("contrasts.name",
                  where + ", column " + std::to_string(name_column + 1) + ": found no name of a contrast",
                  "Lines of one name make one contrast.");
    }
    const int c = condition_index(layout, condition);
    if (c < 0) {
      throw Error("contrasts.unknown_condition",
                  where + ", column " + std::to_string(condition_column + 1) + ": found the condition \"" + condition +
                      "\", which the layout does not have; it has " + first_names(layout.conditions),
                  "Name conditions as in the layout's first column.");
    }
    char* end = nullptr;
    const double coefficient = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0' || !std::isfinite(coefficient)) {
      throw Error("contrasts.coefficient",
                  where + ", column " + std::to_string(coefficient_column + 1) + ": found \"" + number +
                      "\", expected a number",
                  "Write fractions as decimal numbers.");
    }
    const auto [at, added] = index.try_emplace(name, contrasts.size());
    if (added) contrasts.push_back({name, {}});
    contrasts[at->second].terms.emplace_back(c, coefficient);
  });
  if (contrasts.empty()) throw Error("contrasts.none", file + " holds no contrasts", "Write one line per term.");
  for (const auto& contrast : contrasts) check_contrast(contrast);
  return contrasts;
}

void check_contrast(const measurement::Contrast& contrast) {
  double size = 0;
  for (const auto& [condition, coefficient] : measurement::merged_terms(contrast)) size += std::abs(coefficient);
  if (!(size > 0) || !std::isfinite(size)) {
    throw Error("contrasts.empty", "The contrast \"" + contrast.name + "\" has no coefficient other than 0.",
                "Give at least one condition a coefficient.");
  }
}

std::string description_of(const measurement::Contrast& contrast, const std::vector<std::string>& conditions) {
  std::string text;
  std::size_t shown = 0;
  for (const auto& [condition, coefficient] : contrast.terms) {
    if (coefficient == 0) continue;
    if (++shown > 12) return text + " …";
    const double size = std::abs(coefficient);
    char number[32] = "";
    if (size != 1) std::snprintf(number, sizeof number, "%.4g ", size);
    const std::string sign = coefficient < 0 ? "− " : (text.empty() ? "" : "+ ");
    text += (text.empty() ? "" : " ") + sign + number + conditions[static_cast<std::size_t>(condition)];
  }
  return text;
}

}  // namespace groundwork::design
