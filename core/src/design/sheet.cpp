#include "groundwork/design/sheet.hpp"

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"

namespace groundwork::design {

std::vector<BatchSheet> bench_sheet(const Layout& layout, int rows, int columns, std::uint64_t seed) {
  if (rows < 1 || rows > 26 || columns < 1 || columns > 99) {
    throw Error("sheet.plate", "A plate has 1 to 26 rows and 1 to 99 columns of wells.",
                "8 × 12 and 16 × 24 are usual; 1 × 8 stands for lanes.");
  }
  std::vector<BatchSheet> sheets;
  const int wells = rows * columns;
  for (Index b = 0; b < layout.cells.cols(); ++b) {
    std::vector<int> present;
    for (Index c = 0; c < layout.cells.rows(); ++c)
      if (layout.cells(c, b) > 0) present.push_back(static_cast<int>(c));
    if (present.empty()) continue;
    BatchSheet sheet{static_cast<int>(b), {}};
    // A stream of its own for each batch, so that adding one does not move the others.
    const auto order = Random::stream(seed, static_cast<std::uint64_t>(b)).permutation(present.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
      const int at = static_cast<int>(k) % wells, condition = present[order[k]];
      sheet.wells.push_back({1 + static_cast<int>(k) / wells,
                             std::string(1, static_cast<char>('A' + at / columns)) + std::to_string(at % columns + 1),
                             condition, layout.cells(condition, b)});
    }
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

}  // namespace groundwork::design
