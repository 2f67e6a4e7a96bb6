#include "command.hpp"
#include "files.hpp"
#include "groundwork/api/allocation.hpp"

namespace groundwork::cli {
namespace {

struct Flag {
  const char* name;
  const char* key;
  const char* value;
  const char* help;
};

constexpr Flag flags[] = {
    {"perturbations", "perturbations", "N", "perturbations beside the control (default: 24)"},
    {"batches", "batches", "N", "batches (default: 4)"},
    {"cells", "cells_per_batch", "N", "cells in a batch (default: 1500)"},
    {"sb2", "sb2", "VALUE", "variance between batches, or inf (default: 0.025)"},
    {"sg2", "sg2", "VALUE", "between conditions within a batch (default: 0.0017)"},
    {"sw2", "sw2", "VALUE", "between cells (default: 8.4)"},
    {"deviation-ratio", "deviation_ratio", "VALUE", "sd of control cells over that of edited cells (default: 1)"},
    {"price-ratio", "price_ratio", "VALUE", "price of an edited cell over that of a control cell (default: 1)"},
    {"budget", "budget", "VALUE", "adds the best number of batches and cells for it"},
    {"price-batch", "price_batch", "VALUE", "of a batch (default: 0)"},
    {"price-cell", "price_cell", "VALUE", "of a cell (default: 1)"},
    {"capacity", "capacity", "N", "most cells in a batch"},
    {"price-read", "price_read", "VALUE", "of a read; adds the best depth"},
    {"share", "share", "VALUE", "of the gene in a cell's molecules (default: 0.0001)"},
    {"dispersion", "dispersion", "VALUE", "of the gene (default: 0.2)"},
    {"umis-per-read", "umis_per_read", "VALUE", "UMIs of the first reads of a cell (default: 0.5)"},
    {"molecules", "molecules", "N", "UMIs of a cell sequenced to the end (default: 20000)"},
    {"founders", "founders", "N", "founder clones of a condition in a host; adds what that means in vivo"},
    {"clone-variation", "size_variation", "VALUE", "squared coefficient of variation of clone sizes (default: 1)"},
    {"sc2", "sc2", "VALUE", "variance between clones (default: 0)"},
};

void run_allocation(const Arguments& arguments) {
  api::Message request;
  request.json = api::Json::object();
  for (const Flag& flag : flags) {
    if (!arguments.has(flag.name)) continue;
    if (arguments.text(flag.name) == "inf")
      request.json[flag.key] = "inf";
    else
      request.json[flag.key] = *arguments.number(flag.name);
  }
  if (arguments.has("prices")) request.json["prices"] = arguments.text("prices");
  const api::Message result = api::run_allocation(request);
  if (result.json["in_vivo"].is_object() && result.json["in_vivo"]["sentence"].is_string())
    warn(result.json["in_vivo"]["sentence"].get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command allocation_command() {
  std::vector<Option> options;
  for (const Flag& flag : flags) options.push_back({flag.name, flag.value, flag.help});
  options.push_back({"prices", "ID", "of `groundwork prices`, to start from; prices given beside it take its place"});
  options.push_back(output_option());
  return {
      "allocation", "Closed forms for controls, cells, batches, depth and clones", std::move(options),
      "complete {control_ratio: cells of the control over those of a perturbation, control_share, variance of an "
      "effect}; one_batch_each\n"
      "{perturbations_per_batch, control_ratio, control_cells, perturbation_cells} for layouts with each perturbation "
      "in "
      "one batch; with a\n"
      "budget cost {cells_per_batch, batches, variance, whole_batches, whole_cells, whole_variance}; with a price of "
      "reads depth {reads, sw2,\n"
      "price}; with founders in_vivo {effective_founders, useful_cells, variance, poisson_lost, sentence …}.",
      run_allocation};
}

}  // namespace groundwork::cli
