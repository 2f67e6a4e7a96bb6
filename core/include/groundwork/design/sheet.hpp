#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "groundwork/design/layout.hpp"

namespace groundwork::design {

/** One sample at the bench: the cells of a condition in a batch. */
struct Well {
  int plate = 0;         ///< within its batch, from 1
  std::string position;  ///< "A1" … "H12"
  int condition = 0;
  double cells = 0;
};

/** The samples of one batch, in the order in which they lie on its plates. */
struct BatchSheet {
  int batch = 0;
  std::vector<Well> wells;
};

/**
 * A sheet for the bench: every batch gets plates of `rows` × `columns` wells, filled along the rows, its samples in
 * random order, so that position and condition are not confounded. The same seed gives the same sheet. Throws
 * `sheet.plate` for plates without wells or with more than 26 rows.
 */
std::vector<BatchSheet> bench_sheet(const Layout&, int rows, int columns, std::uint64_t seed);

}  // namespace groundwork::design
