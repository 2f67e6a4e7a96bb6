#include "groundwork/api/combine.hpp"

#include <algorithm>
#include <set>

#include "groundwork/api/fit_form.hpp"
#include "groundwork/api/fit_options.hpp"
#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"

namespace groundwork::api {
namespace {

bool same(const Matrix& a, const Matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols()) return false;
  for (Index i = 0; i < a.size(); ++i)
    if (!(a.data()[i] == b.data()[i] || (a.data()[i] != a.data()[i] && b.data()[i] != b.data()[i]))) return false;
  return true;
}

void require_same_fit(bool good, std::size_t which, const std::string& what) {
  if (!good)
    throw Error("combine.different",
                "Fit " + std::to_string(which + 1) + " differs from the first in its " + what + ".",
                "Combine members of one fit: the same screen and settings, other member numbers.");
}

}  // namespace

Message run_combine(const Message& request) {
  refuse_unknown(request.json, {"fits"}, "combine");
  if (!request.json.contains("fits") || !request.json["fits"].is_array() || request.json["fits"].empty())
    throw Error("request.missing", "combine: \"fits\" has no fit documents.", "Pass at least one.");
  FitRecord all;
  std::set<int> numbers;
  for (std::size_t i = 0; i < request.json["fits"].size(); ++i) {
    const Json holder = {{"fit", request.json["fits"][i]}};
    FitRecord next = fit_from_message(extract(request, holder, "fit"));
    if (next.recommended)
      throw Error("combine.recommended",
                  "Fit " + std::to_string(i + 1) + " is of the model recommended, which is whole.",
                  "Combine members of one model; pass parts of a recommended fit to fit.");
    for (const auto& member : next.members)
      require_same_fit(numbers.insert(member.training.number).second, i,
                       "members: number " + std::to_string(member.training.number) + " occurs twice");
    if (i == 0) {
      all = std::move(next);
      continue;
    }
    fit::FitOptions a = all.options, b = next.options;
    a.members = b.members = 1;
    a.first_member = b.first_member = 0;
    const Json first = fit_options_to_json(a), second = fit_options_to_json(b);
    for (const auto& [key, value] : first.items())
      require_same_fit(second.contains(key) && second.at(key) == value, i, "setting \"" + key + "\"");
    require_same_fit(all.genes == next.genes, i, "genes");
    require_same_fit(all.edits.edits.size() == next.edits.edits.size(), i, "edits");
    require_same_fit(same(all.evaluation.observed, next.evaluation.observed), i, "observed effects");
    for (auto& member : next.members) all.members.push_back(std::move(member));
    for (auto& sentence : next.warnings)
      if (std::find(all.warnings.begin(), all.warnings.end(), sentence) == all.warnings.end())
        all.warnings.push_back(std::move(sentence));
    all.complete = all.complete && next.complete;
  }
  std::stable_sort(all.members.begin(), all.members.end(),
                   [](const auto& a, const auto& b) { return a.training.number < b.training.number; });
  all.options.members = static_cast<int>(all.members.size());
  all.options.first_member = all.members.front().training.number;
  return fit_to_message(all);
}

}  // namespace groundwork::api
