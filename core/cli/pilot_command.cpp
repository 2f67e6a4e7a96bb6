#include "command.hpp"
#include "design_request.hpp"
#include "files.hpp"
#include "groundwork/api/pilot.hpp"

namespace groundwork::cli {
namespace {

void run_pilot(const Arguments& arguments) {
  design::Layout layout;
  api::Message request = design_request(arguments, layout);
  if (const auto power = arguments.number("power")) request.json["power"] = *power;
  api::Json pilot = api::Json::object();
  for (const char* key : {"factor", "genes", "effect", "most"})
    if (const auto value = arguments.number(key)) pilot[key] = *value;
  if (const auto value = arguments.number("confidence")) pilot["confidence"] = *value;
  if (arguments.has("sizes")) pilot["sizes"] = arguments.numbers("sizes");
  request.json["pilot"] = std::move(pilot);
  const api::Message result = api::run_pilot(request);
  for (const auto& sentence : result.json["verdict"]) warn(sentence.get<std::string>());
  write_result(arguments, result);
}

}  // namespace

Command pilot_command() {
  std::vector<Option> options = design_request_options();
  for (Option option :
       {Option{"power", "VALUE", "the power at the minimal detectable change (default: 0.8)"},
        Option{"factor", "VALUE", "a variance is known when its interval lies within this factor (default: 2)"},
        Option{"genes", "N", "independent genes that share the variances (default: 1, a gene by itself)"},
        Option{"effect", "VALUE", "log fold change that power is about (default: what the layout detects)"},
        Option{"sizes", "N,N,…", "pilots to show, in batches (default: a handful)"},
        Option{"most", "N", "batches of the largest pilot looked at (default: 400)"}})
    options.push_back(std::move(option));
  options.push_back(output_option());
  return {"pilot", "How many batches until the variances are known, and how uncertain power is until then",
          std::move(options),
          "A pilot is the first batches of the layout, repeated where more are asked for. variances [{name (a level, "
          "or sg2), needed: batches\n"
          "until its interval lies within the factor, null with a reason}]; sizes [{batches, cells, variances [{name, "
          "value, df, low, high\n"
          "(confidence interval if it came out at the value assumed), reason}], power and mdfc: [least, most] of the "
          "layout's typical contrast\n"
          "with every variance at its high or its low end}]; effect (log fold change that power is about), power at "
          "the assumed variances,\n"
          "verdict: sentences, also on standard error. The variance of an estimate is the inverse REML information, "
          "its law a shifted chi\n"
          "square whose degrees of freedom the layout counts: docs/model.md, \"Pilots\".",
          run_pilot};
}

}  // namespace groundwork::cli
