#include "recipe_reader.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::api {
namespace {

std::string shortened(const Json& value) {
  std::string text = value.dump();
  if (text.size() > 40) text = text.substr(0, 37) + "…";
  return text;
}

[[noreturn]] void refuse_type(const Json& value, const std::string& path, const std::string& expected) {
  throw Error("recipe.type", "The recipe's `" + path + "` is " + shortened(value) + "; " + expected + " was expected.",
              "docs/schemas/recipe.json describes every key.");
}

}  // namespace

RecipeReader::RecipeReader(const Json& object, std::string where, std::initializer_list<std::string_view> known)
    : object_(object), where_(std::move(where)) {
  if (!object.is_object()) refuse_type(object, where_.empty() ? "recipe" : where_, "an object");
  for (const auto& item : object.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    std::string list;
    for (auto k : known) list += (list.empty() ? "" : ", ") + std::string(k);
    throw Error("recipe.unknown_key",
                "The recipe has the unknown key `" + path(item.key()) + "`" +
                    (where_.empty() ? std::string("") : " in `" + where_ + "`") + ".",
                "Known here: " + list + ".");
  }
}

double number_at(const Json& value, const std::string& path, double low, double high) {
  if (!value.is_number()) refuse_type(value, path, "a number");
  const double x = value.get<double>();
  if (!(x >= low && x <= high))
    throw Error("recipe.range", "The recipe's `" + path + "` is " + shortened(x) + "; a number from " + shortened(low) +
                                    " to " + shortened(high) + " was expected.");
  return x;
}

int whole_at(const Json& value, const std::string& path, int low, int high) {
  const double x = number_at(value, path, low, high);
  if (x != std::floor(x)) refuse_type(value, path, "a whole number");
  return static_cast<int>(x);
}

std::string text_at(const Json& value, const std::string& path) {
  if (!value.is_string()) refuse_type(value, path, "a text");
  return value.get<std::string>();
}

double RecipeReader::number(const std::string& key, double otherwise, double low, double high) const {
  return has(key) ? number_at(at(key), path(key), low, high) : otherwise;
}

int RecipeReader::whole(const std::string& key, int otherwise, int low, int high) const {
  return has(key) ? whole_at(at(key), path(key), low, high) : otherwise;
}

bool RecipeReader::flag(const std::string& key, bool otherwise) const {
  if (!has(key)) return otherwise;
  if (!at(key).is_boolean()) refuse_type(at(key), path(key), "true or false");
  return at(key).get<bool>();
}

std::string RecipeReader::text(const std::string& key, const std::string& otherwise) const {
  return has(key) ? text_at(at(key), path(key)) : otherwise;
}

std::vector<std::string> RecipeReader::names(const std::string& key) const {
  std::vector<std::string> result;
  if (!has(key)) return result;
  if (!at(key).is_array()) refuse_type(at(key), path(key), "a list of names");
  for (std::size_t i = 0; i < at(key).size(); ++i)
    result.push_back(text_at(at(key)[i], path(key) + "[" + std::to_string(i) + "]"));
  require_unique(result, path(key));
  return result;
}

std::vector<double> RecipeReader::numbers(const std::string& key, double low, double high) const {
  std::vector<double> result;
  if (!has(key)) return result;
  if (!at(key).is_array()) refuse_type(at(key), path(key), "a list of numbers");
  for (std::size_t i = 0; i < at(key).size(); ++i)
    result.push_back(number_at(at(key)[i], path(key) + "[" + std::to_string(i) + "]", low, high));
  return result;
}

std::map<std::string, double> RecipeReader::number_by_name(const std::string& key, double low, double high) const {
  std::map<std::string, double> result;
  if (!has(key)) return result;
  if (!at(key).is_object()) refuse_type(at(key), path(key), "an object of numbers by name");
  for (const auto& item : at(key).items())
    result[item.key()] = number_at(item.value(), path(key) + "." + item.key(), low, high);
  return result;
}

PerGene per_gene_at(const Json& value, const std::string& path, const PerGene& otherwise, double low, double high) {
  if (value.is_number()) return {number_at(value, path, low, high), 0, {}};
  const RecipeReader reader(value, path, {"median", "log_sd", "values"});
  PerGene result;
  result.median = reader.number("median", otherwise.median, low, high);
  result.log_sd = reader.number("log_sd", reader.has("median") ? 0 : otherwise.log_sd, 0, 5);
  result.values = reader.number_by_name("values", low, high);
  return result;
}

PerGene RecipeReader::per_gene(const std::string& key, const PerGene& otherwise, double low, double high) const {
  return has(key) ? per_gene_at(at(key), path(key), otherwise, low, high) : otherwise;
}

void require_known(const std::string& name, const std::vector<std::string>& known, const std::string& path,
                   const std::string& what) {
  if (std::find(known.begin(), known.end(), name) != known.end()) return;
  throw Error("recipe.name",
              "The recipe's `" + path + "` names \"" + name + "\", which is not " + what + " of this recipe.");
}

void require_unique(const std::vector<std::string>& names, const std::string& path) {
  std::set<std::string> seen;
  for (const auto& name : names)
    if (!seen.insert(name).second)
      throw Error("recipe.name", "The recipe's `" + path + "` names \"" + name + "\" twice.");
}

}  // namespace groundwork::api
