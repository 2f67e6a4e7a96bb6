#include "command.hpp"
#include "files.hpp"
#include "state_table_file.hpp"

namespace groundwork::cli {
namespace {

void run_states(const Arguments& arguments) {
  const api::Message table = read_data(arguments);
  warn_all(table.json);
  write_result(arguments, table);
}

}  // namespace

Command states_command() {
  Option table = states_option();
  table.required = true;
  return {
      "states",
      "Read a table of states and say what was found in it",
      {table,
       scale_option(),
       modality_option(),
       {"time-unit", "UNIT", "of the column time: s, min, h, d or w (default: d)"},
       output_option()},
      "file, scale, modality, time_unit, genes, rows [{name, label, edits [{name, dose}], medium, time (days), batch, "
      "variance\n"
      "(null: estimated; 0: exact), line}], states (rows x genes as given; null: missing), found {conditions (distinct "
      "edits, medium,\n"
      "time), replicated (of them with several rows), controls, exact, with_variance, missing_values, times, media, "
      "batches,\n"
      "gene_edits [{name, rows}], inputs [{name, doses, rows}]}, proposal {scale, reason: what the numbers look "
      "like}, warnings.",
      run_states};
}

}  // namespace groundwork::cli
