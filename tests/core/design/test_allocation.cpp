#include <doctest/doctest.h>

#include <cmath>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/design/allocation.hpp"
#include "groundwork/design/depth.hpp"
#include "groundwork/design/engraftment.hpp"
#include "groundwork/design/noise_floor.hpp"
#include "relative.hpp"
#include "shared.hpp"

using namespace groundwork;
using namespace groundwork::design;

namespace {

double sb2_from(const nlohmann::json& text) {
  const std::string value = text;
  return value == "inf" ? infinity : std::stod(value);
}

}  // namespace

TEST_CASE("complete blocks are best shared out by the square root of the perturbations" *
          shared::needed("oracles/allocation.json")) {
  const auto document = shared::read_json("oracles/allocation.json");
  int checked = 0;
  for (const auto& one : document["complete"]) {
    const double p = one["P"], ratio = one["ratio"], closed = one["closed"], num = one["num"], sg2 = one["sg2"];
    CHECK(relative_error(control_ratio(p), ratio) < 1e-6);  // brute force finds it to that
    // B = 3 batches of N cells with s_w²/N = 0.0015.
    CHECK(relative_error(least_variance(p, 3, 1000, sg2, 1.5), closed) < 1e-12);
    CHECK(relative_error(least_variance(p, 3, 1000, sg2, 1.5), num) < 1e-10);
    ++checked;
  }
  for (const auto& one : document["slots_ratio"]) {
    const double p = one[0], brute = one[2];
    CHECK(relative_error(control_ratio(p), brute) < 1e-6);
    ++checked;
  }
  CHECK(checked == 33);
}

TEST_CASE("one batch for each perturbation: controls by brute force" * shared::needed("oracles/allocation.json")) {
  const auto document = shared::read_json("oracles/allocation.json");
  for (const auto& one : document["one_batch_each"]) {
    const double per_batch = one["Pb"], sg2 = one["sg2"], brute = one["n0_brute"], formula = one["n0_formula"];
    const Shares shares = shares_one_batch_each(per_batch, 4, 600, sb2_from(one["sb2"]), sg2, 1.5);
    CHECK(relative_error(shares.control, formula) < 1e-9);
    CHECK(relative_error(shares.control, brute) < 1e-6);
    CHECK(relative_error(shares.ratio, one["ratio"].get<double>()) < 1e-6);
    CHECK(relative_error(shares.control + per_batch * shares.perturbation, 600) < 1e-12);
  }
}

TEST_CASE("unequal deviations and prices against brute force") {
  // Variance s₀²/n₀ + s_p²/n for a budget c₀ n₀ + P c_p n.
  for (const double deviation : {0.5, 1.0, 3.0}) {
    for (const double price : {0.2, 1.0, 5.0}) {
      const double p = 12;
      double best = infinity, best_ratio = 0;
      for (int k = -400000; k <= 400000; ++k) {
        const double ratio = std::exp(k * 1e-5);
        const double n = 1000 / (ratio + p * price);
        const double variance = deviation * deviation / (ratio * n) + 1 / n;
        if (variance < best) {
          best = variance;
          best_ratio = ratio;
        }
      }
      CHECK(relative_error(control_ratio(p, deviation, price), best_ratio) < 2e-5);
    }
  }
}

TEST_CASE("batches and cells for a budget" * shared::needed("oracles/allocation.json")) {
  // The vectors lack their prices, which follow from the numbers that they hold: c_b/c_c = 30,000 for the first.
  const auto one = shared::read_json("oracles/allocation.json")["cost"][0];
  const CostPlan plan = plan_for_cost(20, 0.02, 1.5, 30000, 1, 1.2e6, 1e9);
  CHECK(relative_error(plan.cells_per_batch, one["N_formula"]) < 1e-9);
  CHECK(relative_error(plan.batches, one["B_formula"]) < 1e-9);
  CHECK(relative_error(plan.variance, one["var_formula"]) < 1e-9);
  CHECK(relative_error(plan.variance, one["var_cont"]) < 1e-9);
  CHECK(plan.whole_batches == one["int_best"][1].get<int>());
  CHECK(relative_error(plan.whole_cells, one["int_best"][2]) < 1e-9);
  CHECK(relative_error(plan.whole_variance, one["int_best"][0]) < 1e-9);
}

TEST_CASE("a budget against brute force, with a capacity and without variation between groups") {
  for (const double sg2 : {0.0, 0.001, 0.05}) {
    for (const double capacity : {300.0, 1e7}) {
      const CostPlan plan = plan_for_cost(24, sg2, 2.0, 500, 0.8, 20000, capacity);
      double best = infinity;
      int best_batches = 0;
      for (int b = 1; b <= 40; ++b) {
        const double cells = std::min(capacity, (20000.0 / b - 500) / 0.8);
        if (cells <= 0) continue;
        const double variance = least_variance(24, b, cells, sg2, 2.0);
        if (variance < best) {
          best = variance;
          best_batches = b;
        }
      }
      CHECK(plan.whole_batches == best_batches);
      CHECK(relative_error(plan.whole_variance, best) < 1e-12);
      CHECK(plan.variance <= best * (1 + 1e-12));
    }
  }
  CHECK_THROWS_AS(plan_for_cost(24, 0.1, 1, 0, 0, 100, 1000), Error);
  CHECK_THROWS_AS(control_ratio(0), Error);
}

TEST_CASE("depth against cells: the closed form, brute force, and a curve that saturates") {
  const ReadCurve open{0.4, infinity};
  const double share = 1e-4, phi = 0.3, cell = 0.5, read = 2e-5;
  const BestDepth best = best_depth(open, share, phi, cell, read);
  CHECK(relative_error(best.reads, std::sqrt(cell / (read * share * 0.4 * phi))) < 1e-6);
  CHECK(relative_error(best.price, std::pow(std::sqrt(cell * phi) + std::sqrt(read / (share * 0.4)), 2)) < 1e-10);
  const ReadCurve full{0.4, 5000};
  const BestDepth found = best_depth(full, share, phi, cell, read);
  double brute = infinity;
  for (int k = 0; k < 200000; ++k) {
    const double reads = std::exp(k * 1e-4);
    const double umis = 5000 * (1 - std::exp(-0.4 * reads / 5000));
    brute = std::min(brute, (1 / (share * umis) + phi) * (cell + read * reads));
  }
  CHECK(relative_error(found.price, brute) < 1e-7);
  CHECK(found.reads < best.reads);  // more reads find less and less
  CHECK(relative_error(umis_at(full, 1e-3), 4e-4) < 1e-6);
  CHECK(relative_error(umis_at(full, 1e9), 5000) < 1e-12);
  CHECK(relative_error(cell_variance_at(full, 5.3, phi, 20000, 20000), 5.3) < 1e-12);
  CHECK(cell_variance_at(full, 5.3, phi, 20000, 5000) > 5.3);
  CHECK_THROWS_AS(cell_variance_at(full, 0.2, phi, 20000, 5000), Error);
  CHECK_THROWS_AS(umis_at({0, 100}, 10), Error);
}

TEST_CASE("clones in vivo: design effect, lost founders, abundance" * shared::needed("oracles/invivo.json")) {
  const auto document = shared::read_json("oracles/invivo.json");
  for (const auto& one : document["deff"]) {
    const Clones clones{one["k"], one["psi"], 0.3};
    const double n = one["n"], variance = clonal_variance(clones, 1, n);
    CHECK(relative_error(variance, one["theory"]) < 1e-12);
    CHECK(relative_error(variance, one["sim"]) < 0.02);
    const double rho = 0.3 / 1.3;
    CHECK(relative_error(variance, 1.3 / n * (1 + (n - 1) * rho / effective_founders(clones))) < 1e-12);
  }
  for (const auto& one : document["poisson_founders"]) {
    const PoissonFounders found = poisson_founders(one["kappa"], one["psi"]);
    CHECK(relative_error(found.lost, one["p_lost"]) < 1e-12);
    CHECK(relative_error(1 / found.effective, one["E_sumf2"]) < 1e-9);
    CHECK(relative_error(found.effective, one["k_eff"]) < 1e-9);
  }
  // The vectors' n̄, κ and F follow from the numbers that they hold: κ = 5, 1/n̄ − 1/F = 0.023.
  for (const auto& one : document["abundance_cv2"]) {
    const double psi = one["psi"];
    CHECK(relative_error(abundance_variation(40, 5, 500, psi), one["theory"]) < 1e-12);
    CHECK(relative_error(abundance_variation(40, 5, 500, psi), one["sim"]) < 0.02);
  }
}

TEST_CASE("more cells buy nothing beyond what the clones carry") {
  const Clones clones{5, 1, 0.3};
  const double useful = useful_cells(clones, 1.0);
  CHECK(relative_error(useful, 3 * 1.3 / 0.3) < 1e-12);
  // At that many cells half of what is left is the clones'; without limit all of it.
  CHECK(clonal_variance(clones, 1, useful) < 2.1 * clonal_variance(clones, 1, 1e12));
  CHECK(useful_cells_sentence(clones, 1, 10).empty());
  CHECK(useful_cells_sentence(clones, 1, 500).find("beyond 13 cells") != std::string::npos);
  CHECK(std::isinf(useful_cells({5, 1, 0}, 1)));
  CHECK_THROWS_AS(effective_founders({0.5, 1, 0.1}), Error);
  // Pooling: all cells of the edit in one host, controls in another.
  CHECK(relative_error(pooling_penalty(0.2, {10, 0}, {0, 40}), 0.4) < 1e-12);
  CHECK(pooling_penalty(0.2, {10, 30}, {20, 60}) < 1e-15);
}

TEST_CASE("noise floor, ceiling and errors in variables" * shared::needed("oracles/loss_time.json")) {
  const auto document = shared::read_json("oracles/loss_time.json");
  // 50 genes, s_b .3, s_g .2, s_w 1, 40 cells and 150 control cells: one batch of effects against its controls.
  const Layout layout = read_layout("condition,b1\ncontrol,150\nA,40\n", "layout.csv");
  Plan plan(layout, {0});
  Assumptions a;
  a.level_variances = Vector::Constant(1, 0.09);
  a.sg2 = 0.04;
  a.sw2 = 1;
  plan.set_assumptions(a);
  const NoiseFloor floor = noise_floor(plan, 0.1);
  const double v = 0.04 + 1.0 / 40, v0 = 0.04 + 1.0 / 150;
  CHECK(relative_error(floor.effect, v + v0) < 1e-12);
  // |x̂ − x|² differs between the vectors' rows only by what the floor says: the difference is 50 · 2 s_b².
  const double same = document["floor"]["delta_same"]["formula"], other = document["floor"]["delta_other"]["formula"];
  CHECK(relative_error(50 * (floor.other_batch - floor.effect), other - same) < 1e-9);
  CHECK(relative_error(floor.ceiling, std::sqrt(0.1 / (0.1 + v + v0))) < 1e-12);
  for (const auto& one : document["eiv"]) {
    const double alpha = one["alpha"], t = one["t"], kappa = one["kappa"];
    CHECK(relative_error(apparent_decay(alpha, t, kappa), one["alpha_formula"]) < 1e-9);
    CHECK(relative_error(apparent_decay(alpha, t, kappa), one["alpha_hat"]) < 0.01);
  }
  CHECK_THROWS_AS(noise_floor(plan, 0), Error);
}

TEST_CASE("the floor is what a perfect prediction is left with, by simulation") {
  Random random(8);
  double error = 0, sxy = 0, sxx = 0, syy = 0;
  const double v = 0.03, sigma2 = 0.1;
  constexpr int draws = 200000;
  for (int k = 0; k < draws; ++k) {
    const double truth = std::sqrt(sigma2) * random.normal(), seen = truth + std::sqrt(v) * random.normal();
    error += (seen - truth) * (seen - truth);
    sxy += seen * truth;
    sxx += truth * truth;
    syy += seen * seen;
  }
  CHECK(relative_error(error / draws, v) < 0.02);
  CHECK(relative_error(sxy / std::sqrt(sxx * syy), correlation_ceiling(sigma2, v)) < 0.005);
}
