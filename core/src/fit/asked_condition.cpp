#include "asked_condition.hpp"

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/fit/options.hpp"

namespace groundwork::fit {

std::string asked_medium(const screen::Condition& condition, const std::vector<std::string>& media,
                         const std::string& usual, std::vector<std::string>& warnings) {
  if (contains(media, condition.medium)) return condition.medium;
  if (condition.medium.empty()) return usual;
  std::string list;
  for (const auto& name : media) list += (list.empty() ? "\"" : ", \"") + name + "\"";
  say(warnings, "The fit does not know the medium \"" + condition.medium + "\"" +
                    near_matches(condition.medium, media) + "; it knows " + list + ". The answer is for \"" +
                    media.front() + "\".");
  return media.front();
}

double asked_time(const screen::Condition& condition, double last, bool single_time,
                  std::vector<std::string>& warnings) {
  if (condition.has_time() && (!(condition.time >= 0) || std::isinf(condition.time)))
    throw Error("predict.times", "predict: a time is " + significant(condition.time) + "; expected days from 0 on.");
  if (single_time) {
    if (condition.has_time() && std::abs(condition.time - last) > 1e-9)
      say(warnings, "The screen has a single time after the edit (" + significant(last) +
                        " d), so the fit knows end states only: the answer is for that time, not for the times asked "
                        "for.");
    return last;
  }
  if (!condition.has_time()) {
    say(warnings, "Conditions without a time are answered at the last one, " + significant(last) + " d.");
    return last;
  }
  if (condition.time > last * (1 + 1e-9))
    say(warnings, "The screen ends at " + significant(last) + " d; predictions beyond are extrapolated.");
  return condition.time;
}

}  // namespace groundwork::fit
