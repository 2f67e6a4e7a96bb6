#include "groundwork/api/message.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "groundwork/base/error.hpp"
#include "message_text.hpp"

namespace groundwork::api {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

std::size_t bytes_per_value(const std::string& dtype, const std::string& name) {
  if (dtype == "f8") return 8;
  if (dtype == "f4" || dtype == "i4") return 4;
  if (dtype == "u1") return 1;
  throw Error("message.dtype", "buffer '" + name + "': unknown dtype '" + dtype + "', expected f8, f4, i4 or u1");
}

template <typename T>
T value_at(const std::byte* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

/** Where a buffer lies: checked against the bytes that came with it. */
struct Buffer {
  std::string name, dtype;
  std::vector<std::uint64_t> shape;  // 64 bits also where memory is addressed with 32
  std::size_t count = 1, width = 8;
  const std::byte* data = nullptr;

  double operator[](std::size_t i) const {
    const std::byte* at = data + i * width;
    if (dtype == "f8") return value_at<double>(at);
    if (dtype == "f4") return value_at<float>(at);
    if (dtype == "i4") return value_at<std::int32_t>(at);
    return static_cast<double>(value_at<std::uint8_t>(at));
  }
};

const Json& table_entry(const Message& message, const std::string& name) {
  const auto table = message.json.find("buffers");
  if (table != message.json.end() && table->is_object()) {
    const auto entry = table->find(name);
    if (entry != table->end() && entry->is_object()) return *entry;
  }
  throw Error("message.no_buffer",
              "the document refers to buffer '" + name + "', which its list of buffers does not have",
              "Keep the .json and the .bin file of one document together.");
}

Buffer buffer_named(const Message& message, const std::string& name) {
  const Json& entry = table_entry(message, name);
  Buffer buffer;
  buffer.name = name;
  std::uint64_t offset = 0, count = 1;
  try {
    buffer.dtype = entry.at("dtype").get<std::string>();
    buffer.shape = entry.at("shape").get<std::vector<std::uint64_t>>();
    offset = entry.at("offset").get<std::uint64_t>();
  } catch (const nlohmann::json::exception&) {
    throw Error("message.buffer", "buffer '" + name + "' has no proper dtype, shape and offset");
  }
  buffer.width = bytes_per_value(buffer.dtype, name);
  const std::uint64_t limit = message.bytes.size();
  for (std::uint64_t extent : buffer.shape) {
    if (extent != 0 && count > limit / extent)
      count = limit + 1;
    else
      count *= extent;
  }
  if (offset > limit || count > (limit - offset) / buffer.width)
    throw Error("message.buffer_range",
                "buffer '" + name + "' ends after the " + std::to_string(limit) + " bytes that came with the document",
                "The .bin file is cut short or belongs to another document.");
  buffer.count = static_cast<std::size_t>(count);
  buffer.data = message.bytes.data() + offset;
  return buffer;
}

bool is_reference(const Json& value) {
  return value.is_object() && value.size() == 1 && value.begin().key() == "buffer" && value.begin()->is_string();
}

void append(Message& message, const std::string& name, const char* dtype, std::initializer_list<std::size_t> shape,
            const void* data, std::size_t size) {
  while (message.bytes.size() % 8 != 0) message.bytes.push_back(std::byte{0});
  const std::size_t offset = message.bytes.size();
  message.bytes.resize(offset + size);
  if (size != 0) std::memcpy(message.bytes.data() + offset, data, size);
  Json entry;
  entry["dtype"] = dtype;
  entry["shape"] = std::vector<std::size_t>(shape);
  entry["offset"] = offset;
  Json& table = message.json["buffers"];
  if (table.is_object() && table.contains(name))
    throw Error("message.duplicate_buffer", "two arrays of one document are both called '" + name + "'");
  table[name] = std::move(entry);
}

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

const Json& member(const Json& parent, const std::string& key) {
  if (parent.is_object()) {
    const auto found = parent.find(key);
    if (found != parent.end()) return *found;
  }
  throw Error("message.missing_key", "key '" + key + "' is missing");
}

double number_in(const Json& value, const std::string& key) {
  if (value.is_null()) return missing;
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  throw Error("message.not_number",
              "key '" + key + "': found " + value.dump().substr(0, 40) + ", expected a number or null");
}

void require_array(const Json& value, const std::string& key) {
  if (!value.is_array())
    throw Error("message.not_array", "key '" + key + "': found " + value.dump().substr(0, 40) + ", expected an array");
}

template <typename T>
std::vector<T> values_of(const Message& message, const Json& parent, const std::string& key) {
  const Json& value = member(parent, key);
  std::vector<T> values;
  if (is_reference(value)) {
    const Buffer buffer = buffer_named(message, value["buffer"].get<std::string>());
    values.resize(buffer.count);
    for (std::size_t i = 0; i < buffer.count; ++i) values[i] = static_cast<T>(buffer[i]);
    return values;
  }
  require_array(value, key);
  values.reserve(value.size());
  for (const Json& entry : value) values.push_back(static_cast<T>(number_in(entry, key)));
  return values;
}

template <typename T>
void put_values(Message& message, Json& parent, const std::string& key, const std::string& name, const char* dtype,
                const T* values, std::size_t count) {
  if (count > buffer_threshold) {
    parent[key] = Json{{"buffer", name}};
    append(message, name, dtype, {count}, values, count * sizeof(T));
    return;
  }
  Json array = Json::array();
  for (std::size_t i = 0; i < count; ++i) {
    if constexpr (std::is_integral_v<T>)
      array.push_back(values[i]);
    else
      array.push_back(number(values[i]));
  }
  parent[key] = std::move(array);
}

Json nested(const Buffer& buffer, std::size_t dimension, std::size_t& at) {
  if (dimension == buffer.shape.size()) {
    const double value = buffer[at++];
    if (buffer.dtype == "i4" || buffer.dtype == "u1") return Json(static_cast<std::int64_t>(value));
    return number(value);
  }
  Json array = Json::array();
  for (std::size_t i = 0; i < static_cast<std::size_t>(buffer.shape[dimension]); ++i)
    array.push_back(nested(buffer, dimension + 1, at));
  return array;
}

template <typename Change>
void for_each_reference(Json& value, const Change& change) {
  if (is_reference(value))
    change(value);
  else if (value.is_structured())
    for (Json& child : value) for_each_reference(child, change);
}

}  // namespace

void put_columns(Message& message, Json& parent, const std::string& key, const std::string& name, const Matrix& m) {
  const auto columns = static_cast<std::size_t>(m.cols()), rows = static_cast<std::size_t>(m.rows());
  if (columns * rows > buffer_threshold) {
    parent[key] = Json{{"buffer", name}};
    append(message, name, "f8", {columns, rows}, m.data(), columns * rows * sizeof(double));
    return;
  }
  Json array = Json::array();
  for (Index c = 0; c < m.cols(); ++c) {
    Json row = Json::array();
    for (Index r = 0; r < m.rows(); ++r) row.push_back(number(m(r, c)));
    array.push_back(std::move(row));
  }
  parent[key] = std::move(array);
}

Matrix get_columns(const Message& message, const Json& parent, const std::string& key) {
  const Json& value = member(parent, key);
  if (is_reference(value)) {
    const Buffer buffer = buffer_named(message, value["buffer"].get<std::string>());
    if (buffer.shape.size() != 2)
      throw Error("message.shape", "key '" + key + "': buffer '" + buffer.name + "' has " +
                                       std::to_string(buffer.shape.size()) + " dimensions, expected 2");
    Matrix m(static_cast<Index>(buffer.shape[1]), static_cast<Index>(buffer.shape[0]));
    for (std::size_t i = 0; i < buffer.count; ++i) m.data()[i] = buffer[i];
    return m;
  }
  require_array(value, key);
  const Index columns = static_cast<Index>(value.size());
  if (columns == 0) return Matrix(0, 0);
  require_array(value[0], key);
  Matrix m(static_cast<Index>(value[0].size()), columns);
  for (Index c = 0; c < columns; ++c) {
    const Json& row = value[static_cast<std::size_t>(c)];
    require_array(row, key);
    if (static_cast<Index>(row.size()) != m.rows())
      throw Error("message.shape", "key '" + key + "': array " + std::to_string(c) + " has " +
                                       std::to_string(row.size()) + " values, expected " + std::to_string(m.rows()) +
                                       " as in the first");
    for (Index r = 0; r < m.rows(); ++r) m(r, c) = number_in(row[static_cast<std::size_t>(r)], key);
  }
  return m;
}

void put_vector(Message& message, Json& parent, const std::string& key, const std::string& name, const Vector& v) {
  put_values(message, parent, key, name, "f8", v.data(), static_cast<std::size_t>(v.size()));
}

Vector get_vector(const Message& message, const Json& parent, const std::string& key) {
  const std::vector<double> values = values_of<double>(message, parent, key);
  return Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
}

void put_integers(Message& message, Json& parent, const std::string& key, const std::string& name,
                  std::span<const int> values) {
  put_values(message, parent, key, name, "i4", values.data(), values.size());
}

std::vector<int> get_integers(const Message& message, const Json& parent, const std::string& key) {
  return values_of<int>(message, parent, key);
}

void put_floats(Message& message, Json& parent, const std::string& key, const std::string& name,
                std::span<const float> values) {
  put_values(message, parent, key, name, "f4", values.data(), values.size());
}

std::vector<float> get_floats(const Message& message, const Json& parent, const std::string& key) {
  return values_of<float>(message, parent, key);
}

void put_text(Message& message, Json& parent, const std::string& key, const std::string& name, std::string_view text) {
  if (text.size() <= buffer_threshold) {
    parent[key] = std::string(text);
    return;
  }
  parent[key] = Json{{"buffer", name}};
  append(message, name, "u1", {text.size()}, text.data(), text.size());
}

Json inlined(const Message& message) {
  Json json = message.json;
  if (json.is_object()) json.erase("buffers");
  for_each_reference(json, [&](Json& reference) {
    const Buffer buffer = buffer_named(message, reference["buffer"].get<std::string>());
    std::size_t at = 0;
    reference = nested(buffer, 0, at);
  });
  return json;
}

void embed(Message& outer, Json& parent, const std::string& key, const std::string& prefix, const Message& inner) {
  Json json = inner.json;
  Json buffers = Json::object();
  if (json.is_object() && json.contains("buffers")) {
    buffers = std::move(json["buffers"]);
    json.erase("buffers");
  }
  for_each_reference(
      json, [&](Json& reference) { reference["buffer"] = prefix + "/" + reference["buffer"].get<std::string>(); });
  parent[key] = std::move(json);
  if (buffers.empty()) return;
  while (outer.bytes.size() % 8 != 0) outer.bytes.push_back(std::byte{0});
  const std::size_t start = outer.bytes.size();
  outer.bytes.insert(outer.bytes.end(), inner.bytes.begin(), inner.bytes.end());
  Json& table = outer.json["buffers"];
  for (auto& [name, entry] : buffers.items()) {
    entry["offset"] = entry.at("offset").get<std::size_t>() + start;
    table[prefix + "/" + name] = std::move(entry);
  }
}

Message extract(const Message& outer, const Json& parent, const std::string& key) {
  Message inner;
  inner.json = member(parent, key);
  Json json = std::move(inner.json);
  inner.json = Json::object();
  for_each_reference(json, [&](Json& reference) {
    const Buffer buffer = buffer_named(outer, reference["buffer"].get<std::string>());
    const std::size_t slash = buffer.name.find('/');
    const std::string name = slash == std::string::npos ? buffer.name : buffer.name.substr(slash + 1);
    const bool known = inner.json.contains("buffers") && inner.json["buffers"].contains(name);
    if (!known) {
      append(inner, name, buffer.dtype.c_str(), {}, buffer.data, buffer.count * buffer.width);
      inner.json["buffers"][name]["shape"] = buffer.shape;
    }
    reference["buffer"] = name;
  });
  if (inner.json.contains("buffers")) {
    if (!json.is_object()) throw Error("message.not_object", "key '" + key + "': expected an object");
    json["buffers"] = std::move(inner.json["buffers"]);
  }
  inner.json = std::move(json);
  return inner;
}

void require_kind(const Json& document, const std::string& kind, int newest_schema, const std::string& where) {
  const bool has_kind = document.is_object() && document.contains("kind") && document["kind"].is_string();
  if (!has_kind || document["kind"] != kind)
    throw Error("message.kind", where + ": found " +
                                    (has_kind ? "a document of kind '" + document["kind"].get<std::string>() + "'"
                                              : "no document with a kind") +
                                    ", expected a " + kind + " document");
  if (!document.contains("schema")) return;
  if (!document["schema"].is_number_integer())
    throw Error("message.schema", where + ": the schema version of the " + kind + " document is no whole number");
  const int schema = document["schema"].get<int>();
  if (schema < 1 || schema > newest_schema)
    throw Error("message.schema",
                where + ": the " + kind + " document has schema " + std::to_string(schema) +
                    ", this version reads 1 to " + std::to_string(newest_schema),
                "It was written by another version of Groundwork: open it with that one.");
}

}  // namespace groundwork::api
