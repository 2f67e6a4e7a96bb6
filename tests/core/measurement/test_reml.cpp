#include <doctest/doctest.h>

#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "dense_gls.hpp"
#include "groundwork/measurement/reml.hpp"
#include "groundwork/measurement/variance_components.hpp"
#include "relative.hpp"
#include "shared.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

namespace {

struct Data {
  std::vector<int> condition, column;
  Vector mean, cells, variance;
  double within = 0;
};

Data data_of(const nlohmann::json& set) {
  Data d;
  const auto n = static_cast<Index>(set["n"].size());
  d.mean.resize(n);
  d.cells.resize(n);
  for (Index k = 0; k < n; ++k) {
    const auto i = static_cast<std::size_t>(k);
    d.condition.push_back(set["cond"][i]);
    d.column.push_back(set["batch"][i]);
    d.cells[k] = set["n"][i];
    const double sum = set["sum"][i], squares = set["sumsq"][i];
    d.mean[k] = sum / d.cells[k];
    d.within += squares - sum * d.mean[k];
  }
  return d;
}

/** −2 log restricted likelihood from dense matrices, up to nothing. */
double dense_criterion(const Data& d, const BatchLevels& levels, const Vector& theta) {
  const auto n = d.mean.size();
  const auto count = static_cast<Index>(levels.levels());
  int conditions = 0;
  for (const int c : d.condition) conditions = std::max(conditions, c + 1);
  Matrix x = Matrix::Zero(n, conditions), v = Matrix::Zero(n, n);
  for (Index k = 0; k < n; ++k) {
    x(k, d.condition[static_cast<std::size_t>(k)]) = 1;
    v(k, k) = theta[count] + d.variance[k];
    for (Index j = 0; j < n; ++j)
      for (std::size_t f = 0; f < levels.levels(); ++f)
        if (levels.of_column[f][static_cast<std::size_t>(d.column[static_cast<std::size_t>(k)])] ==
            levels.of_column[f][static_cast<std::size_t>(d.column[static_cast<std::size_t>(j)])])
          v(k, j) += theta[static_cast<Index>(f)];
  }
  const Matrix precision = v.inverse();
  const Matrix information = x.transpose() * precision * x;
  const Vector residual = d.mean - x * information.ldlt().solve(x.transpose() * precision * d.mean);
  return static_cast<double>(n - conditions) * std::log(2 * std::numbers::pi) + std::log(v.determinant()) +
         std::log(information.determinant()) + residual.dot(precision * residual);
}

}  // namespace

TEST_CASE("REML from sufficient statistics of cells, against numpy and lme4" * shared::needed("oracles/reml.json")) {
  Random unused(1);
  const auto document = shared::read_json("oracles/reml.json");
  REQUIRE(document["datasets"].size() == 12);
  for (const auto& set : document["datasets"]) {
    CAPTURE(set["name"].get<std::string>());
    const Data d = data_of(set);
    Reml reml(dense::random_levels(unused, set["B"].get<Index>(), 1), d.condition, d.column);
    reml.set_cells(d.mean, d.cells, d.within);
    const auto& test = set["at_test_theta"];
    const Vector theta = (Vector(3) << test["theta"][0], test["theta"][1], test["theta"][2]).finished();
    const Likelihood at = reml.evaluate(theta);
    CHECK(relative_error(at.minus_two_log, test["minus2logREML"]) < 1e-9);
    for (Index i = 0; i < 3; ++i)
      CHECK(relative_error(at.gradient[i], test["gradient"][static_cast<std::size_t>(i)]) < 1e-9);

    const RemlFit fit = fit_reml(reml);
    CHECK(fit.converged);
    const char* names[] = {"s_b2", "s_g2", "s_w2"};
    for (Index i = 0; i < 3; ++i) {
      CHECK(std::abs(fit.theta[i] - set["reduced"][names[i]].get<double>()) < 1e-9);
      CHECK(std::abs(fit.theta[i] - set["lme4"][names[i]].get<double>()) < 2e-7);
    }
    CHECK(relative_error(-0.5 * fit.at.minus_two_log, set["reduced"]["logREML"]) < 1e-9);
  }
}

TEST_CASE("REML on groups with known variance and nested levels, against dense matrices and differences") {
  Random random(8);
  for (int repeat = 0; repeat < 60; ++repeat) {
    CAPTURE(repeat);
    const Index batches = 2 + static_cast<Index>(random.below(5)), conditions = 2 + static_cast<Index>(random.below(5));
    const BatchLevels levels = dense::random_levels(random, batches, static_cast<int>(1 + random.below(3)));
    Data d;
    std::vector<double> mean, variance;
    for (int c = 0; c < conditions; ++c)
      for (int b = 0; b < batches; ++b) {
        if (b > 0 && random.below(4) == 0) continue;
        d.condition.push_back(c);
        d.column.push_back(b);
        mean.push_back(random.normal());
        variance.push_back(0.05 + random.uniform());
      }
    d.mean = Eigen::Map<Vector>(mean.data(), static_cast<Index>(mean.size()));
    d.variance = Eigen::Map<Vector>(variance.data(), static_cast<Index>(variance.size()));
    Reml reml(levels, d.condition, d.column);
    reml.set_known(d.mean, d.variance);
    Vector theta(reml.size());
    for (double& t : theta) t = random.below(4) == 0 ? 0 : random.uniform();
    const Likelihood at = reml.evaluate(theta);
    CHECK(relative_error(at.minus_two_log, dense_criterion(d, levels, theta)) < 1e-9);
    for (Index i = 0; i < theta.size(); ++i) {
      // One-sided at the bound: a four-point formula that never leaves θ ≥ 0.
      const double h = 1e-4;
      const auto f = [&](double k) {
        Vector moved = theta;
        moved[i] += k * h;
        return dense_criterion(d, levels, moved);
      };
      const double slope = (-25 * f(0) + 48 * f(1) - 36 * f(2) + 16 * f(3) - 3 * f(4)) / (12 * h);
      CHECK(std::abs(at.gradient[i] - slope) < 1e-6 * (1 + std::abs(slope)));
    }
    // The optimum is a minimum: no direction leads down.
    Matrix present = Matrix::Zero(conditions, batches);
    for (std::size_t k = 0; k < d.condition.size(); ++k) present(d.condition[k], d.column[k]) = 1;
    const Estimability e = estimability_of(levels, present);
    if (!e.group) continue;
    std::vector<bool> held;
    for (const bool estimable : e.level) held.push_back(!estimable);
    const RemlFit fit = fit_reml(reml, held);
    CHECK(fit.converged);
    const double value = dense_criterion(d, levels, fit.theta);
    for (int k = 0; k < 30; ++k) {
      Vector other = fit.theta;
      for (Index i = 0; i < other.size(); ++i) {
        if (i + 1 == other.size() || e.level[static_cast<std::size_t>(i)]) {
          other[i] = std::max(0.0, other[i] + 0.02 * random.normal());
        }
      }
      CHECK(dense_criterion(d, levels, other) >= value - 1e-9);
    }
  }
}
