#include "groundwork/fit/minimise.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>

#include "groundwork/base/error.hpp"

namespace groundwork::fit {
namespace {

constexpr std::size_t memory = 12;
constexpr double c1 = 1e-4, c2 = 0.9;
constexpr int most_trials = 40;

class Descent : public Minimiser {
 protected:
  Descent(Function f, Vector start, double tolerance) : f_(std::move(f)), tolerance_(tolerance) {
    z_ = std::move(start);
    value_ = f_(z_, &gradient_);
    if (!std::isfinite(value_))
      throw Error("minimise.start", "The loss has no value where the optimiser starts.",
                  "Use another seed, or a stronger penalty.");
  }

  bool arrived() const { return gradient_.cwiseAbs().maxCoeff() <= tolerance_ * std::max(1.0, std::abs(value_)); }

  Function f_;
  double tolerance_;
};

class Lbfgs final : public Descent {
 public:
  Lbfgs(Function f, Vector start, double tolerance) : Descent(std::move(f), std::move(start), tolerance) {}

  bool step() override {
    if (arrived()) return true;
    Vector p = direction();
    if (!(p.dot(gradient_) < 0)) {
      pairs_.clear();
      p = direction();
    }
    if (!search(p)) {
      // The curvature gathered so far may have gone stale: once along the gradient before giving up.
      if (pairs_.empty()) return true;
      pairs_.clear();
      if (!search(direction())) return true;
    }
    return arrived();
  }

 private:
  struct Pair {
    Vector s, y;
    double rho;
  };
  /** The function along p from z_. */
  struct Trial {
    double length = 0, value = 0, slope = 0;
    Vector gradient;
  };

  Vector direction() const {
    if (pairs_.empty()) return -gradient_ / std::max(1.0, gradient_.norm());
    Vector q = -gradient_;
    std::vector<double> a(pairs_.size());
    for (std::size_t i = pairs_.size(); i-- > 0;) {
      a[i] = pairs_[i].rho * pairs_[i].s.dot(q);
      q -= a[i] * pairs_[i].y;
    }
    const Pair& last = pairs_.back();
    q *= last.s.dot(last.y) / last.y.squaredNorm();
    for (std::size_t i = 0; i < pairs_.size(); ++i) q += (a[i] - pairs_[i].rho * pairs_[i].y.dot(q)) * pairs_[i].s;
    return q;
  }

  Trial attempt(const Vector& p, double length) const {
    Trial trial;
    trial.length = length;
    trial.value = f_(z_ + length * p, &trial.gradient);
    if (!std::isfinite(trial.value)) trial.value = std::numeric_limits<double>::infinity();
    trial.slope = trial.gradient.dot(p);
    return trial;
  }

  /** Between a and b, nearer to a: the minimum of the cubic through both, or the middle. */
  static double between(const Trial& a, const Trial& b) {
    const double middle = 0.5 * (a.length + b.length);
    if (!std::isfinite(b.value)) return a.length + 0.25 * (b.length - a.length);
    const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.length - b.length);
    const double square = d1 * d1 - a.slope * b.slope;
    if (!(square >= 0)) return middle;
    const double d2 = std::copysign(std::sqrt(square), b.length - a.length);
    const double x = b.length - (b.length - a.length) * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
    const double low = std::min(a.length, b.length), width = std::abs(b.length - a.length);
    return std::isfinite(x) && x > low + 0.05 * width && x < low + 0.95 * width ? x : middle;
  }

  bool search(const Vector& p) {
    Trial origin;
    origin.value = value_;
    origin.slope = gradient_.dot(p);
    if (!(origin.slope < 0)) return false;
    const auto falls = [&](const Trial& t) { return t.value <= origin.value + c1 * t.length * origin.slope; };
    const auto flat = [&](const Trial& t) { return std::abs(t.slope) <= -c2 * origin.slope; };
    Trial before = origin, now = attempt(p, 1);
    for (int k = 0; k < most_trials; ++k) {
      if (!falls(now) || (k > 0 && now.value >= before.value)) return zoom(p, origin, before, now);
      if (flat(now)) return accept(now, p);
      if (now.slope >= 0) return zoom(p, origin, now, before);
      before = std::move(now);
      now = attempt(p, 2 * before.length);
    }
    return accept(before, p);
  }

  bool zoom(const Vector& p, const Trial& origin, Trial low, Trial high) {
    for (int k = 0; k < most_trials; ++k) {
      if (std::abs(high.length - low.length) * p.cwiseAbs().maxCoeff() < 1e-14) break;
      Trial now = attempt(p, between(low, high));
      if (now.value > origin.value + c1 * now.length * origin.slope || now.value >= low.value) {
        high = std::move(now);
        continue;
      }
      if (std::abs(now.slope) <= -c2 * origin.slope) return accept(now, p);
      if (now.slope * (high.length - low.length) >= 0) high = low;
      low = std::move(now);
    }
    return low.length > 0 && low.value < origin.value && accept(low, p);
  }

  bool accept(Trial& trial, const Vector& p) {
    Pair pair{trial.length * p, trial.gradient - gradient_, 0};
    const double curvature = pair.s.dot(pair.y);
    if (curvature > 1e-12 * pair.y.squaredNorm()) {
      pair.rho = 1 / curvature;
      pairs_.push_back(pair);
      if (pairs_.size() > memory) pairs_.pop_front();
    }
    const bool moved = trial.value < value_;
    z_ += trial.length * p;
    value_ = trial.value;
    gradient_ = trial.gradient;
    return moved;
  }

  std::deque<Pair> pairs_;
};

class LevenbergMarquardt final : public Descent {
 public:
  LevenbergMarquardt(Function f, Curvature curvature, Vector start, double tolerance)
      : Descent(std::move(f), std::move(start), tolerance), curvature_of_(std::move(curvature)) {}

  bool step() override {
    if (arrived()) return true;
    const Matrix curvature = curvature_of_(z_);
    const Vector diagonal = curvature.diagonal().cwiseMax(1e-12 * curvature.diagonal().maxCoeff());
    for (int k = 0; k < most_trials; ++k) {
      Matrix damped = curvature;
      damped.diagonal() += damping_ * diagonal;
      const Vector p = -damped.ldlt().solve(gradient_);
      const double promised = -(gradient_.dot(p) + 0.5 * p.dot(curvature * p));
      if (p.allFinite() && promised <= 1e-14 * std::max(1.0, std::abs(value_))) return true;
      Vector gradient;
      const double value = f_(z_ + p, &gradient);
      const double gain = (value_ - value) / promised;
      if (p.allFinite() && std::isfinite(value) && gain > 0) {
        z_ += p;
        value_ = value;
        gradient_ = gradient;
        damping_ = std::max(1e-12, damping_ * std::max(1.0 / 3, 1 - std::pow(2 * gain - 1, 3)));
        growth_ = 2;
        return arrived();
      }
      damping_ *= growth_;
      growth_ *= 2;
      if (damping_ > 1e15) return true;
    }
    return true;
  }

 private:
  Curvature curvature_of_;
  double damping_ = 1e-3, growth_ = 2;
};

}  // namespace

std::unique_ptr<Minimiser> lbfgs(Function f, Vector start, double tolerance) {
  return std::make_unique<Lbfgs>(std::move(f), std::move(start), tolerance);
}

std::unique_ptr<Minimiser> levenberg_marquardt(Function f, Curvature curvature, Vector start, double tolerance) {
  return std::make_unique<LevenbergMarquardt>(std::move(f), std::move(curvature), std::move(start), tolerance);
}

}  // namespace groundwork::fit
