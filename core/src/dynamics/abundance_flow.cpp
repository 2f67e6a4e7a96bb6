#include "groundwork/dynamics/abundance_flow.hpp"

#include <string>
#include <unsupported/Eigen/MatrixFunctions>

#include "groundwork/base/error.hpp"
#include "groundwork/base/words.hpp"

namespace groundwork::dynamics {

Matrix abundance_generator(const AbundanceRates& rates) {
  const Index k = rates.growth.size();
  const auto refuse = [](const std::string& what) { throw Error("abundance.rates", what); };
  if (k == 0) refuse("There is no compartment.");
  if (rates.transition.rows() != k || rates.transition.cols() != k)
    refuse("Transition rates are " + std::to_string(rates.transition.rows()) + " × " +
           std::to_string(rates.transition.cols()) + "; expected a square of the " + std::to_string(k) +
           " compartments.");
  if (!rates.growth.allFinite()) refuse("A growth rate is not a finite number.");
  for (Index i = 0; i < k; ++i)
    for (Index j = 0; j < k; ++j) {
      const double q = rates.transition(i, j);
      if (!(q >= 0) || q > 1e9)
        refuse("The rate from compartment " + std::to_string(i + 1) + " to " + std::to_string(j + 1) + " is " +
               significant(q) + "; expected a number from 0 on, 1/day.");
      if (i == j && q != 0) refuse("Compartment " + std::to_string(i + 1) + " has a rate of moving to itself.");
    }
  Matrix generator = rates.transition;
  generator.diagonal() = rates.growth - rates.transition.rowwise().sum();
  return generator.transpose();
}

Vector abundance_after(const AbundanceRates& rates, const Vector& cells, double days) {
  const Matrix generator = abundance_generator(rates);
  if (cells.size() != generator.rows())
    throw Error("abundance.rates", "Cells are given for " + std::to_string(cells.size()) + " compartments, rates for " +
                                       std::to_string(generator.rows()) + ".");
  return (generator * days).exp() * cells;
}

}  // namespace groundwork::dynamics
