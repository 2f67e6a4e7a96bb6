#include "groundwork/fit/portrait.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/dynamics/equilibria.hpp"
#include "groundwork/dynamics/protocol.hpp"
#include "groundwork/dynamics/rest_points.hpp"

namespace groundwork::fit {
namespace {

constexpr int path_points = 60;
constexpr std::size_t most_loadings = 8;

dynamics::ConditionInputs portrait_condition(const DynamicFit& fit, const std::vector<screen::Edit>& edits,
                                             const std::string& medium) {
  auto inputs = fit.edits.read(edits, medium).inputs;
  if (edits.empty()) inputs.label = "unedited cells";
  return inputs;
}

Index place_of_gene(const DynamicFit& fit, const std::string& name) {
  const auto& genes = fit.edits.genes;
  const auto found = std::find(genes.begin(), genes.end(), name);
  if (found == genes.end())
    throw Error("portrait.genes", "The fit does not model the gene \"" + name + "\"" + near_matches(name, genes) + ".",
                "Choose two modelled genes, or none for principal components.");
  return found - genes.begin();
}

/** Evenly spaced, holding all values and zero with a margin. */
Vector axis_around(double low, double high, int points) {
  const double margin = std::max(0.12 * (high - low), 0.05);
  return Vector::LinSpaced(points, low - margin, high + margin);
}

PortraitAxis axis_of_component(const dynamics::PhasePlane& plane, Index k, double share,
                               const std::vector<std::string>& genes) {
  PortraitAxis axis{"component " + std::to_string(k + 1), true, share, {}};
  std::vector<Index> order(genes.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](Index a, Index b) { return std::abs(plane.axes(a, k)) > std::abs(plane.axes(b, k)); });
  for (std::size_t i = 0; i < std::min(most_loadings, order.size()); ++i)
    axis.loadings.emplace_back(genes[static_cast<std::size_t>(order[i])], plane.axes(order[i], k));
  return axis;
}

}  // namespace

Matrix starts_around(const DynamicFit& fit, const Evaluation& evaluation, int count, std::uint64_t seed) {
  double sum = 0, values = 0;
  for (const double x : evaluation.observed.reshaped())
    if (std::isfinite(x)) sum += x * x, values += 1;
  double least = 0.5;
  if (fit.field.scale == dynamics::Scale::linear) {
    double square = 0;
    for (const double c : fit.field.control) square += c * c / static_cast<double>(fit.field.genes);
    least = 0.5 * std::sqrt(square);
  }
  const double width = std::max(least, values > 0 ? 2 * std::sqrt(sum / values) / fit.unit : 0.0);
  Random random(seed);
  Matrix starts = Matrix::Zero(fit.field.genes, std::max(1, count));
  for (Index s = 1; s < starts.cols(); ++s)
    for (Index g = 0; g < starts.rows(); ++g) starts(g, s) = width * random.normal();
  // An affine field has one steady state at most.
  return fit.field.kind == dynamics::FieldKind::linear ? Matrix(starts.leftCols(1)) : starts;
}

Portrait portrait_of(const DynamicFit& fit, const Evaluation& evaluation, const std::vector<Matrix>& effects,
                     const PortraitSettings& settings) {
  const auto field = dynamics::make_field<double>(fit.field);
  const Index d = field->genes();
  if (settings.member >= fit.members.size())
    throw Error("portrait.member",
                "There is no member " + std::to_string(settings.member + 1) + "; the fit has " +
                    std::to_string(fit.members.size()) + ".",
                "Members are counted from 1.");
  const Vector& parameters = fit.members[settings.member];
  if (parameters.size() != field->layout().size())
    throw Error("links.no_field", "This fit does not hold one vector field, so there is nothing to draw.",
                "Fit one model, such as production_decay.");
  if (!settings.genes.empty() && (settings.genes.size() != 2 || settings.genes[0] == settings.genes[1]))
    throw Error("portrait.genes",
                "A portrait has two axes; found " + std::to_string(settings.genes.size()) +
                    (settings.genes.size() == 1 ? " gene" : " genes") +
                    (settings.genes.size() == 2 ? ", twice the same." : "."),
                "Choose two different genes, or none for principal components.");
  const auto own = portrait_condition(fit, settings.edits, settings.medium);
  Portrait out;
  dynamics::PhasePlane plane;
  std::string held;
  if (settings.genes.empty()) {
    std::vector<Index> chosen;
    for (std::size_t c = 0; c < evaluation.conditions.size(); ++c)
      if (!evaluation.held_out[c] && effects[settings.member].col(static_cast<Index>(c)).allFinite())
        chosen.push_back(static_cast<Index>(c));
    Matrix states = Matrix::Zero(d, static_cast<Index>(chosen.size()) + 1);  // the control state among them
    for (std::size_t k = 0; k < chosen.size(); ++k)
      states.col(static_cast<Index>(k) + 1) = effects[settings.member].col(chosen[k]) / fit.unit;
    std::array<double, 2> share{};
    plane = dynamics::plane_of_components(states, share);
    for (Index k = 0; k < 2; ++k)
      out.axes[static_cast<std::size_t>(k)] =
          axis_of_component(plane, k, share[static_cast<std::size_t>(k)], fit.edits.genes);
    held = "What is off the plane is held at the mean of the trained states";
  } else {
    dynamics::Equilibria<double> equilibria(*field);
    const bool reached = equilibria.solve(parameters, {&own, 1});
    const Index first = place_of_gene(fit, settings.genes[0]), second = place_of_gene(fit, settings.genes[1]);
    plane = dynamics::plane_of_genes(reached ? Vector(equilibria.states().col(0)) : Vector::Zero(d), first, second);
    for (std::size_t k = 0; k < 2; ++k) out.axes[k] = {settings.genes[k], false, nan, {}};
    held = reached ? "All other genes are held where the steady state of " + own.label + " has them"
                   : "The field of " + own.label +
                         " has no steady state that is reached: all other genes are held at the control state";
  }

  std::vector<std::vector<screen::Edit>> conditions{settings.edits};
  for (const auto& edits : settings.paths)
    if (!contains(conditions, edits)) conditions.push_back(edits);
  const Matrix starts = starts_around(fit, evaluation, settings.starts, settings.seed);
  Eigen::Vector2d low(0, 0), high(0, 0);
  const auto include = [&](double u, double v) {
    low = low.cwiseMin(Eigen::Vector2d(u, v));
    high = high.cwiseMax(Eigen::Vector2d(u, v));
  };
  const Matrix control = plane.coordinates(Matrix::Zero(d, 1));
  low = high = control.col(0);
  for (const auto& edits : conditions) {
    const auto condition = portrait_condition(fit, edits, settings.medium);
    for (const auto& point : dynamics::rest_points(*field, parameters, condition, starts).list) {
      const Matrix foot = plane.coordinates(point.state);
      const Vector off = point.state - plane.origin - plane.axes * foot.col(0);
      out.rests.push_back(
          {edits, foot(0, 0), foot(1, 0), point.abscissa, off.norm() / std::sqrt(static_cast<double>(d))});
      include(foot(0, 0), foot(1, 0));
    }
  }
  // To twice the last time of the data, close together at first.
  std::vector<double> times;
  for (int t = 0; t <= path_points; ++t)
    times.push_back(2 * fit.times.back() * std::pow(static_cast<double>(t) / path_points, 2));
  for (const auto& edits : settings.paths) {
    PortraitPath path{edits, times, Matrix(2, 0), false};
    const auto condition = portrait_condition(fit, edits, settings.medium);
    try {
      const auto states = dynamics::through_stage(*field, parameters, {&condition, 1}, times, Matrix::Zero(d, 1));
      path.at.resize(2, static_cast<Index>(times.size()));
      for (std::size_t t = 0; t < states.size(); ++t)
        path.at.col(static_cast<Index>(t)) = plane.coordinates(states[t]).col(0);
      for (Index t = 0; t < path.at.cols(); ++t) include(path.at(0, t), path.at(1, t));
    } catch (const Error& e) {
      if (e.code() != "flow.diverged") throw;
      path.diverged = true;
      path.times.clear();
    }
    out.paths.push_back(std::move(path));
  }
  out.grid = dynamics::phase_grid(*field, parameters, own, plane, axis_around(low(0), high(0), settings.points),
                                  axis_around(low(1), high(1), settings.points));

  // From the field's units to those of the data.
  dynamics::PhaseGrid& grid = out.grid;
  grid.u *= fit.unit;
  grid.v *= fit.unit;
  grid.du *= fit.unit;
  grid.dv *= fit.unit;
  grid.leaving *= fit.unit;
  for (auto* curve : {&grid.u_nullcline, &grid.v_nullcline})
    for (auto& piece : *curve)
      piece = {piece.u0 * fit.unit, piece.v0 * fit.unit, piece.u1 * fit.unit, piece.v1 * fit.unit};
  for (auto& path : out.paths) path.at *= fit.unit;
  for (auto& rest : out.rests) {
    rest.u *= fit.unit;
    rest.v *= fit.unit;
    rest.away *= fit.unit;
  }
  out.sentence = held +
                 "; arrows are that field's. Ways are those of all genes together, seen on the plane, so they need "
                 "not follow the arrows: a way leaves the plane. They end at " +
                 significant(2 * fit.times.back(), 3) + " d" +
                 (fit.single_time ? ", in the model's own time, which a single time of data does not fix." : ".");
  return out;
}

}  // namespace groundwork::fit
