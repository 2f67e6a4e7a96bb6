#pragma once

#include <map>
#include <string>

#include "groundwork/api/message.hpp"

namespace groundwork::cli {

/** A project (docs/schemas/project.md): documents by kind, and what the page keeps beside them. */
struct Project {
  std::string path;
  std::map<std::string, api::Message> documents;
  api::Json choices = api::Json::object();

  /** Throws `project.no_document`. */
  const api::Message& document(const std::string& kind) const;
};

/** The kinds of documents that a project can hold. */
inline constexpr const char* project_kinds[] = {"screen", "states",     "components", "audit",    "effects",
                                                "fit",    "comparison", "predict",    "protocol", "design"};

/** True when the file begins like a zip archive. */
bool is_project(const std::string& path);

/** Throws `project.damaged`, `project.not_a_project`, `project.schema`. */
Project read_project(const std::string& path);
void write_project(const std::string& path, const Project&);

/** What `project.json` says. */
api::Json description_of(const Project&);

}  // namespace groundwork::cli
