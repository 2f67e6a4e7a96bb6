#include "groundwork/dynamics/layout.hpp"

#include <algorithm>

#include "groundwork/base/error.hpp"

namespace groundwork::dynamics {

void Layout::add(std::string name, Index rows, Index cols, bool weight) {
  blocks_.push_back({std::move(name), rows, cols, size_, weight});
  size_ += rows * cols;
}

bool Layout::contains(const std::string& name) const {
  return std::any_of(blocks_.begin(), blocks_.end(), [&](const Block& b) { return b.name == name; });
}

const Block& Layout::at(const std::string& name) const {
  std::string known;
  for (const Block& block : blocks_) {
    if (block.name == name) return block;
    known += (known.empty() ? "" : ", ") + block.name;
  }
  throw Error("parameters.no_block", "The model has no parameter block '" + name + "'; it has " + known + ".",
              "Use a fit of the same model.");
}

}  // namespace groundwork::dynamics
