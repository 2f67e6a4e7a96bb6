// The properties of the operator (docs/model.md), measured for a fitted model.
#include <algorithm>
#include <cmath>

#include "groundwork/base/not_finite.hpp"
#include "groundwork/base/words.hpp"
#include "groundwork/dynamics/flow.hpp"
#include "groundwork/fit/objective.hpp"
#include "groundwork/fit/protocols.hpp"

namespace groundwork::fit {
namespace {

double root_mean_square(const Vector& v) { return v.norm() / std::sqrt(static_cast<double>(v.size())); }

/** ", 0.3 of the prediction error" or nothing. */
std::string beside(double value, const PredictionError& error) {
  if (!std::isfinite(error.value)) return "";
  return ", " + significant(value / error.value, 3) + " of the " +
         (error.held_out ? "held-out error" : "measurement noise");
}

std::string medium_text(const std::string& medium) { return medium.empty() ? "the nameless medium" : medium; }

}  // namespace

OperatorProperty ProtocolRunner::identity_and_semigroup(const std::vector<NamedProtocol>& protocols,
                                                        bool identity) const {
  const auto field = dynamics::make_field<double>(fit_.field);
  OperatorProperty property;
  double size = 1;
  for (const auto& protocol : protocols) {
    const auto columns = columns_of(protocol, false);
    for (const Vector& parameters : fit_.members) {
      Matrix state = Matrix::Zero(field->genes(), 1);
      for (const auto& column : columns) {
        const Matrix end = dynamics::carry_through(*field, parameters, {&column, 1}, state);
        Matrix other;
        if (identity) {
          const double zero = 0;
          other = dynamics::through_stage(*field, parameters, column.conditions, {&zero, 1}, state).front();
        } else {
          dynamics::StageColumns first = column, second = column;
          first.duration = 0.382 * column.duration;
          second.duration = column.duration - first.duration;
          const dynamics::StageColumns parts[] = {first, second};
          other = dynamics::carry_through(*field, parameters, parts, state);
        }
        property.value = std::max(property.value, (other - (identity ? state : end)).cwiseAbs().maxCoeff());
        state = end;
        size = std::max(size, state.cwiseAbs().maxCoeff());
      }
    }
  }
  property.value *= fit_.unit;
  property.tolerance = fit_.unit * size * (identity ? 1e-12 : field->is_affine() ? 1e-9 : 1e-6);
  property.name = identity ? "identity" : "semigroup";
  property.statement = identity ? "F[m,p,0] x = x" : "F[m,p,s+t] x = F[m,p,s] F[m,p,t] x";
  property.sentence =
      identity
          ? "A stage of no duration moves no gene of any member by more than " + significant(property.value, 3) + "."
          : "Cutting a stage in two moves no gene of any member by more than " + significant(property.value, 3) + ".";
  return property;
}

OperatorProperty ProtocolRunner::order(const std::vector<NamedProtocol>& protocols,
                                       const std::vector<std::vector<StageSwap>>& swaps) const {
  OperatorProperty property{"order", "edit then medium ≠ medium then edit", nan, nan, ""};
  for (std::size_t p = 0; p < protocols.size(); ++p)
    for (const auto& swap : swaps[p]) {
      const double norm = swap.difference.mean.norm();
      if (!swap.moves_edit || (std::isfinite(property.value) && norm <= property.value)) continue;
      property.value = norm;
      property.sentence = "Editing and changing the medium in the other order (stages " +
                          std::to_string(swap.first + 1) + " and " + std::to_string(swap.second + 1) + " of \"" +
                          protocols[p].name + "\") moves the end state by " + significant(norm, 3) +
                          " (‖difference‖₂).";
    }
  if (std::isfinite(property.value)) return property;
  const auto edit =
      std::find_if(fit_.edits.edits.begin(), fit_.edits.edits.end(), [](const auto& e) { return e.trained; });
  if (edit == fit_.edits.edits.end() || fit_.edits.media.size() < 2) {
    property.sentence = edit == fit_.edits.edits.end() ? "Not measured: the model was trained on no edit."
                                                       : "Not measured: the model knows one medium only.";
    return property;
  }
  const double half = fit_.times.back() / 2;
  const NamedProtocol made{
      "", {{fit_.edits.media[0], {{edit->name, edit->usual_dose}}, half}, {fit_.edits.media[1], {}, half}}};
  property.value = this->swaps(made).front().difference.mean.norm();
  property.sentence = "None of these protocols has an edit and a change of medium in two stages. For " + edit->name +
                      " in " + medium_text(fit_.edits.media[0]) + " and then " + medium_text(fit_.edits.media[1]) +
                      ", " + significant(half, 3) + " d each, the other order moves the end state by " +
                      significant(property.value, 3) + " (‖difference‖₂).";
  return property;
}

OperatorProperty ProtocolRunner::baseline(const PredictionError& error) const {
  const auto field = dynamics::make_field<double>(fit_.field);
  dynamics::StageColumns unedited;
  unedited.conditions.push_back(fit_.edits.read({}, fit_.edits.media.front()).inputs);
  unedited.conditions.front().label = "unedited cells";
  unedited.duration = fit_.times.back();
  Vector mean = Vector::Zero(field->genes());
  for (const Vector& parameters : fit_.members)
    mean += dynamics::carry_through(*field, parameters, {&unedited, 1}, Matrix::Zero(field->genes(), 1)).col(0) *
            (fit_.unit / static_cast<double>(fit_.members.size()));
  OperatorProperty property{"baseline", "F[m₀,∅,t] x_c = x_c", root_mean_square(mean), nan, ""};
  const bool constructed = fit_.field.centred;
  if (constructed) property.tolerance = 1e-9 * fit_.unit;
  property.sentence = "Unedited cells in " + medium_text(fit_.edits.media.front()) + " move by " +
                      significant(property.value, 3) + " (root mean square over genes) in " +
                      significant(unedited.duration, 3) + " d" + beside(property.value, error) + ". ";
  property.sentence += constructed            ? "The field is centred: they rest by construction."
                       : fit_.differentiating ? "The cells differentiate: nothing asks them to rest."
                                              : "The field is not centred, so nothing but the data holds them still.";
  return property;
}

OperatorProperty ProtocolRunner::steps(const std::vector<NamedProtocol>& protocols,
                                       const PredictionError& error) const {
  const auto field = dynamics::make_field<double>(fit_.field);
  dynamics::Flow<double> flow(*field, flow_options(fit_.options));
  const double last = fit_.times.back();
  OperatorProperty property{"steps", "flow in training steps = exact flow", 0, nan, ""};
  for (const auto& protocol : protocols) {
    const auto columns = columns_of(protocol, false);
    Vector difference = Vector::Zero(field->genes());
    for (const Vector& parameters : fit_.members) {
      const auto& condition = columns.back().conditions;
      flow.forward(parameters, condition, {&last, 1}, false);
      flow.require_finite();
      const Matrix exact =
          dynamics::through_stage(*field, parameters, condition, {&last, 1}, Matrix::Zero(field->genes(), 1)).front();
      difference += (flow.states().back() - exact).col(0) * (fit_.unit / static_cast<double>(fit_.members.size()));
    }
    property.value = std::max(property.value, root_mean_square(difference));
  }
  const dynamics::Method method = flow_options(fit_.options).method;
  const std::string how =
      method == dynamics::Method::exponential      ? "Training and predictions use the matrix exponential"
      : method == dynamics::Method::dormand_prince ? "Training and predictions take adaptive steps"
      : method == dynamics::Method::steady_state
          ? "Training and predictions take end states to be at rest"
          : "Training and predictions take steps of up to " + significant(fit_.options.step, 3) + " d";
  property.sentence = how + "; protocols follow the field exactly. Over " + significant(last, 3) +
                      " d under what acts at a protocol's end the two differ by up to " +
                      significant(property.value, 3) + " (root mean square over genes)" +
                      beside(property.value, error) + ".";
  return property;
}

std::vector<OperatorProperty> ProtocolRunner::properties(const std::vector<NamedProtocol>& protocols,
                                                         const std::vector<std::vector<StageSwap>>& swaps,
                                                         const PredictionError& error) const {
  std::vector<OperatorProperty> out{identity_and_semigroup(protocols, true), identity_and_semigroup(protocols, false)};
  OperatorProperty commutator{"commutator", "F[2] F[1] ≠ F[1] F[2]", nan, nan,
                              "Not measured: no protocol has two stages."};
  for (std::size_t p = 0; p < protocols.size(); ++p)
    for (const auto& swap : swaps[p]) {
      const double norm = swap.difference.mean.norm();
      if (std::isfinite(commutator.value) && norm <= commutator.value) continue;
      commutator.value = norm;
      commutator.sentence = "The largest commutator of two stages is that of stages " + std::to_string(swap.first + 1) +
                            " and " + std::to_string(swap.second + 1) + " of \"" + protocols[p].name +
                            "\": exchanging them moves the end state by " + significant(norm, 3) +
                            " (‖difference‖₂), " + significant(root_mean_square(swap.difference.mean.col(0)), 3) +
                            " a gene" + beside(root_mean_square(swap.difference.mean.col(0)), error) + ".";
    }
  out.push_back(std::move(commutator));
  out.push_back(order(protocols, swaps));
  out.push_back(baseline(error));
  out.push_back(steps(protocols, error));
  return out;
}

}  // namespace groundwork::fit
