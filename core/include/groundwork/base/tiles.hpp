#pragma once

#include <Eigen/Core>
#include <algorithm>

#include "groundwork/base/matrix.hpp"

/**
 * Products of small matrices that are used again and again, in the vector instructions that Eigen finds on each
 * machine. A general product packs both of its factors anew on every call and has to cope with any shape; for factors
 * of some sixty rows that costs as much as the arithmetic. Here one factor is packed once (PackedRows) or needs no
 * packing (add_outer_products), and sizes are padded with zeros to whole tiles by the caller.
 */
namespace groundwork {

/** A tile is tile_rows × tile_columns numbers of a product, held in registers. */
template <typename S>
inline constexpr Index tile_rows = 2 * Eigen::internal::packet_traits<S>::size;
inline constexpr Index tile_columns = 4;

inline constexpr Index padded_to(Index size, Index multiple) { return (size + multiple - 1) / multiple * multiple; }
/** Rows of a matrix padded to whole tiles, which are whole groups of four as well. */
template <typename S>
inline constexpr Index padded_rows(Index rows) {
  return padded_to(rows, std::max(tile_rows<S>, tile_columns));
}

/** One tile of a product, summed over a common dimension. */
template <typename S>
class Tile {
  using Packet = typename Eigen::internal::packet_traits<S>::type;
  static constexpr Index lanes = Eigen::internal::packet_traits<S>::size;

 public:
  Tile() {
    const Packet zero = Eigen::internal::pset1<Packet>(S(0));
    a0_ = a1_ = a2_ = a3_ = b0_ = b1_ = b2_ = b3_ = zero;
  }

  /** += Σ_k left[k · left_step + row] · right[k · right_step + column · right_column]. */
  void add(const S* left, Index left_step, const S* right, Index right_step, Index right_column, Index length) {
    // Not unrolled: the registers hold the tile and one step, and compilers that reorder several steps spill the tile.
    for (Index k = 0; k < length; ++k) {
      step(left, right, right_column);
      left += left_step;
      right += right_step;
    }
  }

  void store(S* to, Index stride) const {
    using Eigen::internal::pstoreu;
    pstoreu(to, a0_);
    pstoreu(to + lanes, b0_);
    pstoreu(to + stride, a1_);
    pstoreu(to + stride + lanes, b1_);
    pstoreu(to + 2 * stride, a2_);
    pstoreu(to + 2 * stride + lanes, b2_);
    pstoreu(to + 3 * stride, a3_);
    pstoreu(to + 3 * stride + lanes, b3_);
  }
  void add_to(S* to, Index stride) const {
    add_packet(to, a0_);
    add_packet(to + lanes, b0_);
    add_packet(to + stride, a1_);
    add_packet(to + stride + lanes, b1_);
    add_packet(to + 2 * stride, a2_);
    add_packet(to + 2 * stride + lanes, b2_);
    add_packet(to + 3 * stride, a3_);
    add_packet(to + 3 * stride + lanes, b3_);
  }

 private:
  void step(const S* left, const S* right, Index right_column) {
    using namespace Eigen::internal;
    const Packet a = ploadu<Packet>(left), b = ploadu<Packet>(left + lanes);
    Packet x = pset1<Packet>(right[0]);
    a0_ = pmadd(a, x, a0_);
    b0_ = pmadd(b, x, b0_);
    x = pset1<Packet>(right[right_column]);
    a1_ = pmadd(a, x, a1_);
    b1_ = pmadd(b, x, b1_);
    x = pset1<Packet>(right[2 * right_column]);
    a2_ = pmadd(a, x, a2_);
    b2_ = pmadd(b, x, b2_);
    x = pset1<Packet>(right[3 * right_column]);
    a3_ = pmadd(a, x, a3_);
    b3_ = pmadd(b, x, b3_);
  }
  static void add_packet(S* to, const Packet& packet) {
    Eigen::internal::pstoreu(to, Eigen::internal::padd(Eigen::internal::ploadu<Packet>(to), packet));
  }

  Packet a0_, a1_, a2_, a3_, b0_, b1_, b2_, b3_;
};

/** A matrix kept in the order in which products from the left read it, padded with zeros. */
template <typename S>
class PackedRows {
 public:
  template <typename Derived>
  void pack(const Eigen::MatrixBase<Derived>& m) {
    rows_ = padded_rows<S>(m.rows());
    columns_ = m.cols();
    values_.setZero(rows_ * columns_);
    S* to = values_.data();
    for (Index tile = 0; tile < rows_; tile += tile_rows<S>) {
      const Index used = std::min(tile_rows<S>, m.rows() - tile);
      for (Index k = 0; k < columns_; ++k, to += tile_rows<S>) {
        for (Index i = 0; i < used; ++i) to[i] = m(tile + i, k);
      }
    }
  }

  /** out = m · right for four columns; `right` has at least the columns of m as rows, `out` its padded rows. */
  void multiply(const S* right, Index right_stride, S* out, Index out_stride) const {
    const S* left = values_.data();
    for (Index row = 0; row < rows_; row += tile_rows<S>, left += columns_ * tile_rows<S>) {
      Tile<S> tile;
      tile.add(left, tile_rows<S>, right, 1, right_stride, columns_);
      tile.store(out + row, out_stride);
    }
  }

 private:
  Index rows_ = 0, columns_ = 0;
  VectorOf<S> values_;
};

/**
 * sum += left · rightᵀ over `length` columns of `left` and `right`, stored one after another, each with the padded rows
 * of `sum`. With `lower`, only entries on and below the diagonal are sure to be right.
 */
template <typename S>
void add_outer_products(const S* left, const S* right, Index length, MatrixOf<S>& sum, bool lower = false) {
  const Index rows = sum.rows(), columns = sum.cols();
  for (Index j = 0; j < columns; j += tile_columns) {
    for (Index i = lower ? j - j % tile_rows<S> : 0; i < rows; i += tile_rows<S>) {
      Tile<S> tile;
      tile.add(left + i, rows, right + j, columns, 1, length);
      tile.add_to(sum.data() + j * rows + i, rows);
    }
  }
}

}  // namespace groundwork
