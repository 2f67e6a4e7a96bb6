#include "groundwork/fit/comparison_scores.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/base/special.hpp"

namespace groundwork::fit {
namespace {

/** Rivals of a condition in the centroid rank: where there are more, so many are drawn by the stored seed. */
constexpr std::size_t most_rivals = 200;

/** One complete fold, cut to its conditions and to the genes highest in controls. */
struct FoldTable {
  std::size_t fold = 0;
  int holdout = 0;
  std::vector<Index> genes;    ///< rows of the holdout's tables
  std::vector<Index> columns;  ///< scored conditions of the holdout
  Matrix observed, variance, shared;
  Vector mean;
  std::vector<Matrix> rivals;  ///< for each condition
  Matrix weights;

  Matrix cut(const Matrix& m) const { return m(genes, columns); }
};

std::vector<Index> highest_in_controls(const Vector& control) {
  std::vector<Index> order(static_cast<std::size_t>(control.size()));
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) {
    return (std::isfinite(control(a)) ? control(a) : -1e300) > (std::isfinite(control(b)) ? control(b) : -1e300);
  });
  if (static_cast<Index>(order.size()) > panel_genes) order.resize(static_cast<std::size_t>(panel_genes));
  std::sort(order.begin(), order.end());
  return order;
}

FoldTable table_of(const ModelComparison& comparison, std::size_t fold) {
  FoldTable table;
  table.fold = fold;
  table.holdout = comparison.plan.folds[fold].holdout;
  const HoldoutRecord& record = *comparison.holdouts[static_cast<std::size_t>(table.holdout)];
  table.genes = highest_in_controls(record.control);
  table.columns = comparison.columns_of(fold);
  table.observed = table.cut(record.observed);
  table.variance = table.cut(record.variance);
  table.shared = table.cut(record.shared);
  table.mean = record.mean(table.genes);
  table.weights.resizeLike(table.observed);
  for (Index c = 0; c < table.observed.cols(); ++c) {
    table.weights.col(c) = change_weights(table.observed.col(c), table.variance.col(c));
    const Index own = table.columns[static_cast<std::size_t>(c)];
    // Scored conditions come before the training conditions in this numbering.
    std::vector<Index> all, scored, training;
    for (Index k = 0; k < record.observed.cols(); ++k)
      if (k != own) all.push_back(k);
    for (std::size_t k = 0; k < record.rival_labels.size(); ++k)
      if (record.rival_labels[k] != record.labels[static_cast<std::size_t>(own)])
        all.push_back(record.observed.cols() + static_cast<Index>(k));
    if (all.size() > most_rivals) {
      Random random(hash_of(comparison.seed, static_cast<std::uint64_t>(own)));
      std::vector<Index> drawn;
      for (const std::size_t i : random.permutation(all.size()))
        if (drawn.size() < most_rivals) drawn.push_back(all[i]);
      all = std::move(drawn);
    }
    for (const Index k : all)
      (k < record.observed.cols() ? scored : training)
          .push_back(k < record.observed.cols() ? k : k - record.observed.cols());
    Matrix rivals(static_cast<Index>(table.genes.size()), static_cast<Index>(scored.size() + training.size()));
    rivals << record.observed(table.genes, scored), record.rivals(table.genes, training);
    table.rivals.push_back(std::move(rivals));
  }
  return table;
}

/** Metrics × conditions of one prediction. */
Matrix measures(const FoldTable& table, const Matrix& predicted, std::uint64_t tie_seed) {
  Matrix out(static_cast<Index>(metric_count), predicted.cols());
  const Vector zero = Vector::Zero(predicted.rows());
  for (Index c = 0; c < predicted.cols(); ++c) {
    const Vector p = predicted.col(c), x = table.observed.col(c);
    const double mse = mean_square_error(p, x);
    const double genes = static_cast<double>(x.array().isFinite().count());
    out(0, c) = mse;
    out(1, c) = std::sqrt(mse * genes);
    out(2, c) = pearson(p, x, zero);
    out(3, c) = pearson(p, x, table.mean);
    out(4, c) = weighted_square_error(p, x, table.weights.col(c));
    out(5, c) =
        centroid_rank(p, x, table.rivals[static_cast<std::size_t>(c)],
                      hash_of(tie_seed, static_cast<std::uint64_t>(table.columns[static_cast<std::size_t>(c)])));
  }
  return out;
}

/** What one model predicts in one fold: a matrix for each seed (one for a baseline), on the table's genes. */
using Predictions = std::vector<Matrix>;

/** Collects a model's scores fold by fold. */
struct Collector {
  ModelSummary summary;
  std::vector<std::vector<double>> run_mse;  ///< per counted fold: of each seed
  std::vector<double> inside;
  double observations = 0;
  Vector gene_square, gene_count;
};

double root_mean_square(const Matrix& m) {
  double sum = 0, count = 0;
  for (Index i = 0; i < m.size(); ++i)
    if (std::isfinite(m.data()[i])) {
      sum += m.data()[i] * m.data()[i];
      count += 1;
    }
  return count > 0 ? std::sqrt(sum / count) : nan;
}

/** Standard deviation over the entries of a list of equal matrices; NaN with one. */
Matrix spread_of(const Predictions& list, const Matrix& mean) {
  Matrix square = Matrix::Zero(mean.rows(), mean.cols());
  for (const Matrix& one : list) square += (one - mean).cwiseAbs2();
  if (list.size() < 2) return Matrix::Constant(mean.rows(), mean.cols(), nan);
  return (square / static_cast<double>(list.size() - 1)).cwiseSqrt();
}

Matrix mean_of(const Predictions& list) {
  Matrix mean = Matrix::Zero(list.front().rows(), list.front().cols());
  for (const Matrix& one : list) mean += one / static_cast<double>(list.size());
  return mean;
}

void begin(Collector& to, const std::string& name, Index folds, Index genes, Index conditions) {
  ModelSummary& s = to.summary;
  s.name = name;
  for (auto* list : {&s.scores, &s.ensemble})
    for (auto& metric : *list) metric.by_fold = Vector::Constant(folds, nan);
  for (auto* one : {&s.drift, &s.prediction_spread, &s.parameter_spread}) one->by_fold = Vector::Constant(folds, nan);
  s.condition_mse = Vector::Constant(conditions, nan);
  s.predicted = s.spread = Matrix::Constant(genes, conditions, nan);
  to.gene_square = to.gene_count = Vector::Zero(genes);
  to.inside.assign(nominal_coverages().size(), 0);
}

/** `rows`: where the table's genes are in the summary; `first`: the column of the fold's first condition there. */
void add(Collector& to, const FoldTable& table, const Predictions& seeds, const std::vector<Index>& rows, Index first,
         std::uint64_t tie_seed) {
  ModelSummary& s = to.summary;
  const Index f = static_cast<Index>(table.fold);
  const Matrix mean = mean_of(seeds), spread = spread_of(seeds, mean);
  std::vector<double> runs;
  Matrix one_fit = Matrix::Zero(static_cast<Index>(metric_count), static_cast<Index>(seeds.size()));
  Vector condition = Vector::Zero(mean.cols());
  for (std::size_t k = 0; k < seeds.size(); ++k) {
    const Matrix each = measures(table, seeds[k], tie_seed);
    for (Index m = 0; m < each.rows(); ++m) one_fit(m, static_cast<Index>(k)) = mean_of_finite(each.row(m).transpose());
    condition += each.row(0).transpose() / static_cast<double>(seeds.size());
    runs.push_back(one_fit(0, static_cast<Index>(k)));
  }
  const Matrix together = seeds.size() > 1 ? measures(table, mean, tie_seed) : Matrix();
  for (std::size_t m = 0; m < metric_count; ++m) {
    const Index row = static_cast<Index>(m);
    s.scores[m].by_fold(f) = mean_of_finite(one_fit.row(row).transpose());
    s.ensemble[m].by_fold(f) =
        seeds.size() > 1 ? mean_of_finite(together.row(row).transpose()) : s.scores[m].by_fold(f);
  }
  if (seeds.size() > 1) {
    Matrix scored = spread;
    for (Index i = 0; i < scored.size(); ++i)
      if (!std::isfinite(table.observed.data()[i])) scored.data()[i] = nan;
    s.prediction_spread.by_fold(f) = root_mean_square(scored);
  }
  to.run_mse.push_back(std::move(runs));
  for (Index c = 0; c < mean.cols(); ++c) {
    s.condition_mse(first + c) = condition(c);
    for (Index g = 0; g < mean.rows(); ++g) {
      const Index row = rows[static_cast<std::size_t>(g)];
      s.predicted(row, first + c) = mean(g, c);
      s.spread(row, first + c) = spread(g, c);
      const double error = mean(g, c) - table.observed(g, c);
      if (!std::isfinite(error)) continue;
      to.gene_square(row) += error * error;
      to.gene_count(row) += 1;
      const double between = seeds.size() > 1 ? spread(g, c) * spread(g, c) : 0;
      const double sd = std::sqrt(table.variance(g, c) + between);
      to.observations += 1;
      for (std::size_t q = 0; q < to.inside.size(); ++q)
        to.inside[q] += std::abs(error) <= normal_quantile(0.5 + nominal_coverages()[q] / 2) * sd ? 1 : 0;
    }
  }
}

void finish(Collector& to) {
  ModelSummary& s = to.summary;
  for (auto* list : {&s.scores, &s.ensemble})
    for (auto& metric : *list) metric.estimate = over_folds(metric.by_fold);
  for (auto* one : {&s.drift, &s.prediction_spread, &s.parameter_spread}) one->estimate = over_folds(one->by_fold);
  s.gene_mse = to.gene_square.cwiseQuotient(to.gene_count);
  s.coverage.resize(static_cast<Index>(to.inside.size()));
  for (std::size_t q = 0; q < to.inside.size(); ++q)
    s.coverage(static_cast<Index>(q)) = to.observations > 0 ? to.inside[q] / to.observations : nan;
}

/** Standard deviation between seeds over the rms of the parameters, both root mean squares over parameters. */
double parameter_spread(const std::vector<const UnitRecord*>& units) {
  Predictions list;
  for (const UnitRecord* unit : units) list.push_back(unit->parameters);
  if (list.size() < 2 || list.front().size() == 0) return nan;
  const Matrix mean = mean_of(list);
  double square = 0;
  for (const Matrix& one : list) square += one.squaredNorm() / static_cast<double>(list.size());
  const double rms = std::sqrt(square / static_cast<double>(mean.size()));
  return rms > 0 ? root_mean_square(spread_of(list, mean)) / rms : nan;
}

PairedComparison paired(const std::vector<Collector>& models, std::size_t a, std::size_t b) {
  PairedComparison out;
  out.model = a;
  out.against = b;
  const Vector& x = models[a].summary.scores[0].by_fold;
  const Vector& y = models[b].summary.scores[0].by_fold;
  out.difference = over_folds(x - y);
  out.ratio = ratio_over_folds(x, y);
  for (std::size_t k = 0; k < models[a].run_mse.size(); ++k)
    for (std::size_t s = 0; s < models[a].run_mse[k].size(); ++s) {
      const auto& other = models[b].run_mse[k];
      const double own = models[a].run_mse[k][s], beside = other[std::min(s, other.size() - 1)];
      if (!std::isfinite(own) || !std::isfinite(beside)) continue;
      ++out.runs;
      out.better += own < beside ? 1 : 0;
    }
  return out;
}

}  // namespace

const std::array<std::string, metric_count>& metric_names() {
  static const std::array<std::string, metric_count> names{
      "mse", "l2", "pearson_delta", "pearson_vs_mean", "deg_weighted_mse", "centroid_rank"};
  return names;
}

const std::vector<double>& nominal_coverages() {
  static const std::vector<double> list{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};
  return list;
}

Summary summarise(const ModelComparison& comparison) {
  Summary out;
  out.folds = comparison.complete_folds();
  std::vector<FoldTable> tables;
  std::map<std::string, Index> rows;
  for (std::size_t f = 0; f < out.folds.size(); ++f) {
    if (!out.folds[f]) continue;
    FoldTable table = table_of(comparison, f);
    if (!table.observed.array().isFinite().any()) {
      out.folds[f] = 0;
      continue;
    }
    const auto& record = *comparison.holdouts[static_cast<std::size_t>(table.holdout)];
    for (const Index g : table.genes) {
      const auto& name = record.genes[static_cast<std::size_t>(g)];
      if (rows.try_emplace(name, static_cast<Index>(out.genes.size())).second) out.genes.push_back(name);
    }
    for (const Index c : table.columns) {
      out.conditions.push_back(record.labels[static_cast<std::size_t>(c)]);
      out.condition_fold.push_back(static_cast<int>(f));
    }
    tables.push_back(std::move(table));
  }
  if (tables.empty())
    throw Error(
        "compare.nothing",
        "Nothing can be scored: no held-out condition shares a batch with the controls that it would be compared "
        "with.",
        "Choose another split.");
  const Index genes = static_cast<Index>(out.genes.size()), conditions = static_cast<Index>(out.conditions.size());
  const Index folds = static_cast<Index>(out.folds.size());
  out.observed = out.variance = Matrix::Constant(genes, conditions, nan);

  const auto& baselines = comparison.holdouts[static_cast<std::size_t>(tables.front().holdout)]->baselines;
  std::vector<Collector> models(baselines.size() + comparison.contenders.size());
  for (std::size_t b = 0; b < baselines.size(); ++b) {
    begin(models[b], baselines[b].name, folds, genes, conditions);
    models[b].summary.what = baselines[b].what;
  }
  for (std::size_t k = 0; k < comparison.contenders.size(); ++k) {
    Collector& own = models[baselines.size() + k];
    begin(own, comparison.contenders[k].name, folds, genes, conditions);
    own.summary.trained = true;
  }

  Vector floors(static_cast<Index>(tables.size())), shared = floors, ceilings = floors;
  Vector noise = Vector::Zero(genes), seen = noise;
  Index first = 0, at = 0;
  for (const FoldTable& table : tables) {
    const auto& record = *comparison.holdouts[static_cast<std::size_t>(table.holdout)];
    std::vector<Index> places;
    for (const Index g : table.genes) places.push_back(rows.at(record.genes[static_cast<std::size_t>(g)]));
    for (Index c = 0; c < table.observed.cols(); ++c)
      for (Index g = 0; g < table.observed.rows(); ++g) {
        const Index row = places[static_cast<std::size_t>(g)];
        out.observed(row, first + c) = table.observed(g, c);
        out.variance(row, first + c) = table.variance(g, c);
        if (!std::isfinite(table.observed(g, c))) continue;
        noise(row) += table.variance(g, c);
        seen(row) += 1;
      }
    const Limits limits = limits_of({table.observed, table.variance, table.shared, table.mean});
    floors(at) = limits.floor;
    shared(at) = limits.shared;
    ceilings(at) = limits.correlation;
    ++at;
    for (std::size_t b = 0; b < baselines.size(); ++b)
      add(models[b], table, {table.cut(record.baselines[b].effects)}, places, first, comparison.seed);
    for (std::size_t k = 0; k < comparison.contenders.size(); ++k) {
      Predictions seeds;
      std::vector<const UnitRecord*> units;
      double drift = 0;
      for (int s = 0; s < comparison.seeds; ++s) {
        units.push_back(comparison.unit(table.holdout, static_cast<int>(k), s));
        seeds.push_back(table.cut(units.back()->effects));
        drift += units.back()->drift / comparison.seeds;
      }
      Collector& own = models[baselines.size() + k];
      add(own, table, seeds, places, first, comparison.seed);
      const Index f = static_cast<Index>(table.fold);
      own.summary.drift.by_fold(f) = drift;
      own.summary.parameter_spread.by_fold(f) = parameter_spread(units);
      for (const UnitRecord* unit : units)
        own.summary.epochs += unit->epochs / static_cast<double>(tables.size() * units.size());
    }
    first += table.observed.cols();
  }
  out.floor = mean_of_finite(floors);
  // Whole batches are held out with their controls: nothing of them is shared.
  out.shared = comparison.plan.kind == SplitKind::batch ? 0 : mean_of_finite(shared);
  out.ceiling = mean_of_finite(ceilings);
  out.floor_by_gene = noise.cwiseQuotient(seen);

  for (std::size_t a = 0; a < models.size(); ++a) {
    finish(models[a]);
    for (std::size_t b = 0; b < a && models[a].summary.trained; ++b) out.pairs.push_back(paired(models, a, b));
  }
  for (Collector& model : models)
    model.summary.relative =
        ratio_over_folds(model.summary.scores[0].by_fold, models.front().summary.scores[0].by_fold);
  for (Collector& model : models) out.models.push_back(std::move(model.summary));
  return out;
}

}  // namespace groundwork::fit
