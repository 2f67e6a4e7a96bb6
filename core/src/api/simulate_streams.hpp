#pragma once

#include <cstdint>
#include <string_view>

#include "groundwork/base/random.hpp"

namespace groundwork::api {

/** What a stream of random numbers is for. The numbers are part of what a seed means: never renumber. */
enum class DrawOf : std::uint64_t {
  expression = 1,
  dispersion = 2,
  gamma = 3,
  edge = 4,
  input = 5,
  batch_variance = 6,
  batch_effect = 7,
  interaction_variance = 8,
  interaction = 9,
  guide = 10,
  cells = 11,
  medium = 12,
};

/** A generator that belongs to a part and a name (FNV-1a), so that adding a gene, batch or edit does not move the
 * others' draws. */
inline Random stream_of(std::uint64_t seed, DrawOf part, std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return Random::stream(hash_of(seed, static_cast<std::uint64_t>(part)), hash);
}

}  // namespace groundwork::api
