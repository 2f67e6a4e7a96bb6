#include "groundwork/screen/state_table.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/screen/cell_table.hpp"
namespace groundwork::screen {
namespace {

constexpr const char* six[] = {"condition", "edits", "medium", "time", "batch", "variance"};
enum StateColumn { name_column, edits_column, medium_column, time_column, batch_column, variance_column };

/** A finite number, or NaN when it is none. */
double finite_number(std::string_view text) {
  if (text.empty() || text.find_first_of("xXpP") != std::string_view::npos) return nan;
  const std::string copy(text);
  char* end = nullptr;
  const double value = std::strtod(copy.c_str(), &end);
  return *end == '\0' && std::isfinite(value) ? value : nan;
}

std::string shown(std::string_view text) { return "'" + std::string(text.substr(0, 40)) + "'"; }

const char* comma_hint(std::string_view text) {
  return text.find(',') != std::string_view::npos ? "Numbers have a decimal point, not a comma." : "";
}

}  // namespace

StateTableReader::StateTableReader(std::string file, StateTableForm form)
    : form_(std::move(form)), text_(std::move(file)) {
  days_per(form_.time_unit);
  table_.file = text_.file();
  table_.modality = form_.modality;
  table_.time_unit = form_.time_unit;
  for (const auto& gene : form_.genes) genes_.add(gene);
}

std::string StateTableReader::at(std::int64_t line, std::size_t column) const {
  return text_.file() + ", line " + std::to_string(line) + ", column " + std::to_string(column + 1) + " (" +
         header_[column] + ")";
}

void StateTableReader::push(std::string_view bytes, bool last) {
  text_.push(bytes, last, [this](std::int64_t line, std::span<const std::string_view> fields) {
    header_.empty() ? header(fields) : row(line, fields);
  });
}

void StateTableReader::header(std::span<const std::string_view> fields) {
  std::map<std::string, std::size_t, std::less<>> seen;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string name(trimmed(fields[i]));
    header_.push_back(name);
    if (name.empty()) {
      if (!form_.states) continue;
      throw Error("states.column_name",
                  text_.file() + ", line 1, column " + std::to_string(i + 1) + ": the column has no name.",
                  "Write the table without row names, and give every gene its column name.");
    }
    const auto [first, fresh] = seen.try_emplace(name, i);
    if (!fresh)
      throw Error("states.column_twice",
                  text_.file() + ", line 1: the columns " + std::to_string(first->second + 1) + " and " +
                      std::to_string(i + 1) + " are both called \"" + name + "\".",
                  "Give each gene one column; average or rename repeated ones.");
  }
  std::string missing;
  for (const char* name : six) {
    const auto found = seen.find(name);
    if (found == seen.end())
      missing += (missing.empty() ? "" : ", ") + std::string(name);
    else
      place_.push_back(found->second);
  }
  if (!missing.empty())
    throw Error("states.column_missing", text_.file() + ", line 1: the header lacks " + missing + ".",
                "A state table has the columns condition, edits, medium, time, batch and variance, then one column a "
                "gene; what is not known stays empty, but its column must be there.");
  if (!form_.states) return;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    if (std::find(place_.begin(), place_.end(), i) != place_.end()) continue;
    gene_columns_.push_back(i);
    table_.genes.push_back(header_[i]);
    genes_.add(header_[i]);
  }
  if (table_.genes.empty())
    throw Error("states.no_genes", text_.file() + ", line 1: there is no column beyond the six.",
                "Add a column of states for each gene, protein or phenotype.");
}

void StateTableReader::row(std::int64_t line, std::span<const std::string_view> fields) {
  const auto cell = [&](StateColumn which) { return trimmed(fields[place_[which]]); };
  const auto where = [&](StateColumn which) { return at(line, place_[which]); };
  StateRow row;
  row.line = line;
  row.name = cell(name_column);
  row.edits = cell(edits_column);
  row.medium = cell(medium_column);
  row.time = cell(time_column);
  row.batch = cell(batch_column);
  row.variance = cell(variance_column);
  if (const int earlier = names_.find(row.name); earlier >= 0)
    throw Error("states.name_twice",
                where(name_column) + ": the name " + shown(row.name) + " is already that of line " +
                    std::to_string(table_.rows[static_cast<std::size_t>(earlier)].line) + ".",
                "Names are of rows: give each its own. Rows with the same edits, medium and time are replicates.");
  names_.add(row.name);

  row.condition.edits = parse_edits(row.edits, genes_, where(edits_column), masked_);
  row.condition.medium = row.medium;
  if (!is_missing(row.time)) {
    const double time = finite_number(row.time);
    if (std::isnan(time))
      throw Error("states.number",
                  where(time_column) + ": found " + shown(row.time) + ", expected a number or nothing.",
                  comma_hint(row.time));
    if (time < 0)
      throw Error("states.time", where(time_column) + ": found " + shown(row.time) + ", expected a time from 0 on.",
                  "Times count from the edit and the last change of medium.");
    row.condition.time = time * days_per(form_.time_unit);
  }
  if (form_.states && !is_missing(row.variance)) {
    row.given_variance = finite_number(row.variance);
    if (std::isnan(row.given_variance))
      throw Error("states.number",
                  where(variance_column) + ": found " + shown(row.variance) + ", expected a number or nothing.",
                  comma_hint(row.variance));
    if (row.given_variance < 0)
      throw Error("states.variance",
                  where(variance_column) + ": found " + shown(row.variance) + ", expected a variance from 0 on.",
                  "Leave the cell empty to have it estimated from replicates or residuals.");
    if (row.given_variance == 0 && !row.condition.is_control())
      throw Error("states.exact",
                  where(variance_column) + ": the variance is 0, but only a control can be exact; " + shown(row.name) +
                      " has edits.",
                  "Leave the cell empty to have it estimated from replicates or residuals.");
  }
  for (const std::size_t column : gene_columns_) {
    const std::string_view text = trimmed(fields[column]);
    const double value = is_missing(text) ? nan : finite_number(text);
    if (std::isnan(value) && !is_missing(text))
      throw Error("states.number", at(line, column) + ": found " + shown(text) + ", expected a number or nothing.",
                  comma_hint(text));
    states_.push_back(value);
  }
  table_.rows.push_back(std::move(row));
}

StateTable StateTableReader::take() {
  const auto genes = static_cast<Index>(table_.genes.size()), rows = static_cast<Index>(table_.rows.size());
  table_.x = Eigen::Map<const Matrix>(states_.data(), genes, rows);
  auto& warnings = table_.warnings;
  std::sort(masked_.begin(), masked_.end());
  masked_.erase(std::unique(masked_.begin(), masked_.end()), masked_.end());
  for (const auto& name : masked_)
    warnings.push_back(name + " is a gene column, but stands with a dose: it is taken as an input called \"" + name +
                       " (dose)\", not as an edit of the gene.");
  if (!form_.states) {
    if (header_.size() > 6)
      warnings.push_back(std::to_string(header_.size() - 6) +
                         " columns beyond the six are not read: this is a list of conditions to predict.");
    return std::move(table_);
  }

  bool timed = false, controls = false;
  for (const auto& row : table_.rows) {
    timed = timed || row.condition.has_time();
    controls = controls || row.condition.is_control();
  }
  int started = 0;
  for (auto& row : table_.rows) {
    if (!timed || row.condition.has_time()) continue;
    if (!row.condition.is_control())
      throw Error("states.time", at(row.line, place_[time_column]) + ": the cell is empty, but other rows have a time.",
                  "Give every edited row its time, or none.");
    row.condition.time = 0;
    ++started;
  }
  if (started > 0)
    warnings.push_back(std::to_string(started) + (started == 1 ? " control row has" : " control rows have") +
                       " no time, where others have one: taken as the state at the start (time 0).");
  if (!controls) {
    warnings.push_back(
        "The table has no control row (a row with empty edits): the reference is zero, as if every value were a "
        "difference to an unedited control.");
    for (const auto& row : table_.rows)
      for (const auto& edit : row.condition.edits) {
        std::string lower = edit.name;
        for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        for (const char* usual : {"control", "ctrl", "dmso", "none", "wt", "non-targeting", "nt", "untreated"})
          if (lower == usual && row.condition.edits.size() == 1) {
            warnings.push_back("The edit \"" + edit.name +
                               "\" looks like a control; a control row leaves the cell edits empty.");
            return std::move(table_);
          }
      }
  }
  return std::move(table_);
}

StateTable read_state_table(const std::string& file, std::string_view text, StateTableForm form) {
  StateTableReader reader(file, std::move(form));
  reader.push(text, true);
  return reader.take();
}

bool is_state_table(std::string_view first_line) {
  if (first_line.substr(0, 3) == "\xef\xbb\xbf") first_line.remove_prefix(3);
  std::set<std::string> fields;
  std::string field;
  for (const char c : first_line) {
    if (c == '\n') break;
    if (c == ',' || c == ';' || c == '\t') {
      fields.insert(std::string(trimmed(field)));
      field.clear();
    } else if (c != '"') {
      field += c;
    }
  }
  fields.insert(std::string(trimmed(field)));
  return std::all_of(std::begin(six), std::end(six), [&](const char* name) { return fields.contains(name); });
}

}  // namespace groundwork::screen
