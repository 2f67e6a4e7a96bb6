#include <algorithm>
#include <map>
#include <set>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/measurement/abundance.hpp"

namespace groundwork::measurement {
namespace {

std::string settled_medium(const screen::Screen& data, const std::string& medium) {
  std::vector<std::string> media;
  for (const auto& condition : data.conditions)
    if (!contains(media, condition.medium)) media.push_back(condition.medium);
  if (contains(media, medium)) return medium;
  if (!medium.empty())
    throw Error("medium.unknown",
                "The screen has no cells in the medium \"" + medium + "\"; it has " + joined(media) + ".");
  if (media.size() > 1)
    throw Error("abundance.media",
                "The screen has cells in " + std::to_string(media.size()) + " media: " + joined(media) +
                    ". Cells of an edit are counted against unedited cells of the same medium.",
                "Name one medium (--medium).");
  return media.front();
}

}  // namespace

AbundanceTable abundance_of(const screen::Screen& data, const std::string& wanted, double sampling_time) {
  if (data.batches.empty())
    throw Error("abundance.no_hosts",
                "The screen has no host and no batch column, so nothing says how much the number of "
                "cells of an edit varies by chance.",
                "Name the column of hosts, animals or replicates when summarising (--host, --batch).");
  const std::string medium = settled_medium(data, wanted);
  std::set<std::string> edits, compartments;
  bool controls = false;
  for (const auto& condition : data.conditions) {
    if (condition.medium != medium) continue;
    compartments.insert(condition.compartment);
    if (condition.is_control())
      controls = true;
    else
      edits.insert(screen::edits_label(condition));
  }
  if (!controls)
    throw Error("abundance.no_controls", "There are no unedited cells to count edited cells against.",
                "Name the control level of the perturbation column when summarising.");
  if (edits.empty())
    throw Error("abundance.no_edits", "The screen has no edited cells.",
                "Choose the perturbation column when summarising.");
  AbundanceTable table;
  table.edits.push_back("");
  table.edits.insert(table.edits.end(), edits.begin(), edits.end());
  table.compartments.assign(compartments.begin(), compartments.end());
  table.hosts = data.batches.front().levels;
  const auto places_of = [](const std::vector<std::string>& list) {
    std::map<std::string, Index> places;
    for (std::size_t i = 0; i < list.size(); ++i) places.emplace(list[i], static_cast<Index>(i));
    return places;
  };
  const auto edit_places = places_of(table.edits), compartment_places = places_of(table.compartments);
  std::map<std::pair<int, double>, std::size_t> known;
  for (std::size_t i = 0; i < data.groups.size(); ++i) {
    const auto& group = data.groups[i];
    const auto& condition = data.conditions[static_cast<std::size_t>(group.condition)];
    if (condition.medium != medium) continue;
    const double time = condition.has_time() ? condition.time : sampling_time;
    const auto [at, fresh] = known.try_emplace({group.batch.front(), time}, table.samples.size());
    if (fresh)
      table.samples.push_back(
          {group.batch.front(), time,
           Matrix::Zero(static_cast<Index>(table.edits.size()), static_cast<Index>(table.compartments.size()))});
    AbundanceTable::Place place{i, at->second, edit_places.at(screen::edits_label(condition)),
                                compartment_places.at(condition.compartment)};
    table.samples[place.sample].cells(place.edit, place.compartment) += static_cast<double>(group.cells);
    table.places.push_back(place);
  }
  // Unedited cells alone, as at the start of a time course, say nothing of edits.
  constexpr auto left_out = static_cast<std::size_t>(-1);
  std::vector<std::size_t> kept(table.samples.size());
  std::vector<AbundanceTable::Sample> samples;
  for (std::size_t s = 0; s < table.samples.size(); ++s) {
    kept[s] = samples.size();
    auto& sample = table.samples[s];
    if (sample.cells.bottomRows(sample.cells.rows() - 1).sum() > 0)
      samples.push_back(std::move(sample));
    else
      kept[s] = left_out;
  }
  std::erase_if(table.places, [&](const auto& place) { return kept[place.sample] == left_out; });
  for (auto& place : table.places) place.sample = kept[place.sample];
  table.samples = std::move(samples);
  return table;
}

}  // namespace groundwork::measurement
