#include "groundwork/design/layout.hpp"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <set>
#include <span>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/delimited_text.hpp"

namespace groundwork::design {
namespace {

std::string place(const std::string& file, std::int64_t line) { return file + ", line " + std::to_string(line); }

double cells_from(const std::string& text, const std::string& where) {
  const char* begin = text.c_str();
  char* end = nullptr;
  const double value = std::strtod(begin, &end);
  while (end && *end == ' ') ++end;
  if (text.empty() || end == begin || *end != '\0' || !std::isfinite(value)) {
    throw Error("layout.cells", where + ": found \"" + text + "\", expected a number of cells (0 = absent)",
                "Write 0 where a condition is not in a batch.");
  }
  if (value < 0) {
    throw Error("layout.cells", where + ": found " + text + ", expected a number of cells, which is not negative",
                "Write 0 where a condition is not in a batch.");
  }
  if (value != std::floor(value) || value > 1e12) {
    throw Error("layout.cells", where + ": found " + text + ", expected a whole number of cells",
                "Round it to a whole number.");
  }
  return value;
}

constexpr const char* column_names[] = {"#perturbation", "#medium", "#time", "#guides"};

/** Which of column_names it is; −1: a batch. Throws for other names that begin with #. */
int column_of(const std::string& name, const std::string& where, bool after_batch) {
  if (name.empty() || name[0] != '#') return -1;
  int found = -1;
  for (int k = 0; k < 4; ++k)
    if (name == column_names[k]) found = k;
  if (found < 0)
    throw Error("layout.column", where + ": found the column \"" + name + "\", which is none that conditions have",
                "There are #perturbation, #medium, #time and #guides; names of batches do not begin with #.");
  if (after_batch)
    throw Error("layout.column", where + ": found the column \"" + name + "\" after a batch",
                "Put it between \"condition\" and the batches.");
  return found;
}

/** Not negative, or nothing: `otherwise`. */
double number_or_nothing(const std::string& text, double otherwise, const std::string& where, const char* expected) {
  if (text.empty()) return otherwise;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(value) || value < 0)
    throw Error("layout.column", where + ": found \"" + text + "\", expected " + expected + " or nothing",
                "Leave it empty where it is not known.");
  return value;
}

void read_column(ConditionColumns& about, int column, const std::string& text, const std::string& where) {
  if (column == 0) about.perturbation.push_back(text);
  if (column == 1) about.medium.push_back(text);
  if (column == 2) about.time.push_back(number_or_nothing(text, nan, where, "a number of days"));
  if (column == 3) about.guides.push_back(number_or_nothing(text, 0, where, "a number of guides"));
}

std::string quoted_field(const std::string& field) {
  if (field.find_first_of(",;\t\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

void refuse_repeats(const std::vector<std::string>& names, const std::string& what, const std::string& code) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (name.empty()) throw Error(code, "The layout has a " + what + " without a name.", "Name every " + what + ".");
    if (!seen.insert(name).second) {
      throw Error(code, "The layout has the " + what + " \"" + name + "\" twice.",
                  "Give every " + what + " its own name.");
    }
  }
}

}  // namespace

Layout read_layout(std::string_view text, const std::string& file) {
  Layout layout;
  std::vector<std::vector<double>> rows;
  std::map<std::string, std::int64_t> line_of;
  screen::DelimitedText reader(file);
  std::vector<int> columns;  // of column_names, in the order of the file
  bool header = true;
  reader.push(text, true, [&](std::int64_t line, std::span<const std::string_view> fields) {
    const std::string first(fields[0]);
    const std::size_t first_batch = 1 + columns.size();
    if (header) {
      header = false;
      if (first != "condition" && first != "Condition") {
        throw Error("layout.header", place(file, line) + ", column 1: found \"" + first + "\", expected \"condition\"",
                    "The first line is: condition,<batch names>.");
      }
      for (std::size_t k = 1; k < fields.size(); ++k) {
        const std::string name(fields[k]);
        if (name.empty()) {
          throw Error("layout.batch_name",
                      place(file, line) + ", column " + std::to_string(k + 1) + ": found an empty batch name",
                      "Name every batch, or remove the column.");
        }
        const int column =
            column_of(name, place(file, line) + ", column " + std::to_string(k + 1), !layout.batches.empty());
        if (column >= 0) {
          if (std::find(columns.begin(), columns.end(), column) != columns.end())
            throw Error(
                "layout.column",
                place(file, line) + ", column " + std::to_string(k + 1) + ": found the column \"" + name + "\" again",
                "Give every column once.");
          columns.push_back(column);
          continue;
        }
        for (std::size_t j = 0; j < layout.batches.size(); ++j) {
          if (layout.batches[j] == name) {
            throw Error("layout.duplicate_batch",
                        place(file, line) + ", column " + std::to_string(k + 1) + ": found the batch \"" + name +
                            "\" again, which is column " + std::to_string(columns.size() + j + 2) + " already",
                        "Give every batch its own name.");
          }
        }
        layout.batches.push_back(name);
      }
      return;
    }
    if (!first.empty() && first[0] == '#') {
      const std::string name = first.substr(1);
      if (!rows.empty()) {
        throw Error("layout.level_after_conditions",
                    place(file, line) + ": found the level \"" + first + "\" after a condition",
                    "Rows that begin with # come before the conditions.");
      }
      if (name.empty())
        throw Error("layout.level_name", place(file, line) + ": found # without the name of a level",
                    "Write #day,d1,d1,d2 for example.");
      CoarseLevel level{name, {}};
      for (std::size_t k = 1; k < first_batch; ++k) {
        if (!fields[k].empty())
          throw Error("layout.level_label",
                      place(file, line) + ", column " + std::to_string(k + 1) + ": found \"" + std::string(fields[k]) +
                          "\", expected nothing: a level is about batches",
                      "Leave it empty under #perturbation, #medium, #time and #guides.");
      }
      for (std::size_t k = first_batch; k < fields.size(); ++k) {
        if (fields[k].empty()) {
          throw Error("layout.level_label",
                      place(file, line) + ", column " + std::to_string(k + 1) + ": found no " + name + " for batch \"" +
                          layout.batches[k - first_batch] + "\"",
                      "Every batch belongs to one group of each level.");
        }
        level.of_batch.emplace_back(fields[k]);
      }
      layout.coarser.push_back(std::move(level));
      return;
    }
    if (first.empty()) {
      throw Error("layout.condition_name", place(file, line) + ", column 1: found an empty condition name",
                  "Name every condition.");
    }
    if (const auto [at, added] = line_of.try_emplace(first, line); !added) {
      throw Error("layout.duplicate_condition",
                  place(file, line) + ": found the condition \"" + first + "\" again, which is line " +
                      std::to_string(at->second) + " already",
                  "Give every condition one line.");
    }
    layout.conditions.push_back(first);
    rows.emplace_back();
    for (std::size_t k = 1; k < first_batch; ++k)
      read_column(layout.about, columns[k - 1], std::string(fields[k]),
                  place(file, line) + ", column " + std::to_string(k + 1) + " (" + column_names[columns[k - 1]] + ")");
    for (std::size_t k = first_batch; k < fields.size(); ++k) {
      rows.back().push_back(cells_from(std::string(fields[k]), place(file, line) + ", column " + std::to_string(k + 1) +
                                                                   " (batch \"" + layout.batches[k - first_batch] +
                                                                   "\")"));
    }
  });
  if (rows.empty()) {
    throw Error("layout.no_conditions", file + " has no conditions", "After the header comes one line per condition.");
  }
  layout.cells.resize(static_cast<Index>(rows.size()), static_cast<Index>(layout.batches.size()));
  for (std::size_t c = 0; c < rows.size(); ++c) {
    for (std::size_t b = 0; b < rows[c].size(); ++b) {
      layout.cells(static_cast<Index>(c), static_cast<Index>(b)) = rows[c][b];
    }
  }
  try {
    check_layout(layout);
  } catch (const Error& e) {
    throw Error(e.code(), file + ": " + e.what(), e.hint());
  }
  return layout;
}

std::string write_layout(const Layout& layout) {
  std::string text = "condition";
  const ConditionColumns& about = layout.about;
  const bool present[] = {!about.perturbation.empty(), !about.medium.empty(), !about.time.empty(),
                          !about.guides.empty()};
  for (int k = 0; k < 4; ++k)
    if (present[k]) text += std::string(",") + column_names[k];
  for (const std::string& name : layout.batches) text += "," + quoted_field(name);
  text += "\n";
  for (const CoarseLevel& level : layout.coarser) {
    text += quoted_field("#" + level.name);
    text.append(static_cast<std::size_t>(std::count(present, present + 4, true)), ',');
    for (const std::string& label : level.of_batch) text += "," + quoted_field(label);
    text += "\n";
  }
  char number[32];
  for (std::size_t c = 0; c < layout.conditions.size(); ++c) {
    text += quoted_field(layout.conditions[c]);
    if (present[0]) text += "," + quoted_field(about.perturbation[c]);
    if (present[1]) text += "," + quoted_field(about.medium[c]);
    if (present[2]) text += "," + (std::isnan(about.time[c]) ? std::string() : significant(about.time[c], 12));
    if (present[3]) text += "," + (about.guides[c] > 0 ? significant(about.guides[c], 12) : std::string());
    for (Index b = 0; b < layout.cells.cols(); ++b) {
      std::snprintf(number, sizeof number, ",%.0f", layout.cells(static_cast<Index>(c), b));
      text += number;
    }
    text += "\n";
  }
  return text;
}

void check_layout(const Layout& layout) {
  refuse_repeats(layout.conditions, "condition", "layout.duplicate_condition");
  refuse_repeats(layout.batches, "batch", "layout.duplicate_batch");
  if (layout.conditions.empty()) throw Error("layout.no_conditions", "The layout has no conditions.");
  if (layout.batches.empty()) throw Error("layout.no_batches", "The layout has no batches.");
  if (layout.cells.rows() != static_cast<Index>(layout.conditions.size()) ||
      layout.cells.cols() != static_cast<Index>(layout.batches.size())) {
    throw Error("layout.shape", "The layout's cells are " + std::to_string(layout.cells.rows()) + " by " +
                                    std::to_string(layout.cells.cols()) + ", expected conditions by batches, " +
                                    std::to_string(layout.conditions.size()) + " by " +
                                    std::to_string(layout.batches.size()) + ".");
  }
  std::vector<std::string> names{layout.finest};
  for (const CoarseLevel& level : layout.coarser) {
    names.push_back(level.name);
    if (level.name == layout.finest) {
      throw Error("layout.level_name",
                  "The layout has the level \"" + level.name + "\", which is what its columns are called.",
                  "Call the level something else.");
    }
    if (level.of_batch.size() != layout.batches.size()) {
      throw Error("layout.level_label",
                  "Level \"" + level.name + "\" has " + std::to_string(level.of_batch.size()) + " labels for " +
                      std::to_string(layout.batches.size()) + " batches.",
                  "Every batch belongs to one group of each level.");
    }
  }
  refuse_repeats(names, "level", "layout.level_name");
  const std::size_t lengths[] = {layout.about.perturbation.size(), layout.about.medium.size(), layout.about.time.size(),
                                 layout.about.guides.size()};
  for (int k = 0; k < 4; ++k) {
    if (lengths[k] == 0 || lengths[k] == layout.conditions.size()) continue;
    throw Error("layout.column",
                std::string("The column ") + column_names[k] + " has " + std::to_string(lengths[k]) + " entries for " +
                    std::to_string(layout.conditions.size()) + " conditions.",
                "Give every condition an entry, or none.");
  }
  check_cells(layout);
}

void check_cell(const Layout& layout, Index condition, Index batch) {
  const double n = layout.cells(condition, batch);
  if (n >= 0 && n == std::floor(n) && n <= 1e12) return;
  const std::string text = significant(n);
  cells_from(text, "Condition \"" + layout.conditions[static_cast<std::size_t>(condition)] + "\", batch \"" +
                       layout.batches[static_cast<std::size_t>(batch)] + "\"");
}

void check_cells(const Layout& layout) {
  for (Index b = 0; b < layout.cells.cols(); ++b)
    for (Index c = 0; c < layout.cells.rows(); ++c) check_cell(layout, c, b);
  if (!(layout.cells.maxCoeff() > 0)) {
    throw Error("layout.no_cells", "The layout holds no cells at all.", "Enter a number of cells somewhere.");
  }
}

std::vector<int> unedited_of(const Layout& layout, const std::vector<int>& controls) {
  std::vector<std::string> names;
  for (const int c : controls)
    if (!layout.about.perturbation.empty()) names.push_back(layout.about.perturbation[static_cast<std::size_t>(c)]);
  std::vector<int> found;
  for (std::size_t c = 0; c < layout.conditions.size(); ++c) {
    const int i = static_cast<int>(c);
    const bool written = !layout.about.perturbation.empty() && (trimmed(layout.about.perturbation[c]).empty() ||
                                                                contains(names, layout.about.perturbation[c]));
    if (written || contains(controls, i)) found.push_back(i);
  }
  return found;
}

measurement::BatchLevels batch_levels_of(const Layout& layout) {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> labels;
  for (const CoarseLevel& level : layout.coarser) {
    names.push_back(level.name);
    labels.push_back(level.of_batch);
  }
  names.push_back(layout.finest);
  labels.push_back(layout.batches);
  return measurement::nest_levels(names, labels);
}

int condition_index(const Layout& layout, const std::string& name) {
  for (std::size_t c = 0; c < layout.conditions.size(); ++c) {
    if (layout.conditions[c] == name) return static_cast<int>(c);
  }
  return -1;
}

}  // namespace groundwork::design
