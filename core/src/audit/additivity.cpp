#include "groundwork/audit/additivity.hpp"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>

namespace groundwork::audit {
namespace {

constexpr Index latent_axes = 10;

struct Pair {
  int both, first, second, control;
};

std::vector<Pair> pairs_of(const Evidence& e) {
  const auto& conditions = e.data().conditions;
  const auto find = [&](screen::Condition wanted, const std::vector<screen::Edit>& edits) {
    wanted.edits = edits;
    const auto at = std::find(conditions.begin(), conditions.end(), wanted);
    return at == conditions.end() ? -1 : static_cast<int>(at - conditions.begin());
  };
  std::vector<Pair> pairs;
  for (std::size_t c = 0; c < conditions.size(); ++c) {
    const auto& edits = conditions[c].edits;
    if (edits.size() != 2 || e.control_of[c] < 0) continue;
    const int a = find(conditions[c], {edits[0]}), b = find(conditions[c], {edits[1]});
    if (a >= 0 && b >= 0) pairs.push_back({static_cast<int>(c), a, b, e.control_of[c]});
  }
  return pairs;
}

double root_mean_square(const Vector& v) { return std::sqrt(v.squaredNorm() / static_cast<double>(v.size())); }

/** Main axes of all effects, genes × axes; genes without a value in some effect count as unmoved. */
Matrix axes_of(const Evidence& e) {
  std::vector<Vector> effects;
  for (std::size_t c = 0; c < e.has_effect.size(); ++c) {
    if (!e.has_effect[c]) continue;
    Vector value = within_batches(e.profiles, {{static_cast<int>(c), 1}, {e.control_of[c], -1}}).value;
    effects.push_back(value.unaryExpr([](double v) { return std::isfinite(v) ? v : 0; }));
  }
  Matrix all(e.profiles.genes(), static_cast<Index>(effects.size()));
  for (std::size_t k = 0; k < effects.size(); ++k) all.col(static_cast<Index>(k)) = effects[k];
  const Eigen::JacobiSVD<Matrix> svd(all, Eigen::ComputeThinU);
  return svd.matrixU().leftCols(std::min(latent_axes, svd.matrixU().cols()));
}

}  // namespace

Row audit_additivity(const Evidence& e) {
  Row row;
  row.id = "A5";
  row.assumption = "Effects add.";
  row.quantity = "Departure of a pair from the sum of its edits, as a share of that sum";
  row.margin = {0, 1.0 / 3, "a third of the sum"};
  row.evidence =
      "Each pair against both singles and controls of the same batches, on the log scale. Singles have to be carried "
      "by the "
      "same kind of vector as pairs (guide and non-targeting), or the vector is mistaken for an interaction.";
  const auto& conditions = e.data().conditions;
  const bool any_pair =
      std::any_of(conditions.begin(), conditions.end(), [](const auto& c) { return c.edits.size() > 1; });
  if (!any_pair) {
    row.verdict = Verdict::not_testable;
    row.sentence = e.edited ? "No cell carries two edits." : "No cell is edited.";
    row.extra_sample =
        "Cells with two edits, with both singles (each beside a non-targeting guide) in the same batches.";
    row.consequence = "A model that adds effects is not contradicted, and not supported either.";
    return row;
  }
  const Matrix axes = axes_of(e);
  struct Measured {
    std::string label, note;
    Size interaction;
    double sum;
  };
  std::vector<Measured> measured;
  for (const Pair& pair : pairs_of(e)) {
    const auto& p = e.profiles;
    const auto departure = within_batches(p, {{pair.both, 1}, {pair.first, -1}, {pair.second, -1}, {pair.control, 1}});
    const auto sum = within_batches(p, {{pair.first, 1}, {pair.second, 1}, {pair.control, -2}});
    const Size of_sum = size_of(sum, p);
    // Without effects of the singles above their noise a share of them says nothing.
    if (departure.genes < 2 || !(of_sum.bounds(0.05).low > 0)) {
      ++row.items_left_out;
      continue;
    }
    const auto a = within_batches(p, {{pair.first, 1}, {pair.control, -1}}),
               b = within_batches(p, {{pair.second, 1}, {pair.control, -1}}),
               ab = within_batches(p, {{pair.both, 1}, {pair.control, -1}});
    Vector linear = Vector::Zero(p.genes()), linear_sum = linear, log = linear, log_sum = linear;
    for (Index g = 0; g < p.genes(); ++g) {
      if (!std::isfinite(a.value[g] + b.value[g] + ab.value[g])) continue;
      linear_sum[g] = std::exp(a.value[g]) + std::exp(b.value[g]) - 2;
      linear[g] = std::exp(ab.value[g]) - 1 - linear_sum[g];
      log_sum[g] = a.value[g] + b.value[g];
      log[g] = ab.value[g] - log_sum[g];
    }
    const double linear_share = root_mean_square(linear) / root_mean_square(linear_sum);
    const double latent_share = (axes.transpose() * log).norm() / (axes.transpose() * log_sum).norm();
    measured.push_back({screen::label_of(conditions[static_cast<std::size_t>(pair.both)]),
                        "Noise included: " + in_words(linear_share) + " on the linear scale, " +
                            in_words(latent_share) + " along the main axes of all effects.",
                        size_of(departure, p), of_sum.estimate});
  }
  if (measured.empty()) {
    row.verdict = Verdict::not_testable;
    row.sentence = "No pair has both singles and controls in its batches, with effects above their noise.";
    row.extra_sample =
        "Both singles of each pair (each beside a non-targeting guide) and controls in the batches of the pair.";
    return row;
  }
  std::vector<std::string> odd;
  for (const Measured& m : measured) {
    row.items.push_back(judged(
        m.label, m.interaction.estimate / m.sum,
        [&](double error) {
          const Bounds b = m.interaction.bounds(error);
          return Bounds{b.low / m.sum, b.high / m.sum};
        },
        row.margin, measured.size()));
    row.items.back().note = m.note;
    if (row.items.back().verdict == Verdict::violated) odd.push_back(m.label);
  }
  conclude(row, "batches");
  if (row.verdict == Verdict::violated) {
    row.sentence = "The pairs " + listed(odd) + " depart from the sum of their edits by more than a third of it.";
    row.consequence =
        "A model that adds effects misses them: use a field with saturation, such as production and decay.";
    row.choice = {"production_decay", "", -1};
  } else {
    row.sentence = "Of " + counted(row.items.size(), "pair", "pairs") +
                   " none departs from the sum of its edits by a third for certain.";
    row.consequence = row.verdict == Verdict::supported ? "Adding log effects is enough for these pairs."
                                                        : "Compare an additive model with a field that saturates.";
  }
  return row;
}

}  // namespace groundwork::audit
