// One descent of a search: the rules that a layout has to keep, the places it starts from, and the moves it makes.
#pragma once

#include <optional>
#include <vector>

#include "groundwork/base/random.hpp"
#include "groundwork/design/optimise.hpp"

namespace groundwork::design {

/** What holds for one number of new batches and cells. */
struct SearchRules {
  SearchRules(const OptimiseProblem&, int new_batches, double cells);

  const OptimiseProblem& problem;
  int fixed = 0, batches = 0;  ///< columns already run, and all
  double cells = 0;            ///< most new cells
  std::vector<bool> is_control;
  std::vector<int> unit_of;             ///< conditions that are linked share a unit
  std::vector<std::vector<int>> units;  ///< none holds controls
  std::vector<std::vector<int>> apart;  ///< per condition: those that it never meets

  bool conflicts(const Matrix& n, int condition, int batch) const;
  int replicates(const Matrix& n, int condition) const;
  bool may_enter(const Matrix& n, int condition, int batch) const;
  bool may_leave(const Matrix& n, int condition, int batch) const;
  double control_cells(const Matrix& n, int batch) const;
  /** Controls of a batch are neither too few nor too large a share. */
  bool controls_fit(double controls, double all) const;
};

/** The layout that a matrix of cells stands for, with the names of its batches and levels. */
Layout layout_of(const SearchRules&, const Matrix& cells);

/** 0: every condition in every batch; 1: as few batches for each as are allowed, dealt in turn; from 2 on: at random.
 * Nothing where the rules leave no room for it. */
std::optional<Matrix> start_of(const SearchRules&, int kind, Random&);
std::string name_of_start(int kind);

/** Steepest descent by exchange of cells, in steps that become finer, with random moves of whole groups. */
class Descent {
 public:
  Descent(const SearchRules&, Matrix start, std::uint64_t seed);

  bool step();  ///< one move; true at the end
  const Matrix& cells() const { return information_.cells(); }
  double value() const { return information_.value(); }
  void settle() { information_.refactorise(); }

 private:
  using Change = LayoutInformation::Change;
  struct Single {
    double value;
    int condition, batch;
    double amount;  ///< cells moved
  };
  bool improves(double value) const;
  bool best_exchange();
  bool best_relocation();
  std::vector<Single> removals() const;
  std::vector<Single> additions() const;
  bool fits(const std::vector<Change>& changes) const;
  void make(const std::vector<Change>& changes);

  SearchRules rules_;
  LayoutInformation information_;
  Random random_;
  double step_cells_, least_step_;
  Vector used_;
  double total_ = 0;
};

}  // namespace groundwork::design
