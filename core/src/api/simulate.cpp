#include "groundwork/api/simulate.hpp"

#include <cmath>

#include "simulate_streams.hpp"

namespace groundwork::api {

Simulation::Simulation(const Recipe& recipe) : truth_(draw_truth(recipe)) {
  cells_ = truth_.cells.cast<std::int64_t>().sum();
  counts_.resize(truth_.genes.size());
  cell_.index = -1;
  cell_.counts = counts_;
}

bool Simulation::enter_group() {
  do {
    if (++condition_ == truth_.cells.rows()) {
      condition_ = 0;
      ++batch_;
    }
    if (batch_ == truth_.cells.cols()) return false;
    left_ = truth_.cells(condition_, batch_);
  } while (left_ == 0);

  Vector shift = truth_.expression.array().log().matrix() + truth_.interaction(condition_, batch_);
  for (std::size_t f = 0; f < truth_.levels.size(); ++f)
    shift += truth_.batch_effect[f].col(truth_.batch_levels[static_cast<std::size_t>(batch_)][f]);
  const Vector unedited = truth_.unedited.col(condition_), effect = truth_.state.col(condition_) - unedited;
  guides_ = truth_.guides_of(condition_);
  const Index variants = std::max<Index>(1, static_cast<Index>(guides_.size()));
  edited_mean_.resize(shift.size(), variants);
  escaped_mean_.resize(shift.size(), variants);
  for (Index g = 0; g < variants; ++g) {
    Vector base = shift + unedited;
    double strength = 1;
    if (!guides_.empty()) {
      const SimulatedGuide& guide = truth_.guides[static_cast<std::size_t>(guides_[static_cast<std::size_t>(g)])];
      base += guide.off_target;
      if (!truth_.recipe.guides.escapers) strength = guide.efficacy;
    }
    edited_mean_.col(g) = (base + strength * effect).array().exp();
    escaped_mean_.col(g) = base.array().exp();
  }

  const auto& condition = truth_.conditions[static_cast<std::size_t>(condition_)];
  std::string key = screen::label_of(condition.condition);
  for (const auto& level : truth_.recipe.batches[static_cast<std::size_t>(batch_)].levels) key += "\n" + level;
  random_ = stream_of(truth_.recipe.seed, DrawOf::cells, key);
  cell_.condition = condition_;
  cell_.batch = batch_;
  return true;
}

const SimulatedCell* Simulation::next() {
  if (left_ == 0 && (batch_ == truth_.cells.cols() || !enter_group())) return nullptr;
  --left_;
  ++cell_.index;
  const std::size_t g = guides_.empty() ? 0 : random_.below(guides_.size());
  cell_.guide = guides_.empty() ? -1 : guides_[g];
  cell_.edited = truth_.conditions[static_cast<std::size_t>(condition_)].perturbation >= 0;
  if (cell_.edited && cell_.guide >= 0 && truth_.recipe.guides.escapers)
    cell_.edited = random_.uniform() < truth_.guides[static_cast<std::size_t>(cell_.guide)].efficacy;
  cell_.size = measurement::draw_size(truth_.recipe.measurement.depth_cv, random_);
  const auto& mean = cell_.edited ? edited_mean_ : escaped_mean_;
  measurement::draw_counts(mean.col(static_cast<Index>(g)), cell_.size, truth_.law, random_, counts_);
  return &cell_;
}

}  // namespace groundwork::api
