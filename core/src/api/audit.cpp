#include "groundwork/api/audit.hpp"

#include <chrono>

#include "groundwork/api/screen_form.hpp"
#include "groundwork/base/error.hpp"
#include "json_values.hpp"

namespace groundwork::api {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
Json bounds_to_json(const audit::Bounds& b) { return Json::array({number_or_null(b.low), number_or_null(b.high)}); }

Json item_to_json(const audit::Item& item) {
  return {{"label", item.label},
          {"estimate", number_or_null(item.estimate)},
          {"interval", bounds_to_json(item.interval)},
          {"simultaneous", bounds_to_json(item.simultaneous)},
          {"verdict", audit::name_of(item.verdict)},
          {"note", text_or_null(item.note)}};
}

Json choice_to_json(const audit::Choice& choice) {
  if (choice.empty()) return nullptr;
  Json out = Json::object();
  if (!choice.model.empty()) out["model"] = choice.model;
  if (!choice.loss.empty()) out["loss"] = choice.loss;
  if (choice.centred >= 0) out["centred"] = choice.centred == 1;
  return out;
}

Json row_to_json(const audit::Row& row) {
  Json items = Json::array();
  for (const auto& item : row.items) items.push_back(item_to_json(item));
  Json margin = nullptr;
  if (!row.margin.why.empty())
    margin = {
        {"low", number_or_null(row.margin.low)}, {"high", number_or_null(row.margin.high)}, {"why", row.margin.why}};
  return {{"id", row.id},
          {"assumption", row.assumption},
          {"verdict", audit::name_of(row.verdict)},
          {"sentence", row.sentence},
          {"conditional", text_or_null(row.conditional)},
          {"quantity", row.quantity},
          {"logarithmic", row.logarithmic},
          {"margin", std::move(margin)},
          {"items", std::move(items)},
          {"items_left_out", row.items_left_out},
          {"would_decide", text_or_null(row.would_decide)},
          {"extra_sample", text_or_null(row.extra_sample)},
          {"consequence", text_or_null(row.consequence)},
          {"choice", choice_to_json(row.choice)},
          {"flag", text_or_null(row.flag)},
          {"evidence", row.evidence}};
}

class AuditJob : public Job {
 public:
  explicit AuditJob(const Message& request) {
    refuse_unknown(request.json, {"screen", "buffers"}, "audit");
    if (!request.json.contains("screen")) throw Error("request.missing_key", "The key \"screen\" is missing.");
    screen_ = screen_from_message(extract(request, request.json, "screen"));
    auditing_ = std::make_unique<audit::Auditing>(screen_);
  }

  bool advance(double milliseconds) override {
    using Clock = std::chrono::steady_clock;
    const auto start = Clock::now();
    while (!auditing_->advance())
      if (std::chrono::duration<double, std::milli>(Clock::now() - start).count() > milliseconds) return false;
    return true;
  }

  Json progress() const override {
    return {{"fraction", static_cast<double>(auditing_->done()) / static_cast<double>(auditing_->steps())},
            {"phase", auditing_->next()}};
  }

  Message result() const override { return {audit_to_json(auditing_->result(), screen_.counts_name), {}}; }

 private:
  screen::Screen screen_;
  std::unique_ptr<audit::Auditing> auditing_;
};

}  // namespace

Json audit_to_json(const audit::Audit& result, const std::string& screen) {
  Json out = {{"schema", audit_schema},
              {"kind", "audit"},
              {"screen", screen},
              {"summary", result.summary},
              {"family_error", audit::family_error}};
  out["rows"] = Json::array();
  for (const auto& row : result.rows) out["rows"].push_back(row_to_json(row));
  out["families"] = Json::array();
  for (const auto& family : result.families)
    out["families"].push_back({{"name", family.name},
                               {"assumes", family.assumes},
                               {"besides", text_or_null(family.besides)},
                               {"verdict", family.verdict}});
  return out;
}

std::unique_ptr<Job> start_audit(const Message& request) { return std::make_unique<AuditJob>(request); }

}  // namespace groundwork::api
