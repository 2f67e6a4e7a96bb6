// 95 % intervals of growth differences in vivo: founders, clones and counting drawn at random, the growth known.
#include <doctest/doctest.h>

#include <string>

#include "../core/measurement/drawn_hosts.hpp"

using namespace groundwork;
using namespace groundwork::measurement;

TEST_CASE("95 % intervals of identified growth differences cover 93 to 97 %") {
  constexpr int screens = 1000;
  for (const int hosts : {6, 12})
    for (const int design : {0, 1, 2}) {  // one harvest with an input; other hosts at three times; the same hosts
      drawn_hosts::Draw options;
      options.hosts = design == 1 ? hosts / 3 : hosts;
      if (design > 0) options.times = {4, 7, 10};
      options.in_each_time = design == 2;
      int inside = 0, count = 0;
      for (int s = 0; s < screens; ++s) {
        auto drawn = drawn_hosts::draw(options, static_cast<std::uint64_t>(1000 * hosts + s));
        if (design > 0) drawn.table.input.resize(0);
        const AbundanceEffects found = abundance_effects(drawn.table);
        for (const auto& effect : found.effects) {
          if (!std::isfinite(effect.growth.low)) continue;
          const double truth = drawn.growth(effect.edit);
          inside += effect.growth.low <= truth && truth <= effect.growth.high;
          ++count;
        }
      }
      const double coverage = static_cast<double>(inside) / count;
      const std::string times = design == 0   ? "one harvest and an input"
                                : design == 1 ? "other hosts at each time"
                                              : "the same hosts at each time";
      MESSAGE(hosts, " hosts, ", times, ": coverage ", coverage, " over ", count);
      CHECK(count > screens * options.edits * 9 / 10);
      CHECK(coverage > 0.93);
      CHECK(coverage < 0.97);
    }
}
