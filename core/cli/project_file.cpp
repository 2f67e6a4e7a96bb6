#include "project_file.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>

#include "files.hpp"
#include "groundwork/base/error.hpp"
#include "stored_zip.hpp"

namespace groundwork::cli {
namespace {

constexpr int project_schema = 1;

bool is_known(const std::string& kind) {
  for (const char* known : project_kinds)
    if (kind == known) return true;
  return false;
}

}  // namespace

const api::Message& Project::document(const std::string& kind) const {
  const auto found = documents.find(kind);
  if (found != documents.end()) return found->second;
  std::string list;
  for (const auto& [name, message] : documents) list += (list.empty() ? "" : ", ") + name;
  throw Error("project.no_document", path + ": found a project with " + (list.empty() ? "no documents" : list) +
                                         ", expected one with a " + kind + " document");
}

bool is_project(const std::string& path) {
  char start[4] = {};
  std::ifstream in(path, std::ios::binary);
  return in.read(start, 4) && std::memcmp(start, "PK\x03\x04", 4) == 0;
}

Project read_project(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw Error("file.unreadable", "cannot read " + path);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const ZipEntries entries = read_zip(path, bytes);
  const auto description = entries.find("project.json");
  if (description == entries.end())
    throw Error("project.not_a_project", path + " is a zip archive without project.json, expected a project");
  const api::Json json = parse_json(description->second, path + ", project.json");
  if (!json.is_object() || !json.contains("kind") || json["kind"] != "project" || !json.contains("schema") ||
      !json["schema"].is_number_integer() || !json.contains("documents"))
    throw Error("project.not_a_project", path + ", project.json: found no kind, schema and documents of a project");
  if (const int schema = json["schema"].get<int>(); schema < 1 || schema > project_schema)
    throw Error("project.schema",
                path + " has project schema " + std::to_string(schema) + ", this version reads " +
                    std::to_string(project_schema),
                "It was written by another version of Groundwork: open it with that one.");
  Project project;
  project.path = path;
  project.choices = json.value("choices", api::Json::object());
  for (const api::Json& entry : json["documents"]) {
    const std::string kind = entry.is_string() ? entry.get<std::string>() : "";
    if (!is_known(kind)) continue;
    const auto text = entries.find(kind + ".json");
    if (text == entries.end())
      throw Error("project.damaged", path + " lists a " + kind + " document, but has no entry " + kind + ".json");
    api::Message message;
    message.json = parse_json(text->second, path + ", " + kind + ".json");
    api::require_kind(message.json, kind, 1, path);
    if (const auto buffers = entries.find(kind + ".bin"); buffers != entries.end()) {
      message.bytes.resize(buffers->second.size());
      std::memcpy(message.bytes.data(), buffers->second.data(), buffers->second.size());
    }
    project.documents[kind] = std::move(message);
  }
  return project;
}

api::Json description_of(const Project& project) {
  api::Json documents = api::Json::array();
  for (const char* kind : project_kinds)
    if (project.documents.count(kind)) documents.push_back(kind);
  return {{"kind", "project"},
          {"schema", project_schema},
          {"version", GROUNDWORK_VERSION},
          {"documents", std::move(documents)},
          {"choices", project.choices}};
}

void write_project(const std::string& path, const Project& project) {
  ZipEntries entries;
  entries["project.json"] = description_of(project).dump(1) + "\n";
  for (const auto& [kind, message] : project.documents) {
    entries[kind + ".json"] = message.json.dump(1) + "\n";
    if (!message.bytes.empty())
      entries[kind + ".bin"] = std::string(reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size());
  }
  write_bytes(path, stored_zip(entries));
}

}  // namespace groundwork::cli
