#pragma once

#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/screen/screen.hpp"

namespace groundwork::measurement {

/** How many cells of each edit each host held: one sample a host and time. */
struct AbundanceTable {
  struct Sample {
    int host = 0;
    double time = nan;  ///< days after the edit
    Matrix cells;       ///< edits × compartments, ≥ 0
  };
  /** Where the cells of one group of a screen are counted. */
  struct Place {
    std::size_t group = 0, sample = 0;
    Index edit = 0, compartment = 0;
  };
  std::vector<std::string> edits;  ///< the first stands for unedited cells
  std::vector<std::string> compartments;
  std::vector<std::string> hosts;
  std::vector<Sample> samples;
  Vector input;               ///< edits: relative numbers at the start; empty = not known
  std::vector<Place> places;  ///< of a table made from a screen: its groups
};

/**
 * Cells of a screen in one medium ("": the only one). Hosts are the levels of the host column, or of the coarsest batch
 * column; compartments are cell types; edits are in the order of the alphabet, several at once as "A+B", a dose other
 * than 1 as "A:2". Samples without a time are taken `sampling_time` days after the edit; samples without edited cells
 * are left out. Throws `abundance.no_controls`, `abundance.no_edits`, `abundance.no_hosts`, `abundance.media`,
 * `medium.unknown`.
 */
AbundanceTable abundance_of(const screen::Screen&, const std::string& medium, double sampling_time);

/** An estimate over hosts, with its 95 % interval by Student's t. NaN where the data say nothing. */
struct HostEstimate {
  double value = nan, se = nan, df = nan;
  double low = nan, high = nan, p = nan;
};

/** value ± t se. */
HostEstimate with_interval(double value, double se, double df);

/** The mean over hosts of finite values, with n − 1 degrees of freedom; no interval from one host. */
HostEstimate over_hosts(const std::vector<double>&);

/** What one edit did to the number of cells, against unedited cells of the same hosts. */
struct AbundanceEffect {
  int edit = 0;
  double cells = 0, control_cells = 0;
  int hosts = 0;        ///< with unedited cells
  int lost = 0;         ///< of them, samples that hold no cell of the edit
  HostEstimate fold;    ///< natural log of the ratio to unedited cells, less that of the input where known; last time
  HostEstimate growth;  ///< g_p − g_∅, 1/day; NaN where it is not identified
  double variation = nan;           ///< squared coefficient of variation between hosts, beyond counting
  std::vector<HostEstimate> share;  ///< per compartment: share of the edit's cells less that of unedited cells
};

/** Why growth differences can or cannot be known. */
enum class GrowthBasis {
  input,  ///< one harvest beside a known start
  times,  ///< the slope of the log ratio over several times
  both,   ///< the slope from a known start
  none,   ///< one harvest without the numbers at the start
};

struct AbundanceEffects {
  std::vector<AbundanceEffect> effects;  ///< in the order of edits, without the first
  GrowthBasis basis = GrowthBasis::none;
  double variation = nan;  ///< median over edits of the squared coefficient of variation beyond counting
  int edits_with_few_hosts = 0;
};

/**
 * Hosts are the replicates: cells of one host share founders. With a_ph the share of edit p among the host's cells at
 * the last time, the log fold is log(mean_h a_ph) − log(mean_h a_0h), its error that of the linearised ratio,
 * sd_h(a_ph/ā_p − a_0h/ā_0)/√H on H − 1 degrees of freedom, so that a host in which an edit was lost counts as zero
 * instead of being dropped. Growth against unedited cells, which is all that relative numbers identify (framework, in
 * vivo), is the fold over the time from a known input, or the slope over times of each sample's log ratio; slopes
 * within hosts where hosts were sampled again, else the least-squares line over hosts.
 */
AbundanceEffects abundance_effects(const AbundanceTable&);

}  // namespace groundwork::measurement
