#include "command.hpp"
#include "design_power.hpp"
#include "design_request.hpp"
#include "files.hpp"
#include "groundwork/api/design.hpp"

namespace groundwork::cli {
namespace {

void run_design(const Arguments& arguments) {
  design::Layout layout;
  api::Message request = design_request(arguments, layout);
  take_design_power(arguments, layout, request.json);
  const api::Message result = api::run_design(request);
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  if (result.json.contains("left_out"))
    for (const auto& sentence : result.json["left_out"]) warn(sentence.get<std::string>());
  for (const char* part : {"power", "floor", "allocation"})
    if (result.json.contains(part) && result.json[part].is_object())
      warn(result.json[part]["sentence"].get<std::string>());
  if (result.json.contains("power") && result.json["power"].contains("genes"))
    warn(result.json["power"]["genes"]["sentence"].get<std::string>());
  for (const char* part : {"repairs", "suggestions"})
    if (result.json.contains(part))
      for (const auto& one : result.json[part]) warn(one["sentence"].get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command design_command() {
  std::vector<Option> options = design_request_options();
  for (Option& option : design_power_options()) options.push_back(std::move(option));
  options.push_back(output_option());
  return {
      "design", "What a layout of conditions over batches can estimate, and how well", std::move(options),
      "contrasts [{condition (null for a contrast of several), name, estimate_of, meaning (of a preset: in words), "
      "variance, se, df, estimable, reason, half_width of the\n"
      "confidence interval, mdlfc and mdfc (minimal detectable log fold change, and fold change), confounded_with "
      "[{component, conditions,\n"
      "batches}]}]; components [{conditions, batches}] of the graph that joins what shares cells; "
      "batches_without_controls; verdict: sentences,\n"
      "also on standard error. Variances are squares on the natural log scale, to full double precision; null where "
      "not estimable.\n"
      "left_out: sentences, what a preset could not ask. Rates are per day.\n"
      "df: Satterthwaite's, for an analysis that estimates sg2 and the variances of random levels from this layout's "
      "group means and knows\n"
      "the counting noise; 0: the layout cannot estimate its own error, and there is no minimal detectable change.\n"
      "With --power screen or perturbplan: power {power (mean over pairs with an effect), cutoff of p values, "
      "single_test, testable, median_df,\n"
      "discoveries, by_gene, genes (with --components: quantiles of power, se, mdfc over genes), sentence}. With "
      "--effects: floor {effect, other_batch, no_change, ceiling, sentence}. "
      "With --improve: repairs\n"
      "[{contrasts, possible, addition {condition, batches, cells}, se, least_se, sentence}], suggestions [{kind, "
      "sentence, added_cells, median_se,\n"
      "median_mdlfc, estimable, layout}] and allocation {mean_variance, bound, gap, control_share, best_control_share, "
      "sentence}. With\n"
      "--founders: in_vivo {effective_founders, useful_cells, sentence}.",
      run_design};
}

}  // namespace groundwork::cli
