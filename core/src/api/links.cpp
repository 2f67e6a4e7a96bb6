#include "groundwork/api/links.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/predict_conditions.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/fit/links.hpp"
#include "groundwork/screen/state_table.hpp"
#include "json_values.hpp"
#include "links_form.hpp"
#include "links_request.hpp"
#include "predict_request.hpp"

namespace groundwork::api {
namespace {

constexpr int most_starts = 1000;

/** Stored Gauss–Newton intervals of every member's edges; empty where some member has none. */
std::vector<fit::EdgeIntervals> edge_intervals_of(const FitRecord& fit) {
  const Index d = static_cast<Index>(fit.genes.size());
  std::vector<fit::EdgeIntervals> out;
  for (const auto& member : fit.members) {
    if (!member.intervals.is_object() || !member.intervals.contains("edges") || member.intervals["edges"].is_null())
      return {};
    const Json& stored = member.intervals["edges"];
    const auto matrix = [&](const char* key) {
      Matrix m(d, d);
      const Json& rows = stored.at(key);
      if (static_cast<Index>(rows.size()) != d)
        throw Error("fit.damaged", std::string("The fit's edges \"") + key + "\" are not genes x genes.");
      for (Index i = 0; i < d; ++i)
        for (Index j = 0; j < d; ++j) {
          const Json& value = rows.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j));
          m(i, j) = value.is_null() ? NAN : value.get<double>();
        }
      return m;
    };
    try {
      out.push_back({matrix("value"), matrix("sd"), matrix("learned")});
    } catch (const nlohmann::json::exception& e) {
      throw Error("fit.damaged", std::string("The fit's edges are damaged: ") + e.what() + ".",
                  "Fit again, or open the document that the fit wrote.");
    }
  }
  return out;
}

class LinksJob final : public Job {
 public:
  explicit LinksJob(const Message& request) {
    const Json& json = request.json;
    refuse_unknown(json, {"fit", "medium", "edits", "starts", "seed"}, "links");
    fit_ = fit_of_request(request, "links");
    fit::LinkSettings settings;
    settings.medium = medium_from(json, fit_, "links");
    settings.starts = static_cast<int>(whole_from(json, "starts", settings.starts, 0, most_starts, "links"));
    settings.seed = static_cast<std::uint64_t>(whole_from(json, "seed", 1, 0, 2147483647, "links"));
    links_ = std::make_unique<fit::Links>(dynamic_fit_of(fit_), fit_.evaluation, effects_of_members(fit_),
                                          edge_intervals_of(fit_), settings);
    edits_ = json.contains("edits") && !json["edits"].is_null() ? edit_sets_from(json["edits"], "edits", "links")
                                                                : observed_edit_sets(fit_);
  }

  bool advance(double milliseconds) override {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    while (done_ < units()) {
      step();
      if (std::chrono::duration<double, std::milli>(Clock::now() - start).count() > milliseconds) break;
    }
    return done_ == units();
  }

  Json progress() const override {
    const bool counting = done_ > edits_.size();
    return {{"fraction", units() == 0 ? 1 : static_cast<double>(done_) / static_cast<double>(units())},
            {"phase", done_ == units()         ? "done"
                      : done_ == edits_.size() ? "fitting a latent shift beside it"
                      : counting               ? "looking for steady states from many starts"
                                               : "holding genes, and following edits to rest"}};
  }

  Message result() const override {
    return links_to_message(fit_, *links_, answered_, censuses_, shift_, done_ == units());
  }

 private:
  /** Each set of edits, the latent shift, and a search for unedited cells and each set. */
  std::size_t units() const { return edits_.size() + 1 + (links_->settings().starts > 0 ? edits_.size() + 1 : 0); }

  void step() {
    if (done_ < edits_.size()) {
      answered_.push_back(links_->edit(edits_[done_]));
    } else if (done_ == edits_.size()) {
      shift_ = fit::compare_with_shift(links_->fit(), fit_.evaluation, effects_of_members(fit_), answered_);
    } else {
      const std::size_t next = done_ - edits_.size() - 1;
      censuses_.push_back(links_->census(next == 0 ? std::vector<screen::Edit>{} : edits_[next - 1]));
    }
    ++done_;
  }

  FitRecord fit_;
  std::unique_ptr<fit::Links> links_;
  std::vector<std::vector<screen::Edit>> edits_;
  std::vector<fit::EditLink> answered_;
  std::vector<fit::RestCensus> censuses_;
  std::optional<fit::ShiftComparison> shift_;
  std::size_t done_ = 0;
};

}  // namespace

std::unique_ptr<Job> start_links(const Message& request) { return std::make_unique<LinksJob>(request); }

}  // namespace groundwork::api
