#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "groundwork/base/matrix.hpp"
#include "groundwork/base/random.hpp"
#include "groundwork/dynamics/inputs.hpp"
#include "groundwork/dynamics/layout.hpp"

namespace groundwork::dynamics {

enum class FieldKind { linear, saturating, production_decay, neural, neural_decay };

FieldKind field_kind_of(const std::string& name);  ///< throws `model.unknown` naming the known ones
std::string name_of(FieldKind);
const std::vector<FieldKind>& field_kinds();
/** False for `neural`: there every edit is an input, and an edit that was not trained means nothing. */
bool takes_clamps(FieldKind);

/**
 * `log`: δ = natural log fold of control. `linear`: δ = e − c in the table's units, with c the control state.
 * (A log2 table is multiplied by ln 2 at the door.)
 */
enum class Scale { log, linear };

struct FieldOptions {
  FieldKind kind = FieldKind::production_decay;
  Index genes = 0;
  Index media = 1;   ///< medium 0 is the baseline m0
  Index inputs = 0;  ///< columns of B
  /**
   * Number of κ that are estimated, each through a raw parameter ρ that keeps it above the floor:
   * log κ = log kappa_floor + softplus(ρ − log kappa_floor). Several clamps may share one.
   */
  Index kappas = 0;
  double kappa_floor = 0.01;   ///< the detection level, > 0
  double kappa_initial = 0.2;  ///< start of the estimated κ, > kappa_floor
  double rate_initial = 1;     ///< start of γ, α and −A_gg, 1/day
  bool centred = false;        ///< f(0; m0, ∅) = 0 by construction
  Scale scale = Scale::log;
  std::vector<double> control;  ///< c, one a gene; only with Scale::linear
  /** `production_decay`: the most that synthesis can be, as a multiple of the control's, > 1, one a gene; empty: 2. */
  std::vector<double> synthesis_ceiling;
  Index hidden = 64;      ///< units of a hidden layer (neural fields)
  int hidden_layers = 1;  ///< 1 or 2
  double relaxation = 0;  ///< ρ ≥ 0, 1/day: `neural` gets the term −ρ δ, which takes every state to a rest
};

/** What a Runge-Kutta step needs: slopes of a batch of states, a column each, and their pull-back. */
template <typename S>
class Slopes {
 public:
  using ConstMatrix = Eigen::Ref<const MatrixOf<S>>;
  using MutableMatrix = Eigen::Ref<MatrixOf<S>>;

  virtual ~Slopes() = default;

  /** Scalars that one call writes to its `record` for its pull-back. */
  virtual Index record_size() const = 0;
  /** derivative = f(state). `record` has record_size() scalars. */
  virtual void evaluate(const ConstMatrix& state, S* record, MutableMatrix derivative) = 0;
  /**
   * The vector–Jacobian product of one recorded evaluate(): state_adjoint = Jᵀ adjoint (overwritten), and the gradient
   * with respect to the parameters is accumulated inside (see VectorField::add_gradient).
   */
  virtual void pull_back(const S* record, const ConstMatrix& adjoint, MutableMatrix state_adjoint) = 0;
};

/** Where ε/α of a gene starts in `saturating`: 1 on the log scale, the control's size (1 where it is 0) on the linear
 * one. */
double reach_of(const FieldOptions& options, Index gene);

template <typename S>
class HiddenCoordinates;

/**
 * dδ/dt = f(δ; condition, parameters), for a batch of conditions: states are matrices genes × conditions, a column a
 * condition, rates in 1/day. Equations and clamps: docs/model.md, "Vector fields"; level(κ, g) below is what an entry
 * of δ is at the fold κ: log κ on the log scale, (κ − 1) c_g on the linear one. Parameters, by block:
 *
 * - `linear`            A (d×d), B (d×inputs), b (d×media), rho (kappas×1).
 *                       f = A δ + B u + b_m. Knock-out of g: level(κ_act) for δ_g in all rows but g. Synthesis clamp:
 *                       row g gets −A_gg level(κ).
 * - `saturating`        W (d×d), B, b, log_epsilon (d×1), log_alpha (d×1), rho (Yuan et al. 2021, CellBox).
 *                       f = ε tanh(W δ + B u + b_m) − α δ; centred: minus ε tanh(b_{m0}), which leaves b_{m0} free to
 *                       say where on its curve a gene rests. Knock-out of g: level(κ_act) for δ_g in all rows but g.
 *                       Synthesis clamp: row g gets α_g level(κ).
 * - `production_decay`  W (d×d), B, b, log_gamma (d×1), rho. a = W δ + B u + b_m, s = M σ(a − log(M − 1)).
 *                       log scale: f = γ (κ s e^{−δ} − 1); linear scale: f = γ (c (κ s − 1) − δ).
 *                       Knock-out of g: level(κ_act) for δ_g in W δ (all rows).
 * - `neural`            W1 (hidden×d), B (hidden×inputs), b (hidden×media), [W2 (hidden×hidden), b2,] V (d×hidden), v.
 *                       f = V tanh(W1 δ + B u + b_m) + v (two layers: V tanh(W2 tanh(…) + b2) + v) − ρ δ; centred:
 * minus its value at (0, ∅, m0), and v is absent. Clamps are refused (`model.clamp`).
 * - `neural_decay`      the network's blocks, log_a (d×1, absent when centred), log_gamma, rho. As production_decay
 *                       with s = a softplus(g_θ), a = exp(log_a), or 1/softplus(g_θ(0, ∅, m0)) when centred; a
 *                       knock-out acts on the input of g_θ.
 *
 * `b` has a column per medium; in centred `linear` and `production_decay` b_{m0} = 0 has no column (medium m is in
 * column m − 1). A field owns workspaces: one object serves one thread; after the first call with a shape,
 * evaluate() and pull_back() do not allocate.
 */
template <typename S>
class VectorField : public Slopes<S> {
 public:
  using typename Slopes<S>::ConstMatrix;
  using typename Slopes<S>::MutableMatrix;
  using ConstVector = Eigen::Ref<const VectorOf<S>>;
  using MutableVector = Eigen::Ref<VectorOf<S>>;

  VectorField(const VectorField&) = delete;
  VectorField& operator=(const VectorField&) = delete;

  const FieldOptions& options() const { return options_; }
  Index genes() const { return options_.genes; }
  const Layout& layout() const { return layout_; }

  /** Small random weights, zero intercepts, rates at rate_initial, κ at kappa_initial: see each field's file. */
  virtual VectorOf<S> initial_parameters(Random&) const = 0;

  /**
   * Sets parameters and the conditions of the columns, computes what does not depend on the state (input columns, κ,
   * rates, the centre) and forgets the accumulated gradient. The parameters are copied.
   * Throws `model.parameters` (length), `model.input` (an index out of range), `model.kappa` (κ of a knock-out, or any
   * κ of `linear` and `saturating`, must be > 0 on the log scale; otherwise ≥ 0), `model.clamp`.
   */
  void bind(const ConstVector& parameters, std::span<const ConditionInputs> conditions);
  /** Number of bound columns. */
  Index columns() const { return columns_; }
  const std::vector<ConditionInputs>& conditions() const { return conditions_; }

  /** Also what exponential_step() writes. */
  Index record_size() const final { return record_rows() * columns_; }

  /**
   * One step of exponential Euler over h days.
   * Decay fields: synthesis s frozen over the step, decay solved exactly, E = e^{−γh}:
   *   log scale  δ⁺ = δ + log(E + (1 − E) κ s e^{−δ});  linear scale  δ⁺ = E δ + (1 − E) c (κ s − 1).
   * `saturating`, E = e^{−αh}: δ⁺ = E δ + (1 − E) (ε (tanh(…) − tanh(b_{m0}) if centred)/α + level(κ) if clamped).
   * `linear`: δ⁺ = δ + h φ₁(h A_gg) f(δ), φ₁(z) = (e^z − 1)/z. `neural`: δ⁺ = δ + h φ₁(−ρh) f(δ),
   * without a relaxation Euler's step.
   */
  virtual void exponential_step(const ConstMatrix& state, S h, S* record, MutableMatrix next) = 0;
  virtual void pull_back_exponential_step(const S* record, S h, const ConstMatrix& adjoint,
                                          MutableMatrix state_adjoint) = 0;

  /** gradient += what the pull-backs since bind() have accumulated; call once, after the last of them. */
  virtual void add_gradient(MutableVector gradient) = 0;

  /** ∂f/∂δ (genes × genes) at one state of column `column`. */
  virtual void jacobian(const ConstVector& state, Index column, MutableMatrix result) = 0;

  /** The rate of each gene in 1/day: γ; `saturating` α; `linear` √(A_gg² + 0.1²), so that it is positive; `neural` ρ,
   * or 1 without it. */
  virtual VectorOf<S> rates() const = 0;

  /**
   * The steady-state residual f(0; m0, ∅) / rate, one a gene, without dimension (docs/model.md, "Losses"). Rebinds the
   * field to one control column. When `gradient` is given, `pull_back_rest` adds to it the product of `adjoint` with
   * ∂residual/∂parameters, rates included.
   */
  VectorOf<S> rest_residual(const ConstVector& parameters);
  void pull_back_rest(const ConstVector& parameters, const ConstVector& adjoint, MutableVector gradient);

  /** Estimated κ, one an entry of `rho`, on the natural scale; empty without any. */
  VectorOf<S> kappas(const ConstVector& parameters) const;
  /** Raw ρ of a given κ > kappa_floor: to set the κ of an edit not in training to the pooled (geometric mean) one. */
  double raw_kappa(double kappa) const;

  /** A smaller equivalent for Runge-Kutta flows, owned by the field and reset by each start; null without. */
  virtual HiddenCoordinates<S>* hidden_coordinates() { return nullptr; }

  /** True for `linear`: f is affine in δ and the flow has a closed form. */
  virtual bool is_affine() const { return false; }

 protected:
  explicit VectorField(FieldOptions options);

  virtual Index record_rows() const = 0;
  /** Called by bind() once parameters_, conditions_ and columns_ are set and checked. */
  virtual void prepare() = 0;
  /** gradient += adjointᵀ ∂rates/∂parameters at the bound parameters. */
  virtual void pull_back_rates(const ConstVector& adjoint, MutableVector gradient) const = 0;

  /** A clamp of one bound column with its κ looked up. */
  struct BoundClamp {
    Index column = 0;
    Index gene = 0;
    S kappa = 1;
    S level = 0;        ///< level(κ, gene)
    S level_slope = 0;  ///< d level / d log κ
    Index estimated = -1;
  };
  /** For the pull-backs: adjoint of log κ of a clamp; nothing for a given κ. */
  void add_log_kappa_adjoint(const BoundClamp& clamp, S adjoint) {
    if (clamp.estimated >= 0) log_kappa_adjoint_[clamp.estimated] += adjoint;
  }
  /** gradient += the adjoints of log κ, carried to ρ. */
  void add_kappa_gradient(MutableVector gradient) const;
  /** ρ at kappa_initial. */
  void initialise_kappas(MutableVector parameters) const;

  FieldOptions options_;
  Layout layout_;
  VectorOf<S> parameters_;
  std::vector<ConditionInputs> conditions_;
  std::vector<BoundClamp> activity_, synthesis_;
  Index columns_ = 0;

 private:
  void check(const ConditionInputs& condition) const;
  void bind_clamps();

  VectorOf<S> log_kappa_adjoint_;
};

extern template class VectorField<float>;
extern template class VectorField<double>;

/** Throws `model.options` when sizes make no sense (no gene, control of another length, hidden layers not 1 or 2). */
template <typename S>
std::unique_ptr<VectorField<S>> make_field(const FieldOptions& options);

extern template std::unique_ptr<VectorField<float>> make_field<float>(const FieldOptions&);
extern template std::unique_ptr<VectorField<double>> make_field<double>(const FieldOptions&);

}  // namespace groundwork::dynamics
