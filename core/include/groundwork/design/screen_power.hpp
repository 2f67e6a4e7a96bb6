#pragma once

#include <string>
#include <vector>

#include "groundwork/design/plan.hpp"
#include "groundwork/design/power.hpp"

namespace groundwork::design {

/** Genes of one level of noise, or one gene by name. */
struct GeneStratum {
  double weight = 1;   ///< share of genes, up to a factor
  double sw2 = 0;      ///< between control cells: 1/μ + φ
  double sg2 = -1;     ///< between conditions within batches; < 0: the plan's
  std::string name{};  ///< "": stands for many
};

/** At most `strata` strata of equal weight that stand for many genes. Throws `power.genes` for values not above 0. */
std::vector<GeneStratum> strata_of(std::vector<double> sw2, int strata = 12);
/** Log-normal around a median, by Gauss–Hermite quadrature of 7 nodes; `spread` is the sd of log s_w². */
std::vector<GeneStratum> lognormal_strata(double median, double spread);

/** What power is asked about: all pairs of a gene and a contrast, a share of which has an effect. */
struct PowerQuestion {
  std::vector<GeneStratum> genes;  ///< empty: one, with the plan's own s_w²
  double effect_mean = -0.22;      ///< of log fold changes of non-null pairs
  double effect_sd = 0;            ///< between pairs
  double non_null = 0.1;           ///< share of pairs with an effect
  double fdr = 0.1;                ///< level of Benjamini and Hochberg's procedure
  Side side = Side::left;
  double genes_tested = 0;  ///< how many genes are tested, for the number of discoveries; 0: not said
};

struct PowerAnswer {
  double power = 0;        ///< mean over non-null pairs, at the cut-off; contrasts that cannot be tested count as 0
  double cutoff = 0;       ///< of p values; 0: nothing can be found at this false discovery rate
  double single_test = 0;  ///< mean power of one test at the plan's alpha, without correction
  double testable = 0;     ///< share of contrasts that can be tested at all
  double median_df = 0;    ///< of those, for the middle gene
  double discoveries = 0;  ///< expected rejections, of which the share `fdr` at most is false; NaN: not asked
  std::vector<double> by_gene;  ///< mean power of each stratum of genes
  std::vector<double> weights;  ///< of the strata, summing to 1
  /** Of the contrast with the middle variance among those that can be tested, for each stratum; NaN without any. */
  std::vector<double> se, df, mdfc;
};

/**
 * Mean power over non-null pairs at the Benjamini–Hochberg cut-off t that solves t = q[(1 − π₁) t + π₁ power(t)]
 * (π₁ the share of non-nulls; Genovese and Wasserman 2002), by t tests with Satterthwaite's degrees of freedom and the
 * plan's guide terms. Contrasts are taken as at most 24 strata by variance; the cut-off of more than 64 genes is found
 * from 64 of them, evenly spaced by standard error. The plan's assumptions are put back. Throws `power.…`.
 */
PowerAnswer screen_power(Plan&, const PowerQuestion&);

/** The largest t in (0, 1) with t ≤ q[(1 − non_null) t + non_null power(t)]; 0 where there is none. */
template <typename Power>
double discovery_cutoff(const Power& power, double non_null, double q) {
  const auto passes = [&](double t) { return q * ((1 - non_null) + non_null * power(t) / t) >= 1; };
  double high = q * non_null / (1 - q * (1 - non_null)), low = high;
  if (passes(high)) return high;
  for (int k = 0; k < 80; ++k) {
    low = high * 0.4;
    if (low < 1e-14) return 0;
    if (passes(low)) break;
    high = low;
  }
  for (int k = 0; k < 40 && high - low > 1e-9 * high; ++k) {
    const double middle = 0.5 * (low + high);
    (passes(middle) ? low : high) = middle;
  }
  return low;
}

/**
 * PerturbPlan's statistic (Katsevich lab): the negative binomial score test of treated against control cells, without
 * batches. Normal with this mean and standard deviation when the guides' fold changes are N(fold, fold_sd²).
 */
struct ScoreStatistic {
  double mean = 0, sd = 1;
};
struct ScoreSetting {
  double treated = 0, control = 0;  ///< cells
  double guides = 1;                ///< G_eff among the treated
  double umis = 0;                  ///< μ of the gene in control cells
  double dispersion = 0;            ///< φ = 1/size
  double fold = 0.85, fold_sd = 0.13;
};
ScoreStatistic score_statistic(const ScoreSetting&);

/** One gene for PerturbPlan's setting. */
struct CountedGene {
  double umis = 0, dispersion = 0;
  double weight = 1;  ///< share of genes, up to a factor
};

/**
 * The same question in PerturbPlan's setting: every cell that does not carry the perturbation is its control
 * ("complement"), batches do not exist, z tests. `fold` and `fold_sd` on the linear scale; guides per perturbation.
 */
PowerAnswer perturbplan_power(const Layout&, const std::vector<int>& controls, const std::vector<CountedGene>&,
                              double guides, double fold, double fold_sd, const PowerQuestion&, double alpha);

}  // namespace groundwork::design
