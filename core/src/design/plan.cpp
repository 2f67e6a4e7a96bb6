#include "groundwork/design/plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "groundwork/base/error.hpp"
#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/special.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/design/contrasts.hpp"
#include "groundwork/design/power.hpp"
#include "groundwork/measurement/batch_spectrum.hpp"

namespace groundwork::design {
namespace {

void refuse_share(double value, const std::string& name, const std::string& code) {
  if (value > 0 && value < 1) return;
  throw Error(code, name + " is " + significant(value) + ", expected a number between 0 and 1.");
}

void refuse_variance(double value, const std::string& name, bool infinite_allowed) {
  if (value >= 0 && (infinite_allowed || std::isfinite(value))) return;
  throw Error("design.variance",
              "The variance " + name + " is " + significant(value) + ", expected a number of at least 0" +
                  (infinite_allowed ? " or inf." : "."),
              "Variances are squares of standard deviations on the natural log scale.");
}

/** The effect found, on its own side, with the wanted power when guides of differing efficacy widen the estimate as it
 * grows; NaN where the spread outgrows it. */
double detectable_with_guides(const ContrastAnswer& answer, double df, double efficacy, const Goals& goals) {
  const double critical = critical_value(df, goals.alpha, Side::both);
  const auto power_at = [&](double effect) {
    return rejection_beyond(critical, effect / answer.se, df, Side::right,
                            std::sqrt(1 + effect * effect * efficacy / answer.variance));
  };
  double low = answer.mdlfc, high = low;
  for (int k = 0; power_at(high) < goals.power; ++k) {
    if (k == 12) return nan;
    low = high;
    high *= 1.5;
  }
  for (int k = 0; k < 60 && high - low > 1e-10 * high; ++k) {
    const double middle = 0.5 * (low + high);
    (power_at(middle) < goals.power ? low : high) = middle;
  }
  return high;
}

}  // namespace

struct Plan::State {
  Layout layout;
  std::vector<int> controls, unedited;
  std::vector<bool> is_control;
  std::vector<measurement::Contrast> contrasts;
  std::vector<std::string> meanings, left_out;
  bool against_controls = false;
  Goals goals;
  Assumptions assumptions;
  measurement::BatchLevels levels;

  // What has been worked out, newest first to fall.
  std::optional<measurement::Gls> gls;
  bool weights_current = false, gls_current = false;  // its weights, its level variances
  std::optional<measurement::WeightMoments> moments;
  std::optional<measurement::Satterthwaite> satterthwaite;
  std::optional<measurement::BatchSpectrum> spectrum;
  Vector variances;
  bool variances_current = false;
  bool live = false;
  bool level_moved = false;                  // since the weights changed
  std::vector<int> without_controls, empty;  // batches
  struct Multipliers {
    double interval, detectable;  // in standard errors
  };
  std::map<double, Multipliers> multipliers;  // by degrees of freedom

  /** What guides add to the variance of a contrast without an effect. */
  double guide_variance(const measurement::Contrast& contrast) const {
    return off_target_variance(assumptions.guides, contrast, is_control);
  }

  Multipliers multipliers_at(double df) const {
    const double critical = student_t_quantile(1 - goals.alpha / 2, df);
    const bool same = std::abs(1 - goals.confidence - goals.alpha) < 1e-12;
    return {same ? critical : student_t_quantile(0.5 + goals.confidence / 2, df),
            detectable_effect(df, goals.alpha, goals.power, critical)};
  }

  void forget_weights() {
    weights_current = false;
    level_moved = false;
    moments.reset();
    spectrum.reset();
    forget_levels();
  }
  void forget_levels() {
    gls_current = false;
    satterthwaite.reset();
    variances_current = false;
  }

  void look_at_batches() {
    without_controls.clear();
    empty.clear();
    for (Index b = 0; b < layout.cells.cols(); ++b) {
      bool control = false;
      for (const int c : unedited) control = control || layout.cells(c, b) > 0;
      if (control) continue;
      (layout.cells.col(b).maxCoeff() > 0 ? without_controls : empty).push_back(static_cast<int>(b));
    }
  }

  /** Fills `w`, whatever it held. */
  Matrix weights(Matrix w) const {
    const double sw2_control = assumptions.sw2_control < 0 ? assumptions.sw2 : assumptions.sw2_control;
    w.resize(layout.cells.rows(), layout.cells.cols());
    Vector within(w.rows());
    for (Index c = 0; c < w.rows(); ++c)
      within[c] = is_control[static_cast<std::size_t>(c)] ? sw2_control : assumptions.sw2;
    // 1/(s_g² + s_w²/n) as n/(n s_g² + s_w²), which is 0 where there are no cells; 0/0 if s_w² is 0 as well.
    const bool exact_cells = !(within.minCoeff() > 0);
    for (Index b = 0; b < w.cols(); ++b) {
      const auto n = layout.cells.col(b).array();
      w.col(b) = n / (n * assumptions.sg2 + within.array());
      if (exact_cells) w.col(b) = (n > 0).select(w.col(b).array(), 0.0);
    }
    return w;
  }

  bool is_large() const {
    return static_cast<double>(layout.cells.size()) * static_cast<double>(layout.cells.cols()) > 1e7;
  }

  measurement::Gls& means() {
    if (!weights_current) {
      if (gls) {
        gls->set_weights(weights(gls->take_weights()));
      } else {
        gls.emplace(levels, weights({}), live && is_large());
      }
      weights_current = true;
    }
    return *gls;
  }
  measurement::Gls& current() {
    means();
    if (!gls_current) {
      gls->set_level_variances(assumptions.level_variances);
      gls_current = true;
    }
    return *gls;
  }
  measurement::Satterthwaite& errors() {
    if (!moments) moments = measurement::moments_of(means(), live && is_large());
    if (!satterthwaite) satterthwaite.emplace(current(), *moments);
    return *satterthwaite;
  }
};

Plan::Plan(Layout layout, std::vector<int> controls, std::vector<measurement::Contrast> contrasts, Goals goals)
    : state_(std::make_unique<State>()) {
  check_layout(layout);
  refuse_share(goals.confidence, "The confidence", "design.confidence");
  refuse_share(goals.alpha, "The level alpha", "design.alpha");
  refuse_share(goals.power, "The power", "design.power");
  State& s = *state_;
  s.levels = batch_levels_of(layout);
  s.layout = std::move(layout);
  s.controls = std::move(controls);
  s.unedited = unedited_of(s.layout, s.controls);
  s.is_control.assign(s.layout.conditions.size(), false);
  for (const int c : s.controls) s.is_control[static_cast<std::size_t>(c)] = true;
  s.against_controls = contrasts.empty();
  if (s.against_controls && s.controls.empty()) {
    throw Error("layout.no_control", "There is neither a control nor a contrast, so there is nothing to estimate.",
                "Name the control, or give contrasts.");
  }
  s.contrasts = s.against_controls ? contrasts_to_controls(s.layout, s.controls) : std::move(contrasts);
  for (const auto& contrast : s.contrasts) check_contrast(contrast);
  s.goals = goals;
  s.look_at_batches();
}

Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;

void Plan::set_live(bool live) { state_->live = live; }

void Plan::set_assumptions(const Assumptions& next) {
  State& s = *state_;
  if (next.level_variances.size() != static_cast<Index>(s.levels.levels())) {
    throw Error("design.variance", "There are " + std::to_string(s.levels.levels()) + " batch levels and " +
                                       std::to_string(next.level_variances.size()) + " variances for them.");
  }
  for (Index f = 0; f < next.level_variances.size(); ++f) {
    refuse_variance(next.level_variances[f], "of level \"" + s.levels.names[static_cast<std::size_t>(f)] + "\"", true);
  }
  refuse_variance(next.sg2, "sg2", false);
  refuse_variance(next.sw2, "sw2", false);
  const double sw2_control = next.sw2_control < 0 ? next.sw2 : next.sw2_control;
  refuse_variance(sw2_control, "sw2_control", false);
  check_guides(next.guides, s.layout);
  if (next.sg2 == 0 && (next.sw2 == 0 || sw2_control == 0)) {
    throw Error("design.no_noise", "sg2 and sw2 are both 0, so that groups would be measured without any error.",
                "Give at least one of them a value above 0.");
  }
  const bool weights_stay =
      next.sg2 == s.assumptions.sg2 && next.sw2 == s.assumptions.sw2 && next.sw2_control == s.assumptions.sw2_control;
  s.assumptions = next;
  if (weights_stay) {
    s.level_moved = s.weights_current;
    s.forget_levels();
  } else {
    s.forget_weights();
  }
}

void Plan::set_cells(const std::vector<int>& rows, const std::vector<int>& columns, const std::vector<double>& cells) {
  State& s = *state_;
  Matrix& table = s.layout.cells;
  std::vector<double> before;  // of the cells that were set so far: a layout holds a million
  bool emptied = true;
  try {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      if (rows[k] < 0 || rows[k] >= table.rows() || columns[k] < 0 || columns[k] >= table.cols()) {
        throw Error("layout.shape", "There is no cell in row " + std::to_string(rows[k]) + ", column " +
                                        std::to_string(columns[k]) + " of the layout.");
      }
      before.push_back(table(rows[k], columns[k]));
      table(rows[k], columns[k]) = cells[k];
      check_cell(s.layout, rows[k], columns[k]);
      emptied = emptied && cells[k] == 0;
    }
    if (emptied) check_cells(s.layout);  // whether any cell is left
  } catch (...) {
    while (!before.empty()) {
      const std::size_t k = before.size() - 1;
      table(rows[k], columns[k]) = before.back();
      before.pop_back();
    }
    throw;
  }
  s.look_at_batches();
  s.forget_weights();
}

const Layout& Plan::layout() const { return state_->layout; }
const std::vector<int>& Plan::controls() const { return state_->controls; }
const std::vector<int>& Plan::unedited() const { return state_->unedited; }
const std::vector<measurement::Contrast>& Plan::contrasts() const { return state_->contrasts; }
const std::vector<std::string>& Plan::meanings() const { return state_->meanings; }
const std::vector<std::string>& Plan::left_out() const { return state_->left_out; }
void Plan::set_words(std::vector<std::string> meanings, std::vector<std::string> left_out) {
  state_->meanings = std::move(meanings);
  state_->left_out = std::move(left_out);
}
const Goals& Plan::goals() const { return state_->goals; }
const Assumptions& Plan::assumptions() const { return state_->assumptions; }
const measurement::BatchLevels& Plan::levels() const { return state_->levels; }

bool Plan::has_fixed_level() const { return state_->assumptions.level_variances.array().isInf().any(); }

const Vector& Plan::variances() {
  State& s = *state_;
  if (s.variances_current) return s.variances;
  if (s.against_controls) {
    const bool one_random_level = s.levels.levels() == 1 && s.assumptions.level_variances[0] > 0;
    Vector of_conditions;
    if (one_random_level && s.level_moved) {
      if (!s.spectrum) s.spectrum.emplace(s.means(), s.controls);
      of_conditions = s.spectrum->variances(s.assumptions.level_variances[0]);
    } else {
      of_conditions = s.current().variances_against(s.controls);
    }
    s.variances.resize(static_cast<Index>(s.contrasts.size()));
    Index k = 0;
    for (Index c = 0; c < of_conditions.size(); ++c) {
      if (!s.is_control[static_cast<std::size_t>(c)]) s.variances[k++] = of_conditions[c];
    }
  } else {
    const std::vector<double> found = s.current().variances(s.contrasts);
    s.variances = Eigen::Map<const Vector>(found.data(), static_cast<Index>(found.size()));
  }
  if (s.assumptions.guides.guides > 0 && s.assumptions.guides.off_target_sd > 0) {
    for (std::size_t k = 0; k < s.contrasts.size(); ++k)
      s.variances[static_cast<Index>(k)] += s.guide_variance(s.contrasts[k]);
  }
  s.variances_current = true;
  return s.variances;
}

const std::vector<measurement::GraphComponent>& Plan::floating() { return state_->current().floating(); }

std::vector<measurement::GraphComponent> Plan::components() {
  State& s = *state_;
  if (has_fixed_level()) return s.current().floating();
  return s.means().components();
}

const std::vector<int>& Plan::batches_without_controls() const { return state_->without_controls; }
const std::vector<int>& Plan::empty_batches() const { return state_->empty; }

ContrastAnswer Plan::answer(std::size_t k) {
  State& s = *state_;
  const measurement::Contrast& contrast = s.contrasts[k];
  const measurement::Gls& gls = s.current();
  ContrastAnswer answer;
  answer.confounded_with = gls.confounded_with(contrast);
  answer.estimable = answer.confounded_with.empty();
  answer.variance = answer.se = answer.df = answer.half_width = answer.mdlfc = answer.mdfc = nan;
  if (!answer.estimable) {
    for (const auto& [c, coefficient] : measurement::merged_terms(contrast)) {
      if (coefficient == 0 || gls.totals()[c] > 0) continue;
      answer.reason = "no cells of " + s.layout.conditions[static_cast<std::size_t>(c)] + " anywhere";
      return answer;
    }
    answer.reason = answer.confounded_with.size() == 1
                        ? "its coefficients do not sum to 0, and a level cannot be told from fixed batches"
                        : "it compares conditions that are joined by no common batch, directly or through others";
    return answer;
  }
  const double measured = gls.variance(contrast);
  answer.variance = measured + s.guide_variance(contrast);
  answer.se = std::sqrt(answer.variance);
  // The part that is known adds no uncertainty of its own to the estimated variance.
  const double share = measured / answer.variance;
  answer.df = s.errors().df(contrast) / (share * share);
  if (!(answer.df > 0)) {
    answer.reason = "this layout cannot estimate its own error: no degrees of freedom";
    return answer;
  }
  // Below a twentieth of a degree of freedom an interval spans everything; quantiles would overflow.
  if (answer.df < 0.05) {
    answer.reason = "this layout hardly estimates its own error: less than 0.05 degrees of freedom";
    return answer;
  }
  const double df = answer.df > 1e6 ? std::numeric_limits<double>::infinity() : answer.df;
  auto at = s.multipliers.find(df);
  if (at == s.multipliers.end()) {
    if (s.multipliers.size() > 4096) s.multipliers.clear();
    at = s.multipliers.emplace(df, s.multipliers_at(df)).first;
  }
  answer.half_width = at->second.interval * answer.se;
  answer.mdlfc = at->second.detectable * answer.se;
  const double efficacy = efficacy_variance(s.assumptions.guides, contrast, s.is_control);
  if (efficacy > 0) answer.mdlfc = detectable_with_guides(answer, df, efficacy, s.goals);
  answer.mdfc = std::exp(answer.mdlfc);
  return answer;
}

}  // namespace groundwork::design
