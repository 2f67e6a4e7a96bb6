#include "groundwork/design/next_experiment.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"

namespace groundwork::design {
namespace {

/** Gains smaller than this share of the value are rounding. */
constexpr double least_gain = 1e-9;
/** Rows of the covariance up to which choices are improved by exchange. */
constexpr Index most_exchanged = 1500;

/** The covariance as it becomes when experiments are run one after the other. */
class Knowledge {
 public:
  explicit Knowledge(const Prospects& prospects) : prospects_(prospects), covariance_(prospects.covariance) {
    for (Index g = 0; g < prospects.genes; ++g)
      if (std::isfinite(prospects.noise(g)) && prospects.noise(g) > 0) measured_.push_back(g);
  }

  double information(int candidate) const {
    const Matrix own = within(candidate);
    const Vector root = noise().cwiseSqrt().cwiseInverse();
    const Matrix ratio = root.asDiagonal() * own * root.asDiagonal();
    const Eigen::LDLT<Matrix> factor(Matrix::Identity(ratio.rows(), ratio.cols()) + ratio);
    return 0.5 * factor.vectorD().array().max(1).log().sum();
  }

  double target_variance() const {
    const Index n = prospects_.targets * prospects_.genes;
    return n == 0 ? nan : covariance_.diagonal().tail(n).sum() / static_cast<double>(n);
  }

  /** How much target_variance() would fall. */
  double fall(int candidate) const {
    const Index n = prospects_.targets * prospects_.genes;
    const Matrix across = covariance_.bottomRows(n)(Eigen::all, rows(candidate));
    Matrix own = within(candidate);
    own.diagonal() += noise();
    const Matrix half = own.llt().matrixL().solve(across.transpose());
    return half.squaredNorm() / static_cast<double>(n);
  }

  double gain(int candidate) const { return prospects_.targets > 0 ? fall(candidate) : information(candidate); }

  void measure(int candidate) {
    const Matrix across = covariance_(Eigen::all, rows(candidate));
    Matrix own = within(candidate);
    own.diagonal() += noise();
    const Matrix half = own.llt().matrixL().solve(across.transpose());
    covariance_.noalias() -= half.transpose() * half;
  }

  double spread(int candidate) const {
    const Vector own = covariance_.diagonal().segment(candidate * prospects_.genes, prospects_.genes);
    return std::sqrt(std::max(0.0, own.mean()));
  }

 private:
  std::vector<Index> rows(int candidate) const {
    std::vector<Index> out;
    for (const Index g : measured_) out.push_back(candidate * prospects_.genes + g);
    return out;
  }
  Matrix within(int candidate) const { return covariance_(rows(candidate), rows(candidate)); }
  Vector noise() const { return prospects_.noise(measured_); }

  const Prospects& prospects_;
  Matrix covariance_;
  std::vector<Index> measured_;
};

double walk(const Prospects& prospects, const std::vector<int>& chosen, std::vector<double>* gains) {
  Knowledge knowledge(prospects);
  double value = 0;
  for (const int c : chosen) {
    const double gain = knowledge.gain(c);
    value += gain;
    if (gains) gains->push_back(gain);
    knowledge.measure(c);
  }
  return value;
}

struct BestCandidate {
  int candidate = -1;
  double gain = -1;
};

BestCandidate best_of(const Knowledge& knowledge, Index candidates, const std::vector<int>& taken, bool repeats) {
  BestCandidate best;
  for (int c = 0; c < candidates; ++c) {
    if (!repeats && std::find(taken.begin(), taken.end(), c) != taken.end()) continue;
    const double gain = knowledge.gain(c);
    if (gain > best.gain * (1 + least_gain)) best = {c, gain};
  }
  return best;
}

}  // namespace

std::vector<ExperimentValue> value_of_each(const Prospects& prospects) {
  const Knowledge knowledge(prospects);
  const double now = knowledge.target_variance();
  std::vector<ExperimentValue> out;
  for (int c = 0; c < prospects.candidates; ++c)
    out.push_back({knowledge.information(c), knowledge.spread(c),
                   prospects.targets > 0 ? std::max(0.0, now - knowledge.fall(c)) : nan});
  return out;
}

double target_variance(const Prospects& prospects) { return Knowledge(prospects).target_variance(); }

double value_together(const Prospects& prospects, const std::vector<int>& candidates) {
  return walk(prospects, candidates, nullptr);
}

ChosenExperiments choose_experiments(const Prospects& prospects, int count, bool repeats) {
  if (count < 1 || prospects.candidates < 1 || (!repeats && count > prospects.candidates))
    throw Error("next.count",
                std::to_string(count) + " experiments cannot be chosen from " + std::to_string(prospects.candidates) +
                    " candidates" + (repeats ? "." : " without taking one twice."),
                "Ask for fewer, or name more candidates.");
  ChosenExperiments out;
  Knowledge knowledge(prospects);
  for (int k = 0; k < count; ++k) {
    const BestCandidate best = best_of(knowledge, prospects.candidates, out.chosen, repeats);
    out.chosen.push_back(best.candidate);
    out.value += best.gain;
    knowledge.measure(best.candidate);
  }
  // A greedy first choice may be good alone and needless beside the others.
  if (count > 1 && prospects.covariance.rows() <= most_exchanged) {
    for (bool improved = true; improved;) {
      improved = false;
      for (std::size_t at = 0; at < out.chosen.size(); ++at) {
        std::vector<int> rest = out.chosen;
        rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
        Knowledge without(prospects);
        double value = 0;
        for (const int c : rest) {
          value += without.gain(c);
          without.measure(c);
        }
        const BestCandidate best = best_of(without, prospects.candidates, rest, repeats);
        if (value + best.gain > out.value * (1 + 1e-7)) {
          rest.push_back(best.candidate);
          out.chosen = std::move(rest);
          out.value = value + best.gain;
          improved = true;
        }
      }
    }
  }
  out.value = walk(prospects, out.chosen, &out.gains);
  out.bound = nan;
  if (prospects.targets == 0) {
    // By submodularity: what each could add at most, to nothing or to these.
    const Knowledge before(prospects);
    Knowledge after(prospects);
    for (const int c : out.chosen) after.measure(c);
    const auto most_added = [&](const Knowledge& knowledge, bool apart) {
      std::vector<double> gains;
      for (int c = 0; c < prospects.candidates; ++c)
        if (!apart || std::find(out.chosen.begin(), out.chosen.end(), c) == out.chosen.end())
          gains.push_back(knowledge.information(c));
      std::sort(gains.rbegin(), gains.rend());
      if (repeats) return count * gains.front();
      gains.resize(std::min(gains.size(), static_cast<std::size_t>(count)));
      return std::accumulate(gains.begin(), gains.end(), 0.0);
    };
    out.bound = std::min(most_added(before, false), out.value + most_added(after, !repeats));
  }
  return out;
}

}  // namespace groundwork::design
