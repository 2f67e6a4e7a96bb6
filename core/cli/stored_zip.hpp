#pragma once

#include <map>
#include <string>
#include <string_view>

namespace groundwork::cli {

/** Entry name → its bytes. */
using ZipEntries = std::map<std::string, std::string>;

/**
 * Reads a zip archive from its bytes: stored or deflated entries, no encryption, no zip64. Checks every CRC-32. `path`
 * is for messages. Throws `project.damaged`.
 */
ZipEntries read_zip(const std::string& path, std::string_view bytes);

/** A zip archive in which nothing is compressed, entries in the order of their names, without dates. */
std::string stored_zip(const ZipEntries&);

}  // namespace groundwork::cli
