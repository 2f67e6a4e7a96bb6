#include "groundwork/measurement/composition_split.hpp"

#include <algorithm>
#include <map>

namespace groundwork::measurement {
namespace {

/** Sums over the groups of one sample. */
struct Sums {
  Matrix sum;   ///< genes × compartments: Σy
  Vector size;  ///< compartments: Σℓ
  Vector cells;

  Sums(Index genes, Index compartments)
      : sum(Matrix::Zero(genes, compartments)), size(Vector::Zero(compartments)), cells(Vector::Zero(compartments)) {}

  void add(const screen::Screen& data, std::size_t group, Index compartment, const std::vector<int>& genes) {
    for (std::size_t g = 0; g < genes.size(); ++g)
      sum(static_cast<Index>(g), compartment) += data.statistics.sum(genes[g], static_cast<Index>(group));
    size(compartment) += data.groups[group].sum_size;
    cells(compartment) += static_cast<double>(data.groups[group].cells);
  }
};

/** Σy/Σℓ, where there are cells; else that of `other`, and 0 where neither has any. */
Matrix means_of(const Sums& own, const Sums& other) {
  Matrix mean = Matrix::Zero(own.sum.rows(), own.sum.cols());
  for (Index k = 0; k < mean.cols(); ++k) {
    const Sums& from = own.size(k) > 0 ? own : other;
    if (from.size(k) > 0) mean.col(k) = from.sum.col(k) / from.size(k);
  }
  return mean;
}

}  // namespace

CompositionSplit split_of(const CompartmentMeans& m) {
  const Vector middle_share = (m.share + m.control_share) / 2;
  const Matrix middle = (m.mean + m.control_mean) / 2;
  const Vector overall = middle * middle_share;
  CompositionSplit out;
  out.total = m.mean * m.share - m.control_mean * m.control_share;
  out.moved = (middle.colwise() - overall) * (m.share - m.control_share);
  out.changed = (m.mean - m.control_mean) * middle_share;
  return out;
}

std::vector<SplitOverHosts> composition_splits(const screen::Screen& data, const AbundanceTable& table,
                                               const std::vector<int>& genes) {
  double last = -infinity;
  for (const auto& sample : table.samples) last = std::max(last, sample.time);
  const auto count = static_cast<Index>(genes.size()), compartments = static_cast<Index>(table.compartments.size());
  // A screen of thousands of edits has many groups: each is looked at once for its own edit.
  std::vector<std::vector<const AbundanceTable::Place*>> of_edit(table.edits.size());
  for (const auto& place : table.places)
    if (table.samples[place.sample].time == last) of_edit[static_cast<std::size_t>(place.edit)].push_back(&place);
  const auto by_sample = [&](std::size_t edit) {
    std::map<std::size_t, Sums> sums;
    for (const auto* place : of_edit[edit])
      sums.try_emplace(place->sample, count, compartments)
          .first->second.add(data, place->group, place->compartment, genes);
    return sums;
  };
  const std::map<std::size_t, Sums> controls = by_sample(0);
  std::vector<SplitOverHosts> out;
  for (std::size_t p = 1; p < table.edits.size(); ++p) {
    SplitOverHosts edit;
    edit.edit = static_cast<int>(p);
    std::vector<CompositionSplit> hosts;
    for (const auto& [sample, own] : by_sample(p)) {
      const auto found = controls.find(sample);
      if (found == controls.end() || !(own.size.sum() > 0 && found->second.size.sum() > 0)) continue;
      const Sums& control = found->second;
      hosts.push_back(split_of({own.cells / own.cells.sum(), control.cells / control.cells.sum(),
                                means_of(own, control), means_of(control, own)}));
    }
    edit.hosts = static_cast<int>(hosts.size());
    const auto gather = [&](Vector CompositionSplit::*part, std::vector<HostEstimate>& list) {
      for (Index g = 0; g < count; ++g) {
        std::vector<double> values;
        for (const auto& host : hosts) values.push_back((host.*part)(g));
        list.push_back(over_hosts(values));
      }
    };
    gather(&CompositionSplit::total, edit.total);
    gather(&CompositionSplit::moved, edit.moved);
    gather(&CompositionSplit::changed, edit.changed);
    out.push_back(std::move(edit));
  }
  return out;
}

}  // namespace groundwork::measurement
