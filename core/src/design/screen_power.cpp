#include "groundwork/design/screen_power.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"

namespace groundwork::design {
namespace {

// Gauss–Hermite nodes and weights for the standard normal distribution (Abramowitz and Stegun, table 25.10).
constexpr double nodes[7] = {-3.750439717725742, -2.366759410734541, -1.154405394739968, 0,
                             1.154405394739968,  2.366759410734541,  3.750439717725742};
constexpr double node_weights[7] = {0.000548268855972218, 0.030757123967586, 0.240123178605013,   0.457142857142857,
                                    0.240123178605013,    0.030757123967586, 0.000548268855972218};

void check(const PowerQuestion& question) {
  const auto require = [](bool holds, const std::string& sentence, const std::string& hint) {
    if (!holds) throw Error("power.question", sentence, hint);
  };
  require(question.non_null > 0 && question.non_null <= 1, "The share of pairs with an effect is not in (0, 1].",
          "Give it as a share, for example 0.1.");
  require(question.fdr > 0 && question.fdr < 1, "The false discovery rate is not between 0 and 1.",
          "Give it as a share, for example 0.1.");
  require(std::isfinite(question.effect_mean) && question.effect_sd >= 0 && std::isfinite(question.effect_sd),
          "The mean log fold change is not finite, or its standard deviation is negative.",
          "Give natural logs: −0.22 is a fall by a fifth.");
  require(question.effect_mean != 0 || question.effect_sd > 0, "The effects are all 0, so there is nothing to find.",
          "Give a mean or a standard deviation of the effects.");
}

struct Effect {
  double size, weight;
};

std::vector<Effect> effects_of(double mean, double sd) {
  if (sd == 0) return {{mean, 1}};
  std::vector<Effect> effects;
  for (int k = 0; k < 7; ++k) effects.push_back({mean + sd * nodes[k], node_weights[k]});
  return effects;
}

/** One kind of pair: estimates N(effect, (spread · se)²) tested by t. */
struct Pair {
  double weight = 0, effect = 0, df = 0, spread = 1;  ///< effect in standard errors
  std::size_t gene = 0;
};

double power_at(const std::vector<Pair>& pairs, double alpha, Side side, std::vector<double>* by_gene = nullptr) {
  double sum = 0, last_df = -1, critical = 0;
  for (const Pair& pair : pairs) {
    if (pair.df != last_df) {
      last_df = pair.df;
      critical = critical_value(pair.df, alpha, side);
    }
    const double value = rejection_beyond(critical, pair.effect, pair.df, side, pair.spread);
    sum += pair.weight * value;
    if (by_gene) (*by_gene)[pair.gene] += pair.weight * value;
  }
  return sum;
}

struct ContrastStratum {
  std::size_t contrast;
  double weight;
};

/** Estimable contrasts in at most 24 strata of about equal variance, each by its middle member. */
std::vector<ContrastStratum> strata_by_variance(const Vector& variances) {
  std::vector<std::size_t> order;
  for (Index k = 0; k < variances.size(); ++k)
    if (!std::isnan(variances[k])) order.push_back(static_cast<std::size_t>(k));
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return variances[static_cast<Index>(a)] < variances[static_cast<Index>(b)];
  });
  const auto all = static_cast<double>(variances.size());
  std::vector<ContrastStratum> strata;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    const double least = variances[static_cast<Index>(order[first])];
    while (end < order.size() && variances[static_cast<Index>(order[end])] <= least * (1 + 1e-9)) ++end;
    strata.push_back({order[(first + end - 1) / 2], static_cast<double>(end - first) / all});
    first = end;
  }
  constexpr std::size_t most = 24;
  if (strata.size() <= most) return strata;
  std::vector<ContrastStratum> few;
  for (std::size_t k = 0; k < most; ++k) {
    const std::size_t first = order.size() * k / most, end = order.size() * (k + 1) / most;
    few.push_back({order[(first + end) / 2], static_cast<double>(end - first) / all});
  }
  return few;
}

/** Pairs of at most 64 genes, evenly spaced by standard error, that stand for those between them. */
std::vector<Pair> fewer_genes(const std::vector<Pair>& pairs, const std::vector<double>& gene_weights,
                              const std::vector<double>& se) {
  constexpr std::size_t most = 64;
  if (se.size() <= most) return pairs;
  std::vector<std::size_t> order(se.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Genes without any test come last; they add no pairs.
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return std::isnan(se[b]) ? !std::isnan(se[a]) : se[a] < se[b]; });
  std::vector<double> scale(se.size(), 0.0);
  for (std::size_t k = 0; k < most; ++k) {
    const std::size_t first = order.size() * k / most, end = order.size() * (k + 1) / most;
    double weight = 0;
    for (std::size_t i = first; i < end; ++i) weight += gene_weights[order[i]];
    const std::size_t middle = order[(first + end) / 2];
    scale[middle] = weight / gene_weights[middle];
  }
  std::vector<Pair> few;
  for (Pair pair : pairs) {
    if (scale[pair.gene] == 0) continue;
    pair.weight *= scale[pair.gene];
    few.push_back(pair);
  }
  return few;
}

PowerAnswer answer_from(std::vector<Pair> pairs, const std::vector<double>& gene_weights, const std::vector<double>& se,
                        const PowerQuestion& question, double alpha, double contrasts) {
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.df < b.df; });
  PowerAnswer answer;
  answer.weights = gene_weights;
  answer.single_test = power_at(pairs, alpha, question.side);
  const std::vector<Pair> few = fewer_genes(pairs, gene_weights, se);
  answer.cutoff =
      discovery_cutoff([&](double t) { return power_at(few, t, question.side); }, question.non_null, question.fdr);
  answer.by_gene.assign(gene_weights.size(), 0.0);
  if (answer.cutoff > 0) {
    answer.power = power_at(pairs, answer.cutoff, question.side, &answer.by_gene);
    for (std::size_t g = 0; g < gene_weights.size(); ++g) answer.by_gene[g] /= gene_weights[g];
  }
  answer.discoveries = std::numeric_limits<double>::quiet_NaN();
  if (question.genes_tested > 0)
    answer.discoveries = question.genes_tested * contrasts *
                         (question.non_null * answer.power + (1 - question.non_null) * answer.cutoff);
  return answer;
}

}  // namespace

std::vector<GeneStratum> strata_of(std::vector<double> sw2, int strata) {
  for (const double value : sw2) {
    if (value > 0 && std::isfinite(value)) continue;
    throw Error("power.genes", "A gene's variance between cells is not a number above 0.",
                "Leave out genes that were not counted.");
  }
  if (sw2.empty()) throw Error("power.genes", "There are no genes.", "Give at least one.");
  std::sort(sw2.begin(), sw2.end());
  const auto count = std::min(sw2.size(), static_cast<std::size_t>(std::max(strata, 1)));
  std::vector<GeneStratum> result;
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t first = sw2.size() * k / count, end = sw2.size() * (k + 1) / count;
    // The geometric mean: noise spreads over orders of magnitude.
    double sum = 0;
    for (std::size_t i = first; i < end; ++i) sum += std::log(sw2[i]);
    const auto size = static_cast<double>(end - first);
    result.push_back({size / static_cast<double>(sw2.size()), std::exp(sum / size), -1, ""});
  }
  return result;
}

std::vector<GeneStratum> lognormal_strata(double median, double spread) {
  if (!(median > 0 && spread >= 0))
    throw Error("power.genes", "The median variance between cells is not above 0, or its spread is negative.");
  if (spread == 0) return {{1, median, -1, ""}};
  std::vector<GeneStratum> strata;
  for (int k = 0; k < 7; ++k) strata.push_back({node_weights[k], median * std::exp(spread * nodes[k]), -1, ""});
  return strata;
}

PowerAnswer screen_power(Plan& plan, const PowerQuestion& question) {
  check(question);
  const Assumptions before = plan.assumptions();
  std::vector<GeneStratum> genes = question.genes;
  if (genes.empty()) genes = {{1, before.sw2, -1, ""}};
  double all = 0;
  for (const GeneStratum& gene : genes) {
    if (!(gene.weight > 0 && gene.sw2 >= 0))
      throw Error("power.genes", "A stratum of genes has no weight or a negative variance.");
    all += gene.weight;
  }
  std::vector<double> weights;
  for (const GeneStratum& gene : genes) weights.push_back(gene.weight / all);
  std::vector<bool> is_control(plan.layout().conditions.size(), false);
  for (const int c : plan.controls()) is_control[static_cast<std::size_t>(c)] = true;

  const std::vector<Effect> effects = effects_of(question.effect_mean, question.effect_sd);
  std::vector<Pair> pairs;
  std::vector<double> dfs;
  double testable = 0, reached = 0;
  std::vector<double> se(genes.size(), nan), df(genes.size(), nan), mdfc(genes.size(), nan);
  try {
    for (std::size_t g = 0; g < genes.size(); ++g) {
      Assumptions own = before;
      own.sw2 = genes[g].sw2;
      if (genes[g].sg2 >= 0) own.sg2 = genes[g].sg2;
      // Where controls were given a noise of their own, it keeps its proportion.
      if (own.sw2_control >= 0)
        own.sw2_control = before.sw2 > 0 ? before.sw2_control * genes[g].sw2 / before.sw2 : genes[g].sw2;
      plan.set_assumptions(own);
      const bool middle = reached < 0.5 && reached + weights[g] >= 0.5 - 1e-12;
      reached += weights[g];
      const std::vector<ContrastStratum> strata = strata_by_variance(plan.variances());
      double tested = 0, half = 0;
      for (const ContrastStratum& stratum : strata) half += 0.5 * stratum.weight;
      for (const ContrastStratum& stratum : strata) {
        const ContrastAnswer a = plan.answer(stratum.contrast);
        if (!(a.df >= 0.05)) continue;
        tested += stratum.weight;
        if (std::isnan(se[g]) || tested - stratum.weight < half) {  // strata come in the order of their variance
          se[g] = a.se;
          df[g] = a.df;
          mdfc[g] = a.mdfc;
        }
        if (middle) dfs.push_back(a.df);
        testable += weights[g] * stratum.weight;
        const double efficacy =
            efficacy_variance(own.guides, plan.contrasts()[stratum.contrast], is_control) / a.variance;
        const double known = a.df > 1e6 ? std::numeric_limits<double>::infinity() : a.df;
        for (const Effect& effect : effects)
          pairs.push_back({weights[g] * stratum.weight * effect.weight, effect.size / a.se, known,
                           std::sqrt(1 + effect.size * effect.size * efficacy), g});
      }
    }
  } catch (...) {
    plan.set_assumptions(before);
    throw;
  }
  plan.set_assumptions(before);
  PowerAnswer answer = answer_from(std::move(pairs), weights, se, question, plan.goals().alpha,
                                   static_cast<double>(plan.contrasts().size()));
  answer.se = std::move(se);
  answer.df = std::move(df);
  answer.mdfc = std::move(mdfc);
  answer.testable = testable;
  answer.median_df = std::numeric_limits<double>::quiet_NaN();
  if (!dfs.empty()) {
    std::sort(dfs.begin(), dfs.end());
    answer.median_df = dfs[dfs.size() / 2];
  }
  return answer;
}

ScoreStatistic score_statistic(const ScoreSetting& s) {
  const auto variance_at = [&](double mean) { return mean + s.dispersion * mean * mean; };
  const double treated_mean = s.umis * s.fold;
  const double pooled = (treated_mean * s.treated + s.umis * s.control) / (s.treated + s.control);
  // The test's own variance is that of the pooled mean; the truth has the treated cells' own, and that between guides.
  const double denominator = variance_at(pooled) * (1 / s.control + 1 / s.treated);
  const double square = s.fold * s.fold + s.fold_sd * s.fold_sd;
  const double treated = (treated_mean + s.dispersion * s.umis * s.umis * square) / s.treated +
                         s.umis * s.umis * s.fold_sd * s.fold_sd / s.guides;
  const double control = variance_at(s.umis) / s.control;
  return {s.umis * (s.fold - 1) / std::sqrt(denominator), std::sqrt((treated + control) / denominator)};
}

PowerAnswer perturbplan_power(const Layout& layout, const std::vector<int>& controls,
                              const std::vector<CountedGene>& genes, double guides, double fold, double fold_sd,
                              const PowerQuestion& question, double alpha) {
  check(question);
  if (genes.empty()) throw Error("power.genes", "There are no genes.", "Give expression: mean UMIs and dispersion.");
  if (!(fold > 0 && fold_sd >= 0 && guides >= 1))
    throw Error("power.question", "The fold change is not above 0, or there is less than one guide.");
  std::vector<bool> is_control(layout.conditions.size(), false);
  for (const int c : controls) is_control[static_cast<std::size_t>(c)] = true;
  const double all = layout.cells.sum();
  double perturbations = 0, testable = 0;
  for (std::size_t c = 0; c < layout.conditions.size(); ++c) perturbations += is_control[c] ? 0 : 1;
  double shares = 0;
  for (const CountedGene& gene : genes) shares += gene.weight;
  std::vector<double> weights;
  for (const CountedGene& gene : genes) weights.push_back(gene.weight / shares);
  std::vector<double> typical(genes.size(),
                              nan);  // for sharing genes out: the spread of its statistic per unit of mean
  std::vector<Pair> pairs;
  for (std::size_t g = 0; g < genes.size(); ++g) {
    if (!(genes[g].umis > 0 && genes[g].dispersion >= 0))
      throw Error("power.genes", "A gene has no UMIs, or a negative dispersion.",
                  "Leave out genes that were not counted.");
    for (std::size_t c = 0; c < layout.conditions.size(); ++c) {
      const double treated = layout.cells.row(static_cast<Index>(c)).sum();
      if (is_control[c] || !(treated > 0) || !(all > treated)) continue;
      const ScoreStatistic z =
          score_statistic({treated, all - treated, guides, genes[g].umis, genes[g].dispersion, fold, fold_sd});
      const double weight = weights[g] / perturbations;
      testable += weight;
      typical[g] = z.mean != 0 ? std::abs(z.sd / z.mean) : z.sd;
      pairs.push_back({weight, z.mean, std::numeric_limits<double>::infinity(), z.sd, g});
    }
  }
  PowerAnswer answer = answer_from(std::move(pairs), weights, typical, question, alpha, perturbations);
  answer.testable = testable;
  answer.median_df = std::numeric_limits<double>::infinity();
  return answer;
}

}  // namespace groundwork::design
