#include "files.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "groundwork/base/error.hpp"
#include "project_file.hpp"

namespace groundwork::cli {

void read_chunks(const std::string& path, const std::function<void(std::string_view, bool)>& receive) {
  if (std::filesystem::is_directory(path)) throw Error("file.folder", path + " is a folder, expected a file");
  errno = 0;
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file) throw Error("file.unreadable", "cannot read " + path + ": " + std::strerror(errno ? errno : EIO));
  struct Closer {
    gzFile file;
    ~Closer() { gzclose(file); }
  } closer{file};
  gzbuffer(file, 1 << 17);
  std::string buffer(std::size_t{1} << 20, '\0');
  while (true) {
    const int n = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()));
    int code = Z_OK;
    const char* reason = gzerror(file, &code);
    if (n < 0 || (code != Z_OK && code != Z_STREAM_END))
      throw Error("file.damaged", path + ": the compressed file is damaged or cut short (" + reason + ")");
    if (n == 0) break;
    receive(std::string_view(buffer.data(), static_cast<std::size_t>(n)), false);
  }
  receive({}, true);
}

std::string read_text(const std::string& path) {
  std::string text;
  read_chunks(path, [&](std::string_view bytes, bool) { text += bytes; });
  return text;
}

api::Json parse_json(const std::string& text, const std::string& path) {
  try {
    return api::Json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    std::size_t line = 1, column = 1;
    for (std::size_t i = 0; i + 1 < e.byte && i < text.size(); ++i) {
      ++column;
      if (text[i] == '\n') {
        ++line;
        column = 1;
      }
    }
    throw Error("json.syntax",
                path + ", line " + std::to_string(line) + ", column " + std::to_string(column) + ": this is not JSON");
  }
}

namespace {

std::string beside(const std::string& path) { return std::filesystem::path(path).replace_extension(".bin").string(); }

}  // namespace

api::Message read_message(const std::string& path, const std::string& kind) {
  if (is_project(path)) return read_project(path).document(kind);
  api::Message message;
  message.json = parse_json(read_text(path), path);
  api::require_kind(message.json, kind, 1, path);
  if (message.json.contains("buffers")) {
    std::ifstream in(beside(path), std::ios::binary);
    if (!in)
      throw Error("file.no_buffers", path + " keeps its large arrays in " + beside(path) + ", which cannot be read",
                  "Keep the .json and the .bin file of one document together.");
    in.seekg(0, std::ios::end);
    message.bytes.resize(static_cast<std::size_t>(in.tellg()));
    in.seekg(0);
    in.read(reinterpret_cast<char*>(message.bytes.data()), static_cast<std::streamsize>(message.bytes.size()));
  }
  return message;
}

api::Message with_document(const std::string& path, const std::function<api::Message()>& work) {
  try {
    return work();
  } catch (const Error& e) {
    const bool of_document = e.code().ends_with(".damaged") || e.code().rfind("message.", 0) == 0;
    if (!of_document) throw;
    throw Error(e.code(), path + ": " + e.what(), e.hint());
  }
}

void write_bytes(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) throw Error("file.unwritable", "cannot write " + path + ": " + std::strerror(errno ? errno : EIO));
}

void write_message(const std::string& path, const api::Message& message) {
  if (std::filesystem::path(path).extension() != ".json")
    throw Error("usage.value", "-o: found '" + path + "', expected a name that ends in .json");
  if (!message.bytes.empty())
    write_bytes(beside(path), {reinterpret_cast<const char*>(message.bytes.data()), message.bytes.size()});
  write_bytes(path, message.json.dump(1) + "\n");
}

void write_result(const Arguments& arguments, const api::Message& message) {
  if (arguments.has("output"))
    write_message(arguments.text("output"), message);
  else
    std::cout << api::inlined(message).dump(1) << std::endl;
}

void warn(const std::string& sentence) { std::cerr << "groundwork: " << sentence << "\n"; }

void warn_all(const api::Json& document) {
  if (!document.contains("warnings")) return;
  for (const auto& sentence : document["warnings"]) warn(sentence.get<std::string>());
}

}  // namespace groundwork::cli
