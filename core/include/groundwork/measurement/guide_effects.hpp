#pragma once

#include <string>
#include <vector>

#include "groundwork/measurement/effect_tests.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::measurement {

/** One guide of an edit, beside the other guides of that edit. */
struct GuideEffect {
  std::string guide;
  int condition = 0;  ///< the edited condition
  double cells = 0;
  /**
   * How much of the edit's effect this guide has: the slope of its effects on those of the other guides over genes,
   * with the noise of the others and of the shared control taken off numerator and denominator. NaN where the other
   * guides show no effect beyond noise, or there are none.
   */
  double efficacy = 0, efficacy_se = 0;  ///< standard error by the jackknife over ten blocks of genes
  double concordance = 0;                ///< Pearson correlation of its effects with the other guides', over genes
  double hits = 0;                       ///< genes at q ≤ fdr within this guide
  std::string verdict;                   ///< a sentence
};

/** A non-targeting guide compared with the other controls as if it were an edit. */
struct LeftOutGuide {
  std::string guide;
  double cells = 0;
  double tests = 0;       ///< genes tested
  double below_five = 0;  ///< of those, with p < 0.05: 5 % where the tests are right and the guide does nothing
  double hits = 0;        ///< with q ≤ fdr within the guide
};

/** Guides of every edited condition with at least `least_cells` cells, in the order of conditions. */
std::vector<GuideEffect> guide_effects(const screen::Screen&, const std::vector<int>& genes, const ModeratedVariances&,
                                       double fdr, double least_cells = 20);

/** Every non-targeting guide with at least `least_cells` cells; empty where controls have fewer than two guides. */
std::vector<LeftOutGuide> left_out_guides(const screen::Screen&, const std::vector<int>& genes,
                                          const ModeratedVariances&, double fdr, double least_cells = 50);

}  // namespace groundwork::measurement
