#include "training_flags.hpp"

#include "groundwork/base/error.hpp"
#include "groundwork/screen/condition.hpp"

namespace groundwork::cli {

void put_training_flags(const Arguments& arguments, api::Json& request) {
  const auto genes = arguments.list("genes");
  if (genes.size() == 1 && is_number(genes[0]))
    request["genes"] = number_from(genes[0], "--genes");
  else if (!genes.empty())
    request["genes"] = genes;
  if (arguments.flag("differentiating") && arguments.flag("resting"))
    throw Error("usage.flag", "--differentiating and --resting contradict each other");
  if (arguments.flag("differentiating")) request["differentiating"] = true;
  if (arguments.flag("resting")) request["differentiating"] = false;
  if (arguments.has("baseline-medium")) request["baseline_medium"] = arguments.text("baseline-medium");
  const double unit = screen::days_per(arguments.text("time-unit", "d"));
  if (const auto time = arguments.number("sampling-time")) request["sampling_time"] = *time * unit;
  put_numbers(arguments,
              {{"seed", "seed"},
               {"epochs", "epochs"},
               {"learning-rate", "learning_rate"},
               {"synthesis-ceiling", "synthesis_ceiling"},
               {"l2", "l2"},
               {"hidden", "hidden"},
               {"step", "step"},
               {"discrepancy", "discrepancy"},
               {"kappa-activity", "kappa_activity"},
               {"kappa-floor", "kappa_floor"}},
              request);
}

void put_numbers(const Arguments& arguments, std::initializer_list<std::pair<const char*, const char*>> numbers,
                 api::Json& request) {
  for (const auto& [flag, key] : numbers)
    if (const auto value = arguments.number(flag)) request[key] = *value;
}

}  // namespace groundwork::cli
