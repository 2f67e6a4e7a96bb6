#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/screen/condition.hpp"
#include "groundwork/screen/delimited_text.hpp"
#include "groundwork/screen/levels.hpp"
#include "groundwork/screen/name_index.hpp"

namespace groundwork::screen {

Scale scale_of(const std::string& name);  ///< "log", "log2", "linear"; throws `states.scale`
std::string name_of(Scale);

/** The first six columns of a state table: what was done, apart from what came out. */
struct StateRow {
  std::string name;   ///< `condition`: of the row, not of what was done
  std::string edits;  ///< as written, as are medium and batch
  std::string medium;
  std::string time;
  std::string batch;
  std::string variance;
  Condition condition;  ///< what was done: edits, medium, time in days. Rows with equal ones are replicates
  double given_variance = std::numeric_limits<double>::quiet_NaN();  ///< table's scale; NaN: to be estimated; 0: exact
  std::int64_t line = 0;                                             ///< of the file, 1-based; 0: no file
};

/**
 * States that were measured or summarised elsewhere (bulk, proteins, pseudobulk, benchmarks), a row each: delimited
 * text with the header `condition,edits,medium,time,batch,variance,<genes…>`, in any order of columns.
 */
struct StateTable {
  std::string file;
  Scale scale = Scale::log2;
  Modality modality = Modality::knockout;  ///< of edits of genes
  std::string time_unit = "d";             ///< of the column `time`
  std::vector<std::string> genes;          ///< in the order of the columns
  std::vector<StateRow> rows;
  Matrix x;  ///< genes × rows, as given; NaN = missing
  std::vector<std::string> warnings;
};

/** How the columns beside the states are to be read. */
struct StateTableForm {
  Modality modality = Modality::knockout;
  std::string time_unit = "d";
  /**
   * False: a list of conditions to predict. Columns beyond the six are not read, a condition need not have a time, and
   * the variance is passed on as text.
   */
  bool states = true;
  /** For a list: bare names that are edits of genes. With states these are the gene columns themselves. */
  std::vector<std::string> genes;
};

/**
 * Reads a table that comes in chunks. Edits are joined by `+`; a bare NAME that is a gene column is an edit of that
 * gene, else an input of dose 1; `NAME:v` is an input of dose v; `+ : %` within names are percent-encoded. An input
 * that is called like a gene gets " (dose)" behind its name, so that the two are not taken for one another.
 *
 * Errors name file, line and column: `states.column_missing`, `states.column_twice`, `states.column_name`,
 * `states.no_genes`, `states.name_twice`, `states.number`, `states.time`, `states.variance`, `states.exact`,
 * `states.edit`, `states.edit_twice`, `states.dose`, `states.percent`, and those of DelimitedText.
 */
class StateTableReader {
 public:
  StateTableReader(std::string file, StateTableForm form);

  void push(std::string_view bytes, bool last);
  /** The table; after the push with `last`. */
  StateTable take();

 private:
  void header(std::span<const std::string_view> fields);
  void row(std::int64_t line, std::span<const std::string_view> fields);
  std::string at(std::int64_t line, std::size_t column) const;

  StateTableForm form_;
  DelimitedText text_;
  StateTable table_;
  std::vector<std::string> header_;
  std::vector<std::size_t> place_;         ///< of each of the six columns
  std::vector<std::size_t> gene_columns_;  ///< of each gene
  NameIndex genes_;                        ///< names that are edits when they stand bare
  NameIndex names_;                        ///< of the rows so far
  std::vector<double> states_;
  std::vector<std::string> masked_;  ///< genes whose name an input has too
};

/** A whole table at once. */
StateTable read_state_table(const std::string& file, std::string_view text, StateTableForm form);

/** True when a first line is that of a state table: all six names are among its fields. */
bool is_state_table(std::string_view first_line);

/** The edits of one cell, sorted by name; `where` begins the errors. `masked` collects inputs called like a gene. */
std::vector<Edit> parse_edits(std::string_view text, const NameIndex& genes, const std::string& where,
                              std::vector<std::string>& masked);
/** `+ : %` as %2B, %3A, %25. */
std::string percent_encoded(std::string_view name);

/** Which scale the numbers look like, and why: a proposal, never a decision. */
struct ScaleProposal {
  Scale scale = Scale::log2;
  std::string reason;  ///< a sentence
};
ScaleProposal propose_scale(const StateTable&);

/**
 * A value of the table per unit of the state inside the core: 1 for `log`, 1/ln 2 for `log2` (states are natural logs
 * inside), and for `linear` the power of ten nearest to the size of the control states, so that defaults that were
 * chosen for states of order 1 hold for a table in any units. For tables of order 1 it is 1.
 */
double table_unit(const StateTable&);

/**
 * The rows as levels, on the scale inside the core; Levels::scale is `log` for both logarithmic tables. A variance that
 * is not given stays NaN, but for a lone control row, which counts as exact (0). A table without a control row gets
 * exact ones at zero in the medium of most rows, for every time and batch that it has: the reference is then zero.
 */
Levels levels_of(const StateTable&);

}  // namespace groundwork::screen
