#include "predict_request.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "groundwork/api/job.hpp"
#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"

namespace groundwork::api {

std::vector<screen::Edit> edits_from(const Json& request, const std::string& where) {
  std::vector<screen::Edit> edits;
  if (!request.contains("edits")) return edits;
  if (!request["edits"].is_array())
    throw Error("request.value", where + ": \"edits\" is not a list.", "Give names, or objects with name and dose.");
  for (const Json& item : request["edits"]) {
    screen::Edit edit;
    if (item.is_string()) {
      edit.name = item.get<std::string>();
    } else if (item.is_object() && item.contains("name") && item["name"].is_string()) {
      refuse_unknown(item, {"name", "dose"}, where + ": edits");
      edit.name = item["name"].get<std::string>();
      if (item.contains("dose")) {
        if (!item["dose"].is_number())
          throw Error("request.value", where + ": the dose of " + edit.name + " is not a number.");
        edit.dose = item["dose"].get<double>();
      }
    } else {
      throw Error("request.value", where + ": an edit is " + item.dump().substr(0, 40) + "; expected a name.");
    }
    if (edit.name.empty()) throw Error("edit.empty", where + ": an edit has an empty name.");
    for (const auto& other : edits)
      if (other.name == edit.name) throw Error("edit.twice", where + ": the edit " + edit.name + " is given twice.");
    edits.push_back(std::move(edit));
  }
  std::sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return edits;
}

FitRecord fit_of_request(const Message& request, const std::string& where) {
  if (!request.json.contains("fit")) throw Error("request.missing", where + ": the request has no \"fit\".");
  return fit_from_message(extract(request, request.json, "fit"));
}

std::vector<double> times_from(const Json& request, const std::string& where) {
  std::vector<double> times;
  if (!request.contains("times") || request["times"].is_null()) return times;
  if (!request["times"].is_array()) throw Error("request.value", where + ": \"times\" is not a list of days.");
  for (const Json& time : request["times"]) {
    const double t = time.is_number() ? time.get<double>() : nan;
    if (!(t >= 0) || std::isinf(t))
      throw Error("predict.times", where + ": a time is " + time.dump() + "; expected days from 0 on.");
    times.push_back(t);
  }
  return times;
}

std::int64_t whole_from(const Json& request, const char* key, std::int64_t otherwise, std::int64_t least,
                        std::int64_t most, const std::string& where) {
  if (!request.contains(key) || request[key].is_null()) return otherwise;
  const double asked = request[key].is_number() ? request[key].get<double>() : nan;
  if (!(asked >= static_cast<double>(least) && asked <= static_cast<double>(most)) || asked != std::floor(asked))
    throw Error("request.value", where + ": \"" + key + "\" is " + request[key].dump().substr(0, 40) +
                                     "; expected a whole number from " + std::to_string(least) + " to " +
                                     std::to_string(most) + ".");
  return static_cast<std::int64_t>(asked);
}

std::vector<Index> genes_from(const Json& request, const FitRecord& fit, const std::string& where) {
  std::vector<Index> genes;
  if (request.contains("genes") && !request["genes"].is_null()) {
    if (!request["genes"].is_array()) throw Error("request.value", where + ": \"genes\" is not a list of names.");
    for (const Json& item : request["genes"]) {
      const std::string name = item.is_string() ? item.get<std::string>() : item.dump();
      const auto found = std::find(fit.genes.begin(), fit.genes.end(), name);
      if (found == fit.genes.end())
        throw Error("genes.unknown",
                    "The fit does not model the gene \"" + name + "\"" + fit::near_matches(name, fit.genes) + ".",
                    "Fit again with this gene among the genes.");
      genes.push_back(found - fit.genes.begin());
    }
  } else {
    genes.resize(fit.genes.size());
    std::iota(genes.begin(), genes.end(), Index{0});
  }
  return genes;
}

}  // namespace groundwork::api
