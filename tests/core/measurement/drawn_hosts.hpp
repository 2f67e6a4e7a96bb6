// Cells of edits in hosts, drawn founder by founder: what the estimates of abundance are tested on.
#pragma once

#include <cmath>

#include "groundwork/base/random.hpp"
#include "groundwork/measurement/abundance.hpp"

namespace drawn_hosts {

struct Draw {
  int edits = 20, control_guides = 10, hosts = 6;
  double founders = 15;  ///< per guide and host, Poisson
  double cells = 3000;   ///< sequenced in a host
  std::vector<double> times = {7};
  double growth_spread = 0.15;  ///< standard deviation of g_p − g_∅, 1/day
  bool in_each_time = false;    ///< the same hosts at every time; else others at each
};

struct Drawn {
  groundwork::measurement::AbundanceTable table;
  groundwork::Vector growth;  ///< edits, the first 0
};

/**
 * Each founder's clone has a size drawn from an exponential distribution (ψ = 1) times e^{g t}; a sample of the host's
 * cells is Poisson around its share. Edits have inputs from half to twice the usual one.
 */
inline Drawn draw(const Draw& options, std::uint64_t seed) {
  using namespace groundwork;
  Random random(seed);
  Drawn out;
  auto& table = out.table;
  table.compartments = {""};
  table.edits = {""};
  for (int p = 1; p <= options.edits; ++p) table.edits.push_back("e" + std::to_string(p));
  out.growth = Vector::Zero(options.edits + 1);
  table.input = Vector::Constant(options.edits + 1, options.control_guides);
  for (Index p = 1; p <= options.edits; ++p) {
    out.growth(p) = options.growth_spread * random.normal();
    table.input(p) = std::exp((2 * random.uniform() - 1) * std::log(2.0));
  }
  const auto sizes = [&] {
    Vector total(options.edits + 1);
    for (Index p = 0; p < total.size(); ++p) {
      total(p) = 0;
      const auto founders = random.poisson(options.founders * table.input(p));
      for (std::int64_t f = 0; f < founders; ++f) total(p) += random.gamma(1);
    }
    return total;
  };
  const auto sample = [&](int host, double time, const Vector& start) {
    const Vector now = start.array() * (out.growth.array() * time).exp();
    Matrix cells(now.size(), 1);
    for (Index p = 0; p < now.size(); ++p)
      cells(p, 0) = static_cast<double>(random.poisson(options.cells * now(p) / now.sum()));
    table.samples.push_back({host, time, std::move(cells)});
  };
  for (int h = 0; h < options.hosts; ++h) {
    const Vector start = sizes();
    for (std::size_t t = 0; t < options.times.size(); ++t) {
      const int host = options.in_each_time ? h : h + static_cast<int>(t) * options.hosts;
      sample(host, options.times[t], options.in_each_time || t == 0 ? start : sizes());
    }
  }
  const int hosts = options.hosts * (options.in_each_time ? 1 : static_cast<int>(options.times.size()));
  for (int h = 0; h < hosts; ++h) table.hosts.push_back("h" + std::to_string(h + 1));
  return out;
}

}  // namespace drawn_hosts
