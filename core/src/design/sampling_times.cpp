#include "groundwork/design/sampling_times.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "groundwork/base/error.hpp"
#include "groundwork/base/random.hpp"

namespace groundwork::design {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

double log_det_of(const Matrix& information) {
  const Eigen::LDLT<Matrix> factor(information);
  const Vector d = factor.vectorD();
  const double largest = d.maxCoeff();
  if (!(largest > 0) || d.minCoeff() <= 1e-13 * largest) return minus_infinity;
  return d.array().log().sum();
}

/** The information that each candidate adds. */
std::vector<Matrix> informations(const Matrix& rows, const std::vector<int>& time_of_row, int candidates) {
  std::vector<Matrix> parts(static_cast<std::size_t>(candidates), Matrix::Zero(rows.cols(), rows.cols()));
  for (Index r = 0; r < rows.rows(); ++r)
    parts[static_cast<std::size_t>(time_of_row[static_cast<std::size_t>(r)])] += rows.row(r).transpose() * rows.row(r);
  return parts;
}

/** log det of the best approximate design with `samples` samples, with what the equivalence theorem leaves open. */
double approximate_bound(const std::vector<Matrix>& parts, int samples) {
  const auto n = parts.size();
  const Index p = parts[0].rows();
  Vector weight = Vector::Constant(static_cast<Index>(n), 1.0 / static_cast<double>(n));
  Matrix information;
  double excess = 0;
  for (int step = 0; step < 4000; ++step) {
    information = Matrix::Zero(p, p);
    for (std::size_t k = 0; k < n; ++k) information += weight[static_cast<Index>(k)] * parts[k];
    const Matrix inverse = information.ldlt().solve(Matrix::Identity(p, p));
    excess = 0;
    for (std::size_t k = 0; k < n; ++k) {
      const double gain = inverse.cwiseProduct(parts[k]).sum() / static_cast<double>(p);
      weight[static_cast<Index>(k)] *= gain;
      excess = std::max(excess, gain);
    }
    weight /= weight.sum();
    if (excess < 1 + 1e-9) break;
  }
  // By concavity the optimum exceeds this design's log det by at most p (excess − 1).
  return log_det_of(information) + static_cast<double>(p) * (excess - 1 + std::log(static_cast<double>(samples)));
}

}  // namespace

DecayQuestion decay_question_of(const std::string& name) {
  if (name == "decay") return DecayQuestion::decay_known_start;
  if (name == "decay_unknown_start") return DecayQuestion::decay_unknown_start;
  if (name == "production_decay") return DecayQuestion::production_decay;
  throw Error("design.sampling", "There is no question about sampling times called \"" + name + "\".",
              "There are decay, decay_unknown_start and production_decay.");
}

SamplingTimes decay_times(DecayQuestion question, double rate, double window) {
  if (!(rate > 0) || !std::isfinite(rate))
    throw Error("design.sampling", "The rate of decay is not above 0.", "Give the rate expected, per unit of time.");
  switch (question) {
    case DecayQuestion::decay_known_start:
      return {{1 / rate}, "One time suffices for a rate whose start is known: the best is 1/rate."};
    case DecayQuestion::decay_unknown_start:
      return {{0, 1 / rate}, "Start and rate need two times, in equal numbers: the start itself, and 1/rate after it."};
    case DecayQuestion::production_decay: {
      if (!(window > 0) || !std::isfinite(window))
        throw Error("design.sampling", "The window in which samples can be taken is not above 0.",
                    "Give the last possible time.");
      const double u = rate * window;
      return {
          {(1 - u / std::expm1(u)) / rate, window},
          "Level and rate need two times, in equal numbers: the last one possible, which fixes the level, and one on "
          "the way there, which fixes the rate."};
    }
  }
  return {};
}

double one_time_efficiency(double rate, double time) {
  const double u = rate * time;
  return u * u * std::exp(2 - 2 * u);
}

ChosenTimes choose_times(const Matrix& sensitivities, const std::vector<int>& time_of_row, int samples, bool repeats) {
  const Index p = sensitivities.cols();
  if (static_cast<Index>(time_of_row.size()) != sensitivities.rows() || sensitivities.rows() == 0 || p == 0)
    throw Error("design.sampling", "There are no sensitivities to choose times by.",
                "Give one row per output and candidate time, one column per parameter.");
  if (!sensitivities.allFinite())
    throw Error("design.sampling", "Sensitivities have to be finite numbers.", "Leave out times that have none.");
  const int candidates = 1 + *std::max_element(time_of_row.begin(), time_of_row.end());
  if (*std::min_element(time_of_row.begin(), time_of_row.end()) < 0 || samples < 1 ||
      (!repeats && samples > candidates)) {
    throw Error("design.sampling",
                std::to_string(samples) + " samples cannot be chosen from " + std::to_string(candidates) +
                    " candidate times" + (repeats ? "." : " without taking one twice."),
                "Ask for fewer samples, or allow repeats.");
  }
  // In units in which the parameters' own scales do not matter to rounding.
  const Vector scale = sensitivities.colwise().norm().transpose();
  if (!(scale.minCoeff() > 0))
    throw Error("design.sampling", "A parameter changes no output at any candidate time, so it cannot be learned.",
                "Leave the parameter out, or add outputs that depend on it.");
  const Matrix rows = sensitivities * scale.cwiseInverse().asDiagonal();
  const double units = 2 * scale.array().log().sum();
  const auto parts = informations(rows, time_of_row, candidates);
  Matrix all = Matrix::Zero(p, p);
  for (const Matrix& part : parts) all += part;
  if (log_det_of(all) == minus_infinity) {
    throw Error("design.sampling", "All candidate times together cannot tell the parameters apart.",
                "Fix a parameter, or offer more times or outputs.");
  }

  ChosenTimes best;
  best.log_det = minus_infinity;
  Random random(1);
  for (int start = 0; start < 8; ++start) {
    std::vector<int> chosen(static_cast<std::size_t>(samples));
    const auto order = random.permutation(static_cast<std::size_t>(candidates));
    for (int k = 0; k < samples; ++k)
      chosen[static_cast<std::size_t>(k)] = static_cast<int>(order[static_cast<std::size_t>(k % candidates)]);
    Matrix information = 1e-9 * Matrix::Identity(p, p);  // until the samples identify everything
    for (const int k : chosen) information += parts[static_cast<std::size_t>(k)];
    double value = log_det_of(information);
    for (bool improved = true; improved;) {
      improved = false;
      for (int& at : chosen) {
        const Matrix without = information - parts[static_cast<std::size_t>(at)];
        int found = at;
        for (int k = 0; k < candidates; ++k) {
          if (k == at || (!repeats && std::find(chosen.begin(), chosen.end(), k) != chosen.end())) continue;
          const double next = log_det_of(without + parts[static_cast<std::size_t>(k)]);
          if (next > value + 1e-12) {
            value = next;
            found = k;
          }
        }
        if (found == at) continue;
        information = without + parts[static_cast<std::size_t>(found)];
        at = found;
        improved = true;
      }
    }
    Matrix exact = Matrix::Zero(p, p);
    for (const int k : chosen) exact += parts[static_cast<std::size_t>(k)];
    const double reached = log_det_of(exact);
    if (reached > best.log_det || best.chosen.empty()) {
      best.log_det = reached;
      best.chosen = chosen;
    }
  }
  if (best.log_det == minus_infinity)
    throw Error("design.sampling",
                std::to_string(samples) + " samples cannot identify " + std::to_string(p) + " parameters here.",
                "Ask for more samples.");
  std::sort(best.chosen.begin(), best.chosen.end());
  best.log_det += units;
  best.bound = approximate_bound(parts, samples) + units;
  return best;
}

}  // namespace groundwork::design
