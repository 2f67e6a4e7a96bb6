#pragma once

#include <functional>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/dynamics/vector_field.hpp"

/** Small random models and conditions that the tests of this room share. */
namespace draws {

using namespace groundwork;
using namespace groundwork::dynamics;

/** Five genes, two media, two inputs, two estimated κ. */
inline FieldOptions options(FieldKind kind, bool centred, Scale scale = Scale::log, int layers = 1) {
  FieldOptions o;
  o.kind = kind;
  o.genes = 5;
  o.media = 2;
  o.inputs = 2;
  o.kappas = takes_clamps(kind) ? 2 : 0;
  o.centred = centred;
  o.scale = scale;
  if (scale == Scale::linear) o.control = {1.0, 0.4, 2.0, 0.7, 1.5};
  o.hidden = 4;
  o.hidden_layers = layers;
  return o;
}

/** The initial parameters moved by noise, so that no block is zero or special. */
template <typename S>
VectorOf<S> parameters(const VectorField<S>& field, std::uint64_t seed, double sd = 0.3) {
  Random random(seed);
  VectorOf<S> p = field.initial_parameters(random);
  for (S& x : p) x += static_cast<S>(sd * random.normal());
  return p;
}

/** Control, another medium, inputs, and every clamp (given, estimated, shared, two on one gene) the model takes. */
inline std::vector<ConditionInputs> conditions(FieldKind kind) {
  std::vector<ConditionInputs> all(4);
  all[1].medium = 1;
  all[2].doses = {{0, 1.0}, {1, 0.5}};
  all[3].medium = 1;
  all[3].doses = {{1, 2.0}};
  if (!takes_clamps(kind)) return all;
  all.resize(9);
  all[4].clamps = {{1, ClampKind::activity, 0.05, -1}};
  all[5].clamps = {{2, ClampKind::synthesis, 0.3, -1}};
  all[6].medium = 1;
  all[6].clamps = {
      {0, ClampKind::activity, 0.1, -1}, {0, ClampKind::synthesis, 1, 0}, {3, ClampKind::synthesis, 4, -1}};
  all[7].doses = {{0, 1.0}};
  all[7].clamps = {{4, ClampKind::synthesis, 1, 1}, {2, ClampKind::synthesis, 1, 0}};
  all[8].clamps = {{3, ClampKind::activity, 1, 1}, {1, ClampKind::activity, 0.05, -1}};
  return all;
}

inline Matrix states(Index genes, Index columns, std::uint64_t seed, double sd = 0.5) {
  Random random(seed);
  Matrix x(genes, columns);
  for (double& v : x.reshaped()) v = sd * random.normal();
  return x;
}

/** Central differences of a scalar function. */
inline Vector differences(const std::function<double(const Vector&)>& f, const Vector& at, double h = 1e-5) {
  Vector result(at.size()), x = at;
  for (Index i = 0; i < at.size(); ++i) {
    x[i] = at[i] + h;
    const double up = f(x);
    x[i] = at[i] - h;
    result[i] = (up - f(x)) / (2 * h);
    x[i] = at[i];
  }
  return result;
}

/** Largest difference relative to the larger vector's norm, and to 1 where both are small. */
inline double relative(const Vector& a, const Vector& b) {
  return (a - b).cwiseAbs().maxCoeff() / std::max({a.cwiseAbs().maxCoeff(), b.cwiseAbs().maxCoeff(), 1e-3});
}

struct Variant {
  FieldKind kind;
  bool centred;
  Scale scale;
  int layers;
  double relaxation = 0;
  bool ceilings = false;  ///< synthesis can go higher than twice the control's, by gene
};

/** Every field, centred or not, on every scale and depth that makes a difference to it. */
inline std::vector<Variant> variants() {
  std::vector<Variant> all;
  for (bool centred : {false, true}) {
    for (Scale scale : {Scale::log, Scale::linear}) {
      all.push_back({FieldKind::linear, centred, scale, 1});
      all.push_back({FieldKind::saturating, centred, scale, 1});
      all.push_back({FieldKind::production_decay, centred, scale, 1});
      all.push_back({FieldKind::production_decay, centred, scale, 1, 0, true});
      all.push_back({FieldKind::neural_decay, centred, scale, 1});
    }
    all.push_back({FieldKind::neural, centred, Scale::log, 1});
    all.push_back({FieldKind::neural, centred, Scale::log, 2});
    all.push_back({FieldKind::neural, centred, Scale::log, 1, 0.8});
    all.push_back({FieldKind::neural_decay, centred, Scale::log, 2});
  }
  return all;
}

inline std::string name(const Variant& v) {
  return name_of(v.kind) + (v.centred ? " centred" : "") + (v.scale == Scale::linear ? " linear scale" : "") +
         (v.layers == 2 ? " two layers" : "") + (v.relaxation > 0 ? " relaxing" : "") + (v.ceilings ? " ceilings" : "");
}

inline std::unique_ptr<VectorField<double>> field(const Variant& v) {
  FieldOptions o = options(v.kind, v.centred, v.scale, v.layers);
  o.relaxation = v.relaxation;
  if (v.ceilings)
    for (Index g = 0; g < o.genes; ++g) o.synthesis_ceiling.push_back(1.5 + 2.5 * static_cast<double>(g % 4));
  return make_field<double>(o);
}

}  // namespace draws
