#include "groundwork/screen/name_index.hpp"

#include <functional>

namespace groundwork::screen {

std::size_t NameIndex::slot_of(std::string_view name) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(name)&mask;
  while (slots_[slot] >= 0 && names_[static_cast<std::size_t>(slots_[slot])] != name) slot = (slot + 1) & mask;
  return slot;
}

int NameIndex::add(std::string_view name) {
  if (2 * (names_.size() + 1) > slots_.size()) {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), -1);
    for (std::size_t i = 0; i < names_.size(); ++i) slots_[slot_of(names_[i])] = static_cast<int>(i);
  }
  const std::size_t slot = slot_of(name);
  if (slots_[slot] < 0) {
    slots_[slot] = size();
    names_.emplace_back(name);
  }
  return slots_[slot];
}

int NameIndex::find(std::string_view name) const { return slots_.empty() ? -1 : slots_[slot_of(name)]; }

}  // namespace groundwork::screen
