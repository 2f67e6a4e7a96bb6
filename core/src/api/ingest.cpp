#include "groundwork/api/ingest.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "groundwork/api/job.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/screen/cell_table.hpp"
#include "groundwork/screen/counts_text.hpp"
#include "groundwork/screen/grouping.hpp"
#include "groundwork/screen/matrix_market.hpp"
#include "groundwork/screen/role_proposal.hpp"
#include "groundwork/screen/summary.hpp"

namespace groundwork::api {

using screen::CellTable;
using screen::Column;

struct Ingest::State {
  std::vector<std::string> expected;
  std::optional<screen::CellTableReader> cells_reader;
  std::optional<screen::CountsTextDescription> counts_description;
  std::optional<screen::CountsTextReader> counts_reader;
  std::optional<screen::MatrixMarket> matrix_reader;
  screen::CountsLayout layout;
  bool counts_are_text = false;

  std::string counts_file = "the counts";
  std::vector<std::string> genes, cells;
  std::vector<int> gene_of_feature;  ///< of the rows of a matrix; empty = they are the genes
  std::vector<std::string> feature_warnings;
  std::int64_t rows = -1;             ///< −1 = not known
  std::optional<CellTable> separate;  ///< the cell table, as it was read
  std::vector<Column> columns;        ///< metadata in the order of the counts

  screen::CountsSource source;
  std::optional<screen::Summary> summary;
  std::string cells_name;

  void require_rows(std::int64_t found, const std::string& what) {
    if (rows >= 0 && rows != found)
      throw Error("cells.count", what + ": found " + std::to_string(found) + " cells, expected " +
                                     std::to_string(rows) + " as in the counts");
    rows = found;
  }

  /** All metadata in the order of the counts. */
  CellTable table(std::vector<std::string>& warnings) const {
    if (rows < 0 && !separate)
      throw Error("counts.missing", "no cells are known: neither counts nor a cell table were read");
    CellTable all;
    if (separate && rows < 0) {
      all = *separate;
    } else if (separate) {
      if (cells.empty())
        throw Error("cells.unnamed",
                    counts_file + " does not name its cells, so " + separate->file + " cannot be joined to it");
      all = align(*separate, cells, genes, counts_file, warnings);
    } else {
      all.file = counts_file;
      all.cells = cells;
      all.rows = rows;
    }
    for (const Column& c : columns) {
      if (all.find(c.name))
        warnings.push_back("Column '" + c.name + "' is in " + counts_file + " and in " + separate->file +
                           ": the latter counts.");
      else
        all.columns.push_back(c);
    }
    return all;
  }
};

namespace {

constexpr std::size_t levels_shown = 200;

std::string kind_of(const Column& c, std::int64_t rows) {
  if (c.crowded || (c.levels.size() > 20 && 10 * static_cast<std::int64_t>(c.levels.size()) > 9 * rows)) {
    const bool numbers = !c.crowded && screen::number_in(c.levels.front()).has_value();
    return numbers ? "numeric" : "unique";
  }
  const bool numeric = !c.levels.empty() && std::all_of(c.levels.begin(), c.levels.end(), [](const std::string& l) {
    return screen::number_in(l).has_value();
  });
  return numeric ? "numeric" : "categorical";
}

Json column_to_json(const Column& c, std::int64_t rows) {
  const auto cells = screen::cells_per_level(c);
  std::vector<std::size_t> order(cells.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return cells[a] > cells[b]; });
  Json levels = Json::array();
  for (std::size_t i = 0; i < std::min(levels_shown, order.size()); ++i)
    levels.push_back({{"value", c.levels[order[i]]}, {"cells", cells[order[i]]}});
  const std::int64_t missing = c.crowded ? 0 : rows - std::accumulate(cells.begin(), cells.end(), std::int64_t{0});
  return {{"name", c.name},
          {"kind", kind_of(c, rows)},
          {"levels", std::move(levels)},
          {"level_count", c.crowded ? Json(nullptr) : Json(c.levels.size())},
          {"missing", missing}};
}

/** Cells, sums, guides and reservoir with these roles, as if every combination of levels occurred that the cells allow.
 */
double memory_for(const CellTable& table, const screen::Roles& roles, std::size_t genes) {
  const auto levels = [&](const std::string& name) {
    const Column* c = table.find(name);
    return c ? static_cast<double>(std::max<std::size_t>(1, c->levels.size())) : 1.0;
  };
  double groups = levels(roles.perturbation) * levels(roles.medium) * levels(roles.time) * levels(roles.cell_type) *
                  levels(roles.host);
  double batches = 1;
  for (const auto& b : roles.batch) batches = std::max(batches, levels(b));
  groups = std::min(groups * batches * 2, static_cast<double>(table.rows));
  const double guides =
      roles.guide.empty() ? 0 : std::min(levels(roles.guide) * batches, static_cast<double>(table.rows));
  return 16.0 * static_cast<double>(table.rows) + 8.0 * static_cast<double>(genes) * (7 * groups + 2 * guides) +
         12.0 * static_cast<double>(screen::reservoir_entries);
}

}  // namespace

Ingest::Ingest() : state_(std::make_unique<State>()) {}
Ingest::~Ingest() = default;

void Ingest::expect_columns(std::vector<std::string> names) { state_->expected = std::move(names); }

void Ingest::push_cells_text(std::string_view file, std::string_view bytes, bool last) {
  auto& reader = state_->cells_reader;
  if (!reader) reader.emplace(std::string(file));
  try {
    reader->push(bytes, last);
  } catch (...) {
    reader.reset();
    throw;
  }
  if (!last) return;
  state_->separate = reader->finish();
  reader.reset();
}

void Ingest::describe_counts_text(std::string_view file, std::string_view bytes, bool last) {
  auto& description = state_->counts_description;
  if (!description) description.emplace(std::string(file), state_->expected);
  screen::CountsLayout layout;
  CellTable table;
  try {
    description->push(bytes, last);
    if (!last) return;
    table = description->finish(layout);
  } catch (...) {
    description.reset();
    throw;
  }
  description.reset();
  state_->layout = std::move(layout);
  state_->counts_are_text = true;
  state_->counts_file = std::string(file);
  state_->genes = state_->layout.genes;
  state_->cells = std::move(table.cells);
  state_->rows = table.rows;
  state_->columns = std::move(table.columns);
}

void Ingest::set_genes(std::vector<std::string> genes) {
  screen::NameIndex index;
  for (std::size_t i = 0; i < genes.size(); ++i)
    if (index.add(genes[i]) != static_cast<int>(i))
      throw Error("counts.duplicate_gene", state_->counts_file + ": gene '" + genes[i] +
                                               "' is there twice, the second time in place " + std::to_string(i + 1));
  if (genes.empty()) throw Error("counts.no_genes", state_->counts_file + " has no genes");
  state_->genes = std::move(genes);
}

void Ingest::set_cell_names(std::vector<std::string> cells) {
  screen::NameIndex index;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (const int first = index.add(cells[i]); first != static_cast<int>(i))
      throw Error("cells.duplicate", state_->counts_file + ": cell '" + cells[i] + "' is in row " +
                                         std::to_string(i + 1) + " and in row " + std::to_string(first + 1) +
                                         " already");
  state_->require_rows(static_cast<std::int64_t>(cells.size()), "names of cells");
  state_->cells = std::move(cells);
}

void Ingest::set_features_text(std::string_view file, std::string_view text) {
  screen::Features features = screen::features_from_text(std::string(file), text);
  state_->genes = std::move(features.genes);
  state_->gene_of_feature = std::move(features.gene_of_row);
  state_->feature_warnings = std::move(features.warnings);
}

void Ingest::set_barcodes_text(std::string_view file, std::string_view text) {
  set_cell_names(screen::barcodes_from_text(std::string(file), text));
}

void Ingest::add_column(std::string name, std::span<const int> codes, std::vector<std::string> levels) {
  state_->require_rows(static_cast<std::int64_t>(codes.size()), "column '" + name + "'");
  Column column{std::move(name), std::vector<int>(codes.begin(), codes.end()), std::move(levels), false};
  for (int& code : column.code) {
    if (code < -1 || code >= static_cast<int>(column.levels.size()))
      throw Error("cells.code", "column '" + column.name + "': found code " + std::to_string(code) +
                                    ", expected -1 to " + std::to_string(static_cast<int>(column.levels.size()) - 1));
    if (code >= 0 && screen::is_missing(column.levels[static_cast<std::size_t>(code)])) code = -1;
  }
  auto& columns = state_->columns;
  columns.erase(std::remove_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == column.name; }),
                columns.end());
  columns.push_back(std::move(column));
}

Json Ingest::describe() const {
  std::vector<std::string> warnings = state_->feature_warnings;
  const CellTable table = state_->table(warnings);
  const screen::RoleProposal proposal = propose_roles(table);
  Json columns = Json::array();
  for (const Column& c : table.columns) columns.push_back(column_to_json(c, table.rows));
  Json proposed = roles_to_json(proposal.roles);
  proposed["why"] = proposal.why;
  const std::vector<std::string> first(
      state_->genes.begin(),
      state_->genes.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(20, state_->genes.size())));
  return {{"cells", table.rows},
          {"genes", {{"count", state_->genes.size()}, {"first", first}}},
          {"columns", std::move(columns)},
          {"proposed", std::move(proposed)},
          {"memory_bytes", memory_for(table, proposal.roles, state_->genes.size())},
          {"warnings", warnings}};
}

void Ingest::begin(const Json& request) {
  refuse_unknown(request, {"roles", "seed", "counts_name", "cells_name"}, "summarise request");
  if (state_->genes.empty()) throw Error("counts.missing", "no counts were described before summing");
  const Json roles_json = request.value("roles", Json::object());
  screen::Roles roles = roles_from_json(roles_json);
  if (request.contains("seed") && !request["seed"].is_number_unsigned() &&
      !(request["seed"].is_number_integer() && request["seed"].get<std::int64_t>() >= 0))
    throw Error("request.value",
                "summarise request: 'seed': found " + request["seed"].dump() + ", expected a whole number from 0");
  const std::uint64_t seed = request.contains("seed") ? request["seed"].get<std::uint64_t>() : 1;
  for (const char* key : {"counts_name", "cells_name"})
    if (request.contains(key) && !request[key].is_string())
      throw Error("request.value", std::string("summarise request: '") + key + "': expected a text");
  std::vector<std::string> warnings = state_->feature_warnings;
  const CellTable table = state_->table(warnings);
  if (const Column* c = table.find(roles.perturbation); c && !roles_json.contains("separator"))
    roles.separator = screen::propose_separator(*c, roles.control);
  screen::Grouping grouping = group_cells(table, roles, seed);
  grouping.warnings.insert(grouping.warnings.begin(), warnings.begin(), warnings.end());
  state_->source = {request.value("counts_name", state_->counts_file), state_->genes, state_->cells};
  state_->cells_name = request.value("cells_name", state_->separate ? state_->separate->file : "");
  state_->counts_reader.reset();
  state_->matrix_reader.reset();
  state_->summary.emplace(state_->source, std::move(grouping), std::move(roles), seed);
}

namespace {

screen::Summary& begun(std::optional<screen::Summary>& summary) {
  if (!summary) throw Error("ingest.order", "counts were pushed before the roles were given");
  return *summary;
}

}  // namespace

void Ingest::push_counts_text(std::string_view bytes, bool last) {
  screen::Summary& summary = begun(state_->summary);
  if (!state_->counts_are_text)
    throw Error("ingest.order", "counts were pushed as text, but no count table was described");
  auto& reader = state_->counts_reader;
  if (!reader) reader.emplace(state_->counts_file, state_->layout);
  reader->push(bytes, last, [&](std::int64_t cell, std::span<const int> genes, std::span<const float> counts) {
    summary.push_cell(cell, genes, counts);
  });
  if (last) reader.reset();
}

void Ingest::push_matrix_market(std::string_view file, std::string_view bytes, bool last) {
  screen::Summary& summary = begun(state_->summary);
  auto& reader = state_->matrix_reader;
  if (!reader) reader.emplace(std::string(file));
  std::vector<int>& gene_of = state_->gene_of_feature;
  if (gene_of.empty()) {
    gene_of.resize(state_->genes.size());
    std::iota(gene_of.begin(), gene_of.end(), 0);
  }
  const auto features = static_cast<std::int64_t>(gene_of.size());
  std::vector<int> genes;
  std::vector<float> counts;
  reader->push(bytes, last, [&](std::int64_t column, std::span<const int> rows, std::span<const float> values) {
    const bool by_cell = reader->rows() == features && reader->columns() == state_->rows;
    if (!by_cell && (reader->rows() != state_->rows || reader->columns() != features))
      throw Error("mtx.shape", std::string(file) + " has " + std::to_string(reader->rows()) + " rows and " +
                                   std::to_string(reader->columns()) + " columns, expected " +
                                   std::to_string(features) + " features and " + std::to_string(state_->rows) +
                                   " cells");
    if (!by_cell) {
      const int gene = gene_of[static_cast<std::size_t>(column)];
      const std::int64_t starts[] = {0, static_cast<std::int64_t>(rows.size())};
      if (gene >= 0) summary.push_columns(gene, starts, rows, values);
      return;
    }
    genes.clear();
    counts.clear();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const int gene = gene_of[static_cast<std::size_t>(rows[i])];
      if (gene < 0) continue;
      genes.push_back(gene);
      counts.push_back(values[i]);
    }
    summary.push_cell(column, genes, counts);
  });
  if (last) reader.reset();
}

void Ingest::push_rows(std::int64_t first_cell, std::span<const std::int64_t> starts, std::span<const int> genes,
                       std::span<const float> counts) {
  begun(state_->summary).push_rows(first_cell, starts, genes, counts);
}

void Ingest::push_columns(std::int64_t first_gene, std::span<const std::int64_t> starts, std::span<const int> cells,
                          std::span<const float> counts) {
  begun(state_->summary).push_columns(first_gene, starts, cells, counts);
}

void Ingest::push_dense(std::int64_t first_cell, std::int64_t cells, std::span<const float> counts) {
  begun(state_->summary).push_dense(first_cell, cells, counts);
}

bool Ingest::next_pass() { return begun(state_->summary).next_pass(); }

Message Ingest::finish() {
  screen::Screen result = begun(state_->summary).finish();
  state_->summary.reset();
  result.cells_name = state_->cells_name;
  return screen_to_message(result);
}

}  // namespace groundwork::api
