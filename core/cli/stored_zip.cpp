// The few parts of the zip format (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12, 4.3.16) that a project needs.
#include "stored_zip.hpp"

#include <zlib.h>

#include <cstdint>

#include "groundwork/base/error.hpp"

namespace groundwork::cli {
namespace {

constexpr std::uint32_t local_signature = 0x04034b50, central_signature = 0x02014b50, end_signature = 0x06054b50;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22;
constexpr std::uint16_t utf8_names = 1 << 11;
constexpr std::uint32_t first_of_1980 = (1 << 5 | 1) << 16;  // the zip format has no "no date"

class Reader {
 public:
  Reader(const std::string& path, std::string_view bytes) : path_(path), bytes_(bytes) {}

  [[noreturn]] void damaged(const std::string& what) const {
    throw Error("project.damaged", path_ + " is no project, or is damaged: " + what,
                "Save it again, or use an older copy.");
  }

  std::string_view part(std::size_t offset, std::size_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) damaged("it is cut short");
    return bytes_.substr(offset, size);
  }

  std::uint32_t number(std::size_t offset, std::size_t width) const {
    const std::string_view field = part(offset, width);
    std::uint32_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(field[i]);
    return value;
  }

  std::size_t end_record() const {
    for (std::size_t back = end_size; back <= bytes_.size() && back <= end_size + 65535; ++back)
      if (number(bytes_.size() - back, 4) == end_signature) return bytes_.size() - back;
    damaged("it does not end like a zip archive");
  }

  std::string inflated(std::string_view packed, std::size_t size, const std::string& name) const {
    std::string text(size, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) damaged("entry '" + name + "' cannot be unpacked");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(size);
    const int status = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    if (status != Z_STREAM_END || stream.avail_out != 0) damaged("entry '" + name + "' cannot be unpacked");
    return text;
  }

 private:
  const std::string& path_;
  std::string_view bytes_;
};

std::uint32_t checksum(std::string_view bytes) {
  uLong crc = crc32(0, nullptr, 0);
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, std::size_t{1} << 30);
    crc = crc32(crc, reinterpret_cast<const Bytef*>(part.data()), static_cast<uInt>(part.size()));
    bytes.remove_prefix(part.size());
  }
  return static_cast<std::uint32_t>(crc);
}

void put(std::string& out, std::uint64_t value, int width) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

/** What local and central headers have in common, from the version needed to the length of the name. */
void put_header(std::string& out, const std::string& name, std::string_view bytes) {
  put(out, 10, 2);
  put(out, utf8_names, 2);
  put(out, 0, 2);
  put(out, first_of_1980, 4);
  put(out, checksum(bytes), 4);
  put(out, bytes.size(), 4);
  put(out, bytes.size(), 4);
  put(out, name.size(), 2);
  put(out, 0, 2);
}

}  // namespace

ZipEntries read_zip(const std::string& path, std::string_view bytes) {
  const Reader reader(path, bytes);
  const std::size_t end = reader.end_record();
  const std::uint32_t count = reader.number(end + 10, 2);
  std::size_t at = reader.number(end + 16, 4);
  ZipEntries entries;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (reader.number(at, 4) != central_signature) reader.damaged("its list of entries is broken");
    const std::uint32_t flags = reader.number(at + 8, 2), method = reader.number(at + 10, 2),
                        crc = reader.number(at + 16, 4);
    const std::size_t packed = reader.number(at + 20, 4), size = reader.number(at + 24, 4),
                      name_size = reader.number(at + 28, 2);
    const std::string name(reader.part(at + central_size, name_size));
    const std::size_t local = reader.number(at + 42, 4);
    if (reader.number(local, 4) != local_signature) reader.damaged("entry '" + name + "' is not where the list says");
    const std::string_view data =
        reader.part(local + local_size + reader.number(local + 26, 2) + reader.number(local + 28, 2), packed);
    if ((flags & 1) != 0 || (method != 0 && method != 8) || packed == 0xffffffff)
      reader.damaged("entry '" + name + "' is encrypted or packed in an unknown way");
    if (method == 0 && packed != size) reader.damaged("entry '" + name + "' has two different sizes");
    std::string content = method == 0 ? std::string(data) : reader.inflated(data, size, name);
    if (checksum(content) != crc) reader.damaged("the checksum of entry '" + name + "' does not agree");
    entries[name] = std::move(content);
    at += central_size + name_size + reader.number(at + 30, 2) + reader.number(at + 32, 2);
  }
  return entries;
}

std::string stored_zip(const ZipEntries& entries) {
  std::string out, directory;
  for (const auto& [name, bytes] : entries) {
    if (out.size() + bytes.size() > 0xf0000000)
      throw Error("project.too_large", "the project would be larger than the 4 GB that a zip archive holds");
    put(directory, central_signature, 4);
    put(directory, 10, 2);
    put_header(directory, name, bytes);
    put(directory, 0, 10);  // no comment, first disk, no attributes
    put(directory, out.size(), 4);
    directory += name;
    put(out, local_signature, 4);
    put_header(out, name, bytes);
    out += name;
    out += bytes;
  }
  const std::size_t start = out.size();
  out += directory;
  put(out, end_signature, 4);
  put(out, 0, 4);
  put(out, entries.size(), 2);
  put(out, entries.size(), 2);
  put(out, directory.size(), 4);
  put(out, start, 4);
  put(out, 0, 2);
  return out;
}

}  // namespace groundwork::cli
