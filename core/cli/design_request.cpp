#include "design_request.hpp"

#include "files.hpp"
#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/contrasts.hpp"

namespace groundwork::cli {
namespace {

api::Json variance_from(const std::string& text, const std::string& what) {
  if (text == "inf") return text;
  return number_from(text, what);
}

/** `0.02`, `inf`, or LEVEL=VALUE for each of several levels. */
api::Json batch_variances(const std::vector<std::string>& values) {
  api::Json by_level = api::Json::object();
  for (const std::string& text : values) {
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      if (values.size() > 1) {
        throw Error("usage.value", "--sb2 " + text + ": found a variance without its level beside others",
                    "With several batch levels write --sb2 LEVEL=VALUE for each.");
      }
      return variance_from(text, "--sb2");
    }
    const std::string level = text.substr(0, equals);
    if (by_level.contains(level)) {
      throw Error("usage.repeated", "--sb2 " + text + ": the level \"" + level + "\" is given twice");
    }
    by_level[level] = variance_from(text.substr(equals + 1), "--sb2 " + level);
  }
  return by_level;
}

}  // namespace

std::vector<Option> layout_options() {
  return {
      {"layout", "FILE",
       "condition,<batch names>; one row a condition, cells as whole numbers, 0 = absent; before them optional rows "
       "#day,d1,d1,d2 name coarser levels, coarse to fine; labels are nested in those of the level above. Between "
       "condition and the batches may stand the columns #perturbation (A+B; empty: unedited), #medium (X>Y: one after "
       "the other), #time (days) and #guides (of the condition)",
       true},
      {"control", "NAME", "the control condition; repeat for several, which are averaged"},
      {"sb2", "VALUE",
       "variance between batches, or inf for fixed ones; with several levels LEVEL=VALUE, repeated (the columns are "
       "the level \"batch\")"},
      {"fixed-batches", "", "treat all batches as fixed, whatever --sb2 says"},
      {"sg2", "VALUE", "variance between conditions within a batch (default: 0)"},
      {"sw2", "VALUE", "variance between cells: a group of n cells has sg2 + sw2/n (default: 0)"},
      {"sw2-control", "VALUE", "the same for control groups (default: as --sw2)"}};
}

std::vector<Option> design_request_options() {
  std::vector<Option> options = layout_options();
  for (Option option : std::vector<Option>{
           {"contrasts", "FILE",
            "name,condition,coefficient; default: each condition against the mean of the controls"},
           {"contrast-preset", "NAME",
            "contrasts from the layout's columns instead. effect: each edit against unedited cells of its medium and "
            "time; "
            "rate: slope over time of that; difference: of the effect between times and between media; interaction: "
            "A+B - A "
            "- B + unedited; order: medium X>Y against Y>X. Unedited is an empty #perturbation, and that of --control"},
           {"alpha", "VALUE", "two-sided level of the test (default: 0.05)"},
           {"confidence", "VALUE", "of the interval (default: 0.95)"}})
    options.push_back(std::move(option));
  return options;
}

api::Message layout_request(const Arguments& arguments, design::Layout& layout) {
  const std::string path = arguments.text("layout");
  layout = design::read_layout(read_text(path), path);
  api::Message request;
  request.json["layout"] = api::Json::object();
  api::put_layout(request, request.json["layout"], layout);
  if (arguments.has("control")) request.json["control"] = arguments.repeated("control");
  const bool fixed = arguments.flag("fixed-batches");
  request.json["fixed_batches"] = fixed;
  api::Json variances = {{"sg2", arguments.number("sg2", 0)}, {"sw2", arguments.number("sw2", 0)}};
  if (const auto sw2_control = arguments.number("sw2-control")) variances["sw2_control"] = *sw2_control;
  if (arguments.has("sb2")) variances["sb2"] = batch_variances(arguments.repeated("sb2"));
  if (!fixed && !arguments.has("sb2")) {
    throw Error("usage.missing", arguments.command() + " needs the variance between batches",
                "Give --sb2 VALUE, or --fixed-batches.");
  }
  request.json["variances"] = std::move(variances);
  return request;
}

api::Message design_request(const Arguments& arguments, design::Layout& layout) {
  api::Message request = layout_request(arguments, layout);
  if (arguments.has("contrasts")) {
    const std::string file = arguments.text("contrasts");
    request.json["contrasts"] = api::contrasts_to_json(design::read_contrasts(read_text(file), file, layout), layout);
  } else if (!arguments.has("control") && !arguments.has("contrast-preset")) {
    throw Error("usage.missing", arguments.command() + " needs to know what to estimate",
                "Give --control NAME, --contrasts FILE or --contrast-preset NAME.");
  }
  if (arguments.has("contrast-preset")) request.json["contrast_preset"] = arguments.text("contrast-preset");
  for (const char* key : {"alpha", "confidence"}) {
    if (const auto value = arguments.number(key)) request.json[key] = *value;
  }
  return request;
}

}  // namespace groundwork::cli
