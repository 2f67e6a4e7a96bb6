// One gene of a table of levels as the layout, weights and states of generalised least squares.
#pragma once

#include <vector>

#include "groundwork/measurement/gls.hpp"
#include "groundwork/screen/levels.hpp"

namespace groundwork::measurement {

/** The table's batches as columns; without a batch column everything is one batch. */
struct TableColumns {
  BatchLevels levels;
  std::vector<int> of_row;
  bool batched = true;

  explicit TableColumns(const screen::Levels& table);
};

/** 1/(s_g² + σ²_cb), conditions × columns; 0 where the row is not trusted or there is none. */
Matrix weights_of(const screen::Levels& table, const TableColumns& columns, Index gene, double group_variance);

/** States of one gene, conditions × columns; 0 where there is no weight. */
Matrix states_of(const screen::Levels& table, const TableColumns& columns, Index gene);

/** Level variances with which batches are fixed effects. */
Vector all_fixed(const TableColumns& columns);

/** Means and batch effects by generalised least squares, up to what is not estimable. */
struct Fitted {
  Vector weighted_mean;  ///< conditions: ȳ
  Vector batch;  ///< columns: β̂ = K Zᵀ Ω (y − ȳ), K the covariance of the batch effects, means profiled out
  Vector mean;   ///< conditions: μ̂ = ȳ − U β̂
};

Fitted fitted_to(const Gls& gls, const Matrix& states);

}  // namespace groundwork::measurement
