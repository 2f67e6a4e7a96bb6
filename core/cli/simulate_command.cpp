#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/simulate.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::cli {
namespace {

/** A gzip file written as it comes, without a time stamp, so that equal text gives an equal file. */
class GzipWriter {
 public:
  explicit GzipWriter(std::string path) : path_(std::move(path)), file_(gzopen(path_.c_str(), "wb6"), gzclose) {
    if (!file_) fail();
    gzbuffer(file_.get(), 1 << 17);
  }

  void write(const std::string& text) {
    if (gzwrite(file_.get(), text.data(), static_cast<unsigned>(text.size())) != static_cast<int>(text.size())) fail();
  }

  void close() {
    if (gzclose(file_.release()) != Z_OK) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw Error("file.unwritable", "cannot write " + path_ + ": " + std::strerror(errno ? errno : EIO));
  }

  std::string path_;
  std::unique_ptr<gzFile_s, int (*)(gzFile)> file_;
};

void run_simulate(const Arguments& arguments) {
  namespace fs = std::filesystem;
  const std::string recipe_path = arguments.text("recipe");
  api::Json json = parse_json(read_text(recipe_path), recipe_path);
  if (arguments.has("seed") && json.is_object()) json["seed"] = arguments.integer("seed", 1);
  api::Simulation simulation(api::recipe_from_json(json));
  const api::Truth& truth = simulation.truth();

  const fs::path folder = arguments.text("output");
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (!fs::is_directory(folder))
    throw Error("file.unwritable", "cannot make the folder " + folder.string(), "Choose another place with -o.");

  GzipWriter counts((folder / "counts.csv.gz").string()), cells((folder / "cells.csv.gz").string());
  constexpr std::size_t chunk = std::size_t{1} << 20;
  std::string counts_text = api::counts_header(truth), cells_text = api::cells_header(truth);
  while (const api::SimulatedCell* cell = simulation.next()) {
    api::append_counts_line(*cell, counts_text);
    api::append_cells_line(truth, *cell, cells_text);
    if (counts_text.size() + cells_text.size() < chunk) continue;
    counts.write(counts_text);
    cells.write(cells_text);
    counts_text.clear();
    cells_text.clear();
  }
  counts.write(counts_text);
  cells.write(cells_text);
  counts.close();
  cells.close();

  const api::Message message = api::truth_to_message(truth);
  if (message.bytes.empty()) fs::remove(folder / "truth.bin", failed);
  write_message((folder / "truth.json").string(), message);
  write_bytes((folder / "recipe.json").string(), api::recipe_to_json(truth.recipe).dump(1) + "\n");

  api::Json summary = {{"kind", "simulated_folder"}, {"folder", folder.string()}};
  summary["files"] = {"counts.csv.gz", "cells.csv.gz", "truth.json", "recipe.json"};
  if (!message.bytes.empty()) summary["files"].push_back("truth.bin");
  summary["cells"] = simulation.cells();
  summary["genes"] = truth.genes.size();
  summary["conditions"] = truth.conditions.size();
  summary["batches"] = truth.recipe.batches.size();
  summary["seed"] = truth.recipe.seed;
  summary["roles"] = api::simulated_roles(truth);
  std::cout << summary.dump(1) << std::endl;
}

}  // namespace

Command simulate_command() {
  return {
      "simulate",
      "draw a screen with known truth from a recipe",
      {{"recipe", "FILE", "the recipe (JSON); docs/schemas/recipe.json describes its keys.", true},
       {"output", "FOLDER", "where the files go; made if need be, files of the same names are replaced.", true},
       {"seed", "NUMBER", "takes the place of the recipe's own seed."}},
      "FOLDER/counts.csv.gz   cells x genes, UMI counts\n"
      "FOLDER/cells.csv.gz    cell, perturbation, and where the recipe has them: guide, batch levels, time_d (days), "
      "medium\n"
      "FOLDER/truth.json      genes, network (edges: weight of gene `from` in the synthesis of gene `to`), inputs, "
      "gamma (1/day),\n"
      "                       expression (UMI in an unedited cell), conditions, effect (conditions x genes, natural "
      "log against\n"
      "                       unedited cells of the same medium and time), composition (log depth against unedited "
      "cells; an\n"
      "                       effect normalised by depth is effect - composition), sb2, sg2, batch_effect, guides, "
      "layout (as\n"
      "                       `design` takes it); with over 4,096 values in an array, truth.bin holds it\n"
      "FOLDER/recipe.json     the recipe with every default written out, and the seed\n"
      "Standard output: {\"kind\":\"simulated_folder\", folder, files, cells, genes, conditions, batches, seed, roles}",
      run_simulate};
}

}  // namespace groundwork::cli
