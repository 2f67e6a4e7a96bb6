// How often the audit finds a stated violation: one JSON line a point, for docs/audit.md. `audit_power [screens]`.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "../../core/audit/drawn_screen.hpp"
#include "groundwork/audit/audit.hpp"

using namespace groundwork;

namespace {

struct Curve {
  std::string id, violation;
  std::vector<double> sizes;
  std::function<void(drawn::Plan&, double)> violate;
};

std::vector<Curve> curves() {
  using drawn::Place;
  using drawn::Plan;
  const auto later = [](Plan& p) {
    p.times = {1, 3};
    p.batches = 2;
  };
  return {
      {"A1",
       "drift of controls from day 1 to 3, RMS log (median edit 0.3)",
       {0, 0.2, 0.4, 0.6, 0.8},
       [=](Plan& p, double size) {
         later(p);
         p.extra = [size](const Place& at, Vector& v) {
           if (at.time == 3)
             for (Index g = 0; g < 12; ++g) v[g] += size * (g % 2 ? 1 : -1) * std::sqrt(20.0 / 12);
         };
       }},
      {"A2",
       "half of an edit's cells moved along genes of their own, log",
       {0, 0.5, 1, 1.5, 2},
       [](Plan& p, double size) {
         p.cells = 200;
         p.control_cells = 400;
         p.expression = 4;
         p.second = [size](const Place& at, Vector& v) {
           if (at.edit != "g0") return 0.0;
           for (Index g = 2; g < 12; ++g) v[g] = size * (g % 2 ? 1 : -1);
           return 0.5;
         };
       }},
      {"A3",
       "transcript left by one CRISPRi edit of six (others 0.2)",
       {0.2, 0.5, 0.7, 0.85, 1},
       [](Plan& p, double size) {
         p.modality = screen::Modality::crispri;
         p.left = 0.2;
         p.extra = [size](const Place& at, Vector& v) {
           if (at.edit == "g0") v[0] = std::log(size);
         };
       }},
      {"A3",
       "share of escapers of every knock-out",
       {0, 0.25, 0.4, 0.5, 0.6},
       [](Plan& p, double size) {
         p.cells = 200;
         p.control_cells = 400;
         p.expression = 4;
         p.effect = 1;
         p.escapers = [size](const Place&) { return size; };
       }},
      {"A4",
       "factor by which a CRISPRi target rises again, day 1 to 3",
       {1, 1.5, 2, 3, 4},
       [=](Plan& p, double size) {
         later(p);
         p.modality = screen::Modality::crispri;
         p.left = 0.2;
         p.extra = [size](const Place& at, Vector& v) {
           if (at.edit == "g0" && at.time == 3) v[0] += std::log(size);
         };
       }},
      {"A5",
       "interaction of one pair, share of the sum",
       {0, 0.33, 0.6, 1, 1.5},
       [](Plan& p, double size) {
         p.edits.insert(p.edits.end(), {"g0+g1", "g2+g3"});
         p.extra = [size](const Place& at, Vector& v) {
           if (at.edit == "g0+g1") v *= 1 + size;
         };
       }},
      {"A6", "s_g, natural log", {0, 0.1, 0.2, 0.3, 0.4, 0.5}, [](Plan& p, double size) { p.group_sd = size; }},
      {"A8",
       "factor by which an edit's cells fall, day 1 to 3",
       {1, 1.5, 2, 3, 5},
       [=](Plan& p, double size) {
         later(p);
         p.batches = 3;
         p.survival = [size](const Place& at) { return at.edit == "g0" && at.time == 3 ? 1 / size : 1.0; };
       }},
      {"A9", "share of counts lost (dropout)", {0, 0.1, 0.2, 0.3, 0.5}, [](Plan& p, double size) { p.dropout = size; }},
      {"A10",
       "change of controls from few to many edited cells, RMS log",
       {0, 0.3, 0.6, 0.9, 1.2},
       [](Plan& p, double size) {
         p.batches = 8;
         p.batch_sd = 0.1;
         p.count = [](const Place& at) { return at.edit.empty() ? 120.0 : at.batch % 2 ? 10.0 : 80.0; };
         p.extra = [size](const Place& at, Vector& v) {
           for (Index g = 0; g < 12; ++g)
             v[g] += size * at.edited_share / 0.47 * (g % 2 ? 1 : -1) * std::sqrt(20.0 / 12);
         };
       }},
      {"A11",
       "factor on a cell type's share, day 1 to 3",
       {1, 1.5, 2, 2.5, 3},
       [=](Plan& p, double size) {
         later(p);
         p.batches = 4;
         p.types = p.type_column = true;
         p.composition = 0.1;
         p.type_change = std::log(size) / 2;
       }},
  };
}

}  // namespace

int main(int count, char** words) {
  const int screens = count > 1 ? std::atoi(words[1]) : 20;
  for (const Curve& curve : curves())
    for (const double size : curve.sizes) {
      int violated = 0, supported = 0;
      for (int s = 0; s < screens; ++s) {
        drawn::Plan plan;
        curve.violate(plan, size);
        const auto data = drawn::screen_of(plan, static_cast<std::uint64_t>(1000 + s));
        const auto result = audit::audit(data);
        for (const auto& row : result.rows)
          if (row.id == curve.id) {
            violated += row.verdict == audit::Verdict::violated;
            supported += row.verdict == audit::Verdict::supported;
          }
      }
      std::printf(
          "{\"name\": \"audit-power\", \"row\": \"%s\", \"violation\": \"%s\", \"size\": %g, \"screens\": %d, "
          "\"violated\": %.3f, \"supported\": %.3f}\n",
          curve.id.c_str(), curve.violation.c_str(), size, screens, static_cast<double>(violated) / screens,
          static_cast<double>(supported) / screens);
      std::fflush(stdout);
    }
}
