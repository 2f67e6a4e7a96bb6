// From a recipe to a summarised screen, all in memory, for the recovery tests.
#pragma once

#include <string>
#include <vector>

#include "groundwork/api/ingest.hpp"
#include "groundwork/api/screen_form.hpp"
#include "groundwork/api/simulate.hpp"

namespace recovery {

namespace api = groundwork::api;

/** Draws every cell of the recipe and summarises them as a person would from files: through the door of the ingest. */
inline api::Message screen_document(const api::Recipe& recipe) {
  api::Simulation simulation(recipe);
  const api::Truth& truth = simulation.truth();
  const bool has_times = recipe.times.size() > 1;
  std::vector<int> perturbation, time;
  std::vector<std::vector<int>> batch(truth.levels.size());
  std::vector<float> counts;
  while (const api::SimulatedCell* cell = simulation.next()) {
    const auto& condition = truth.conditions[static_cast<std::size_t>(cell->condition)];
    perturbation.push_back(condition.perturbation + 1);
    time.push_back(condition.time);
    for (std::size_t f = 0; f < batch.size(); ++f)
      batch[f].push_back(truth.batch_levels[static_cast<std::size_t>(cell->batch)][f]);
    counts.insert(counts.end(), cell->counts.begin(), cell->counts.end());
  }
  api::Ingest ingest;
  ingest.set_genes(truth.genes);
  std::vector<std::string> labels{api::control_label};
  labels.insert(labels.end(), truth.perturbations.begin(), truth.perturbations.end());
  ingest.add_column("perturbation", perturbation, labels);
  for (std::size_t f = 0; f < batch.size(); ++f)
    ingest.add_column(truth.levels[f].name, batch[f], truth.levels[f].levels);
  if (has_times) {
    std::vector<std::string> times;
    for (const double t : recipe.times) times.push_back(api::Json(t).dump());
    ingest.add_column("time_d", time, times);
  }
  ingest.begin({{"roles", api::simulated_roles(truth)}, {"seed", 1}});
  do {
    ingest.push_dense(0, static_cast<std::int64_t>(perturbation.size()), counts);
  } while (ingest.next_pass());
  return ingest.finish();
}

inline api::Recipe recipe_of(const std::string& text, std::uint64_t seed) {
  api::Json json = api::Json::parse(text);
  json["seed"] = seed;
  return api::recipe_from_json(json);
}

}  // namespace recovery
