#include "command.hpp"
#include "edit_sets.hpp"
#include "files.hpp"
#include "groundwork/api/portrait.hpp"

namespace groundwork::cli {
namespace {

void run_portrait(const Arguments& arguments) {
  api::Message request;
  api::embed(request, request.json, "fit", "fit", read_message(arguments.text("fit"), "fit"));
  if (arguments.has("genes")) request.json["genes"] = arguments.list("genes");
  if (arguments.has("edit")) request.json["edits"] = edit_set(arguments.text("edit"), "--edit");
  if (arguments.has("path")) {
    request.json["paths"] = api::Json::array();
    for (const std::string& text : arguments.repeated("path"))
      request.json["paths"].push_back(edit_set(text, "--path"));
  }
  if (arguments.has("medium")) request.json["medium"] = arguments.text("medium");
  for (const char* key : {"member", "points", "starts", "seed"})
    if (arguments.has(key)) request.json[key] = arguments.integer(key, 1);
  write_result(arguments, with_document(arguments.text("fit"), [&] { return api::run_portrait(request); }));
}

}  // namespace

Command portrait_command() {
  return {
      "portrait",
      "A two-dimensional phase portrait of a fitted field",
      {{"fit", "FILE", "the document that fit wrote, of one model", true},
       {"genes", "A,B", "the two axes (default: the first two principal components of the trained states)"},
       {"edit", "A[:DOSE][+B…]", "the edits whose field is drawn (default: none, unedited cells)"},
       {"path", "A[:DOSE][+B…]",
        "edits whose way from the control state is drawn; repeat (default: six observed ones)"},
       {"medium", "NAME", "the medium (default: as for predict)"},
       {"member", "N", "of the fit, from 1 (default: 1)"},
       {"points", "N", "of the grid along each axis, 2 to 101 (default: 21)"},
       {"starts", "N", "starts of the search for steady states, 1 to 1000 (default: 24)"},
       {"seed", "N", "of the random starts (default: 1)"},
       output_option()},
      "axes [{name, component, share: of the states' variance, loadings [{gene, loading}]}]; label, edits: whose "
      "field; "
      "grid {u, v; rows\n"
      "along u: du, dv (a day), leaving: root mean square over genes of the part of the field that leaves the plane; "
      "u_nullcline,\n"
      "v_nullcline [[u0, v0, u1, v1]]: where du or dv is 0}; paths [{label, edits, times (d), u, v, diverged}]; rests "
      "[{label, u, v,\n"
      "stable, abscissa (1/day), away: distance from the plane}]; sentence: what is held. Coordinates of genes are "
      "changes from the control\n"
      "on the scale of the data, those of components scores around the mean of the trained states.",
      run_portrait};
}

}  // namespace groundwork::cli
