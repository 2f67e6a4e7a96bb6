#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/api/recipe.hpp"

namespace groundwork::api {

/** One object of a recipe while it is read: knows its place, so that every refusal names the key. */
class RecipeReader {
 public:
  /** Refuses a value that is not an object and keys that are not `known`. */
  RecipeReader(const Json& object, std::string where, std::initializer_list<std::string_view> known);

  bool has(const std::string& key) const { return object_.contains(key) && !object_.at(key).is_null(); }
  const Json& at(const std::string& key) const { return object_.at(key); }
  /** "layout.batches[2].cells": for people. */
  std::string path(const std::string& key) const { return where_.empty() ? key : where_ + "." + key; }

  double number(const std::string& key, double otherwise, double low, double high) const;
  int whole(const std::string& key, int otherwise, int low, int high) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  std::vector<std::string> names(const std::string& key) const;
  std::vector<double> numbers(const std::string& key, double low, double high) const;
  std::map<std::string, double> number_by_name(const std::string& key, double low, double high) const;
  PerGene per_gene(const std::string& key, const PerGene& otherwise, double low, double high) const;

 private:
  const Json& object_;
  std::string where_;
};

/** Reads one number at `path`; throws `recipe.type` or `recipe.range`. */
double number_at(const Json& value, const std::string& path, double low, double high);
int whole_at(const Json& value, const std::string& path, int low, int high);
std::string text_at(const Json& value, const std::string& path);
PerGene per_gene_at(const Json& value, const std::string& path, const PerGene& otherwise, double low, double high);
/** Throws `recipe.name` unless `name` is one of `known`. */
void require_known(const std::string& name, const std::vector<std::string>& known, const std::string& path,
                   const std::string& what);
/** Throws `recipe.name` where a name occurs twice. */
void require_unique(const std::vector<std::string>& names, const std::string& path);

}  // namespace groundwork::api
