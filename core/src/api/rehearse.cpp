#include "groundwork/api/rehearse.hpp"

#include <cmath>
#include <functional>

#include "groundwork/api/design.hpp"
#include "groundwork/api/design_parts.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/rehearsal.hpp"
#include "json_values.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

constexpr int rehearsal_schema = 1;

/** Over replicates: mean and 95 % interval by Student's t; one replicate has no interval. */
struct MeanOver {
  double mean = nan, low = nan, high = nan;
};

MeanOver mean_over(const std::vector<design::RehearsedReplicate>& replicates,
                   const std::function<double(const design::RehearsedReplicate&)>& of) {
  double sum = 0, square = 0, n = 0;
  for (const auto& replicate : replicates) {
    const double x = of(replicate);
    if (!std::isfinite(x)) continue;
    sum += x;
    square += x * x;
    ++n;
  }
  MeanOver out;
  if (n < 1) return out;
  out.mean = sum / n;
  if (n < 2) return out;
  const double half =
      student_t_quantile(0.975, n - 1) * std::sqrt(std::max(0.0, square - n * out.mean * out.mean) / (n - 1) / n);
  out.low = out.mean - half;
  out.high = out.mean + half;
  return out;
}

Json mean_to_json(const MeanOver& m) {
  return {{"mean", number_or_null(m.mean)}, {"low", number_or_null(m.low)}, {"high", number_or_null(m.high)}};
}

design::RehearsalOptions rehearsal_options(const Json& json) {
  refuse_unknown(json, {"genes", "effect_sd", "time", "held_out", "seed", "replicates"}, "rehearsal");
  design::RehearsalOptions out;
  const auto number = [&](const char* key, double otherwise) {
    return number_from_json(json, key, otherwise, "rehearsal");
  };
  const auto whole = [&](const char* key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
    return whole_from(json, key, otherwise, least, most, "rehearsal");
  };
  out.genes = static_cast<Index>(whole("genes", 40, 4, design::most_rehearsed_genes));
  out.effect_sd = number("effect_sd", out.effect_sd);
  out.time = number("time", out.time);
  out.held_out = number("held_out", out.held_out);
  if (!(out.held_out > 0 && out.held_out < 1))
    throw Error("request.value", "rehearsal: the share of edits held out is not between 0 and 1.");
  out.seed = static_cast<std::uint64_t>(whole("seed", 1, 0, 9007199254740991));
  out.replicates = static_cast<int>(whole("replicates", 5, 1, 100));
  return out;
}

std::string percent_of(double part, double whole) {
  const double percent = 100 * part / whole;
  return (percent < 1000 ? significant(percent, 3) : whole_number(percent)) + " %";
}

class RehearseJob final : public Job {
 public:
  explicit RehearseJob(const Message& request) {
    Message design = request;
    Json own = Json::object();
    if (design.json.is_object() && design.json.contains("rehearsal")) {
      own = design.json["rehearsal"];
      design.json.erase("rehearsal");
    }
    options_ = rehearsal_options(own);
    design::Plan plan = plan_from_request(design);
    rehearsing_ = std::make_unique<design::Rehearsing>(plan, options_);
  }

  bool advance(double milliseconds) override { return done_ = rehearsing_->advance(milliseconds); }
  Json progress() const override { return {{"fraction", rehearsing_->fraction()}, {"phase", rehearsing_->phase()}}; }
  Message result() const override;

 private:
  std::vector<std::string> verdict() const;

  design::RehearsalOptions options_;
  std::unique_ptr<design::Rehearsing> rehearsing_;
  bool done_ = false;
};

std::vector<std::string> RehearseJob::verdict() const {
  const auto& result = rehearsing_->result();
  const auto& replicates = result.replicates;
  std::vector<std::string> out;
  if (replicates.empty()) return out;
  const auto mean = [&](auto of) { return mean_over(replicates, of).mean; };
  const double none = mean([](const auto& r) { return r.no_change; });
  const double measured = mean([](const auto& r) { return r.measured; });
  const auto& losses = design::rehearsed_losses();
  std::size_t best = 0;
  std::vector<double> truth;
  for (std::size_t l = 0; l < losses.size(); ++l) {
    truth.push_back(mean([l](const auto& r) { return r.truth[l]; }));
    if (truth[l] < truth[best]) best = l;
  }
  if (std::isfinite(result.floor))
    out.push_back("The layout measures an effect with a mean square error of " + significant(measured, 3) +
                  " in these experiments, and was to measure it with " + significant(result.floor, 3) + ": " +
                  percent_of(result.floor, none) +
                  " of what saying no change leaves. No model looks better than that "
                  "against measured effects, however right it is.");
  // Against no change on the same experiments: the best of several losses is held to more than chance.
  const MeanOver over_none = mean_over(replicates, [&](const auto& r) { return r.no_change - r.truth[best]; });
  out.push_back("Of the edits that it did not see, the model says best with the loss \"" + losses[best].words +
                "\": " + percent_of(truth[best], none) + " of the error of no change against the truth, " +
                significant(mean([best](const auto& r) { return r.seen[best]; }), 3) + " against what is measured" +
                (std::isnan(over_none.low) ? "."
                 : over_none.low > 0       ? ": better than no change beyond chance."
                                           : ": no better than no change that these experiments can tell."));
  const double fitted = mean([best](const auto& r) { return r.fitted[best]; });
  out.push_back(
      "Of the edits that trained it, its error is " + significant(fitted, 3) +
      (std::isfinite(result.floor) ? ", against " + significant(result.floor, 3) + " by measuring alone." : "."));
  if (const double ridge = mean([](const auto& r) { return r.ridge; }); std::isfinite(ridge))
    out.push_back("Gene–gene ridge with clamps has " + percent_of(ridge, none) + ".");
  // The hard constraint against none, on the same experiments.
  const MeanOver gain = mean_over(replicates, [&](const auto& r) { return r.truth[0] - r.truth[losses.size() - 1]; });
  if (replicates.size() > 1) {
    const bool sure = gain.low > 0 || gain.high < 0;
    out.push_back("Holding unedited cells at rest (centred) " +
                  (!sure ? "makes no difference that " + std::to_string(replicates.size()) + " experiments can tell"
                         : std::string(gain.mean > 0 ? "lowers" : "raises") + " the error of prediction alone") +
                  ": the error of prediction alone is higher by " + significant(gain.mean, 2) + " (95 % interval " +
                  significant(gain.low, 2) + " to " + significant(gain.high, 2) + ").");
  }
  out.push_back("The networks are drawn from the field that is fitted, so a real screen can only be harder.");
  return out;
}

Message RehearseJob::result() const {
  const auto& result = rehearsing_->result();
  Message message;
  Json& out = message.json;
  out["kind"] = "rehearsal";
  out["schema"] = rehearsal_schema;
  out["version"] = GROUNDWORK_VERSION;
  out["finished"] = done_;
  out["edits"] = result.edits;
  out["genes"] = std::max<Index>(options_.genes, static_cast<Index>(result.edits.size()));
  out["effect_sd"] = options_.effect_sd;
  out["time"] = options_.time;
  out["held_out"] = options_.held_out;
  out["seed"] = options_.seed;
  out["floor"] = number_or_null(result.floor);
  const auto over = [&](auto of) { return mean_to_json(mean_over(result.replicates, of)); };
  out["drawn_effect_sd"] = over([](const auto& r) { return r.effect_rms; });
  out["no_change"] = over([](const auto& r) { return r.no_change; });
  out["measured"] = over([](const auto& r) { return r.measured; });
  out["ridge"] = over([](const auto& r) { return r.ridge; });
  out["losses"] = Json::array();
  for (std::size_t l = 0; l < design::rehearsed_losses().size(); ++l)
    out["losses"].push_back({{"name", design::rehearsed_losses()[l].name},
                             {"words", design::rehearsed_losses()[l].words},
                             {"truth", over([l](const auto& r) { return r.truth[l]; })},
                             {"seen", over([l](const auto& r) { return r.seen[l]; })},
                             {"fitted", over([l](const auto& r) { return r.fitted[l]; })},
                             {"drift", over([l](const auto& r) { return r.drift[l]; })}});
  out["replicates"] = Json::array();
  for (const auto& replicate : result.replicates) {
    Json truth = Json::array(), seen = Json::array();
    for (const double x : replicate.truth) truth.push_back(number_or_null(x));
    for (const double x : replicate.seen) seen.push_back(number_or_null(x));
    out["replicates"].push_back({{"no_change", number_or_null(replicate.no_change)},
                                 {"measured", number_or_null(replicate.measured)},
                                 {"ridge", number_or_null(replicate.ridge)},
                                 {"truth", std::move(truth)},
                                 {"seen", std::move(seen)}});
  }
  out["verdict"] = verdict();
  out["warnings"] = result.warnings;
  if (const auto drawn = mean_over(result.replicates, [](const auto& r) { return r.effect_rms; });
      drawn.mean < 0.9 * options_.effect_sd)
    out["warnings"].push_back("Networks that rest have effects of at most " + significant(drawn.mean, 2) +
                              " here (root mean square), less than was asked for.");
  return message;
}

}  // namespace

std::unique_ptr<Job> start_rehearse(const Message& request) { return std::make_unique<RehearseJob>(request); }

}  // namespace groundwork::api
