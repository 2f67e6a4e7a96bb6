#include "command.hpp"
#include "edit_sets.hpp"
#include "files.hpp"
#include "groundwork/api/links.hpp"
#include "jobs.hpp"

namespace groundwork::cli {
namespace {

void run_links(const Arguments& arguments) {
  api::Message request;
  api::embed(request, request.json, "fit", "fit", read_message(arguments.text("fit"), "fit"));
  if (arguments.has("medium")) request.json["medium"] = arguments.text("medium");
  if (arguments.has("starts")) request.json["starts"] = arguments.integer("starts", 24);
  if (arguments.has("seed")) request.json["seed"] = arguments.integer("seed", 1);
  if (arguments.has("edit")) {
    request.json["edits"] = api::Json::array();
    for (const std::string& text : arguments.repeated("edit"))
      request.json["edits"].push_back(edit_set(text, "--edit"));
  }
  const api::Message result = with_document(arguments.text("fit"), [&] { return finished(api::start_links(request)); });
  warn_all(result.json);
  write_result(arguments, result);
}

}  // namespace

Command links_command() {
  return {
      "links",
      "The structural causal model, steady states and interventions that a fit implies",
      {{"fit", "FILE", "the document that fit wrote, of one model", true},
       {"edit", "A[:DOSE][+B…]", "a set of edits to answer for; repeat for several (default: all that were observed)"},
       {"medium", "NAME", "the medium of all answers (default: as for predict)"},
       {"starts", "N", "starts of the search for steady states, 0 to 1000; 0: no search (default: 24)"},
       {"seed", "N", "of the random starts (default: 1)"},
       output_option()},
      "statement: what corresponds to what; a correspondence of means only. equilibrium {stands: every member has a "
      "stable rest of\n"
      "unedited cells, abscissa: largest real part of the Jacobian there (1/day, a member each), state, sentence};\n"
      "edges {basis: gauss_newton (95 % intervals by the curvature at the minimum, in fits by lbfgs or lm), bootstrap "
      "(1.96 standard\n"
      "deviations over members trained on resampled batches), seeds (the same over seeds alone: no interval of the "
      "edge) "
      "or none; what,\n"
      "reason; identified, possible; ranked {from, to: places in genes, value: -J_ij/J_ii of j -> i, low, high, "
      "learned}, strongest first;\n"
      "matrix, learned: rows are the genes acted on}. An edge that the data do not tell (learned below 0.5, or no "
      "interval) is null.\n"
      "edits [{label, edits, unseen, kind: intervention (the edited genes are held), shift (an input, by the reduced "
      "form -J^-1 B u) or\n"
      "both; held; scm {stable, unstable: members, abscissa of the system without the held genes, sentence, mean, low, "
      "high: effects on\n"
      "the rest of unedited cells, null unless stable in every member}; model: the same of the field's own steady "
      "state; difference,\n"
      "size: root mean squares of scm - model and of model over the genes that are not held}];\n"
      "steady_states {starts, seed, conditions [{label, edits, sentence, members [{member, failed: starts that "
      "arrived nowhere, points\n"
      "[{stable, abscissa, starts: that arrived here, from_control, distance: root mean square from the control "
      "state}], states}]}]};\n"
      "latent_shift {dimensions, held_out_fit: log density of edits left out for 0, 1, … dimensions, loadings, codes, "
      "scores beside the\n"
      "fit's baselines, limits [{label, limit, shift, difference}]: root mean squares of where the flow ends and of "
      "the "
      "shift; sentence};\n"
      "warnings. States and effects are on the scale of the data.",
      run_links};
}

}  // namespace groundwork::cli
