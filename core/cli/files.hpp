#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "arguments.hpp"
#include "groundwork/api/message.hpp"

namespace groundwork::cli {

/** Passes the bytes of a file on in chunks, gunzipped if need be; the last call has `last` set. Throws `file.*`. */
void read_chunks(const std::string& path, const std::function<void(std::string_view bytes, bool last)>& receive);

/** A whole text file, gunzipped if need be. */
std::string read_text(const std::string& path);

/** Parses JSON; the error `json.syntax` names the file, the line and the column. */
api::Json parse_json(const std::string& text, const std::string& path);

/**
 * Reads NAME.json and, where it has buffers, NAME.bin beside it; or the document of this kind ("screen", "fit", …) from
 * a project file. Refuses documents of another kind and newer schemas.
 */
api::Message read_message(const std::string& path, const std::string& kind);

/** Runs `work` on a document from this file: what it finds damaged in the document is refused with the file's name. */
api::Message with_document(const std::string& path, const std::function<api::Message()>& work);

/** With `-o NAME.json`: NAME.json, and NAME.bin where there are buffers. Otherwise all on standard output. */
void write_result(const Arguments&, const api::Message&);
void write_message(const std::string& path, const api::Message&);
void write_bytes(const std::string& path, std::string_view bytes);

/** A sentence on standard error. */
void warn(const std::string& sentence);
/** Those of a document's "warnings". */
void warn_all(const api::Json& document);

}  // namespace groundwork::cli
