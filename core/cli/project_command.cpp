#include <iostream>

#include "command.hpp"
#include "files.hpp"
#include "groundwork/base/error.hpp"
#include "project_file.hpp"

namespace groundwork::cli {
namespace {

void run_project(const Arguments& arguments) {
  Project project;
  if (arguments.has("project")) project = read_project(arguments.text("project"));
  for (const char* kind : project_kinds)
    if (arguments.has(kind)) project.documents[kind] = read_message(arguments.text(kind), kind);
  if (project.documents.empty())
    throw Error("usage.missing", "groundwork project needs at least one document", "See: groundwork help project");
  if (arguments.has("output"))
    write_project(arguments.text("output"), project);
  else
    std::cout << description_of(project).dump(1) << std::endl;
}

}  // namespace

Command project_command() {
  return {"project",
          "documents to one file that the page opens, and what such a file holds",
          {{"project", "FILE", "start from the documents of this project"},
           {"screen", "FILE", "a screen document, or a project that holds one"},
           {"states", "FILE", "a state table document, likewise"},
           {"components", "FILE", "likewise"},
           {"audit", "FILE", "likewise"},
           {"effects", "FILE", "likewise"},
           {"abundance", "FILE", "likewise"},
           {"fit", "FILE", "likewise"},
           {"comparison", "FILE", "likewise"},
           {"predict", "FILE", "likewise"},
           {"protocol", "FILE", "likewise"},
           {"design", "FILE", "likewise"},
           {"output", "NAME.groundwork", "write the project here; without it, say what it would hold"}},
          "  a project (docs/schemas/project.md): a zip archive, nothing compressed. Without -o its description:\n"
          "  documents           the kinds of documents in it\n"
          "  choices             what the page keeps beside them",
          run_project};
}

}  // namespace groundwork::cli
