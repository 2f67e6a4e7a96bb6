#pragma once

#include <memory>

#include "groundwork/dynamics/vector_field.hpp"

/** One maker a field, each in the file of its field; make_field() chooses. */
namespace groundwork::dynamics {

template <typename S>
std::unique_ptr<VectorField<S>> make_linear(const FieldOptions&);
template <typename S>
std::unique_ptr<VectorField<S>> make_saturating(const FieldOptions&);
template <typename S>
std::unique_ptr<VectorField<S>> make_production_decay(const FieldOptions&);
template <typename S>
std::unique_ptr<VectorField<S>> make_neural(const FieldOptions&);
template <typename S>
std::unique_ptr<VectorField<S>> make_neural_decay(const FieldOptions&);

}  // namespace groundwork::dynamics
