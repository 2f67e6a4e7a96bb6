#include "groundwork/api/compare.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "compare_request.hpp"
#include "groundwork/api/compare_form.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

class CompareJob final : public Job {
 public:
  explicit CompareJob(const Message& request) : asked_(compare_request_from(request)) {
    for (const auto& unit : asked_.own) all_work_ += unit.work;
  }

  bool advance(double milliseconds) override {
    if (next_ >= asked_.own.size()) return true;
    const fit::Unit& unit = asked_.own[next_];
    fit::ModelComparison& comparison = asked_.record.comparison;
    if (unit.contender < 0) {
      comparison.holdouts[static_cast<std::size_t>(unit.holdout)] =
          fit::record_holdout(*fit::prepare_holdout(asked_.source, comparison, unit.holdout, -1));
    } else {
      if (!training_) {
        if (!prepared_ || prepared_for_ != std::pair(unit.holdout, unit.contender)) {
          prepared_ = fit::prepare_holdout(asked_.source, comparison, unit.holdout, unit.contender);
          prepared_for_ = {unit.holdout, unit.contender};
        }
        training_ = std::make_unique<fit::UnitTraining>(prepared_, unit);
      }
      if (!training_->advance(milliseconds)) return false;
      comparison.units.push_back(training_->record());
      training_.reset();
    }
    done_work_ += unit.work;
    ++next_;
    return next_ >= asked_.own.size();
  }

  Json progress() const override {
    const fit::ModelComparison& comparison = asked_.record.comparison;
    Json json;
    const bool done = next_ >= asked_.own.size();
    const double under = done || !training_ ? 0 : training_->fraction() * asked_.own[next_].work;
    json["fraction"] = all_work_ > 0 ? (done_work_ + under) / all_work_ : 1;
    json["unit"] = std::min(next_ + 1, asked_.own.size());
    json["units"] = asked_.own.size();
    std::string phase = "done";
    if (!done) {
      const fit::Unit& unit = asked_.own[next_];
      const std::string part = "part " + std::to_string(unit.holdout + 1) + " of " +
                               std::to_string(comparison.plan.holdouts.size()) + " held out: ";
      phase = part + (unit.contender < 0
                          ? "baselines"
                          : comparison.contenders[static_cast<std::size_t>(unit.contender)].name + ", seed " +
                                std::to_string(unit.seed + 1) + " of " + std::to_string(comparison.seeds));
    }
    json["phase"] = phase;
    return json;
  }

  Message result() const override { return comparison_to_message(asked_.record); }

 private:
  CompareRequest asked_;
  std::size_t next_ = 0;
  double done_work_ = 0, all_work_ = 0;
  std::shared_ptr<const fit::PreparedHoldout> prepared_;
  std::pair<int, int> prepared_for_{-1, -1};
  std::unique_ptr<fit::UnitTraining> training_;
};

void require_same_comparison(bool good, std::size_t which, const std::string& what) {
  if (!good)
    throw Error("combine.different",
                "Comparison " + std::to_string(which + 1) + " differs from the first in its " + what + ".",
                "Combine parts of one comparison.");
}

}  // namespace

std::unique_ptr<Job> start_compare(const Message& request) { return std::make_unique<CompareJob>(request); }

Message run_plan_comparison(const Message& request) {
  const CompareRequest asked = compare_request_from(request);
  const fit::ModelComparison& comparison = asked.record.comparison;
  Message out;
  out.json["split"] = fold_plan_to_json(comparison.plan);
  Json models = Json::array();
  for (const auto& contender : comparison.contenders)
    models.push_back({{"name", contender.name}, {"settings", fit_options_to_json(contender.options)}});
  out.json["models"] = std::move(models);
  out.json["seeds"] = comparison.seeds;
  out.json["units"] = asked.all.size();
  double work = 0;
  for (const auto& unit : asked.all) work += unit.work;
  out.json["work"] = work;
  return out;
}

Message run_combine_comparisons(const Message& request) {
  refuse_unknown(request.json, {"comparisons"}, "combine_comparisons");
  const Json* list = request.json.contains("comparisons") ? &request.json["comparisons"] : nullptr;
  if (!list || !list->is_array() || list->empty())
    throw Error("request.missing", "combine_comparisons: \"comparisons\" has no documents.", "Pass at least one.");
  ComparisonRecord all;
  Json first;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const Json holder = {{"comparison", (*list)[i]}};
    const Message part = extract(request, holder, "comparison");
    ComparisonRecord next = comparison_from_message(part);
    if (i == 0) {
      all = std::move(next);
      first = part.json;
      continue;
    }
    for (const char* key : {"screen", "scale", "seed", "seeds", "settings", "split", "contenders", "experiment"})
      require_same_comparison(part.json.at(key) == first.at(key), i, std::string("\"") + key + "\"");
    for (std::size_t h = 0; h < next.comparison.holdouts.size(); ++h)
      if (next.comparison.holdouts[h]) all.comparison.holdouts[h] = std::move(next.comparison.holdouts[h]);
    for (auto& unit : next.comparison.units)
      if (!all.comparison.unit(unit.holdout, unit.contender, unit.seed))
        all.comparison.units.push_back(std::move(unit));
  }
  const auto complete = all.comparison.complete_folds();
  if (std::find(complete.begin(), complete.end(), 1) == complete.end())
    throw Error("compare.unfinished", "No fold was finished, so there is nothing to compare yet.",
                "Let it run until the first fold is done, or compare fewer models with fewer seeds.");
  std::stable_sort(all.comparison.units.begin(), all.comparison.units.end(),
                   [](const fit::UnitRecord& a, const fit::UnitRecord& b) {
                     return std::tuple(a.holdout, a.contender, a.seed) < std::tuple(b.holdout, b.contender, b.seed);
                   });
  return comparison_to_message(all);
}

}  // namespace groundwork::api
