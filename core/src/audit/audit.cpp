#include "groundwork/audit/audit.hpp"

#include <algorithm>
#include <array>

#include "groundwork/audit/additivity.hpp"
#include "groundwork/audit/batch_effects.hpp"
#include "groundwork/audit/composition.hpp"
#include "groundwork/audit/depth_and_zeros.hpp"
#include "groundwork/audit/edit_strength.hpp"
#include "groundwork/audit/influence.hpp"
#include "groundwork/audit/populations.hpp"
#include "groundwork/audit/steady_controls.hpp"

namespace groundwork::audit {
namespace {

struct Step {
  const char* what;
  Row (*audit)(const Evidence&);
};

constexpr std::array<Step, 11> steps_of_audit = {{{"Drift of unedited cells", audit_steady_controls},
                                                  {"Populations within conditions", audit_populations},
                                                  {"Strength of the edits", audit_edit_strength},
                                                  {"Persistence of the edits", audit_persistence},
                                                  {"Pairs against singles", audit_additivity},
                                                  {"Batch effects", audit_batch_effects},
                                                  {"Controls in every batch", audit_batch_controls},
                                                  {"Cells per edit", audit_selection},
                                                  {"Depth and zeros", audit_depth_and_zeros},
                                                  {"Influence between cells", audit_influence},
                                                  {"Composition of unedited cells", audit_composition}}};

const Row& row_of(const std::vector<Row>& rows, const std::string& id) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& r) { return r.id == id; });
}

std::vector<Family> families_of(const std::vector<Row>& rows) {
  std::vector<Family> families = {
      {"Latent shift (VAE)", {"A1", "A2", "A5"}, "No time: the flow is replaced by its limit.", ""},
      {"Linear structural causal model", {"A1", "A2"}, "Linearity, and that every condition has come to rest.", ""},
      {"Regressor without time", {"A1", "A2"}, "That the time of sampling does not matter.", ""},
      {"Neural ODE, prediction loss", {"A3", "A4"}, "", ""},
      {"Neural ODE, controls as data", {"A3", "A4", "A11"}, "", ""},
      {"Neural ODE, steady-state loss or centred", {"A1", "A3", "A4"}, "", ""},
      {"Production and decay", {"A3", "A4"}, "Monotone synthesis, first-order decay.", ""}};
  for (Family& family : families) {
    std::vector<std::string> violated, open;
    for (const auto& id : family.assumes) {
      const Verdict v = row_of(rows, id).verdict;
      if (v == Verdict::violated) violated.push_back(id);
      if (v != Verdict::violated && v != Verdict::supported) open.push_back(id);
    }
    if (!violated.empty())
      family.verdict = "Contradicted by these data: " + listed(violated) + ".";
    else if (open.size() == family.assumes.size())
      family.verdict = "Neither supported nor contradicted: " + listed(open) + " open.";
    else if (!open.empty())
      family.verdict = "Not contradicted; " + listed(open) + " open.";
    else
      family.verdict = "Supported in what is tested.";
  }
  return families;
}

std::string summary_of(const std::vector<Row>& rows) {
  const std::array<std::pair<Verdict, const char*>, 5> words = {
      {{Verdict::supported, "supported"},
       {Verdict::violated, "violated"},
       {Verdict::undecided, "undecided"},
       {Verdict::not_testable, "not testable with this design"},
       {Verdict::no_data, "without data"}}};
  std::string text;
  for (const auto& [verdict, word] : words) {
    const auto n = std::count_if(rows.begin(), rows.end(), [v = verdict](const Row& r) { return r.verdict == v; });
    if (n > 0) text += (text.empty() ? "" : ", ") + std::to_string(n) + " " + word;
  }
  return text;
}

}  // namespace

Auditing::Auditing(const screen::Screen& s) : screen_(&s) {}
Auditing::~Auditing() = default;

std::size_t Auditing::steps() const { return steps_of_audit.size() + 1; }

std::string Auditing::next() const {
  return done_ == 0 ? "States and their noise" : done_ < steps() ? steps_of_audit[done_ - 1].what : "Done";
}

bool Auditing::advance() {
  if (done_ == 0)
    evidence_ = std::make_unique<Evidence>(*screen_);
  else if (done_ < steps())
    audit_.rows.push_back(steps_of_audit[done_ - 1].audit(*evidence_));
  if (done_ < steps()) ++done_;
  if (done_ == steps() && audit_.families.empty()) {
    audit_.families = families_of(audit_.rows);
    audit_.summary = summary_of(audit_.rows);
  }
  return done_ == steps();
}

Audit audit(const screen::Screen& s) {
  Auditing auditing(s);
  while (!auditing.advance()) {
  }
  return auditing.result();
}

}  // namespace groundwork::audit
