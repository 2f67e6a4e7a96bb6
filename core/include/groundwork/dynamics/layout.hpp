#pragma once

#include <string>
#include <utility>
#include <vector>

#include "groundwork/base/matrix.hpp"

namespace groundwork::dynamics {

/** A named matrix inside the flat parameter vector, column-major from `offset`. */
struct Block {
  std::string name;
  Index rows = 0;
  Index cols = 0;
  Index offset = 0;
  /** True for coefficients that a penalty on size may shrink; false for intercepts, rates and κ. */
  bool weight = false;

  Index size() const { return rows * cols; }
};

/** How a parameter vector divides into named blocks: optimisers see a vector, documents see names. */
class Layout {
 public:
  /** Appends a block behind the last one. Blocks may be empty (rows or cols 0). */
  void add(std::string name, Index rows, Index cols, bool weight);

  const std::vector<Block>& blocks() const { return blocks_; }
  /** Length of the whole vector. */
  Index size() const { return size_; }
  bool contains(const std::string& name) const;
  /** Throws `parameters.no_block` naming the blocks that there are. */
  const Block& at(const std::string& name) const;

  /** The block as a matrix view into a vector (or a Ref) of length size(). */
  template <typename Vec>
  auto view(Vec& parameters, const std::string& name) const {
    return view_of(parameters, at(name));
  }

  template <typename Vec>
  static auto view_of(Vec& parameters, const Block& block) {
    using S = typename Vec::Scalar;
    using Pointer = decltype(parameters.data());
    using M = std::conditional_t<std::is_const_v<std::remove_pointer_t<Pointer>>, const MatrixOf<S>, MatrixOf<S>>;
    return Eigen::Map<M>(parameters.data() + block.offset, block.rows, block.cols);
  }

 private:
  std::vector<Block> blocks_;
  Index size_ = 0;
};

}  // namespace groundwork::dynamics
