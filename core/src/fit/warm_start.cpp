#include "groundwork/fit/warm_start.hpp"

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace groundwork::fit {
namespace {

/** Effects of the edited conditions in `rows` against the controls there, at their latest time, and what acts. */
struct Responses {
  Matrix y;       ///< genes × conditions
  Matrix weight;  ///< 1 where y counts
  Matrix x;       ///< genes + inputs × conditions: y with clamped genes at their level, doses
};

Responses responses_of(const Problem& problem, const TrainingData& data, const std::vector<int>& rows,
                       const dynamics::FieldOptions& options) {
  screen::Levels part = data.levels;
  part.rows.clear();
  const Index genes = data.levels.x.rows(), n = static_cast<Index>(rows.size());
  part.x.resize(genes, n);
  part.variance.resize(genes, n);
  part.trust.resize(genes, n);
  for (Index i = 0; i < n; ++i) {
    const Index r = rows[static_cast<std::size_t>(i)];
    part.rows.push_back(data.levels.rows[static_cast<std::size_t>(r)]);
    part.x.col(i) = data.levels.x.col(r);
    part.variance.col(i) = data.levels.variance.col(r);
    part.trust.col(i) = data.levels.trust.col(r);
  }
  // One condition a set of edits and medium, the latest: the nearest to its steady state.
  std::map<std::string, int> latest;
  std::set<int> present;
  for (const auto& row : part.rows) present.insert(row.condition);
  for (const int c : present) {
    if (problem.is_control(c)) continue;
    const auto& condition = problem.conditions[static_cast<std::size_t>(c)];
    const auto [at, fresh] = latest.try_emplace(edits_label(condition) + "\n" + condition.medium, c);
    if (!fresh && problem.time[static_cast<std::size_t>(c)] > problem.time[static_cast<std::size_t>(at->second)])
      at->second = c;
  }
  std::vector<Comparison> comparisons;
  for (const auto& [key, c] : latest) {
    Comparison comparison{c, {}};
    const auto& own = problem.conditions[static_cast<std::size_t>(c)];
    for (const int k : present) {
      const auto& other = problem.conditions[static_cast<std::size_t>(k)];
      const bool same_time = !problem.differentiating ||
                             problem.time[static_cast<std::size_t>(k)] == problem.time[static_cast<std::size_t>(c)];
      if (problem.is_control(k) && other.medium == own.medium && same_time) comparison.references.push_back(k);
    }
    if (!comparison.references.empty()) comparisons.push_back(std::move(comparison));
  }
  const Effects effects = effects_of(part, data.variances, comparisons);
  Responses out;
  const Index count = static_cast<Index>(comparisons.size());
  out.y = effects.value;
  out.weight = Matrix::Ones(genes, count);
  out.x = Matrix::Zero(genes + options.inputs, count);
  for (Index k = 0; k < count; ++k) {
    for (Index g = 0; g < genes; ++g)
      if (!std::isfinite(out.y(g, k))) out.y(g, k) = out.weight(g, k) = 0;
    out.x.col(k).head(genes) = out.y.col(k);
    const auto& condition =
        problem.conditions[static_cast<std::size_t>(comparisons[static_cast<std::size_t>(k)].condition)];
    const auto reading = data.edits.read(condition.edits, condition.medium);
    for (const auto& clamp : reading.inputs.clamps) {
      const double level = options.scale == dynamics::Scale::log
                               ? std::log(std::max(clamp.kappa, 1e-6))
                               : (clamp.kappa - 1) * options.control[static_cast<std::size_t>(clamp.gene)];
      if (clamp.kind == dynamics::ClampKind::activity) out.x(clamp.gene, k) = level;
      out.weight(clamp.gene, k) = 0;
    }
    for (const auto& dose : reading.inputs.doses) out.x(genes + dose.input, k) = dose.dose;
  }
  return out;
}

/** Ridge of y (one gene) on x without its own row; returns the coefficients and the leave-one-out error. */
double ridge_row(const Responses& r, Index gene, double lambda, Vector& coefficients) {
  std::vector<Index> used;
  for (Index k = 0; k < r.y.cols(); ++k)
    if (r.weight(gene, k) > 0) used.push_back(k);
  coefficients = Vector::Zero(r.x.rows());
  if (used.size() < 2) return 0;
  Matrix x = r.x(Eigen::all, used);
  x.row(gene).setZero();
  const Vector y = r.y(gene, used).transpose();
  Matrix gram = x.transpose() * x;
  gram.diagonal().array() += lambda;
  const Matrix inverse = Eigen::LDLT<Matrix>(gram).solve(Matrix::Identity(gram.rows(), gram.cols()));
  const Vector dual = inverse * y;
  coefficients = x * dual;
  return dual.cwiseQuotient(inverse.diagonal()).squaredNorm();
}

}  // namespace

void add_linear_response(const Problem& problem, const TrainingData& data, const std::vector<int>& rows,
                         const dynamics::VectorField<double>& field, Vector& theta) {
  const auto& options = field.options();
  const bool linear = options.kind == dynamics::FieldKind::linear,
             saturating = options.kind == dynamics::FieldKind::saturating;
  if (!linear && !saturating && options.kind != dynamics::FieldKind::production_decay) return;
  const Responses responses = responses_of(problem, data, rows, options);
  const Index genes = options.genes;
  if (responses.y.cols() < 2) return;

  const double unit = std::max(responses.x.squaredNorm() / static_cast<double>(responses.x.cols()), 1e-12);
  double best = std::numeric_limits<double>::infinity(), lambda = unit;
  Vector row;
  for (double power = -3; power <= 2; power += 0.5) {
    double error = 0;
    for (Index g = 0; g < genes; ++g) error += ridge_row(responses, g, unit * std::pow(10, power), row);
    if (error < best) {
      best = error;
      lambda = unit * std::pow(10, power);
    }
  }
  auto W = field.layout().view(theta, linear ? "A" : "W");
  auto B = field.layout().view(theta, "B");
  for (Index g = 0; g < genes; ++g) {
    ridge_row(responses, g, lambda, row);
    double gain = options.rate_initial;
    if (saturating) gain = 1 / dynamics::reach_of(options, g);
    if (options.kind == dynamics::FieldKind::production_decay) {
      // The log slope of synthesis at the control is 1 − 1/M.
      const double ceiling =
          options.synthesis_ceiling.empty() ? 2 : options.synthesis_ceiling[static_cast<std::size_t>(g)];
      gain = ceiling / (ceiling - 1);
      if (options.scale == dynamics::Scale::linear) {
        // gain/c, less where effects are larger than c: synthesis can only take the gene from −c to (M − 1) c.
        const double c = options.control[static_cast<std::size_t>(g)];
        const double effect = responses.y.row(g).squaredNorm() / static_cast<double>(responses.y.cols());
        gain = c == 0 ? 0 : gain * c / (c * c + effect);
      }
    }
    W.row(g) += gain * row.head(genes).transpose();
    if (B.cols() > 0) B.row(g) += gain * row.tail(B.cols()).transpose();
  }
}

}  // namespace groundwork::fit
