#include "groundwork/api/optimise.hpp"

#include <chrono>
#include <cmath>

#include "groundwork/api/layout_form.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/verdict.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

class OptimiseJob : public Job {
 public:
  explicit OptimiseJob(const Message& request) : spec_(request), optimiser_(problem_from_spec(request)) {
    spec_.json["seed"] = optimiser_.problem().seed;
  }

  bool advance(double milliseconds) override {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
    do {
      if (!done_) done_ = optimiser_.step();
    } while (!done_ && Clock::now() < end);
    return done_;
  }

  Json progress() const override {
    const design::OptimiseState& best = optimiser_.best();
    return {{"fraction", best.fraction},
            {"phase", best.phase},
            {"value", best.found ? Json(best.value) : Json(nullptr)},
            {"curve", curve()}};
  }

  Message result() const override {
    const design::OptimiseState& best = optimiser_.best();
    const design::OptimiseProblem& p = optimiser_.problem();
    if (!best.found) throw Error("optimise.nothing_yet", "The search has not found a layout yet.", "Let it run on.");
    Message message;
    Json& out = message.json;
    out["kind"] = "optimise";
    out["schema"] = 1;
    out["version"] = GROUNDWORK_VERSION;
    out["finished"] = done_;
    out["criterion"] = p.criterion == design::Criterion::A ? "A" : "D";
    out["value"] = best.value;
    const bool mean = p.criterion == design::Criterion::A;
    out["se"] = mean ? Json(std::sqrt(best.value)) : Json(nullptr);
    out["bound"] = number_or_null(best.bound);
    // In standard errors; for D, per contrast.
    const double gap = !std::isfinite(best.bound) ? best.bound
                       : mean                     ? std::sqrt(best.value / best.bound) - 1
                              : std::expm1((best.value - best.bound) / (2 * static_cast<double>(p.contrasts.size())));
    out["gap"] = number_or_null(gap);
    out["batches"] = best.new_batches;
    out["cells"] = best.new_cells;
    out["cost"] = best.cost;
    out["sw2"] = p.assumptions.sw2;
    out["price_of_cell"] = p.prices.cell;
    double controls = 0;
    const Index fresh = best.new_batches;
    for (const int c : p.controls) controls += best.layout.cells.row(c).tail(fresh).sum();
    out["control_share"] = best.new_cells > 0 ? controls / best.new_cells : 0;
    out["start"] = best.start;
    out["curve"] = curve();
    design::Plan plan(best.layout, p.controls, p.contrasts);
    plan.set_assumptions(p.assumptions);
    const design::PlanSummary summary = design::summarise(plan);
    out["estimable"] = summary.estimable;
    out["contrasts"] = summary.contrasts;
    out["median_se"] = number_or_null(summary.median_se);
    out["largest_se"] = number_or_null(summary.largest_se);
    Json control = Json::array();
    for (const int c : p.controls) control.push_back(p.conditions[static_cast<std::size_t>(c)]);
    out["control"] = std::move(control);
    out["verdict"] = sentences(best, p, gap, controls, plan);
    Json layout = Json::object();
    put_layout(message, layout, best.layout);
    out["layout"] = std::move(layout);
    // The spec comes back, so that a result can be run again; an existing layout always stands in it in full.
    Json spec = spec_.json;
    spec.erase("buffers");
    if (p.existing) {
      Message inner;
      Json existing = Json::object();
      put_layout(inner, existing, *p.existing);
      inner.json["existing"] = std::move(existing);
      spec["existing"] = inlined(inner)["existing"];
    }
    out["spec"] = std::move(spec);
    return message;
  }

 private:
  Json curve() const {
    Json list = Json::array();
    const auto& all = optimiser_.best().curve;
    const std::size_t stride = std::max<std::size_t>(1, all.size() / 300);
    for (std::size_t k = 0; k < all.size(); k += stride) list.push_back({all[k].first, all[k].second});
    if (!all.empty() && (all.size() - 1) % stride != 0) list.push_back({all.back().first, all.back().second});
    return list;
  }

  static Json sentences(const design::OptimiseState& best, const design::OptimiseProblem& p, double gap,
                        double controls, design::Plan& plan) {
    Json list = Json::array();
    std::string text = std::to_string(best.new_batches) + (p.existing ? " more" : "") +
                       (best.new_batches == 1 ? " batch" : " batches") + " with " + significant(best.new_cells, 7) +
                       " cells";
    if (!p.controls.empty() && best.new_cells > 0)
      text += ", " + significant(100 * controls / best.new_cells, 3) + " % of them controls";
    text += ", for " + significant(best.cost, 7) + ": ";
    const design::PlanSummary s = design::summarise(plan);
    text += "standard errors of " + significant(s.smallest_se, 3) + " to " + significant(s.largest_se, 3) + " for " +
            std::to_string(s.estimable) + " of " + std::to_string(s.contrasts) + " contrasts.";
    list.push_back(text);
    if (std::isfinite(gap)) {
      list.push_back(gap < 0.0005
                         ? "This is the best that any layout of so many batches and cells can do."
                         : "That is within " + significant(100 * gap, 3) +
                               " % of a bound below which no layout of so many batches and cells can get, whatever the "
                               "constraints.");
    }
    for (const std::string& note : best.notes) list.push_back(note);
    return list;
  }

  Message spec_;
  design::Optimiser optimiser_;
  bool done_ = false;
};

}  // namespace

std::unique_ptr<Job> start_optimise(const Message& request) { return std::make_unique<OptimiseJob>(request); }

}  // namespace groundwork::api
