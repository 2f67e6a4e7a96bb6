#include <filesystem>
#include <string>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/ingest.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::cli {
namespace {

using api::Ingest;
using api::Json;

std::string name_of(const std::string& path) { return std::filesystem::path(path).filename().string(); }

bool ends_with(const std::string& text, const std::string& ending) {
  return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

/** The roles that were named; the others stay absent. */
Json roles_from(const Arguments& arguments) {
  Json roles = Json::object();
  for (const char* flag : {"perturbation", "separator", "modality", "host", "time", "medium", "guide"})
    if (arguments.has(flag)) roles[flag] = arguments.text(flag);
  if (arguments.has("time-unit")) roles["time_unit"] = arguments.text("time-unit");
  if (arguments.has("cell-type")) roles["cell_type"] = arguments.text("cell-type");
  roles["control"] = arguments.list("control");
  roles["no_control"] = arguments.flag("no-control");
  roles["batch"] = arguments.repeated("batch");
  roles["drop"] = arguments.list("drop");
  roles["exclude_from_size_factor"] = arguments.list("exclude-from-size-factor");
  return roles;
}

/** Columns that a role names, so that a count table that holds them does not take them for genes. */
std::vector<std::string> columns_in(const Json& roles) {
  std::vector<std::string> columns;
  for (const char* role : {"perturbation", "host", "time", "medium", "guide", "cell_type"})
    if (roles.contains(role)) columns.push_back(roles[role].get<std::string>());
  for (const Json& batch : roles["batch"]) columns.push_back(batch.get<std::string>());
  return columns;
}

/** Where the three parts of a sparse matrix are. */
struct MatrixFiles {
  std::string matrix, features, barcodes;
};

std::string existing(const std::string& folder, std::initializer_list<const char*> names) {
  for (const char* name : names)
    for (const char* ending : {".gz", ""})
      if (const std::string path = folder + "/" + name + ending; std::filesystem::exists(path)) return path;
  throw Error("file.missing", "folder " + folder + " has no " + *names.begin() + " (.gz)",
              "Name the files with --counts, --features and --barcodes.");
}

MatrixFiles matrix_files(const Arguments& arguments, const std::string& counts) {
  const bool is_folder = std::filesystem::is_directory(counts);
  const std::string folder = is_folder ? counts : std::filesystem::path(counts).parent_path().string();
  MatrixFiles files;
  files.matrix = is_folder ? existing(counts, {"matrix.mtx"}) : counts;
  const std::string beside = folder.empty() ? "." : folder;
  files.features =
      arguments.has("features") ? arguments.text("features") : existing(beside, {"features.tsv", "genes.tsv"});
  files.barcodes = arguments.has("barcodes") ? arguments.text("barcodes") : existing(beside, {"barcodes.tsv"});
  return files;
}

void run_summarise(const Arguments& arguments) {
  const std::string counts = arguments.text("counts");
  if (ends_with(counts, ".h5ad") || ends_with(counts, ".h5"))
    throw Error("text.hdf5", counts + " is an HDF5 file, expected delimited text or mtx",
                "HDF5 is read in the page; export the counts as csv or mtx for the command line.");
  const Json roles = roles_from(arguments);
  Ingest ingest;
  ingest.expect_columns(columns_in(roles));
  const bool is_matrix =
      std::filesystem::is_directory(counts) || ends_with(counts, ".mtx") || ends_with(counts, ".mtx.gz");
  if (!is_matrix && (arguments.has("features") || arguments.has("barcodes")))
    throw Error("usage.flag", "--features and --barcodes belong to counts in mtx form, found " + counts);
  std::string path = counts;
  if (is_matrix) {
    const MatrixFiles files = matrix_files(arguments, counts);
    path = files.matrix;
    ingest.set_features_text(name_of(files.features), read_text(files.features));
    ingest.set_barcodes_text(name_of(files.barcodes), read_text(files.barcodes));
  } else {
    read_chunks(path,
                [&](std::string_view bytes, bool last) { ingest.describe_counts_text(name_of(path), bytes, last); });
  }
  if (arguments.has("cells")) {
    const std::string cells = arguments.text("cells");
    read_chunks(cells, [&](std::string_view bytes, bool last) { ingest.push_cells_text(name_of(cells), bytes, last); });
  }
  const long long seed = arguments.integer("seed", 1);
  if (seed < 0)
    throw Error("usage.value", "--seed: found " + std::to_string(seed) + ", expected a whole number from 0");
  ingest.begin({{"roles", roles}, {"seed", seed}, {"counts_name", name_of(counts)}});
  do {
    read_chunks(path, [&](std::string_view bytes, bool last) {
      if (is_matrix)
        ingest.push_matrix_market(name_of(path), bytes, last);
      else
        ingest.push_counts_text(bytes, last);
    });
  } while (ingest.next_pass());
  const api::Message screen = ingest.finish();
  warn_all(screen.json);
  for (const Json& limit : screen.json["impossible"])
    warn("not possible with this screen: " + limit["what"].get<std::string>() + " (" + limit["why"].get<std::string>() +
         ").");
  write_result(arguments, screen);
}

}  // namespace

Command summarise_command() {
  return {
      "summarise",
      "counts and a cell table to a screen: sums over groups, and what is left of each target",
      {{"counts", "FILE",
        "cells × genes as csv, tsv or semicolons (.gz or plain), an mtx file, or a folder with an mtx trio", true},
       {"cells", "FILE", "cell table; its first column names the cell. Without it, metadata are columns of the counts"},
       {"features", "FILE", "with mtx: id, name, type (default: features.tsv.gz beside it)"},
       {"barcodes", "FILE", "with mtx: names of cells (default: barcodes.tsv.gz beside it)"},
       {"perturbation", "COLUMN", "what was edited in each cell; without it all cells are unedited"},
       {"separator", "TEXT", "joins the edits of a pair in a label (default: found from the labels; empty: no pairs)"},
       {"control", "LABEL,…", "labels that mean unedited (default: the usual names, if there are any)"},
       {"no-control", "", "the screen has no unedited cells"},
       {"modality", "NAME", "knockout, crispri, crispra or drug (default: knockout)"},
       {"batch", "COLUMN", "a batch column; repeat from coarse to fine, finer ones are nested"},
       {"host", "COLUMN", "the host of each cell: a batch before all others"},
       {"time", "COLUMN", "time after the edit or the change of medium"},
       {"time-unit", "UNIT", "s, min, h, d or w (default: h)"},
       {"medium", "COLUMN", "what the cells grew in"},
       {"guide", "COLUMN", "the guide of each cell: a level below groups"},
       {"cell-type", "COLUMN", "the compartment of each cell"},
       {"drop", "LABEL,…", "perturbation labels to leave out"},
       {"exclude-from-size-factor", "GENE,…", "genes that the depth of a cell does not count"},
       {"seed", "NUMBER", "of the halves of the controls and of the cells kept whole (default: 1)"},
       output_option()},
      "  a screen document (docs/schemas/screen.json). Arrays over groups run in one order:\n"
      "  cells_read, cells_kept  cells in the counts; those in a group\n"
      "  mean_depth          UMI for which the size ℓ of a cell is 1\n"
      "  conditions          edits, medium, time (days), compartment, control, cells\n"
      "  batches             columns, coarse to fine, with their levels (finer ones as coarse/fine)\n"
      "  groups              condition and batch (indices), half (controls: 0 training, 1 held-out; else -1),\n"
      "                      cells, sum_size Σℓ, sum_size_sq Σℓ², sum_inverse_size Σ1/ℓ\n"
      "  statistics          groups × genes: sum Σy, sum_sq Σy², scaled Σy/ℓ, scaled_sq Σ(y/ℓ)²,\n"
      "                      log1p Σlog1p(y/ℓ), log1p_sq, detected (cells with y > 0)\n"
      "  guides              guide, group, cells, sum_size; guides × genes: sum, scaled_sq\n"
      "  depth_edges, depth_histogram  cells by ℓ, groups × bins\n"
      "  target_left         per edit (guide null), then per guide: fraction of the target's expression left,\n"
      "                      95 % interval low to high, cells, control_cells; null with a reason where unknown\n"
      "  target_histograms   counts of each target in its own groups\n"
      "  reservoir           at most 200 cells of each group, whole and sparse\n"
      "  impossible          what this screen cannot answer, and why\n"
      "  warnings            sentences; also on standard error",
      run_summarise};
}

}  // namespace groundwork::cli
