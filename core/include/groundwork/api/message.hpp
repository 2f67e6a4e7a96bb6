#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::api {

using Json = nlohmann::ordered_json;

/** Arrays with more values than this travel as typed buffers beside the JSON. */
inline constexpr std::size_t buffer_threshold = 4096;

/**
 * What crosses a door: JSON, and the bytes of the arrays too large for it. In the JSON a large array is
 * `{"buffer": NAME}`; `json["buffers"][NAME] = {dtype: "f8"|"f4"|"i4"|"u1", shape: […], offset}` places it in `bytes`
 * (little-endian, row-major, offsets aligned to 8). The same form is a file: NAME.json with NAME.bin beside it.
 */
struct Message {
  Json json;
  std::vector<std::byte> bytes;
};

/**
 * Puts a matrix under `parent[key]`: nested arrays up to `buffer_threshold` values, else a buffer named `name`. The
 * stored shape is rows of `transposed` matrices: columns of `m` become the rows of the array, so a genes × groups
 * matrix is stored as groups × genes. NaN is null in JSON and NaN in a buffer.
 *
 * Build `parent` apart and move it into `message.json` when it is complete: a buffer adds the key "buffers" to
 * `message.json`, which may move the values inside it, so a reference into `message.json` does not survive.
 */
void put_columns(Message&, Json& parent, const std::string& key, const std::string& name, const Matrix& m);
/** Reads back what put_columns wrote, from either form. Throws `message.…` with the key's name. */
Matrix get_columns(const Message&, const Json& parent, const std::string& key);

void put_vector(Message&, Json& parent, const std::string& key, const std::string& name, const Vector& v);
Vector get_vector(const Message&, const Json& parent, const std::string& key);

/** The same for whole numbers (dtype i4) and for values that need no more than single precision (f4). */
void put_integers(Message&, Json& parent, const std::string& key, const std::string& name, std::span<const int> values);
std::vector<int> get_integers(const Message&, const Json& parent, const std::string& key);
void put_floats(Message&, Json& parent, const std::string& key, const std::string& name, std::span<const float> values);
std::vector<float> get_floats(const Message&, const Json& parent, const std::string& key);

/** A copy in which every buffer has become a nested array: what is printed where no file can stand beside. */
Json inlined(const Message&);

/**
 * Moves a message into another one, under `parent[key]`, with its buffers renamed `prefix/NAME`; and back (a name loses
 * what stands before its first "/"). For requests that carry a whole screen or fit. `prefix` holds no "/".
 */
void embed(Message& outer, Json& parent, const std::string& key, const std::string& prefix, const Message& inner);
Message extract(const Message& outer, const Json& parent, const std::string& key);

/** Refuses what is not a document of this kind, or was written by a newer version: `message.kind`, `message.schema`.
 * A document without "schema" is of schema 1. */
void require_kind(const Json& document, const std::string& kind, int newest_schema, const std::string& where);

}  // namespace groundwork::api
