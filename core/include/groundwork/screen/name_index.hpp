#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace groundwork::screen {

/** Distinct names in order of arrival, found by name in constant time; 4 to 8 bytes a name besides the text. */
class NameIndex {
 public:
  /** The index of `name`, added when it is new. */
  int add(std::string_view name);
  /** −1 when there is none. */
  int find(std::string_view name) const;

  int size() const { return static_cast<int>(names_.size()); }
  const std::vector<std::string>& names() const { return names_; }
  const std::string& operator[](int i) const { return names_[static_cast<std::size_t>(i)]; }

 private:
  std::size_t slot_of(std::string_view name) const;

  std::vector<std::string> names_;
  std::vector<int> slots_;  ///< open addressing; −1 = free; the size is a power of two
};

}  // namespace groundwork::screen
