#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace groundwork {

/**
 * xoshiro256++ (Blackman and Vigna 2019), seeded through splitmix64. The distributions below are our own, because those
 * of the standard libraries differ between compilers: equal seeds give equal draws in every build of one version.
 */
class Random {
 public:
  explicit Random(std::uint64_t seed);

  /** An independent generator for a named part of the work, so that adding a part does not move the others' draws. */
  static Random stream(std::uint64_t seed, std::uint64_t stream);

  std::uint64_t bits();
  /** Uniform in [0, 1). */
  double uniform();
  /** Uniform integer in [0, n), n > 0, without modulo bias. */
  std::uint64_t below(std::uint64_t n);
  /** Standard normal (polar method). */
  double normal();
  /** Gamma with the given shape > 0 and scale 1 (Marsaglia and Tsang 2000). */
  double gamma(double shape);
  /** Poisson with mean >= 0 (inversion below 10, PTRS of Hörmann 1993 above). */
  std::int64_t poisson(double mean);
  /** Negative binomial with mean >= 0 and variance mean + dispersion mean²; dispersion 0 is Poisson. */
  std::int64_t negative_binomial(double mean, double dispersion);
  /** Random order of 0 … n−1 (Fisher and Yates). */
  std::vector<std::size_t> permutation(std::size_t n);

 private:
  std::array<std::uint64_t, 4> state_;
  double spare_ = 0;
  bool has_spare_ = false;
};

/**
 * A 64-bit hash of (seed, index): a random number that belongs to the index and not to the order of visits, so that a
 * choice of cells does not depend on how the file is stored.
 */
std::uint64_t hash_of(std::uint64_t seed, std::uint64_t index);

}  // namespace groundwork
