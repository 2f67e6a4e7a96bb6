#include "groundwork/api/sampling_times.hpp"

#include <cmath>

#include "groundwork/api/design_parts.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/design/sampling_times.hpp"

namespace groundwork::api {

Message run_sampling_times(const Message& request) {
  const Json& r = request.json;
  refuse_unknown(
      r, {"question", "rate", "window", "sensitivities", "times", "parameters", "samples", "repeats", "buffers"},
      "sampling_times");
  Message message;
  Json& out = message.json;
  out["kind"] = "sampling_times";
  if (!r.contains("sensitivities")) {
    const auto question = design::decay_question_of(text_from_json(r, "question", "decay", "sampling_times"));
    const double rate = number_from_json(r, "rate", 0, "sampling_times");
    const design::SamplingTimes found =
        design::decay_times(question, rate, number_from_json(r, "window", 0, "sampling_times"));
    out["times"] = found.times;
    out["log_det"] = out["bound"] = out["efficiency"] = nullptr;
    out["sentence"] = found.why;
    if (r.contains("times")) {
      // What other times would keep of the best one, where one time is enough.
      Json kept = Json::array();
      for (const Json& time : r["times"]) {
        if (!time.is_number()) throw Error("request.value", "The value of \"times\" is not a list of numbers.");
        kept.push_back({{"time", time},
                        {"efficiency", question == design::DecayQuestion::decay_known_start
                                           ? Json(design::one_time_efficiency(rate, time.get<double>()))
                                           : Json(nullptr)}});
      }
      out["offered"] = std::move(kept);
    }
    return message;
  }
  const Matrix rows = get_columns(request, r, "sensitivities").transpose();
  if (!r.contains("times") || !r["times"].is_array() || static_cast<Index>(r["times"].size()) != rows.rows()) {
    throw Error("design.sampling", "There has to be one time for each row of sensitivities.",
                "Rows are outputs at candidate times; rows of one time belong together.");
  }
  std::vector<double> candidates;
  std::vector<int> of_row;
  for (const Json& time : r["times"]) {
    if (!time.is_number()) throw Error("request.value", "The value of \"times\" is not a list of numbers.");
    const double t = time.get<double>();
    std::size_t at = 0;
    while (at < candidates.size() && candidates[at] != t) ++at;
    if (at == candidates.size()) candidates.push_back(t);
    of_row.push_back(static_cast<int>(at));
  }
  const double samples = number_from_json(r, "samples", static_cast<double>(rows.cols()), "sampling_times");
  if (samples != std::floor(samples) || !(samples >= 1 && samples <= 1000))
    throw Error("design.sampling", "The number of samples is not a whole number from 1 to 1,000.");
  const bool repeats = !r.contains("repeats") || r["repeats"] == Json(true);
  const design::ChosenTimes found = design::choose_times(rows, of_row, static_cast<int>(samples), repeats);
  Json times = Json::array();
  for (const int k : found.chosen) times.push_back(candidates[static_cast<std::size_t>(k)]);
  // D-efficiency: per parameter, the share of samples that the best approximate design would need.
  const double efficiency = std::exp((found.log_det - found.bound) / static_cast<double>(rows.cols()));
  out["times"] = std::move(times);
  out["log_det"] = found.log_det;
  out["bound"] = found.bound;
  out["efficiency"] = efficiency;
  char text[200];
  std::snprintf(
      text, sizeof text,
      "These times are worth at least %.3g %% of what any choice of %d samples could tell about the parameters.",
      100 * efficiency, static_cast<int>(samples));
  out["sentence"] = text;
  return message;
}

}  // namespace groundwork::api
